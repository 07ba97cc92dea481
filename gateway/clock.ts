/** Opaque: what setTimeout of the same clock gave. */
export type TimerHandle = unknown

/**
 * Time as the gateway sees it. Injected everywhere, so that the simulator can host the gateway on its
 * virtual clock (rule 7 of the house). All values in milliseconds.
 */
export interface Clock {
  /** UTC since 1970; may step when the machine's clock is set. */
  utcMilliseconds(): number
  /** Since an arbitrary start; never steps back. For timeouts, limits and durations. */
  monotonicMilliseconds(): number
  setTimeout(callback: () => void, milliseconds: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
}

/** The machine's clock, for composition roots only. */
export const systemClock: Clock = {
  utcMilliseconds: () => Date.now(),
  monotonicMilliseconds: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}
