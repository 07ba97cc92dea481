import { ErrorFlag } from '#protocol/numbers.ts'
import type { HealthBody } from '#protocol/records.ts'
import type { Clock, EspruinoErrorFlag } from '../device-api.ts'
import type { HealthFacts, RecordSink, TaskStatus } from './types.ts'

/** Volts in, millivolts of the battery out; what the wire can say ends at 65,535. */
const MILLIVOLTS_MAXIMUM = 65535

export interface HealthOptions {
  intervalMilliseconds: number
  /** process.memory().free */
  memoryFreeVariables: () => number
  /** E.getErrorFlags: the native forgets them as it tells them. */
  errorFlags: () => EspruinoErrorFlag[]
  /** 0 when the board cannot tell. */
  batteryMillivolts: () => number
}

/**
 * @param level analogRead: 0 to 1 of the reference
 * @param referenceVolts E.getAnalogVRef
 * @param dividerPermille the pin's voltage times this over 1000 is the battery's
 */
export function batteryMillivoltsOf(level: number, referenceVolts: number, dividerPermille: number): number {
  const millivolts = Math.round(level * referenceVolts * dividerPermille)
  return millivolts > MILLIVOLTS_MAXIMUM ? MILLIVOLTS_MAXIMUM : millivolts > 0 ? millivolts : 0
}

/** @returns ErrorFlag bits of the interpreter's own flags */
export function errorFlagBits(flags: EspruinoErrorFlag[]): number {
  let bits = 0
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]
    if (flag === 'LOW_MEMORY') bits = bits | ErrorFlag.lowMemory
    else if (flag === 'FIFO_FULL' || flag === 'BUFFER_FULL') bits = bits | ErrorFlag.fifoFull
    else if (flag === 'MEMORY' || flag === 'MEMORY_BUSY') bits = bits | ErrorFlag.memory
    else if (flag === 'CALLBACK') bits = bits | ErrorFlag.callback
    else if (flag === 'UART_OVERFLOW') bits = bits | ErrorFlag.uartOverflow
  }
  return bits
}

/** One record at start and one an interval: how the node is, and what went wrong since the last one. */
export class HealthTask {
  clock: Clock
  sink: RecordSink
  status: TaskStatus
  facts: HealthFacts
  options: HealthOptions
  body: HealthBody
  timer: number
  dueMilliseconds: number
  tick: () => void

  constructor(
    clock: Clock,
    sink: RecordSink,
    status: TaskStatus,
    facts: HealthFacts,
    options: HealthOptions,
  ) {
    this.clock = clock
    this.sink = sink
    this.status = status
    this.facts = facts
    this.options = options
    this.body = {
      atMilliseconds: 0,
      batteryMillivolts: 0,
      memoryFreeVariables: 0,
      queueRecords: 0,
      resets: 0,
      resetReason: 0,
      errorFlags: 0,
      framesSent: 0,
      framesResent: 0,
      recordsDropped: 0,
      linkRssiDbm: 0,
    }
    this.timer = 0
    this.dueMilliseconds = 0
    this.tick = () => {
      this.next()
    }
  }

  start(): void {
    this.dueMilliseconds = this.clock.nowMilliseconds()
    this.next()
  }

  next(): void {
    const now = this.clock.nowMilliseconds()
    const interval = this.options.intervalMilliseconds
    // Whole intervals from the start: a late callback does not move the ones after it.
    const late = Math.floor((now - this.dueMilliseconds) / interval)
    this.dueMilliseconds += (late + 1) * interval
    this.timer = this.clock.setTimeout(this.tick, this.dueMilliseconds - now)
    this.report(now)
  }

  report(nowMilliseconds: number): void {
    const body = this.body
    const facts = this.facts
    const status = this.status
    body.atMilliseconds = nowMilliseconds
    body.batteryMillivolts = this.options.batteryMillivolts()
    body.memoryFreeVariables = this.options.memoryFreeVariables()
    body.queueRecords = facts.queueRecords()
    body.resets = facts.resets()
    body.resetReason = facts.resetReason()
    body.errorFlags = status.errorFlags | errorFlagBits(this.options.errorFlags())
    body.framesSent = status.framesSent
    body.framesResent = status.framesResent
    body.recordsDropped = facts.recordsDropped()
    body.linkRssiDbm = facts.linkRssiDbm()
    status.errorFlags = 0
    this.sink.addHealth(body)
  }

  stop(): void {
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.timer = 0
  }
}
