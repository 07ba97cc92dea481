/**
 * Types of the Espruino objects that the firmware may use, and nothing more (public reference, release 2v29).
 *
 * `espruino.d.ts` declares them as the board's globals; drivers take them injected; hardware-sim imports them
 * as types and offers exactly these. What is missing here is missing in the firmware: a compile error.
 */

export type { Clock, Gpio } from './injected.ts'

/** Binary text: one character per byte, codes 0–255. What Serial and sockets deliver. */
export type BinaryString = string

/** What every write() takes: a byte, binary text, or bytes. */
export type Writable = number | BinaryString | Uint8Array | ArrayBuffer | number[]

/** An opaque pin of the board. */
export interface Pin {
  /** Configures the pin, e.g. `input_pullup`, `af_opendrain`. */
  mode(mode: PinMode): void
  read(): boolean
  write(value: boolean | number): void
  toString(): string
}

/** A pin object or its name (`B6`, `D21`). Every native that takes a pin takes either. */
export type PinValue = Pin | string

export type PinMode =
  | 'analog'
  | 'input'
  | 'input_pullup'
  | 'input_pulldown'
  | 'output'
  | 'opendrain'
  | 'opendrain_pullup'
  | 'af_output'
  | 'af_opendrain'
  | 'auto'

export interface WatchEvent {
  /** The pin's level after the edge. */
  state: boolean
  /** Seconds on the clock of getTime(), taken in the interrupt: exact even when the callback is late. */
  time: number
  /** Seconds of the edge before; undefined or NaN before the first one. */
  lastTime: number
  pin?: Pin
}

export interface WatchOptions {
  repeat?: boolean
  edge?: 'rising' | 'falling' | 'both'
  /** Milliseconds; 0 reports every edge. */
  debounce?: number
}

export type SetWatch = (callback: (event: WatchEvent) => void, pin: PinValue, options: WatchOptions) => number

export interface I2cOptions {
  scl?: PinValue
  sda?: PinValue
  /** Bits a second. */
  bitrate?: number
}

/** An I2C bus. Both transfers throw when the address or a byte is not acknowledged; texts differ per board. */
export interface I2cBus {
  setup(options: I2cOptions): void
  writeTo(address: number, data: Writable): void
  /** @returns exactly `quantity` bytes. */
  readFrom(address: number, quantity: number): Uint8Array
}

export interface SerialOptions {
  tx?: PinValue
  rx?: PinValue
  bytesize?: number
  parity?: 'none' | 'o' | 'odd' | 'e' | 'even'
  stopbits?: number
  /** Linux builds only: the character device to open. */
  path?: string
}

export interface SerialPort {
  setup(baud: number, options?: SerialOptions): void
  write(data: Writable): void
  on(event: 'data', callback: (data: BinaryString) => void): void
  removeAllListeners(event?: string): void
  /** Moves the console here; `force` keeps it here. */
  setConsole(force?: boolean): void
}

/** A 1-Wire bus on one pin, driven in software. ROM codes are 16 hex characters, family byte first. */
export interface OneWireBus {
  /** @returns true when a device answered with presence (a bus held low looks the same). */
  reset(): boolean
  skip(): void
  select(rom: string): void
  /** @param power leave the bus driven high after the write (parasite power). */
  write(data: number | number[] | Uint8Array, power?: boolean): void
  read(count: number): Uint8Array
  /** @returns the ROM codes found. */
  search(command?: number): string[]
}

export interface OneWireConstructor {
  new (pin: PinValue): OneWireBus
}

export interface PinConstructor {
  new (name: string): Pin
}

export interface StorageStats {
  totalBytes: number
  freeBytes: number
  fileBytes: number
  fileCount: number
  trashBytes: number
  trashCount: number
}

/** require('Storage'): files in the board's own flash. Compaction is deadly under a power cut: never rely on it. */
export interface StorageModule {
  read(name: string): BinaryString | undefined
  readJSON(name: string, noExceptions: true): unknown
  write(name: string, data: BinaryString | Uint8Array, offset?: number, size?: number): boolean
  getStats(): StorageStats
  getFree(): number
}

/** require('Flash'): raw pages. A write can only clear bits; words are four bytes and aligned. */
export interface FlashModule {
  getPage(address: number): { addr: number; length: number } | undefined
  erasePage(address: number): void
  read(length: number, address: number): Uint8Array
  write(data: Uint8Array | number[], address: number): void
}

