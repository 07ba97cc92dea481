import { Suite } from '#protocol/numbers.ts'
import type { Board } from './types.ts'

/**
 * ESP32 (the release with mbed TLS; the ESP32_IDF4 build has no cryptography and is refused at start).
 *
 * The console UART runs with XON/XOFF until setup() is called, which would eat 0x11 and 0x13: the link calls
 * setup() even at the console's own baud rate. Serial2's pins in the release are D4/D5; they are named here
 * so that nothing hangs on a default. D6–D11 are the flash chip's.
 *
 * Flash: Storage is 0x320000–0x3FFFFF. Of what `Flash.getFree()` offers only 0x310000–0x31FFFF lies outside
 * it: fourteen pages of 4 KiB for the journal, the last two for the boot counter, which alternate.
 */
export const esp32: Board = {
  board: 'ESP32',
  interpreterBoards: ['ESP32'],
  suite: Suite.aesCcm,
  uartBurst64: true,
  uarts: [
    { device: 'Serial1', tx: 'D1', rx: 'D3' },
    { device: 'Serial2', tx: 'D4', rx: 'D5' },
    { device: 'Serial3', tx: 'D17', rx: 'D16' },
  ],
  linkUart: 'Serial1',
  wirings: [
    { link: 'mqtt', readers: ['Serial2', 'Serial3'] },
    { link: 'serial', readers: ['Serial2', 'Serial3'] },
  ],
  wifiModule: 'Wifi',
  i2c: { device: 'I2C1', scl: 'D22', sda: 'D21', bitrate: 100000 },
  freePins: [
    'D4',
    'D5',
    'D13',
    'D14',
    'D16',
    'D17',
    'D18',
    'D19',
    'D21',
    'D22',
    'D23',
    'D25',
    'D26',
    'D27',
    'D32',
    'D33',
    'D34',
    'D35',
    'D36',
    'D39',
  ],
  inputOnlyPins: ['D34', 'D35', 'D36', 'D39'],
  // Only the first converter: the second is the radio's.
  analogPins: ['D32', 'D33', 'D34', 'D35', 'D36', 'D39'],
  watchSharesNumber: false,
  memory: { variables: 16383, variableBytes: 14, receiveBytes: 4096 },
  outboxBytes: 49152,
  storage: { address: 0x320000, pageBytes: 4096, pages: 224 },
  bootCounter: { address: 0x31e000, pageBytes: 4096, pages: 2 },
}
