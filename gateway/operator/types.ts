import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Observer } from '../observe.ts'

/** What an uplink tells about itself; delivery to each network gives one. All times UTC milliseconds. */
export interface UplinkView {
  /** Name of the outbox: 'distribution', 'safety'. */
  name: string
  url: string
  /** Items that wait for their receipt. */
  backlog: number
  /** Items that the network refused for good. */
  setAside: number
  oldestUtcMilliseconds: number | undefined
  lastReceiptUtcMilliseconds: number | undefined
  /** The last failure, kept after a success so that it can be read; `failing` says whether it still stands. */
  lastError: { code: string; reason: string; atUtcMilliseconds: number } | undefined
  failing: boolean
}

/** What the page reads. It changes nothing, so it needs no account on loopback. */
export interface OperatorSources {
  site: { id: string; name: string }
  observer: Pick<Observer, 'nodes' | 'links' | 'refusals' | 'refusalCounts' | 'subscribe'>
  uplinks(): UplinkView[]
  /** What the configuration leaves open to others, one sentence each; shown above everything else. */
  warnings: readonly string[]
  clock: Clock
  log: Logger
}

export interface Operator {
  /** Base URL of the page. */
  url: string
  close(): Promise<void>
}
