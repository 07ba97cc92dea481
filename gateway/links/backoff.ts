const FIRST_MILLISECONDS = 500
const MAXIMUM_MILLISECONDS = 30_000

/** Doubling waits from 0.5 to 30 s, each between half and the whole of it, so that many do not beat in step. */
export class Backoff {
  #next = FIRST_MILLISECONDS
  readonly #randomBytes: (count: number) => Uint8Array

  constructor(randomBytes: (count: number) => Uint8Array) {
    this.#randomBytes = randomBytes
  }

  nextMilliseconds(): number {
    const whole = this.#next
    this.#next = Math.min(MAXIMUM_MILLISECONDS, whole * 2)
    return Math.round(whole * (0.5 + (this.#randomBytes(1)[0] ?? 0) / 510))
  }

  reset(): void {
    this.#next = FIRST_MILLISECONDS
  }
}
