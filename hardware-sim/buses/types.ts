import type { LocalTime, RandomStream } from '../kernel/types.ts'
import type { RecordSink } from '../record/types.ts'

export type Level = 0 | 1

/** What every bus is built with. */
export interface BusOptions {
  /** Name in the log, for example `cold-room/i2c1`. */
  name: string
  record?: RecordSink
}

// ---- I2C -------------------------------------------------------------------------------------------------------

/** A chip on an I2C bus, byte by byte. Times are virtual microseconds at the end of the byte concerned. */
export interface I2cTarget {
  readonly id: string
  /** 7-bit address it listens to now. */
  readonly i2cAddress: number
  /** Start or repeated start with its address; false = not acknowledged. */
  start(read: boolean, atMicroseconds: number): boolean
  /** One byte from the master; false = not acknowledged. */
  write(byte: number, atMicroseconds: number): boolean
  /** One byte to the master, which then acknowledges it or not (not: the last one). */
  read(masterAcknowledges: boolean, atMicroseconds: number): number
  stop(atMicroseconds: number): void
  /** Microseconds for which it holds SCL low before it answers a read. */
  stretchMicroseconds?(atMicroseconds: number): number
  /** Name of the fault that shaped what it just did, for the log; taken by the call. */
  takeFaultName?(): string | undefined
}

export type I2cOutcome = 'ok' | 'address-nack' | 'data-nack' | 'bus-stuck' | 'stretch-timeout'

export interface I2cResult {
  outcome: I2cOutcome
  /** Bytes acknowledged (write) or read. */
  bytes: Uint8Array
}

/** Faults of the wires themselves. */
export interface I2cBusFaults {
  /** A wire held low by something: every transaction fails as bus-stuck. */
  stuckLow?: 'sda' | 'scl'
  /** The next so many addresses are not acknowledged, whoever is there. */
  nackAddresses?: number
  /** In the next transaction, the byte of this number (0 = first after the address) is not acknowledged. */
  nackByte?: number
}

/** The master's side as the Espruino globals need it; blocks the processor for the bits' time. */
export interface I2cMaster {
  setup(bitrate: number): void
  writeTo(address: number, bytes: Uint8Array, stop?: boolean): I2cResult
  readFrom(address: number, count: number, stop?: boolean): I2cResult
  attach(target: I2cTarget): void
  detach(target: I2cTarget): void
  faults: I2cBusFaults
}

// ---- UART ------------------------------------------------------------------------------------------------------

export type UartError = 'none' | 'framing'

/** A received byte: its value, the virtual time at which its stop bit ended, and what the receiver noticed. */
export interface UartByte {
  byte: number
  atMicroseconds: number
  error: UartError
}

/** Faults of one direction of a serial line; probabilities are per byte. */
export interface UartFaults {
  lostProbability?: number
  flipProbability?: number
  duplicateProbability?: number
  insertProbability?: number
  /** Cable cut: nothing arrives. */
  cut?: boolean
  /** Any other damage: gets each byte, gives what arrives instead. */
  filter?: (byte: number, atMicroseconds: number) => readonly number[]
}

export interface UartPortOptions extends BusOptions {
  /** Bits a second; both directions. */
  baud?: number
  /** Bytes the receiver holds until they are read; more are lost and counted. */
  fifoBytes?: number
  /** ESP32 2v29: bytes of one burst past this number are lost (64). A gap of two byte times begins a new burst. */
  burstBytes?: number
  /** Who holds the port, for the log. */
  part?: string
}

export interface UartCounters {
  sent: number
  received: number
  overflowed: number
  framingErrors: number
  /** Bytes lost, flipped, doubled or put in by injected faults on the way to this port. */
  faulted: number
}

