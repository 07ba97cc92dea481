import type { Clock, LocalTime } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import type { BusOptions, Edge, GpioPin, Level, Pull } from './types.ts'

const WATCHERS_MAXIMUM = 16
const DRIVERS_MAXIMUM = 16

export interface SimulatedPinOptions extends BusOptions {
  clock: Pick<Clock, 'nowMicroseconds'>
  time?: Pick<LocalTime, 'nowMicroseconds'>
}

/** A wire at a processor's pin. What drives it hardest wins: the processor's output, then parts (low first), then pull. */
export class SimulatedPin implements GpioPin {
  readonly name: string
  private readonly options: BusOptions
  private readonly clock: Pick<Clock, 'nowMicroseconds'>
  private readonly time: Pick<LocalTime, 'nowMicroseconds'>
  private readonly drivers = new Map<string, Level>()
  private readonly watchers: ((edge: Edge) => void)[] = []
  private pull: Pull = 'none'
  private driven: Level | undefined
  private current: Level = 0

  /** Edges by parts carry the clock's time, edges by the processor its own (`time`), which may be ahead. */
  constructor(options: SimulatedPinOptions) {
    this.options = options
    this.name = options.name
    this.clock = options.clock
    this.time = options.time ?? options.clock
  }

  level(): Level {
    return this.current
  }

  setPull(pull: Pull): void {
    this.pull = pull
    this.settle('-', this.time.nowMicroseconds())
  }

  output(level: Level | undefined): void {
    this.driven = level
    this.settle('-', this.time.nowMicroseconds())
  }

  drive(part: string, level: Level | undefined): void {
    if (level === undefined) this.drivers.delete(part)
    else {
      if (!this.drivers.has(part) && this.drivers.size >= DRIVERS_MAXIMUM) {
        throw simError('SIM_BUS_CONFLICT', `more than ${DRIVERS_MAXIMUM} parts drive one pin`, this.name)
      }
      this.drivers.set(part, level)
    }
    this.settle(part, this.clock.nowMicroseconds())
  }

  watch(listener: (edge: Edge) => void): () => void {
    if (this.watchers.length >= WATCHERS_MAXIMUM) {
      throw simError('SIM_BUS_CONFLICT', `more than ${WATCHERS_MAXIMUM} watches on one pin`, this.name)
    }
    this.watchers.push(listener)
    return () => {
      const at = this.watchers.indexOf(listener)
      if (at >= 0) this.watchers.splice(at, 1)
    }
  }

  private resolve(): Level {
    if (this.driven !== undefined) return this.driven
    if (this.drivers.size > 0) {
      for (const level of this.drivers.values()) if (level === 0) return 0
      return 1
    }
    if (this.pull === 'none') return this.current
    return this.pull === 'up' ? 1 : 0
  }

  private settle(part: string, atMicroseconds: number): void {
    const level = this.resolve()
    if (level === this.current) return
    this.current = level
    const edge = { level, atMicroseconds }
    this.options.record?.({
      tMicroseconds: atMicroseconds,
      bus: this.name,
      kind: 'gpio',
      part,
      direction: 'edge',
      hex: level === 1 ? '01' : '00',
      ack: true,
    })
    for (const watcher of [...this.watchers]) watcher(edge)
  }
}
