import { createKernel } from '../kernel/kernel.ts'
import { ProcessorTime } from '../kernel/local-time.ts'
import type { Kernel } from '../kernel/types.ts'
import type { TransactionEntry } from '../record/types.ts'
import { SimulatedWorld } from '../world/world.ts'

/** A kernel with one processor, a world and a log, for tests of buses and parts. */
export interface Bench {
  kernel: Kernel
  clock: Kernel['clock']
  time: ProcessorTime
  world: SimulatedWorld
  log: TransactionEntry[]
  record: (entry: TransactionEntry) => void
  /** Lets the processor do nothing up to this virtual time, and runs what is due until then. */
  waitUntil(microseconds: number): void
  /** The same from the processor's present time on. */
  wait(microseconds: number): void
}

export function bench(seed: string | number = 1): Bench {
  const kernel = createKernel({ seed })
  const time = new ProcessorTime(kernel.clock)
  const log: TransactionEntry[] = []
  const waitUntil = (at: number): void => {
    for (;;) {
      const next = kernel.clock.nextEventAt()
      if (next === undefined || next > at) break
      kernel.clock.step()
    }
    if (at > kernel.clock.nowMicroseconds()) kernel.clock.advanceTo(at)
  }
  return {
    kernel,
    clock: kernel.clock,
    time,
    world: new SimulatedWorld(kernel.clock),
    log,
    record: (entry) => log.push(entry),
    waitUntil,
    wait: (microseconds) => waitUntil(time.nowMicroseconds() + microseconds),
  }
}
