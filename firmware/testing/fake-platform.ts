import type { Platform } from '../platform.ts'

/** Virtual time: timers run in order of time, then of being set. */
export class FakePlatform implements Platform {
  now = 1_000
  chance = 0.5
  private timers: { id: number; at: number; callback: () => void }[] = []
  private nextId = 1

  nowMilliseconds = (): number => this.now
  random = (): number => this.chance
  setTimeout = (callback: () => void, milliseconds: number): number => {
    this.timers.push({ id: this.nextId, at: this.now + milliseconds, callback })
    return this.nextId++
  }
  clearTimeout = (id: number): void => {
    this.timers = this.timers.filter((timer) => timer.id !== id)
  }

  get pending(): number {
    return this.timers.length
  }

  advance(milliseconds: number): void {
    const end = this.now + milliseconds
    for (let turns = 0; turns < 100_000; turns++) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0]
      if (!due) {
        this.now = end
        return
      }
      this.timers = this.timers.filter((timer) => timer !== due)
      this.now = Math.max(this.now, due.at)
      due.callback()
    }
    throw new Error('timers never come to rest')
  }
}
