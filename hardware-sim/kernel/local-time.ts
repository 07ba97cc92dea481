import { simError } from '../sim-error.ts'
import type { Clock, LocalTime } from './types.ts'

/** One processor's time: never behind the kernel's, ahead of it while a blocking bus operation is at work. */
export class ProcessorTime implements LocalTime {
  private busyUntil = 0
  private readonly clock: Pick<Clock, 'nowMicroseconds'>

  constructor(clock: Pick<Clock, 'nowMicroseconds'>) {
    this.clock = clock
  }

  nowMicroseconds(): number {
    return Math.max(this.clock.nowMicroseconds(), this.busyUntil)
  }

  spend(microseconds: number): void {
    if (!Number.isSafeInteger(microseconds) || microseconds < 0) {
      throw simError('SIM_TIME_INVALID', `a processor cannot spend ${microseconds} µs`)
    }
    this.busyUntil = this.nowMicroseconds() + microseconds
  }
}
