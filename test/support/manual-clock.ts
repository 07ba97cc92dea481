import type { Clock, TimerHandle } from '#gateway/clock.ts'

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now = 0
  #next = 1
  readonly #startUtcMilliseconds: number
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  constructor(startUtcMilliseconds = 1_700_000_000_000) {
    this.#startUtcMilliseconds = startUtcMilliseconds
  }

  utcMilliseconds(): number {
    return this.#startUtcMilliseconds + this.#now
  }

  monotonicMilliseconds(): number {
    return this.#now
  }

  setTimeout(callback: () => void, milliseconds: number): TimerHandle {
    const id = this.#next++
    this.#timers.set(id, { at: this.#now + milliseconds, callback })
    return id
  }

  clearTimeout(handle: TimerHandle): void {
    this.#timers.delete(handle as number)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Moves on and runs what is due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const due = [...this.#timers]
        .filter(([, timer]) => timer.at <= end)
        .sort((a, b) => a[1].at - b[1].at)[0]
      if (!due) break
      this.#timers.delete(due[0])
      this.#now = Math.max(this.#now, due[1].at)
      due[1].callback()
    }
    this.#now = end
  }
}
