import { Suite } from '#protocol/numbers.ts'
import type { Board } from './types.ts'

/**
 * Espruino WiFi (STM32F411CEU6, 512 KiB flash, ESP8266 as radio on A2/A3/A13–A15). One UART is left outside:
 * Serial1 takes either the serial link or a reader over an MQTT link.
 *
 * Flash: 0x08004000 three free pages of 16 KiB; 0x08010000 one of 64 KiB, Storage. The three pages are kept
 * for the journal, which needs all of them as a ring. Until it comes the boot counter stands in the last
 * one, 0x0800C000, as a single page that is never erased (2,048 boots, then declared weak). The journal will
 * carry the counter in its page headers, so that it survives the erasing of any one page, and must read the
 * highest value from this page before it first erases it.
 */
export const espruinowifi: Board = {
  board: 'ESPRUINOWIFI',
  interpreterBoards: ['ESPRUINOWIFI'],
  suite: Suite.aesCcm,
  uartBurst64: false,
  uarts: [{ device: 'Serial1', tx: 'B6', rx: 'B7' }],
  linkUart: 'Serial1',
  wirings: [
    { link: 'mqtt', readers: ['Serial1'] },
    { link: 'serial', readers: [] },
  ],
  wifiModule: 'Wifi',
  i2c: { device: 'I2C1', scl: 'B8', sda: 'B9', bitrate: 100000 },
  freePins: [
    'A0',
    'A1',
    'A4',
    'A5',
    'A6',
    'A7',
    'A8',
    'A10',
    'B0',
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
  analogPins: ['A0', 'A1', 'A4', 'A5', 'A6', 'A7', 'B0', 'B1'],
  watchSharesNumber: true,
  memory: { variables: 8190, variableBytes: 13, receiveBytes: 1024 },
  outboxBytes: 24576,
  storage: { address: 0x08010000, pageBytes: 65536, pages: 1 },
  bootCounter: { address: 0x0800c000, pageBytes: 16384, pages: 1 },
}
