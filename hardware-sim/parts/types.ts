import type { Clock, RandomStream } from '../kernel/types.ts'
import type { World } from '../world/types.ts'

export type PartKind = 'sht3x' | 'r200' | 'ds18b20' | 'contact'

/**
 * A fault to switch on. It shapes each chance it gets (a measurement, a frame, a transaction: the part's page says)
 * with `probability`, at most `count` times; without both always, until it is cleared.
 */
export interface PartFault {
  name: string
  count?: number
  probability?: number
  /** What the fault needs to know, for example the value at which a sensor is stuck. */
  value?: number
}

/** What every part can do, whatever its bus. */
export interface Part {
  readonly id: string
  readonly kind: PartKind
  /** Names of the faults that this part can show. */
  readonly faultNames: readonly string[]
  power(on: boolean): void
  /** SIM_FAULT_UNKNOWN for a name that is not in `faultNames`. */
  setFault(fault: PartFault): void
  clearFault(name?: string): void
}

/** What every part is built with. */
export interface PartOptions {
  id: string
  clock: Clock
  world: World
  /** The part's own chance. */
  random: RandomStream
}
