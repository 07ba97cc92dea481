import type { RandomStream } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import type { PartFault } from './types.ts'

/** The faults switched on at one part. `take` asks whether one strikes now; it counts and draws chance. */
export class FaultSet {
  private readonly active = new Map<string, { fault: PartFault; left: number }>()
  private readonly part: string
  private readonly names: readonly string[]
  private readonly random: RandomStream
  private lastTaken: string | undefined

  constructor(part: string, names: readonly string[], random: RandomStream) {
    this.part = part
    this.names = names
    this.random = random
  }

  set(fault: PartFault): void {
    if (!this.names.includes(fault.name)) {
      throw simError('SIM_FAULT_UNKNOWN', `${fault.name}; known: ${this.names.join(', ')}`, this.part)
    }
    this.active.set(fault.name, { fault, left: fault.count ?? Number.POSITIVE_INFINITY })
  }

  clear(name?: string): void {
    if (name === undefined) this.active.clear()
    else this.active.delete(name)
  }

  /** The fault when it strikes now, else undefined. */
  take(name: string): PartFault | undefined {
    const entry = this.active.get(name)
    if (entry === undefined || !this.random.chance(entry.fault.probability ?? 1)) return undefined
    entry.left--
    if (entry.left <= 0) this.active.delete(name)
    this.lastTaken = name
    return entry.fault
  }

  /** Name of the last fault that struck, once, for the log. */
  takeName(): string | undefined {
    const name = this.lastTaken
    this.lastTaken = undefined
    return name
  }
}
