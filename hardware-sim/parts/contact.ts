import type { GpioPin, Level } from '../buses/types.ts'
import type { Clock, RandomStream, TimerId } from '../kernel/types.ts'
import type { World } from '../world/types.ts'
import { FaultSet } from './fault-set.ts'
import type { Part, PartFault, PartOptions } from './types.ts'

/** A reed contact's bounce (reference/parts/bh1750-gpio-adc.md): over within 0.2 to 5 ms. */
const BOUNCE_MICROSECONDS_MINIMUM = 200
const BOUNCE_MICROSECONDS_MAXIMUM = 5_000
const BOUNCE_PAIRS_MAXIMUM = 6

export const CONTACT_FAULTS = [
  /** The wire is open: the pull decides. */
  'wire-cut',
  /** The wire is short to ground. */
  'short',
  /** The contact stays as it is, whatever the door does. */
  'stuck',
  /** Closes without a bounce; a chance per change. */
  'no-bounce',
] as const

export interface ContactOptions extends PartOptions {
  /** Door of the world. */
  door: string
  pin: GpioPin
  /** `closed-when-shut` (usual reed at a door: magnet near, contact closed) or `open-when-shut`. */
  type?: 'closed-when-shut' | 'open-when-shut'
  /** Level of the wire that the contact ties the pin to; 0 (ground) unless told. */
  tiedTo?: Level
}

/** A contact at a door, between a pin and ground: it bounces when it closes and when it opens. */
export class Contact implements Part {
  readonly kind = 'contact'
  readonly id: string
  readonly faultNames: readonly string[] = CONTACT_FAULTS
  private readonly clock: Clock
  private readonly world: World
  private readonly random: RandomStream
  private readonly options: ContactOptions
  private readonly faults: FaultSet
  private readonly tiedTo: Level
  private closed = false
  private cut = false
  private short = false
  private stuck = false
  private timers: TimerId[] = []

  constructor(options: ContactOptions) {
    this.options = options
    this.id = options.id
    this.clock = options.clock
    this.world = options.world
    this.random = options.random
    this.tiedTo = options.tiedTo ?? 0
    this.faults = new FaultSet(options.id, CONTACT_FAULTS, options.random)
    this.closed = this.wanted(this.world.doorOpen(options.door))
    this.show(this.closed)
    this.world.onDoor(options.door, (open) => this.doorMoved(open))
  }

  /** A contact has no supply; nothing happens. */
  power(_on: boolean): void {
    return
  }

  setFault(fault: PartFault): void {
    this.faults.set(fault)
    this.applyWireFaults()
  }

  clearFault(name?: string): void {
    this.faults.clear(name)
    this.applyWireFaults(name)
    const open = this.world.doorOpen(this.options.door)
    if (!this.stuck && this.wanted(open) !== this.closed) this.doorMoved(open)
  }

  private applyWireFaults(cleared?: string): void {
    if (cleared === undefined) this.cut = this.short = this.stuck = false
    if (cleared === 'wire-cut') this.cut = false
    if (cleared === 'short') this.short = false
    if (cleared === 'stuck') this.stuck = false
    this.cut ||= this.faults.take('wire-cut') !== undefined
    this.short ||= this.faults.take('short') !== undefined
    this.stuck ||= this.faults.take('stuck') !== undefined
    this.show(this.closed)
  }

  private wanted(open: boolean): boolean {
    return (this.options.type ?? 'closed-when-shut') === 'closed-when-shut' ? !open : open
  }

  private doorMoved(open: boolean): void {
    if (this.stuck) return
    const closed = this.wanted(open)
    if (closed === this.closed) return
    this.closed = closed
    for (const timer of this.timers) this.clock.clearTimeout(timer)
    this.timers = []
    this.show(closed)
    if (this.faults.take('no-bounce') !== undefined) return
    const now = this.clock.nowMicroseconds()
    const length = this.random.integer(BOUNCE_MICROSECONDS_MINIMUM, BOUNCE_MICROSECONDS_MAXIMUM)
    const pairs = this.random.integer(1, BOUNCE_PAIRS_MAXIMUM)
    const instants = [length]
    while (instants.length < 2 * pairs) instants.push(this.random.integer(1, length - 1))
    instants.sort((a, b) => a - b)
    instants.forEach((offset, i) => {
      const state = i % 2 === 0 ? !closed : closed
      this.timers.push(this.clock.schedule(now + offset, () => this.show(state)))
    })
  }

  private show(closed: boolean): void {
    if (this.short) this.options.pin.drive(this.id, 0)
    else this.options.pin.drive(this.id, closed && !this.cut ? this.tiedTo : undefined)
  }
}
