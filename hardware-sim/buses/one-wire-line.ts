import { simError } from '../sim-error.ts'
import type { Level, OneWireBusFaults, OneWireLine, OneWireSlave } from './types.ts'

const SLAVES_MAXIMUM = 64
const AGENDA_MAXIMUM = 4096

interface Entry {
  at: number
  fn: (at: number) => void
}

/**
 * The wire of one 1-Wire bus with its own timeline: a pull-up, a master and slaves that pull low. The master moves the
 * timeline while its program blocks; what slaves planned (pulls, samples) happens in order of time, then in the order
 * planned. Each change of level reaches every slave as an edge.
 */
export class SimulatedLine implements OneWireLine {
  faults: OneWireBusFaults = {}
  strongPullUp = false
  private readonly slaves: OneWireSlave[] = []
  private readonly pulls = new Map<OneWireSlave, number>()
  private readonly onEdge: ((level: Level, atMicroseconds: number) => void) | undefined
  private agenda: Entry[] = []
  private now = 0
  private masterLow = false
  private current: Level = 1
  private risesAt: number | undefined

  constructor(onEdge?: (level: Level, atMicroseconds: number) => void) {
    this.onEdge = onEdge
  }

  attach(slave: OneWireSlave): void {
    if (this.slaves.includes(slave) || this.slaves.length >= SLAVES_MAXIMUM) {
      throw simError('SIM_BUS_CONFLICT', `${slave.id}: attached twice, or more than ${SLAVES_MAXIMUM} slaves`)
    }
    this.slaves.push(slave)
    slave.attached(this)
  }

  detach(slave: OneWireSlave): void {
    const at = this.slaves.indexOf(slave)
    if (at >= 0) this.slaves.splice(at, 1)
    this.pulls.delete(slave)
    this.settle()
  }

  level(): Level {
    return this.current
  }

  pull(slave: OneWireSlave, fromMicroseconds: number, untilMicroseconds: number): void {
    if (untilMicroseconds <= fromMicroseconds) return
    this.at(fromMicroseconds, () => this.addPull(slave, 1))
    this.at(untilMicroseconds, () => this.addPull(slave, -1))
  }

  at(atMicroseconds: number, fn: (atMicroseconds: number) => void): void {
    if (this.agenda.length >= AGENDA_MAXIMUM) throw simError('SIM_EVENT_LOOP', '1-Wire agenda is full')
    const at = Math.max(atMicroseconds, this.now)
    let place = this.agenda.length
    while (place > 0 && this.agenda[place - 1]!.at > at) place--
    this.agenda.splice(place, 0, { at, fn })
  }

  /** Master's transistor: true pulls low. */
  master(low: boolean): void {
    this.masterLow = low
    this.settle()
    this.strongPullUp = false
    this.catchUp(this.now)
  }

  /** Moves the timeline; what was planned up to and at that instant happens. */
  advanceTo(atMicroseconds: number): void {
    if (atMicroseconds < this.now) return
    this.catchUp(atMicroseconds)
    this.now = atMicroseconds
  }

  /** For the log: names of faults that slaves showed since the last call. */
  takeFaultNames(): string | undefined {
    const names: string[] = []
    for (const slave of this.slaves) {
      const name = slave.takeFaultName?.()
      if (name !== undefined && !names.includes(name)) names.push(name)
    }
    return names.length === 0 ? undefined : names.join(',')
  }

  get slaveCount(): number {
    return this.slaves.length
  }

  private catchUp(until: number): void {
    for (;;) {
      const first = this.agenda[0]
      if (first === undefined || first.at > until) return
      this.agenda.shift()
      this.now = first.at
      first.fn(first.at)
    }
  }

  private addPull(slave: OneWireSlave, change: 1 | -1): void {
    if (!this.slaves.includes(slave)) return
    this.pulls.set(slave, Math.max(0, (this.pulls.get(slave) ?? 0) + change))
    this.settle()
  }

  private resolve(): Level {
    if (this.faults.stuck !== undefined) return this.faults.stuck === 'low' ? 0 : 1
    if (this.masterLow) return 0
    for (const count of this.pulls.values()) if (count > 0) return 0
    return 1
  }

  /** Takes over the level that pulls give; a slow cable delays the rise, a new pull cancels it. */
  settle(): void {
    const level = this.resolve()
    const rise = this.faults.riseMicroseconds ?? 0
    if (level === 1 && this.current === 0 && rise > 0) {
      if (this.risesAt !== undefined) return
      this.risesAt = this.now + rise
      this.at(this.risesAt, (at) => {
        if (this.risesAt !== at) return
        this.risesAt = undefined
        if (this.resolve() === 1) this.change(1)
      })
      return
    }
    if (level === 0) this.risesAt = undefined
    if (level !== this.current) this.change(level)
  }

  private change(level: Level): void {
    this.current = level
    this.onEdge?.(level, this.now)
    for (const slave of [...this.slaves]) slave.edge(level, this.now)
  }
}
