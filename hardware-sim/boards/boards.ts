import { simError } from '../sim-error.ts'
import type { I2cTexts, SimulatedBoard } from './types.ts'

function pins(prefix: string, from: number, to: number): string[] {
  const out: string[] = []
  for (let i = from; i <= to; i++) out.push(`${prefix}${i}`)
  return out
}

// targets/stm32/jshardware.c of the interpreter, 2v29.
const STM32_I2C: I2cTexts = {
  internal: true,
  addressNackWrite: 'I2C got NACK',
  addressNackRead: 'I2C got NACK',
  dataNack: 'I2C got NACK',
  busStuck: 'I2C device not responding',
}
// targets/esp32/jshardwareI2c.c, 2v29.
const ESP32_I2C: I2cTexts = {
  internal: false,
  addressNackWrite: "jshI2CWrite: slave doesn't ACK the transfer",
  addressNackRead: "jshI2CRead: slave doesn't ACK the transfer",
  dataNack: "jshI2CWrite: slave doesn't ACK the transfer",
  busStuck: 'jshI2CWrite:, Operation timeout because the bus is busy',
}

const STM32_PINS = [...pins('A', 0, 15), ...pins('B', 0, 15), 'C13', 'C14', 'C15']
const COMMON_MODULES = ['crypto', 'Storage', 'Flash']

/**
 * Flash of the STM32F401CD (PICO) and F411CE (WiFi): RM0368/RM0383 table "Flash module organization": four sectors of
 * 16 KiB, one of 64 KiB, then 128 KiB each. Storage as boards/PICO_R1_3.py and ESPRUINOWIFI.py have it.
 */
export const PICO: SimulatedBoard = {
  id: 'PICO',
  environmentBoard: 'PICO_R1_3',
  pins: STM32_PINS,
  serials: [1, 2, 6],
  linkSerial: 1,
  readerSerials: { serial: [2], mqtt: [] },
  console: 'USB',
  i2cBuses: ['I2C1', 'I2C2', 'I2C3'],
  receiveBufferBytes: 1024,
  transmitBufferBytes: 256,
  variables: 5100,
  storageBytes: 3 * 16_384,
  flash: [{ address: 0x0804_0000, pageBytes: 131_072, pages: 1 }],
  hashes: ['SHA1', 'SHA224', 'SHA256'],
  modules: [...COMMON_MODULES, 'net'],
  i2cTexts: STM32_I2C,
}

export const ESPRUINOWIFI: SimulatedBoard = {
  id: 'ESPRUINOWIFI',
  environmentBoard: 'ESPRUINOWIFI',
  pins: STM32_PINS,
  serials: [1, 2, 6],
  linkSerial: 1,
  readerSerials: { serial: [], mqtt: [1] },
  console: 'USB',
  i2cBuses: ['I2C1', 'I2C2', 'I2C3'],
  receiveBufferBytes: 1024,
  transmitBufferBytes: 256,
  variables: 8190,
  storageBytes: 65_536,
  flash: [{ address: 0x0800_4000, pageBytes: 16_384, pages: 3 }],
  hashes: ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'],
  modules: [...COMMON_MODULES, 'net', 'Wifi'],
  i2cTexts: STM32_I2C,
}

/** Journal area and Storage as the house plan has them: 0x310000–0x31FFFF, then 224 pages of Storage. */
export const ESP32: SimulatedBoard = {
  id: 'ESP32',
  environmentBoard: 'ESP32',
  pins: pins('D', 0, 39),
  serials: [1, 2, 3],
  linkSerial: 1,
  readerSerials: { serial: [2, 3], mqtt: [2, 3] },
  console: 'Serial1',
  i2cBuses: ['I2C1', 'I2C2'],
  receiveBufferBytes: 4096,
  transmitBufferBytes: 256,
  burstBytes: 64,
  variables: 16_383,
  storageBytes: 224 * 4096,
  flash: [{ address: 0x0031_0000, pageBytes: 4096, pages: 16 }],
  hashes: ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'],
  modules: [...COMMON_MODULES, 'net', 'Wifi'],
  // libs/network/esp32/jswrap_esp32_network.c, 2v29: no RSSI, other than the ESP8266's.
  wifiDetails: { ssid: 'simulated', password: '', status: 'connected', authMode: 'wpa2' },
  i2cTexts: ESP32_I2C,
}

const BOARDS: readonly SimulatedBoard[] = [PICO, ESPRUINOWIFI, ESP32]

/** Names of the boards that can be simulated. */
export const BOARD_IDS: readonly string[] = BOARDS.map((board) => board.id)

/** @throws CodedError SIM_BOARD_UNKNOWN */
export function boardOf(id: string): SimulatedBoard {
  const board = BOARDS.find((one) => one.id === id)
  if (board === undefined)
    throw simError('SIM_BOARD_UNKNOWN', `board ${id} is not one of ${BOARD_IDS.join(', ')}`)
  return board
}
