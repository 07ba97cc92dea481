/**
 * Handle of a pending event. A plain number, as Node's and Espruino's `clearTimeout` take it; never reused within
 * 2^31 events of the same slot.
 */
export type TimerId = number

/**
 * The simulator's only source of time. Virtual microseconds are integers from 0; UTC is a fixed start plus virtual
 * time. Structurally a gateway `Clock` (utcMilliseconds, monotonicMilliseconds, setTimeout, clearTimeout).
 */
export interface Clock {
  nowMicroseconds(): number
  utcMilliseconds(): number
  monotonicMilliseconds(): number
  setTimeout(fn: () => void, milliseconds: number): TimerId
  clearTimeout(id: TimerId | undefined): void
  /** Runs `fn` when virtual time reaches `atMicroseconds` (an integer, not in the past: SIM_TIME_INVALID). */
  schedule(atMicroseconds: number, fn: () => void): TimerId
}

/** What the run loop needs besides: taking the next event, looking ahead, moving on without an event. */
export interface SteppableClock extends Clock {
  /** Time of the next event, or undefined when none is pending. */
  nextEventAt(): number | undefined
  /** Moves to the next event and runs it; false when none was pending. */
  step(): boolean
  /** Moves virtual time forward to `atMicroseconds`, never past a pending event and never back. */
  advanceTo(atMicroseconds: number): void
  readonly pendingEvents: number
}

/** One component's own chance. The stream depends on (seed, path) only, so a new part never shifts its neighbours. */
export interface RandomStream {
  /** Uniform in [0, 1), 32 bits of it. */
  next(): number
  nextUint32(): number
  /** Uniform integer, both ends included. */
  integer(minimum: number, maximum: number): number
  /** True with this probability; 0 and below never, 1 and above always (no number is drawn for those two). */
  chance(probability: number): boolean
  bytes(length: number): Uint8Array
  /** Standard normal deviate times `deviation`. */
  normal(deviation: number): number
}

/** Gives the stream of one component, for example `boards/dock-door/reader0`. The same path gives the same numbers. */
export type RandomSource = (path: string) => RandomStream

/**
 * Time as one processor lives it: bus operations block the program, so the board's own time runs ahead of the kernel's
 * while a callback is at work. Whoever dispatches callbacks to the board starts the next one not before
 * `nowMicroseconds()`.
 */
export interface LocalTime {
  /** The later of kernel time and the instant up to which this processor is busy. */
  nowMicroseconds(): number
  /** Keeps the processor busy for so many microseconds (an integer, not negative). */
  spend(microseconds: number): void
}

/** The real machine below the run loop; tests put their own in place. */
export interface RealHost {
  /** Real monotonic milliseconds. */
  monotonicMilliseconds(): number
  /** Resolves after one turn of the event loop, input and output polled. */
  turn(): Promise<void>
  /** Resolves after so many real milliseconds. */
  sleep(milliseconds: number): Promise<void>
}

export interface Kernel {
  readonly seed: string
  readonly clock: SteppableClock
  readonly random: RandomSource
  /** Ends a `run` in progress after the event at work. */
  stop(): void
  readonly stopRequested: boolean
}

export interface RunOptions {
  /** Virtual time at which to end, in microseconds; without it the run ends when nothing is pending. */
  untilMicroseconds?: number
  /** Asked between events; true ends the run. */
  done?: () => boolean
  /** Bytes, commits and requests on their way outside the virtual clock. Time stands still while this is not 0. */
  outstanding?: () => number
  /** Says what is outstanding, for the text of SIM_LINK_STUCK. */
  describeOutstanding?: () => string
  /**
   * A count that moves whenever the simulation touched something asynchronous (bytes into a pty, a timer of the
   * gateway). While it stands still and nothing is outstanding, the quiet turns are skipped: nothing can be on its way.
   * Without it the loop waits its quiet turns before every advance of time.
   */
  activity?: () => number
  /** Real milliseconds that one wait for `outstanding` may take before SIM_LINK_STUCK; 10 000 unless told. */
  realLimitMilliseconds?: number
  /** 'max', or virtual seconds per real second. */
  speed?: 'max' | number
  host?: RealHost
}

export type RunEnd = 'until' | 'done' | 'idle' | 'stopped'

export interface RunResult {
  end: RunEnd
  nowMicroseconds: number
  /** Events run. */
  events: number
  /** Turns of the real event loop waited. */
  turns: number
}