/** One end of a serial line: a processor's UART, a module's, or a bridge to a real pty. */
export interface UartPort {
  readonly name: string
  readonly counters: Readonly<UartCounters>
  readonly baud: number
  /** Faults of the direction towards this port. */
  faults: UartFaults
  setBaud(baud: number): void
  /**
   * Queues bytes; the first start bit goes out at `fromMicroseconds` (now unless told) or when the line is free.
   * Returns the virtual time at which the last stop bit ends. SIM_UART_QUEUE_FULL past 65 536 queued bytes.
   */
  write(bytes: Uint8Array, fromMicroseconds?: number): number
  /** Takes up to `maximum` received bytes out of the FIFO. */
  read(maximum?: number): UartByte[]
  readonly available: number
  /** True once after bytes were lost to a full FIFO (Espruino's FIFO_FULL flag); reading clears it. */
  takeOverflow(): boolean
  /** Called after each byte that went into the FIFO. One listener; undefined removes it. */
  onReceive(listener: (() => void) | undefined): void
  /** Forgets what is queued, on the wire and received, as a power cut does. */
  clear(): void
  /** Bytes queued or on the wire towards the other end. */
  readonly pendingBytes: number
}

// ---- 1-Wire ----------------------------------------------------------------------------------------------------

/** The wire as a slave sees it; all times are virtual microseconds on the bus's own timeline. */
export interface OneWireLine {
  /** Level now: low when the master or any slave pulls. */
  level(): Level
  /** True while the master drives the line hard high (parasite power). */
  readonly strongPullUp: boolean
  /** This slave pulls low over [from, until). */
  pull(slave: OneWireSlave, fromMicroseconds: number, untilMicroseconds: number): void
  /** Calls back at an instant of the bus's timeline. */
  at(atMicroseconds: number, fn: (atMicroseconds: number) => void): void
}

/** A device on a 1-Wire bus. It sees edges and pulls the line; nothing else. */
export interface OneWireSlave {
  readonly id: string
  attached(line: OneWireLine): void
  edge(level: Level, atMicroseconds: number): void
  takeFaultName?(): string | undefined
}

export interface OneWireBusFaults {
  /** The wire shorted to ground or to supply. */
  stuck?: 'low' | 'high'
  /** The master's sample comes so many microseconds late (an interrupt inside the slot). */
  lateSampleMicroseconds?: number
  /** Slow rising edge of a long cable: after release the line reads low for so long. */
  riseMicroseconds?: number
  /** Each sampled bit is flipped with this probability. */
  flipProbability?: number
}

/** Espruino's OneWire object over the edges; every call blocks the processor. */
export interface OneWireMaster {
  reset(): boolean
  select(romHex: string): void
  skip(): void
  write(data: number | Uint8Array, leavePowerOn?: boolean): void
  readByte(): number
  read(count: number): Uint8Array
  search(command?: number): string[]
  writeBit(bit: Level): void
  readBit(): Level
  attach(slave: OneWireSlave): void
  detach(slave: OneWireSlave): void
  faults: OneWireBusFaults
  /** Level of the pin now, for digitalRead. */
  level(): Level
}

export interface OneWireBusOptions extends BusOptions {
  time: LocalTime
  random?: RandomStream
  /** Sees every edge of the wire, for VCD and for judges. */
  onEdge?: (level: Level, atMicroseconds: number) => void
}

// ---- GPIO ------------------------------------------------------------------------------------------------------

export type Pull = 'none' | 'up' | 'down'

export interface Edge {
  level: Level
  atMicroseconds: number
}

/** A wire between a processor's pin and parts. */
export interface GpioPin {
  readonly name: string
  /** Level that a read gives now. A floating input keeps its last level. */
  level(): Level
  setPull(pull: Pull): void
  /** The processor drives the pin; undefined = input. */
  output(level: Level | undefined): void
  /** A part drives the wire, by its id; undefined = it lets go. Strong: wins over pulls. */
  drive(part: string, level: Level | undefined): void
  /** Called at each edge, at its own virtual time. Returns the function that ends the watch. */
  watch(listener: (edge: Edge) => void): () => void
}
