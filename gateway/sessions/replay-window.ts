import { Limit } from '#protocol/limits.ts'

/** Which frame counters of one session and direction were seen: the last 64 by number. */
export class ReplayWindow {
  /** Counter last seen in each residue class; 0 is never a counter. */
  readonly #seen = new Float64Array(Limit.REPLAY_WINDOW)
  #highest = 0
  #count = 0

  /** True for a counter that is new and not older than the window. Changes nothing. */
  accepts(counter: number): boolean {
    if (counter < 1 || counter + Limit.REPLAY_WINDOW <= this.#highest) return false
    return this.#seen[counter % Limit.REPLAY_WINDOW] !== counter
  }

  /** Only after the frame has opened: a forged counter must not move the window. */
  mark(counter: number): void {
    this.#seen[counter % Limit.REPLAY_WINDOW] = counter
    this.#count++
    if (counter > this.#highest) this.#highest = counter
  }

  get highest(): number {
    return this.#highest
  }

  /** Counters that never came, so far. A gap is loss, never a reason to refuse. */
  get missing(): number {
    return this.#highest - this.#count
  }
}
