import type { Clock, TimerHandle } from '#gateway/clock.ts'
import { type Logger, silentLog } from '#gateway/log.ts'
import type { Outbox, OutboxItem } from '#gateway/store/types.ts'
import { outcomeOfError } from './responses.ts'
import type { DeliveryState, DeliveryStatus, DeliveryTarget, Outcome } from './types.ts'

/** First pause after a failure; doubled by each further one. */
export const RETRY_FIRST_MILLISECONDS = 1_000
/** Longest pause between tries. There is no last try: what nobody refused is never given up. */
export const RETRY_LONGEST_MILLISECONDS = 300_000
/** How often a pause for 401 and 403 is probed. */
export const PROBE_MILLISECONDS = 300_000

export interface DeliveryOptions<Body> {
  outbox: Outbox<Body>
  target: DeliveryTarget<Body>
  clock: Clock
  /** 0 ≤ x < 1, for the jitter of pauses. */
  random: () => number
  log?: Logger
}

/**
 * Empties one outbox into one network, one batch at a time and in order. An item leaves only by the network's
 * receipt, or to the side when the network refuses it alone: a refused batch is halved from its head until
 * the bad item stands alone, so that it never holds up the rest. After a failure the pauses double up to
 * five minutes, each shortened by chance to between its half and its whole.
 */
export class OutboxDelivery<Body> {
  readonly #options: DeliveryOptions<Body>
  readonly #log: Logger
  #state: DeliveryState = 'idle'
  #timer: TimerHandle | undefined
  #isRunning = false
  #failures = 0
  /** Items of the next batch at most; halved by a refusal. */
  #maximum: number
  #delivered = 0
  #lastReceipt: number | null = null
  #lastError: DeliveryStatus['lastError'] = null
  #unsubscribe: (() => void) | undefined
  #idle: (() => void)[] = []

  constructor(options: DeliveryOptions<Body>) {
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#maximum = options.target.batchMaximum
  }

  /** Begins with what waits from before a restart, then with each append. */
  start(): void {
    this.#unsubscribe = this.#options.outbox.onAppend(() => {
      if (this.#state === 'idle') this.#kick()
    })
    this.#kick()
  }

  /** Ends a pause at once: the operator has mended what was wrong. */
  resume(): void {
    if (this.#state === 'closed') return
    this.#failures = 0
    this.#kick()
  }

  /** Tries under way; 0 while only a timer or nothing is waited for. */
  outstanding(): number {
    return this.#isRunning ? 1 : 0
  }

  status(): DeliveryStatus {
    const { outbox, clock } = this.#options
    const oldest = outbox.oldestUtcMilliseconds()
    return {
      name: outbox.name,
      state: this.#state,
      backlog: outbox.size(),
      oldestAgeMilliseconds: oldest === undefined ? 0 : Math.max(0, clock.utcMilliseconds() - oldest),
      setAside: outbox.setAsideSize(),
      isFull: outbox.isFull(),
      delivered: this.#delivered,
      lastReceiptUtcMilliseconds: this.#lastReceipt,
      lastError: this.#lastError,
    }
  }

  /** Takes nothing more on and waits for the try under way; what it does not finish is resumed next time. */
  async close(): Promise<void> {
    this.#unsubscribe?.()
    this.#state = 'closed'
    this.#clearTimer()
    if (!this.#isRunning) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #kick(): void {
    if (this.#isRunning || this.#state === 'closed') return
    this.#clearTimer()
    this.#isRunning = true
    this.#state = 'delivering'
    void this.#run().finally(() => {
      this.#isRunning = false
      for (const resolve of this.#idle.splice(0)) resolve()
      // An append between the last look and here found the loop still running.
      if (this.#state === 'idle' && this.#options.outbox.size() > 0) this.#kick()
    })
  }

  #later(state: DeliveryState, milliseconds: number): void {
    if (this.#state === 'closed') return
    this.#state = state
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      this.#kick()
    }, milliseconds)
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  async #run(): Promise<void> {
    const { outbox, target } = this.#options
    while (!this.#isClosed()) {
      let outcome: Outcome
      let batch: OutboxItem<Body>[] = []
      try {
        const items = outbox.peek(target.batchMaximum)
        if (items.length === 0) {
          if (!this.#isClosed()) this.#state = 'idle'
          return
        }
        batch = target.choose(items, this.#maximum)
        outcome = await target.deliver(batch)
        if (await this.#settle(outcome, batch)) continue
      } catch (error) {
        outcome = outcomeOfError(error)
      }
      this.#postpone(outcome)
      return
    }
  }

  /** @returns true when the loop goes on at once */
  async #settle(outcome: Outcome, batch: readonly OutboxItem<Body>[]): Promise<boolean> {
    const { outbox, target } = this.#options
    if (outcome.kind === 'settled') {
      // Only progress ends a row of failures: a look-up that found nothing is none.
      if (outcome.delivered.length + outcome.refused.length > 0) this.#failures = 0
      if (outcome.delivered.length > 0) {
        await outbox.remove(outcome.delivered)
        this.#delivered += outcome.delivered.length
        this.#lastReceipt = this.#options.clock.utcMilliseconds()
        this.#maximum = Math.min(target.batchMaximum, this.#maximum * 2)
      }
      for (const one of outcome.refused) await this.#setAside(one.id, one.code, one.reason)
      return true
    }
    if (outcome.kind === 'refused') {
      this.#note(outcome.code, outcome.reason)
      if (batch.length > 1) {
        this.#maximum = Math.ceil(batch.length / 2)
        return true
      }
      await this.#setAside((batch[0] as OutboxItem<Body>).id, outcome.code, outcome.reason)
      this.#maximum = Math.min(target.batchMaximum, this.#maximum * 2)
      return true
    }
    return false
  }

  async #setAside(id: number, code: string, reason: string): Promise<void> {
    await this.#options.outbox.setAside(id, code, reason)
    this.#note(code, reason)
    this.#log.warn({ outbox: this.#options.outbox.name, id, code, reason }, 'an item was set aside')
  }

  #note(code: string, message: string): void {
    this.#lastError = { code, message, atUtcMilliseconds: this.#options.clock.utcMilliseconds() }
  }

  #postpone(outcome: Outcome): void {
    const name = this.#options.outbox.name
    if (outcome.kind === 'wait') {
      this.#later('waiting', outcome.afterMilliseconds)
      return
    }
    if (outcome.kind === 'paused') {
      this.#note(outcome.code, outcome.reason)
      this.#log.error({ outbox: name, code: outcome.code, reason: outcome.reason }, 'delivery pauses')
      if (outcome.isProbed) this.#later('paused', PROBE_MILLISECONDS)
      else if (!this.#isClosed()) this.#state = 'paused'
      return
    }
    if (outcome.kind !== 'retry') return
    this.#note(outcome.code, outcome.reason)
    this.#log.warn(
      { outbox: name, code: outcome.code, reason: outcome.reason },
      'delivery will be tried again',
    )
    const full = Math.min(
      RETRY_LONGEST_MILLISECONDS,
      RETRY_FIRST_MILLISECONDS * 2 ** Math.min(this.#failures, 20),
    )
    this.#failures++
    const jittered = full * (0.5 + this.#options.random() / 2)
    const asked = Math.min(outcome.afterMilliseconds ?? 0, RETRY_LONGEST_MILLISECONDS)
    this.#later('waiting', Math.ceil(Math.max(jittered, asked)))
  }
}
