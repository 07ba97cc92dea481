/** Keys remembered by one limiter; at the maximum those of the past are forgotten. */
const KEYS_MAXIMUM = 50_000

/** At most so many events per key within a window that begins with the first of them. */
export class Limiter {
  readonly #maximum: number
  readonly #windowMilliseconds: number
  readonly #windows = new Map<string, { since: number; count: number }>()

  constructor(maximum: number, windowMilliseconds: number) {
    this.#maximum = maximum
    this.#windowMilliseconds = windowMilliseconds
  }

  #window(key: string, now: number): { since: number; count: number } {
    let window = this.#windows.get(key)
    if (!window || now - window.since >= this.#windowMilliseconds) {
      if (!window && this.#windows.size >= KEYS_MAXIMUM) this.#forget(now)
      window = { since: now, count: 0 }
      this.#windows.set(key, window)
    }
    return window
  }

  #forget(now: number): void {
    for (const [key, window] of this.#windows) {
      if (now - window.since >= this.#windowMilliseconds) this.#windows.delete(key)
    }
    if (this.#windows.size >= KEYS_MAXIMUM) this.#windows.clear()
  }

  /** Whether one more is allowed; does not count it. */
  allows(key: string, now: number): boolean {
    return this.#window(key, now).count < this.#maximum
  }

  /** Counts one. @returns how many there are in the window now */
  count(key: string, now: number): number {
    return ++this.#window(key, now).count
  }

  /** Counts one if it is allowed. */
  take(key: string, now: number): boolean {
    if (!this.allows(key, now)) return false
    this.count(key, now)
    return true
  }
}
