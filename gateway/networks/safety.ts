import { capDocument } from '#gateway/safety/cap.ts'
import type { CapAlert, SafetyProfile } from '#gateway/safety/types.ts'
import type { Outbox, OutboxItem } from '#gateway/store/types.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { authorization, outcomeOfFailure, reasonOf } from './responses.ts'
import type { DeliveryTarget, HttpClient, Outcome } from './types.ts'

export interface SafetyOptions {
  url: string
  bearerTokenFile?: string
  profile: SafetyProfile
  outbox: Outbox<CapAlert>
  http: HttpClient
}

/**
 * The safety network: one CAP 1.2 document a POST, in order, so that an Update never overtakes its Alert.
 * Receipt is the network's 2xx. An alert keeps its identifier over all tries; a 409 after an earlier try of
 * ours therefore says that the earlier one had arrived.
 */
export class SafetyTarget implements DeliveryTarget<CapAlert> {
  readonly batchMaximum = 1
  readonly #options: SafetyOptions

  constructor(options: SafetyOptions) {
    this.#options = options
  }

  choose(items: readonly OutboxItem<CapAlert>[]): OutboxItem<CapAlert>[] {
    return items.slice(0, 1)
  }

  async deliver(batch: readonly OutboxItem<CapAlert>[]): Promise<Outcome> {
    const item = batch[0] as OutboxItem<CapAlert>
    let body: string
    try {
      body = capDocument(item.body, this.#options.profile)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      return { kind: 'refused', code: error.code, reason: error.message }
    }
    const headers = {
      'content-type': 'application/cap+xml; charset=utf-8',
      ...authorization(this.#options.bearerTokenFile),
    }
    const wasTried = item.note !== undefined && item.note !== null
    if (!wasTried) await this.#options.outbox.annotate([item.id], { state: 'posting' })
    const response = await this.#options.http({ method: 'POST', url: this.#options.url, headers, body })
    const isReceipt = response.status >= 200 && response.status < 300
    if (isReceipt || (response.status === 409 && wasTried)) {
      return { kind: 'settled', delivered: [item.id], refused: [] }
    }
    if (response.status === 409) {
      return { kind: 'refused', code: 'NETWORK_CONFLICT', reason: reasonOf(response) }
    }
    return outcomeOfFailure(response)
  }
}
