import { simError } from '../sim-error.ts'
import { EventHeap } from './event-heap.ts'
import type { SteppableClock, TimerId } from './types.ts'

/** Longest timer that is kept, as in Node: 2^31 - 1 ms. */
const TIMEOUT_MILLISECONDS_MAXIMUM = 2_147_483_647

/**
 * Virtual time: integer microseconds from 0 and the events that wait for it. Time moves only in `step` and
 * `advanceTo`; both take absolute times, so advancing by ten twice is twenty.
 */
export class VirtualClock implements SteppableClock {
  private now = 0
  private readonly heap = new EventHeap()
  private readonly startUtcMilliseconds: number

  /** @param startUtcMilliseconds UTC at virtual time 0, whole milliseconds of the Unix epoch. */
  constructor(startUtcMilliseconds = 0) {
    if (!Number.isSafeInteger(startUtcMilliseconds)) {
      throw simError('SIM_TIME_INVALID', `start ${startUtcMilliseconds} is not whole milliseconds of UTC`)
    }
    this.startUtcMilliseconds = startUtcMilliseconds
  }

  nowMicroseconds(): number {
    return this.now
  }

  utcMilliseconds(): number {
    return this.startUtcMilliseconds + Math.floor(this.now / 1000)
  }

  monotonicMilliseconds(): number {
    return Math.floor(this.now / 1000)
  }

  /** As the platform's: negative or not a number counts as 0. Milliseconds may have fractions. */
  setTimeout(fn: () => void, milliseconds: number): TimerId {
    const wanted = milliseconds > 0 ? Math.min(milliseconds, TIMEOUT_MILLISECONDS_MAXIMUM) : 0
    return this.heap.push(this.now + Math.round(wanted * 1000), fn)
  }

  clearTimeout(id: TimerId | undefined): void {
    if (id !== undefined) this.heap.remove(id)
  }

  schedule(atMicroseconds: number, fn: () => void): TimerId {
    if (!Number.isSafeInteger(atMicroseconds) || atMicroseconds < this.now) {
      throw simError('SIM_TIME_INVALID', `event at ${atMicroseconds} µs`, `virtual time ${this.now} µs`)
    }
    return this.heap.push(atMicroseconds, fn)
  }

  nextEventAt(): number | undefined {
    return this.heap.peekTime()
  }

  step(): boolean {
    const at = this.heap.peekTime()
    if (at === undefined) return false
    this.now = at
    this.heap.pop()!()
    return true
  }

  advanceTo(atMicroseconds: number): void {
    const next = this.heap.peekTime()
    if (
      !Number.isSafeInteger(atMicroseconds) ||
      atMicroseconds < this.now ||
      (next !== undefined && next < atMicroseconds)
    ) {
      throw simError(
        'SIM_TIME_INVALID',
        `advance to ${atMicroseconds} µs with the next event at ${next ?? 'none'}`,
        `virtual time ${this.now} µs`,
      )
    }
    this.now = atMicroseconds
  }

  get pendingEvents(): number {
    return this.heap.size
  }
}
