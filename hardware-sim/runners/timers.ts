import type { Boot } from './boot.ts'
import { BoardException, type Job } from './realm.ts'

/** The interpreter's TIMER_MIN_INTERVAL. */
const SHORTEST_MILLISECONDS = 0.1
export const TIMERS_MAXIMUM = 1024

interface Timer {
  callback: unknown
  args: unknown[]
  intervalMilliseconds: number | undefined
  dueMicroseconds: number
  cancel: () => void
}

/**
 * setTimeout and its kin. An exception in an interval does not end it (measured on 2v29). A timer of zero length that
 * a hardware callback starts runs before that callback's promise reactions, because the idle loop looks at timers
 * first; after a timer's callback the reactions come first.
 */
export function defineTimers(boot: Boot): void {
  const timers = new Map<number, Timer>()
  const zero: number[] = []
  let lastId = 0

  const arm = (id: number, timer: Timer): void => {
    timer.cancel = boot.at(timer.dueMicroseconds, () => expire(id, timer))
  }
  const expire = (id: number, timer: Timer): void => {
    if (timers.get(id) !== timer) return
    if (timer.intervalMilliseconds === undefined) timers.delete(id)
    else {
      const now = boot.options.time.nowMicroseconds()
      const step = Math.max(1, Math.round(timer.intervalMilliseconds * 1000))
      timer.dueMicroseconds = Math.max(now, timer.dueMicroseconds + step)
      arm(id, timer)
    }
    boot.dispatch(timer.callback, timer.args)
  }
  const start = (callback: unknown, delay: unknown, args: unknown[], repeats: boolean): number => {
    if (typeof callback !== 'function') throw new BoardException('Function or String not supplied!')
    if (timers.size >= TIMERS_MAXIMUM) throw new BoardException('Out of memory: too many timers')
    const asked = Number(delay)
    const milliseconds = Number.isNaN(asked) ? SHORTEST_MILLISECONDS : Math.max(asked, SHORTEST_MILLISECONDS)
    const drift = 1 + (boot.options.clockDriftPpm ?? 0) / 1_000_000
    lastId += 1
    const timer: Timer = {
      callback,
      args,
      intervalMilliseconds: repeats ? milliseconds / drift : undefined,
      dueMicroseconds:
        boot.options.time.nowMicroseconds() + Math.max(1, Math.round((milliseconds * 1000) / drift)),
      cancel: () => undefined,
    }
    timers.set(lastId, timer)
    arm(lastId, timer)
    if (!repeats && milliseconds === SHORTEST_MILLISECONDS) zero.push(lastId)
    return lastId
  }
  const clear = (name: string) =>
    function clearTimer(...args: unknown[]): void {
      if (args.length === 0) {
        for (const timer of timers.values()) timer.cancel()
        timers.clear()
        return
      }
      if (args[0] === undefined)
        throw new BoardException(`${name}(undefined) not allowed. Use ${name}() instead`)
      const timer = timers.get(Number(args[0]))
      timer?.cancel()
      timers.delete(Number(args[0]))
    }

  boot.zeroTimers = (): Job | null => {
    for (;;) {
      const id = zero.shift()
      if (id === undefined) return null
      const timer = timers.get(id)
      if (timer === undefined) continue
      timer.cancel()
      timers.delete(id)
      return boot.realm.job(timer.callback, timer.args)
    }
  }
  const realm = boot.realm
  realm.define('setTimeout', (callback: unknown, delay: unknown, ...args: unknown[]) =>
    start(callback, delay, args, false),
  )
  realm.define('setInterval', (callback: unknown, delay: unknown, ...args: unknown[]) =>
    start(callback, delay, args, true),
  )
  realm.define('clearTimeout', clear('clearTimeout'))
  realm.define('clearInterval', clear('clearInterval'))
  realm.define('getTime', () => boot.boardSeconds())
}
