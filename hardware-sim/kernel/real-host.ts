import { performance } from 'node:perf_hooks'
import type { RealHost } from './types.ts'

/** The real machine. The only place of the simulator that touches real time; the run loop takes it by default. */
export const realHost: RealHost = {
  monotonicMilliseconds: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}
