import { BoardException, type Job, Realm } from './realm.ts'
import type { NodeOptions } from './types.ts'

/** Callbacks that wait for a busy processor; the interpreter's own event queue is far shorter. */
export const WAITING_CALLBACKS_MAXIMUM = 4096

interface Waiting {
  callback: unknown
  args: readonly unknown[]
  hardware: boolean
}

/**
 * One life of a node, from power-on to the next reset: its context, its time base and the order in which callbacks
 * run. Nothing of it survives; whatever is scheduled for it dies with it.
 */
export class Boot {
  readonly realm: Realm
  readonly options: NodeOptions
  readonly startMicroseconds: number
  /** Asked for jobs that run before promise reactions, after a callback from a hardware event. */
  zeroTimers: (() => Job | null) | null = null
  private alive = true
  private readonly waiting: Waiting[] = []
  private pumpScheduled = false
  private readonly endings: (() => void)[] = []
  private readonly rate: number

  constructor(options: NodeOptions, onUncaught: (text: string) => void) {
    this.options = options
    this.startMicroseconds = options.clock.nowMicroseconds()
    this.rate = 1 + (options.clockDriftPpm ?? 0) / 1_000_000
    this.realm = new Realm(() => options.random.next(), onUncaught)
  }

  /** What `getTime` gives: seconds since the start on the board's own clock. */
  boardSeconds(atMicroseconds = this.options.time.nowMicroseconds()): number {
    return (Math.max(0, atMicroseconds - this.startMicroseconds) * this.rate) / 1_000_000
  }

  /** Runs `fn` after so many milliseconds of the board's clock, unless the node was reset. @returns what cancels it */
  after(milliseconds: number, fn: () => void): () => void {
    const at =
      this.options.time.nowMicroseconds() + Math.max(1, Math.round((milliseconds * 1000) / this.rate))
    return this.at(at, fn)
  }

  /** Runs `fn` at an instant of virtual time, unless the node was reset. */
  at(atMicroseconds: number, fn: () => void): () => void {
    const id = this.options.clock.schedule(atMicroseconds, () => {
      if (this.alive) fn()
    })
    return () => this.options.clock.clearTimeout(id)
  }

  /** Something to undo at the end of this life. */
  onEnd(fn: () => void): void {
    this.endings.push(fn)
  }

  /** Calls a function of the bundle when the processor is free. Arguments are host values. */
  dispatch(callback: unknown, args: readonly unknown[], hardware = false): void {
    if (!this.alive || typeof callback !== 'function') return
    if (this.waiting.length >= WAITING_CALLBACKS_MAXIMUM) {
      throw new Error(`node ${this.options.id}: more than ${WAITING_CALLBACKS_MAXIMUM} callbacks wait`)
    }
    this.waiting.push({ callback, args, hardware })
    this.pump()
  }

  get isAlive(): boolean {
    return this.alive
  }

  /** Reset or power cut: nothing of this life runs any more. */
  end(): void {
    if (!this.alive) return
    this.alive = false
    this.waiting.length = 0
    for (const ending of this.endings) ending()
    this.endings.length = 0
  }

  private pump(): void {
    while (this.alive && this.waiting.length > 0) {
      const now = this.options.clock.nowMicroseconds()
      const free = this.options.time.nowMicroseconds()
      if (this.realm.busy || free > now) {
        this.schedulePump(Math.max(now, free))
        return
      }
      const job = this.waiting.shift()
      if (job === undefined) return
      const zero = job.hardware ? this.zeroTimers : null
      this.realm.call(job.callback, job.args, undefined, zero ?? undefined)
    }
  }

  private schedulePump(atMicroseconds: number): void {
    if (this.pumpScheduled) return
    this.pumpScheduled = true
    this.options.clock.schedule(atMicroseconds, () => {
      this.pumpScheduled = false
      this.pump()
    })
  }
}

/** A list of callbacks by event name, as `on`, `removeListener` and `removeAllListeners` keep it. */
export class Listeners {
  private readonly boot: Boot
  private readonly lists = new Map<string, unknown[]>()
  /** At most this many for one event. */
  static readonly MAXIMUM = 64

  constructor(boot: Boot) {
    this.boot = boot
  }

  /** The members to spread into the object that emits. */
  members(): Record<string, unknown> {
    return {
      on: (event: unknown, callback: unknown) => this.add(String(event), callback),
      removeListener: (event: unknown, callback: unknown) => {
        const list = this.lists.get(String(event)) ?? []
        this.lists.set(
          String(event),
          list.filter((one) => one !== callback),
        )
      },
      removeAllListeners: (event: unknown) => {
        if (event === undefined) this.lists.clear()
        else this.lists.delete(String(event))
      },
    }
  }

  add(event: string, callback: unknown): void {
    if (typeof callback !== 'function') throw new BoardException('Listener is not a function')
    const list = this.lists.get(event) ?? []
    if (list.length >= Listeners.MAXIMUM) throw new BoardException('Out of memory: too many listeners')
    list.push(callback)
    this.lists.set(event, list)
  }

  has(event: string): boolean {
    return (this.lists.get(event)?.length ?? 0) > 0
  }

  emit(event: string, args: readonly unknown[], hardware = true): void {
    for (const callback of [...(this.lists.get(event) ?? [])]) this.boot.dispatch(callback, args, hardware)
  }
}
