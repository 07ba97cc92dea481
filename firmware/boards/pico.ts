import { Suite } from '#protocol/numbers.ts'
import type { Board } from './types.ts'

/**
 * Espruino Pico (STM32F401CDU6, 384 KiB flash). No radio: the serial link on the console UART.
 *
 * Flash, by the chip's sectors: 0x08000000 bootloader; 0x08004000 three of 16 KiB, Storage; from 0x08010000
 * the interpreter; 0x08040000 one of 128 KiB, the one that the release leaves free (`Flash.getFree()` offers
 * exactly it). One sector that takes seconds to erase is no ring: the boot counter is written into it and it
 * is never erased; when it is full (16,384 boots) the node is declared weak.
 */
export const pico: Board = {
  board: 'PICO',
  interpreterBoards: ['PICO_R1_3'],
  suite: Suite.aesCcm,
  uartBurst64: false,
  uarts: [
    { device: 'Serial1', tx: 'B6', rx: 'B7' },
    { device: 'Serial2', tx: 'A2', rx: 'A3' },
  ],
  linkUart: 'Serial1',
  wirings: [{ link: 'serial', readers: ['Serial2'] }],
  wifiModule: null,
  // I2C1's other pair is B6/B7, which the link has.
  i2c: { device: 'I2C1', scl: 'B8', sda: 'B9', bitrate: 100000 },
  freePins: [
    'A0',
    'A1',
    'A2',
    'A3',
    'A4',
    'A5',
    'A6',
    'A7',
    'A8',
    'A10',
    'B1',
    'B3',
    'B4',
    'B5',
    'B8',
    'B9',
    'B10',
    'B13',
    'B14',
    'B15',
  ],
  inputOnlyPins: [],
  analogPins: ['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'B1'],
  watchSharesNumber: true,
  memory: { variables: 5100, variableBytes: 13, receiveBytes: 1024 },
  // What test/espruino/memory.espruino.test.ts leaves free with every part at work.
  outboxBytes: 6144,
  storage: { address: 0x08004000, pageBytes: 16384, pages: 3 },
  bootCounter: { address: 0x08040000, pageBytes: 131072, pages: 1 },
}
