import { ErrorFlag } from '#protocol/numbers.ts'
import type { NodeStatus, Platform } from './platform.ts'

/**
 * Runs a callback so that an exception neither ends the timer or event it stands in (on Espruino it would)
 * nor goes unseen: it sets ErrorFlag.callback, which the next health record carries.
 * @returns false when the callback threw
 */
export function runGuarded(status: NodeStatus, callback: () => void): boolean {
  try {
    callback()
  } catch (_) {
    status.errorFlags = status.errorFlags | ErrorFlag.callback
    return false
  }
  return true
}

/** A timer that its owner sets again and again; at most one expiry is pending. */
export class Timer {
  platform: Platform
  status: NodeStatus
  callback: () => void
  id: number
  pending: boolean
  expire: () => void

  /** @param callback runs guarded at each expiry; it may set the timer again */
  constructor(platform: Platform, status: NodeStatus, callback: () => void) {
    this.platform = platform
    this.status = status
    this.callback = callback
    this.id = 0
    this.pending = false
    this.expire = () => {
      this.pending = false
      runGuarded(this.status, this.callback)
    }
  }

  /** Replaces a pending expiry. @param milliseconds from now, negative counts as 0 */
  set(milliseconds: number): void {
    this.clear()
    this.pending = true
    this.id = this.platform.setTimeout(this.expire, Math.max(milliseconds, 0))
  }

  clear(): void {
    if (this.pending) {
      this.pending = false
      this.platform.clearTimeout(this.id)
    }
  }
}

/**
 * A wait with jitter: between 3/4 and 5/4 of `milliseconds`, so that nodes that lost their gateway together
 * do not come back together.
 */
export function jittered(platform: Platform, milliseconds: number): number {
  return Math.round(milliseconds * (0.75 + platform.random() / 2))
}

/** A clock whose callbacks run guarded, for drivers and tasks that set their own timers. */
export function guardedPlatform(platform: Platform, status: NodeStatus): Platform {
  return {
    nowMilliseconds: platform.nowMilliseconds,
    random: platform.random,
    clearTimeout: platform.clearTimeout,
    setTimeout: (callback: () => void, milliseconds: number) =>
      platform.setTimeout(() => {
        runGuarded(status, callback)
      }, milliseconds),
  }
}
