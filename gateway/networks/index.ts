import type { Clock } from '#gateway/clock.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import type { Logger } from '#gateway/log.ts'
import { checkSafetyProfile } from '#gateway/safety/cap.ts'
import type { CapAlert, SafetyProfile } from '#gateway/safety/types.ts'
import type { Store } from '#gateway/store/types.ts'
import { DistributionTarget } from './distribution.ts'
import { createHttpClient, type HttpClientHandle } from './http.ts'
import { OutboxDelivery } from './outbox-delivery.ts'
import { SafetyTarget } from './safety.ts'
import type { DeliveryStatus } from './types.ts'

/** Names of the outboxes that interpret's effects go into. */
export const DISTRIBUTION_OUTBOX = 'distribution'
export const SAFETY_OUTBOX = 'safety'

/** What the networks need of the configuration; config's NetworksConfig fits. */
export interface NetworksOptions {
  distribution?: { url: string; bearerTokenFile?: string; pollMilliseconds: number }
  safety?: SafetyProfile & { url: string; bearerTokenFile?: string }
}

export interface NetworksDeps {
  store: Store
  clock: Clock
  randomBytes: (count: number) => Uint8Array
  log: Logger
  requestTimeoutMilliseconds?: number
}

export interface Networks {
  start(): void
  /** One entry a configured network. */
  statuses(): DeliveryStatus[]
  /** Ends the pause of one network at once; unknown names do nothing. */
  resume(name: string): void
  /** Tries under way. */
  outstanding(): number
  close(): Promise<void>
}

/**
 * The deliveries to the configured networks. A network that is not configured has no delivery: what interpret
 * makes for it should then not be appended.
 * @throws CodedError CAP_* when the safety network's configuration cannot make a valid alert
 */
export function createNetworks(options: NetworksOptions, deps: NetworksDeps): Networks {
  const { store, clock, log } = deps
  const http: HttpClientHandle = createHttpClient(clock, deps.requestTimeoutMilliseconds)
  const random = () => {
    const bytes = deps.randomBytes(4)
    return (((bytes[0] ?? 0) << 16) + ((bytes[1] ?? 0) << 8) + (bytes[2] ?? 0)) / 0x1000000
  }
  const deliveries: { name: string; delivery: OutboxDelivery<EpcisEvent> | OutboxDelivery<CapAlert> }[] = []
  if (options.distribution !== undefined) {
    const outbox = store.outbox<EpcisEvent>(DISTRIBUTION_OUTBOX)
    const target = new DistributionTarget({ ...options.distribution, outbox, http: http.request, clock })
    deliveries.push({
      name: DISTRIBUTION_OUTBOX,
      delivery: new OutboxDelivery({ outbox, target, clock, random, log }),
    })
  }
  if (options.safety !== undefined) {
    const { url, bearerTokenFile, ...profile } = options.safety
    checkSafetyProfile(profile)
    const outbox = store.outbox<CapAlert>(SAFETY_OUTBOX)
    const token = bearerTokenFile === undefined ? {} : { bearerTokenFile }
    const target = new SafetyTarget({ url, ...token, profile, outbox, http: http.request })
    deliveries.push({
      name: SAFETY_OUTBOX,
      delivery: new OutboxDelivery({ outbox, target, clock, random, log }),
    })
  }
  return {
    start: () => {
      for (const { delivery } of deliveries) delivery.start()
    },
    statuses: () => deliveries.map(({ delivery }) => delivery.status()),
    resume: (name) => {
      for (const one of deliveries) if (one.name === name) one.delivery.resume()
    },
    outstanding: () => deliveries.reduce((sum, { delivery }) => sum + delivery.outstanding(), 0),
    close: async () => {
      await Promise.all(deliveries.map(({ delivery }) => delivery.close()))
      await http.close()
    },
  }
}
