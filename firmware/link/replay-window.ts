import { Limit } from '#protocol/limits.ts'

/**
 * Which frame counters of one session and direction were accepted: the newest and the 63 before it. A gap is
 * loss, never a lock-out. `accepts` asks, `mark` tells after the frame has opened.
 */
export class ReplayWindow {
  highest: number
  seen: Uint32Array

  constructor() {
    this.highest = 0
    this.seen = new Uint32Array(Limit.REPLAY_WINDOW)
  }

  reset(): void {
    this.highest = 0
    this.seen.fill(0)
  }

  accepts(counter: number): boolean {
    if (counter < 1 || counter > Limit.FRAMES_A_SESSION) return false
    if (counter + Limit.REPLAY_WINDOW <= this.highest) return false
    return this.seen[counter % Limit.REPLAY_WINDOW] !== counter
  }

  mark(counter: number): void {
    this.seen[counter % Limit.REPLAY_WINDOW] = counter
    if (counter > this.highest) this.highest = counter
  }
}
