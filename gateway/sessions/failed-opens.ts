import type { Logger } from '../log.ts'
import type { Observer } from '../observe.ts'
import type { LmdbStore } from '../store/store.ts'
import { Limiter } from './limiter.ts'
import type { EnrolledNode } from './node-keys.ts'

/** Frames a second and origin that may fail before the rest of the second is passed over (WIRE.md). */
const FAILED_A_SECOND = 10
const SECURITY_EVENT_A_MINUTE = 5
/** 64-bit tags have a budget: at so many forgeries under one key it has to be changed. */
export const KEY_BUDGET = 2 ** 20

/** Forgery limits: per origin in memory, per node and key epoch durably. Never locks anyone out for good. */
export class FailedOpens {
  readonly #store: LmdbStore
  readonly #observer: Observer
  readonly #log: Logger
  readonly #seconds = new Limiter(FAILED_A_SECOND, 1000)
  readonly #minutes = new Limiter(SECURITY_EVENT_A_MINUTE, 60_000)
  readonly #counts = new Map<string, number>()

  constructor(store: LmdbStore, observer: Observer, log: Logger) {
    this.#store = store
    this.#observer = observer
    this.#log = log
  }

  allows(origin: string, now: number): boolean {
    return this.#seconds.allows(origin, now)
  }

  count(origin: string, enrolled: EnrolledNode, now: number): void {
    const { node, keyEpoch } = enrolled
    this.#seconds.count(origin, now)
    // One event for each minute, with the fifth failure.
    if (this.#minutes.count(origin, now) === SECURITY_EVENT_A_MINUTE) {
      const reason = `${SECURITY_EVENT_A_MINUTE} frames within a minute did not open`
      this.#observer.refused(origin, node, 'SECURITY_FAILED_OPENS', reason)
      this.#log.warn({ code: 'SECURITY_FAILED_OPENS', origin, node }, reason)
    }
    const failed = this.failed(node, keyEpoch) + 1
    const key = `${node}/${keyEpoch}`
    this.#counts.set(key, failed)
    if (failed === KEY_BUDGET) {
      this.#observer.refused(
        origin,
        node,
        'KEY_BUDGET',
        `${KEY_BUDGET} frames failed under epoch ${keyEpoch}`,
      )
      this.#log.error({ code: 'KEY_BUDGET', node, keyEpoch }, 'the node needs a new key')
    }
    this.#store
      .transaction(() => this.#store.values('failed-opens').put(key, failed))
      // The next failure writes the count again.
      .catch(() => undefined)
  }

  /** How many frames failed under a key epoch, over all restarts. */
  failed(node: string, keyEpoch: number): number {
    const key = `${node}/${keyEpoch}`
    return this.#counts.get(key) ?? this.#store.values('failed-opens').get<number>(key) ?? 0
  }
}
