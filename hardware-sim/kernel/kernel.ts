import { randomSource } from './random.ts'
import type { Kernel, RandomSource } from './types.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface KernelOptions {
  seed: string | number
  /** UTC at virtual time 0, milliseconds of the Unix epoch. */
  startUtcMilliseconds?: number
}

class SimulationKernel implements Kernel {
  readonly seed: string
  readonly clock: VirtualClock
  readonly random: RandomSource
  stopRequested = false

  constructor(options: KernelOptions) {
    this.seed = String(options.seed)
    this.clock = new VirtualClock(options.startUtcMilliseconds ?? 0)
    this.random = randomSource(this.seed)
  }

  stop(): void {
    this.stopRequested = true
  }
}

/** A clock at 0 and the streams of one seed. */
export function createKernel(options: KernelOptions): Kernel {
  return new SimulationKernel(options)
}
