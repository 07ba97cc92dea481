import type { Clock, RandomStream, TimerId } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import { toHex } from './hex.ts'
import type { UartByte, UartCounters, UartFaults, UartPort, UartPortOptions } from './types.ts'
import { receivedByte } from './uart-bits.ts'

const BITS_A_BYTE = 10
export const UART_QUEUE_BYTES_MAXIMUM = 65_536
const BAUD_MINIMUM = 50
const BAUD_MAXIMUM = 4_000_000
const DEFAULT_BAUD = 9600
const DEFAULT_FIFO_BYTES = 1024
const FIFO_BYTES_MAXIMUM = 1_048_576

/** Bytes that go out without a gap between them. */
interface Segment {
  began: number
  baud: number
  bytes: number[]
  sent: number
}

export interface SimulatedUartPortOptions extends UartPortOptions {
  clock: Clock
  /** For injected faults; without it they are refused. */
  random?: RandomStream
}

/** One end of a serial line, 8N1. Connect two with `connectUart`; a port that is not connected sends into the air. */
export class SimulatedUartPort implements UartPort {
  readonly name: string
  readonly counters: UartCounters = { sent: 0, received: 0, overflowed: 0, framingErrors: 0, faulted: 0 }
  faults: UartFaults = {}
  baud: number
  other: SimulatedUartPort | undefined
  private readonly options: SimulatedUartPortOptions
  private readonly clock: Clock
  private readonly fifoBytes: number
  private fifo: UartByte[] = []
  private listener: (() => void) | undefined
  private overflow = false
  private segments: Segment[] = []
  private queued = 0
  private timer: TimerId | undefined
  private lineFreeAt = 0
  private lastArrival = Number.NEGATIVE_INFINITY
  private arrivedInBurst = 0

  constructor(options: SimulatedUartPortOptions) {
    this.options = options
    this.name = options.name
    this.clock = options.clock
    this.baud = checkedBaud(options.baud ?? DEFAULT_BAUD, this.name)
    this.fifoBytes = options.fifoBytes ?? DEFAULT_FIFO_BYTES
    if (!(this.fifoBytes >= 1 && this.fifoBytes <= FIFO_BYTES_MAXIMUM)) {
      throw simError('SIM_BUS_INVALID', `FIFO of ${this.fifoBytes} bytes`, this.name)
    }
  }

  /** From the next write on; what is queued keeps the rate with which it was written. */
  setBaud(baud: number): void {
    this.baud = checkedBaud(baud, this.name)
  }

  get pendingBytes(): number {
    return this.queued
  }

  write(bytes: Uint8Array, fromMicroseconds?: number): number {
    const now = this.clock.nowMicroseconds()
    const began = Math.max(now, fromMicroseconds ?? now, this.lineFreeAt)
    if (this.queued + bytes.length > UART_QUEUE_BYTES_MAXIMUM) {
      throw simError('SIM_UART_QUEUE_FULL', `${this.queued} bytes wait, ${bytes.length} more`, this.name)
    }
    if (bytes.length === 0) return began
    let segment = this.segments.at(-1)
    if (segment === undefined || began > this.lineFreeAt || segment.baud !== this.baud) {
      segment = { began, baud: this.baud, bytes: [], sent: 0 }
      this.segments.push(segment)
    }
    for (const byte of bytes) segment.bytes.push(byte)
    this.queued += bytes.length
    this.counters.sent += bytes.length
    this.lineFreeAt = byteEnd(segment, segment.bytes.length)
    this.options.record?.({
      tMicroseconds: began,
      bus: this.name,
      kind: 'uart',
      part: this.options.part ?? '-',
      direction: 'write',
      hex: toHex(bytes),
      ack: true,
    })
    if (this.timer === undefined) this.sendNext()
    return this.lineFreeAt
  }

  read(maximum = this.fifo.length): UartByte[] {
    return this.fifo.splice(0, maximum)
  }

  get available(): number {
    return this.fifo.length
  }

  takeOverflow(): boolean {
    const was = this.overflow
    this.overflow = false
    return was
  }

  onReceive(listener: (() => void) | undefined): void {
    this.listener = listener
  }

  /** Forgets what is queued, on the wire and received, as a power cut does. */
  clear(): void {
    this.clock.clearTimeout(this.timer)
    this.timer = undefined
    this.segments = []
    this.queued = 0
    this.lineFreeAt = this.clock.nowMicroseconds()
    this.fifo = []
    this.overflow = false
  }

