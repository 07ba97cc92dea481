import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { Limiter } from '../sessions/limiter.ts'
import { QUARANTINE_ENTRIES_MAXIMUM, QUARANTINE_SAMPLE_BYTES } from '../store/keys.ts'
import { BoundedRing } from '../store/ring.ts'
import type { LmdbStore } from '../store/store.ts'
import type { QuarantineEntry } from '../store/types.ts'

/** Entries a second and link; beyond it refusals are only counted, so that noise cannot wear the disk. */
const ENTRIES_A_SECOND = 5

export type QuarantineInput = Omit<
  QuarantineEntry,
  'id' | 'atUtcMilliseconds' | 'sampleHex' | 'lengthBytes'
> & {
  sample: Uint8Array
}

/** Refused frames and records with their reason and first bytes; bounded, durable, read by the operator. */
export class Quarantine {
  readonly #store: LmdbStore
  readonly #clock: Clock
  readonly #log: Logger
  readonly #ring: BoundedRing<Omit<QuarantineEntry, 'id'>>
  readonly #limiter = new Limiter(ENTRIES_A_SECOND, 1000)

  constructor(store: LmdbStore, clock: Clock, log: Logger) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#ring = new BoundedRing(store.quarantine, QUARANTINE_ENTRIES_MAXIMUM)
  }

  #entry(input: QuarantineInput): Omit<QuarantineEntry, 'id'> {
    const { code, reason, link, node, sample } = input
    return {
      atUtcMilliseconds: this.#clock.utcMilliseconds(),
      code,
      reason,
      link,
      node,
      sampleHex: Buffer.from(sample.subarray(0, QUARANTINE_SAMPLE_BYTES)).toString('hex'),
      lengthBytes: sample.length,
    }
  }

  /** Keeps a refused frame, as far as the rate allows. Does not wait for the disk. */
  offer(input: QuarantineInput): void {
    if (!this.#limiter.take(input.link, this.#clock.monotonicMilliseconds())) return
    const entry = this.#entry(input)
    this.#store
      .transaction(() => void this.#ring.append(entry))
      .catch((error: unknown) =>
        this.#log.error({ code: 'STORE_WRITE_FAILED', error }, 'quarantine not written'),
      )
  }

  /** Keeps an accepted record that cannot be used: always, and only inside `store.transaction`. */
  put(input: QuarantineInput): void {
    this.#ring.append(this.#entry(input))
  }

  /** Newest first. */
  list(maximum: number): QuarantineEntry[] {
    return this.#ring.list(maximum)
  }

  size(): number {
    return this.#ring.size()
  }
}