export interface AesOptions {
  /** CTR ignores the IV on the board, OFB is missing, CFB is CFB8: only these two are right. */
  mode: 'ECB' | 'CBC'
  iv?: Uint8Array
}

/** Errors are printed and undefined comes back; wrong lengths give wrong bytes. Check before and after. */
export interface AesModule {
  encrypt(data: Uint8Array, key: Uint8Array, options: AesOptions): ArrayBuffer | undefined
  decrypt(data: Uint8Array, key: Uint8Array, options: AesOptions): ArrayBuffer | undefined
}

export interface CryptoModule {
  AES: AesModule
  SHA256(message: Uint8Array | BinaryString): ArrayBuffer | undefined
}

export interface NetError {
  code: number
  message: string
}

export interface NetSocket {
  /** @returns false when the socket's buffer is full: wait for `drain`. */
  write(data: Writable): boolean
  end(data?: Writable): void
  on(event: 'data', callback: (data: BinaryString) => void): void
  on(event: 'close', callback: (hadError: boolean) => void): void
  on(event: 'error', callback: (error: NetError) => void): void
  on(event: 'drain', callback: () => void): void
  removeAllListeners(event?: string): void
}

export interface NetModule {
  connect(options: { host: string; port: number }, callback: (socket: NetSocket) => void): NetSocket
}

export interface WifiDetails {
  status?: string
  rssi?: number
  ssid?: string
}

/** require('Wifi') of the ESP32 and ESPRUINOWIFI. The callback's argument is null or an error text. */
export interface WifiModule {
  connect(ssid: string, options: { password?: string }, callback: (error: string | null) => void): void
  disconnect(callback?: (error: string | null) => void): void
  /** Missing on the ESPRUINOWIFI, whose module talks to its radio by AT commands. */
  getDetails?: (callback?: (details: WifiDetails) => void) => WifiDetails
  on(event: 'connected' | 'disconnected' | 'associated', callback: (details: unknown) => void): void
  removeAllListeners(event?: string): void
}

/** What E.getErrorFlags() may hold; the native clears them as it reads. */
export type EspruinoErrorFlag =
  | 'FIFO_FULL'
  | 'BUFFER_FULL'
  | 'CALLBACK'
  | 'LOW_MEMORY'
  | 'MEMORY'
  | 'MEMORY_BUSY'
  | 'UART_OVERFLOW'

export interface EspruinoE {
  /** IEEE 802.3 CRC-32 of the bytes, unsigned. */
  CRC32(data: Uint8Array | BinaryString): number
  /** Weak: ADC noise on STM32, unseeded on Linux. Never the only guard of a nonce. */
  hwRand(): number
  /** Null detaches the console from everything. */
  setConsole(device: string | null, options?: { force?: boolean }): void
  getErrorFlags(): EspruinoErrorFlag[]
  on(event: 'errorFlag', callback: (flags: EspruinoErrorFlag[]) => void): void
  on(event: 'init' | 'kill', callback: () => void): void
  toUint8Array(data: Writable | Writable[]): Uint8Array
  /** Volts. */
  getAnalogVRef(): number
  /** @param seconds time without a kick before the board resets. */
  enableWatchdog(seconds: number, automatic?: boolean): void
  kickWatchdog(): void
  reboot(): void
}

export interface EspruinoMemory {
  /** Free JavaScript variables. */
  free: number
  usage: number
  total: number
}

export interface EspruinoProcess {
  env: { BOARD: string; VERSION: string; SERIAL: string; [name: string]: unknown }
  memory(): EspruinoMemory
}

/** The globals as one object, for runners that must offer all of them. */
export interface EspruinoGlobals {
  E: EspruinoE
  process: EspruinoProcess
  Pin: PinConstructor
  OneWire: OneWireConstructor
  I2C1: I2cBus
  Serial1: SerialPort
  Serial2: SerialPort
  Serial3: SerialPort
  USB: SerialPort
  /** Seconds. Starts near zero at boot on a board without a set clock. */
  getTime(): number
  setTimeout(callback: () => void, milliseconds: number): number
  clearTimeout(id: number): void
  setInterval(callback: () => void, milliseconds: number): number
  clearInterval(id: number): void
  setWatch: SetWatch
  clearWatch(id: number): void
  digitalRead(pin: PinValue): number
  digitalWrite(pin: PinValue, value: number | boolean): void
  pinMode(pin: PinValue, mode: PinMode): void
  /** 0..1 of the analogue reference. */
  analogRead(pin: PinValue): number
  print(...values: unknown[]): void
  console: { log(...values: unknown[]): void }
  require(name: string): unknown
}