  private sendNext(): void {
    const segment = this.segments[0]
    if (segment === undefined) {
      this.timer = undefined
      return
    }
    const at = byteEnd(segment, segment.sent + 1)
    this.timer = this.clock.schedule(at, () => {
      const byte = segment.bytes[segment.sent++]!
      this.queued--
      if (segment.sent === segment.bytes.length) this.segments.shift()
      this.sendNext()
      this.other?.arrive(byte, at, segment.baud)
    })
  }

  /** A byte's stop bit ended on the wire towards this port. */
  private arrive(sent: number, at: number, senderBaud: number): void {
    const faults = this.faults
    if (faults.cut === true) {
      this.counters.faulted++
      this.logFault('cut', at, [])
      return
    }
    const passed = faults.filter === undefined ? [sent] : faults.filter(sent, at)
    if (passed.length !== 1 || passed[0] !== sent) {
      this.counters.faulted++
      this.logFault('filter', at, passed)
    }
    for (const byte of passed) this.damageAndTake(byte, at, senderBaud)
  }

  private damageAndTake(sent: number, at: number, senderBaud: number): void {
    const { lostProbability, flipProbability, duplicateProbability, insertProbability } = this.faults
    if (this.happens(lostProbability)) {
      this.logFault('lost', at, [])
      return
    }
    let byte = sent
    if (this.happens(flipProbability)) {
      byte ^= 1 << this.options.random!.integer(0, 7)
      this.logFault('flip', at, [byte])
    }
    this.take(byte, at, senderBaud)
    if (this.happens(duplicateProbability)) {
      this.logFault('duplicate', at, [byte])
      this.take(byte, at, senderBaud)
    }
    if (this.happens(insertProbability)) {
      const inserted = this.options.random!.integer(0, 255)
      this.logFault('insert', at, [inserted])
      this.take(inserted, at, senderBaud)
    }
  }

  private happens(probability: number | undefined): boolean {
    if (probability === undefined || probability <= 0) return false
    if (this.options.random === undefined) {
      throw simError('SIM_BUS_INVALID', 'faults with a probability need a random stream', this.name)
    }
    const yes = this.options.random.chance(probability)
    if (yes) this.counters.faulted++
    return yes
  }

  /** What arrived otherwise than it was sent; sound bytes are in the sender's entry only. */
  private logFault(fault: string, at: number, arrived: readonly number[]): void {
    this.options.record?.({
      tMicroseconds: at,
      bus: this.name,
      kind: 'uart',
      part: this.options.part ?? '-',
      direction: 'read',
      hex: toHex(arrived),
      ack: true,
      fault,
    })
  }

  private take(sent: number, at: number, senderBaud: number): void {
    const seen = receivedByte(sent & 0xff, senderBaud, this.baud)
    if (seen.error === 'framing') {
      this.counters.framingErrors++
      this.logFault('framing', at, [seen.byte])
    }
    const byteTime = (BITS_A_BYTE * 1e6) / senderBaud
    this.arrivedInBurst = at - this.lastArrival > 2 * byteTime ? 1 : this.arrivedInBurst + 1
    this.lastArrival = at
    const pastBurst = this.options.burstBytes !== undefined && this.arrivedInBurst > this.options.burstBytes
    if (pastBurst || this.fifo.length >= this.fifoBytes) {
      this.counters.overflowed++
      this.overflow = true
      this.logFault('overflow', at, [])
      return
    }
    this.counters.received++
    this.fifo.push({ byte: seen.byte, atMicroseconds: at, error: seen.error })
    this.listener?.()
  }
}

/** End of a segment's byte number `count` (10 bits each), rounded once from the segment's start: no drift. */
function byteEnd(segment: Segment, count: number): number {
  return segment.began + Math.round((count * BITS_A_BYTE * 1e6) / segment.baud)
}

/** Joins two ends; SIM_BUS_CONFLICT when one is taken already. */
export function connectUart(a: SimulatedUartPort, b: SimulatedUartPort): void {
  if (a === b || a.other !== undefined || b.other !== undefined) {
    throw simError('SIM_BUS_CONFLICT', `${a.name} and ${b.name} cannot be joined`, 'UART')
  }
  a.other = b
  b.other = a
}

/** Takes the line out; both ends then talk into the air. */
export function disconnectUart(port: SimulatedUartPort): void {
  if (port.other !== undefined) port.other.other = undefined
  port.other = undefined
}

function checkedBaud(baud: number, where: string): number {
  if (!(baud >= BAUD_MINIMUM && baud <= BAUD_MAXIMUM))
    throw simError('SIM_BUS_INVALID', `baud ${baud}`, where)
  return baud
}
