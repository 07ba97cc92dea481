/** A flash area that belongs to the program: equal pages one after the other. */
export interface FlashRegion {
  address: number
  pageBytes: number
  pages: number
}

/** Texts and classes of what an I2C transfer throws; each target of the interpreter has its own. */
export interface I2cTexts {
  internal: boolean
  addressNackWrite: string
  addressNackRead: string
  dataNack: string
  busStuck: string
}

/** What the simulator knows of a board; sources in each file. Nothing here comes from firmware/boards. */
export interface SimulatedBoard {
  /** Name in scenarios and in `waypost firmware build --board`. */
  id: string
  /** `process.env.BOARD` of the official build. */
  environmentBoard: string
  pins: readonly string[]
  /** Numbers of the UARTs: 1 = Serial1. */
  serials: readonly number[]
  /** UART of the serial link to the gateway. */
  linkSerial: number
  /** UARTs left for readers, in the order in which the firmware takes them, by the kind of link. */
  readerSerials: { serial: readonly number[]; mqtt: readonly number[] }
  /** The console's UART unless it is moved, `USB` when the board has one. */
  console: string
  i2cBuses: readonly string[]
  /** Bytes of received data that the interpreter holds between two idle loops. */
  receiveBufferBytes: number
  /** Bytes waiting to be sent before `write` blocks. */
  transmitBufferBytes: number
  /** Bytes of one burst past this number are lost (ESP32, release 2v29). */
  burstBytes?: number
  variables: number
  storageBytes: number
  /** Every area that `require('Flash')` can reach outside Storage and the interpreter. */
  flash: readonly FlashRegion[]
  hashes: readonly string[]
  /** Modules that `require` finds. */
  modules: readonly string[]
  /** What `Wifi.getDetails()` tells while connected; undefined where the module has no such function. */
  wifiDetails?: Readonly<Record<string, string>>
  i2cTexts: I2cTexts
}
