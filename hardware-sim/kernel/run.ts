import { simError } from '../sim-error.ts'
import { realHost } from './real-host.ts'
import type { Kernel, RealHost, RunEnd, RunOptions, RunResult, SteppableClock } from './types.ts'

/** Consecutive turns of the real event loop with nothing outstanding before time may advance. */
export const QUIET_TURNS = 3
export const REAL_LIMIT_MILLISECONDS = 10_000
/** Turns waited at full speed before the loop sleeps between looks, so that it does not eat the other end's processor. */
const BUSY_TURNS = 100
const LOOK_SLEEP_MILLISECONDS = 1
const LIMIT_CHECK_TURNS = 32
/** Advances that may go without a turn of the real event loop, so that signals and output get their share. */
const ADVANCES_WITHOUT_TURN_MAXIMUM = 1000
/** Longest real sleep of a paced run, and so the grain in which its time moves. */
const PACE_SLICE_MILLISECONDS = 20
/** A paced run that fell behind by more than this does not race to catch up. */
const PACE_LAG_MILLISECONDS = 1000
export const EVENTS_AN_INSTANT_MAXIMUM = 1_000_000

/**
 * Runs the kernel's events in order of virtual time, from now to `untilMicroseconds`, `done()`, `stop()` or, without
 * an end, until nothing is pending.
 *
 * Events of one instant run without a break. Before time advances, the loop waits until `outstanding()` has been 0 in
 * three consecutive turns of the real event loop: only then has everything outside said what it had to say at this
 * instant. What is stuck past the real-time limit ends the run with SIM_LINK_STUCK. An exception of an event ends the
 * run as it is.
 */
export async function run(kernel: Kernel, options: RunOptions = {}): Promise<RunResult> {
  const clock = kernel.clock
  const until = checkedUntil(options.untilMicroseconds, clock)
  const settler = new Settler(clock, options)
  const pace = createPace(options, clock)
  let events = 0
  let instantBegan = 0
  const ended = (end: RunEnd): RunResult => ({
    end,
    nowMicroseconds: clock.nowMicroseconds(),
    events,
    turns: settler.turns,
  })
  for (;;) {
    events += runInstant(kernel, EVENTS_AN_INSTANT_MAXIMUM - (events - instantBegan))
    if (!kernel.stopRequested) await settler.wait(kernel)
    if (kernel.stopRequested) return ended('stopped')
    if (options.done?.() === true) return ended('done')
    const now = clock.nowMicroseconds()
    const next = clock.nextEventAt() ?? Number.POSITIVE_INFINITY
    if (next <= now) continue
    if (now >= until) return ended('until')
    const goal = Math.min(next, until)
    if (goal === Number.POSITIVE_INFINITY) return ended('idle')
    clock.advanceTo(pace === undefined ? goal : await pace(goal))
    instantBegan = events
  }
}

function checkedUntil(until: number | undefined, clock: SteppableClock): number {
  if (until === undefined) return Number.POSITIVE_INFINITY
  if (!Number.isSafeInteger(until) || until < clock.nowMicroseconds()) {
    throw simError('SIM_RUN_INVALID', `end ${until} µs`, `virtual time ${clock.nowMicroseconds()} µs`)
  }
  return until
}

/** Runs all events of this very instant; gives their number. SIM_EVENT_LOOP past what the instant may still have. */
function runInstant(kernel: Kernel, maximum: number): number {
  const clock = kernel.clock
  const now = clock.nowMicroseconds()
  let events = 0
  while (clock.nextEventAt() === now && !kernel.stopRequested) {
    clock.step()
    events++
    if (events > maximum) {
      throw simError(
        'SIM_EVENT_LOOP',
        `over ${EVENTS_AN_INSTANT_MAXIMUM} events at one instant`,
        `virtual time ${now} µs`,
      )
    }
  }
  return events
}

/** Waits for the quiet turns and keeps the account of them. */
class Settler {
  turns = 0
  private readonly clock: SteppableClock
  private readonly outstanding: () => number
  private readonly activity: (() => number) | undefined
  private readonly describe: (() => string) | undefined
  private readonly limitMilliseconds: number
  private readonly host: RealHost
  private settledActivity: number | undefined
  private skipped = 0

  constructor(clock: SteppableClock, options: RunOptions) {
    this.clock = clock
    this.outstanding = options.outstanding ?? (() => 0)
    this.activity = options.activity
    this.describe = options.describeOutstanding
    this.limitMilliseconds = options.realLimitMilliseconds ?? REAL_LIMIT_MILLISECONDS
    this.host = options.host ?? realHost
  }

  async wait(kernel: Kernel): Promise<void> {
    if (this.nothingTouched() && ++this.skipped < ADVANCES_WITHOUT_TURN_MAXIMUM) return
    this.skipped = 0
    let quiet = 0
    let waited = 0
    let started: number | undefined
    while (quiet < QUIET_TURNS && !kernel.stopRequested) {
      await this.host.turn()
      this.turns++
      waited++
      quiet = this.outstanding() === 0 ? quiet + 1 : 0
      if (quiet > 0) continue
      if (waited >= BUSY_TURNS) await this.host.sleep(LOOK_SLEEP_MILLISECONDS)
      else if (waited % LIMIT_CHECK_TURNS !== 1) continue
      started ??= this.host.monotonicMilliseconds()
      if (this.host.monotonicMilliseconds() - started > this.limitMilliseconds) throw this.stuck()
    }
    this.settledActivity = this.activity?.()
  }

  private nothingTouched(): boolean {
    if (this.activity === undefined || this.activity() !== this.settledActivity) return false
    return this.outstanding() === 0
  }

  private stuck(): Error {
    const what = this.describe?.() ?? `${this.outstanding()} outstanding`
    return simError(
      'SIM_LINK_STUCK',
      `${what} for more than ${this.limitMilliseconds} ms`,
      `virtual time ${this.clock.nowMicroseconds()} µs`,
    )
  }
}

/** For a paced run: sleeps one slice at most and says how far virtual time may go; undefined for full speed. */
function createPace(
  options: RunOptions,
  clock: SteppableClock,
): ((goalMicroseconds: number) => Promise<number>) | undefined {
  const speed = options.speed ?? 'max'
  if (speed === 'max') return undefined
  if (!(speed > 0) || !Number.isFinite(speed)) throw simError('SIM_RUN_INVALID', `speed ${speed}`)
  const host = options.host ?? realHost
  let startReal = host.monotonicMilliseconds()
  let startVirtual = clock.nowMicroseconds()
  const microsecondsAMillisecond = 1000 * speed
  return async (goal) => {
    const ahead =
      (goal - startVirtual) / microsecondsAMillisecond - (host.monotonicMilliseconds() - startReal)
    if (ahead < -PACE_LAG_MILLISECONDS) {
      startReal = host.monotonicMilliseconds()
      startVirtual = goal
      return goal
    }
    if (ahead <= 0) return goal
    await host.sleep(Math.min(ahead, PACE_SLICE_MILLISECONDS))
    const allowed = startVirtual + (host.monotonicMilliseconds() - startReal) * microsecondsAMillisecond
    const nextNow = clock.nextEventAt() ?? Number.POSITIVE_INFINITY
    return Math.max(clock.nowMicroseconds(), Math.min(goal, nextNow, Math.floor(allowed)))
  }
}
