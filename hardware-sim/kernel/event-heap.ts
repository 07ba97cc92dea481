import { simError } from '../sim-error.ts'

const FIRST_CAPACITY = 1024
/** Slots; the same number as the low bits of a handle. */
export const PENDING_EVENTS_MAXIMUM = 2_097_152
const GENERATIONS = 2_147_483_648

/**
 * Pending events in a binary heap keyed (time, sequence): equal times run in the order in which they were pushed.
 * Slots in flat arrays and a position index, so that removal is O(log n) and leaves nothing behind.
 */
export class EventHeap {
  private capacity = FIRST_CAPACITY
  private times = new Float64Array(FIRST_CAPACITY)
  private sequences = new Float64Array(FIRST_CAPACITY)
  private generations = new Uint32Array(FIRST_CAPACITY)
  private positions = new Int32Array(FIRST_CAPACITY).fill(-1)
  private heap = new Int32Array(FIRST_CAPACITY)
  private free = new Int32Array(FIRST_CAPACITY)
  private freeCount = 0
  private used = 0
  private readonly functions: ((() => void) | undefined)[] = []
  private sequence = 0
  private count = 0

  get size(): number {
    return this.count
  }

  /** Time of the earliest event, undefined when there is none. */
  peekTime(): number | undefined {
    return this.count === 0 ? undefined : this.times[this.heap[0]!]
  }

  /** Adds an event; the handle is generation × 2^21 + slot. SIM_TIMERS_FULL past the maximum. */
  push(time: number, fn: () => void): number {
    const slot = this.takeSlot()
    this.times[slot] = time
    this.sequences[slot] = this.sequence++
    this.functions[slot] = fn
    const at = this.count++
    this.place(slot, at)
    this.up(at)
    return this.generations[slot]! * PENDING_EVENTS_MAXIMUM + slot
  }

  /** Takes the earliest event out and gives its function. */
  pop(): (() => void) | undefined {
    if (this.count === 0) return undefined
    const slot = this.heap[0]!
    const fn = this.functions[slot]
    this.removeAt(0)
    return fn
  }

  /** Removes a pending event; a handle that has run or never was is ignored. */
  remove(id: number): boolean {
    if (!Number.isSafeInteger(id) || id < 0) return false
    const slot = id % PENDING_EVENTS_MAXIMUM
    if (slot >= this.used || this.generations[slot] !== Math.floor(id / PENDING_EVENTS_MAXIMUM)) return false
    const at = this.positions[slot]!
    if (at < 0) return false
    this.removeAt(at)
    return true
  }

  private takeSlot(): number {
    if (this.freeCount > 0) return this.free[--this.freeCount]!
    if (this.used === PENDING_EVENTS_MAXIMUM) throw simError('SIM_TIMERS_FULL', 'no slot for another event')
    if (this.used === this.capacity) this.grow()
    this.generations[this.used] = 1
    return this.used++
  }

  private grow(): void {
    this.capacity *= 2
    this.times = grown(this.times, new Float64Array(this.capacity))
    this.sequences = grown(this.sequences, new Float64Array(this.capacity))
    this.generations = grown(this.generations, new Uint32Array(this.capacity))
    this.positions = grown(this.positions, new Int32Array(this.capacity).fill(-1))
    this.heap = grown(this.heap, new Int32Array(this.capacity))
    this.free = grown(this.free, new Int32Array(this.capacity))
  }

  private removeAt(at: number): void {
    const slot = this.heap[at]!
    this.positions[slot] = -1
    this.functions[slot] = undefined
    this.generations[slot] = (this.generations[slot]! + 1) % GENERATIONS
    this.free[this.freeCount++] = slot
    const last = this.heap[--this.count]!
    if (at === this.count) return
    this.place(last, at)
    this.down(at)
    this.up(this.positions[last]!)
  }

  private place(slot: number, at: number): void {
    this.heap[at] = slot
    this.positions[slot] = at
  }

  private before(a: number, b: number): boolean {
    const ta = this.times[a]!
    const tb = this.times[b]!
    return ta < tb || (ta === tb && this.sequences[a]! < this.sequences[b]!)
  }

  private up(start: number): void {
    let at = start
    const slot = this.heap[at]!
    while (at > 0) {
      const parent = (at - 1) >> 1
      const other = this.heap[parent]!
      if (!this.before(slot, other)) break
      this.place(other, at)
      at = parent
    }
    this.place(slot, at)
  }

  private down(start: number): void {
    let at = start
    const slot = this.heap[at]!
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.count) break
      if (child + 1 < this.count && this.before(this.heap[child + 1]!, this.heap[child]!)) child++
      const other = this.heap[child]!
      if (!this.before(other, slot)) break
      this.place(other, at)
      at = child
    }
    this.place(slot, at)
  }
}

function grown<T extends Float64Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
