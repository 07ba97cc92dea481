import type { DownMessage } from '#protocol/decode.ts'
import { writeTimeReceived, writeTimeRequest } from '#protocol/encode.ts'
import { Limit } from '#protocol/limits.ts'
import { jittered, Timer } from '../guard.ts'
import type { NodeStatus, Platform } from '../platform.ts'
import type { Session } from './session.ts'

/** Between exchanges: a Pico's oscillator may drift by per cents. */
const EXCHANGE_MILLISECONDS = 240000
/** The second exchange of a session comes early: the last frame of the first may be lost unseen. */
const SECOND_MILLISECONDS = 20000
/** After an answer that did not come in time; doubles up to EXCHANGE_MILLISECONDS. */
const RETRY_MILLISECONDS = 5000

/**
 * The node's half of the time exchange. The node never sets a clock and never stamps UTC: it only lets the
 * gateway see when, on the node's own monotonic clock, a request left and its answer came.
 */
export class NodeClock {
  platform: Platform
  status: NodeStatus
  session: Session
  /** Counter of the request that waits for its answer, 0 for none. */
  asked: number
  askedAt: number
  counter: number
  answered: number
  refused: number
  retry: number
  timer: Timer

  constructor(platform: Platform, status: NodeStatus, session: Session) {
    this.platform = platform
    this.status = status
    this.session = session
    this.asked = 0
    this.askedAt = 0
    this.counter = 0
    this.answered = 0
    this.refused = 0
    this.retry = RETRY_MILLISECONDS
    this.timer = new Timer(platform, status, () => this.ask())
  }

  onOpen(): void {
    this.answered = 0
    this.retry = RETRY_MILLISECONDS
    this.ask()
  }

  onClose(): void {
    this.asked = 0
    this.timer.clear()
  }

  ask(): void {
    this.timer.set(jittered(this.platform, this.retry))
    this.retry = Math.min(this.retry * 2, EXCHANGE_MILLISECONDS)
    this.counter++
    this.asked = this.counter
    this.askedAt = this.platform.nowMilliseconds()
    writeTimeRequest(this.session.begin(), this.counter, this.askedAt)
    if (!this.session.sendMessage()) this.asked = 0
  }

  /** An answer that was not asked for, comes again or comes late is refused and counted. */
  onTime(message: DownMessage): boolean {
    const now = this.platform.nowMilliseconds()
    const asked = this.asked
    if (asked === 0 || message.counter !== asked || now - this.askedAt > Limit.TIME_ANSWER_MILLISECONDS) {
      this.refused++
      this.status.framesRefused++
      return false
    }
    this.asked = 0
    this.answered++
    this.retry = RETRY_MILLISECONDS
    this.timer.set(jittered(this.platform, this.answered === 1 ? SECOND_MILLISECONDS : EXCHANGE_MILLISECONDS))
    writeTimeReceived(this.session.begin(), asked, now)
    this.session.sendMessage()
    return true
  }
}
