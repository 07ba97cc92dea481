import type { HealthRecord, HelloMessage, Recorded, TombstoneRecord } from '#protocol/types.ts'
import type { Clock } from './clock.ts'
import type { GatewayConfig } from './config/types.ts'
import type { LinkCounters, LinkKind, LinkState } from './links/types.ts'

/** What is known of one node, in memory: it begins anew with the gateway. All times UTC milliseconds. */
export interface NodeView {
  node: string
  /** Checkpoint it belongs to; undefined for an enrolled node without one. */
  checkpoint: string | undefined
  expectedIntervalMilliseconds: number
  board: string | undefined
  firmware: string | undefined
  /** Link of its session. */
  link: string | undefined
  linkKind: LinkKind | undefined
  /** Last frame that opened. */
  lastSeenUtcMilliseconds: number | undefined
  sessionSinceUtcMilliseconds: number | undefined
  bootId: string | undefined
  journalId: number | undefined
  framesOk: number
  framesRefused: Record<string, number>
  /** Counters that never came, over all sessions since the gateway started. */
  framesLost: number
  recordsAccepted: number
  recordsRepeated: number
  /** Dropped by the node's own policy, as its tombstones say. */
  recordsLost: number
  /** Gaps that a later boot closed: records that will never come. */
  recordsMissing: number
  /** Fields of a later minor version that were skipped: the node is newer than this gateway. */
  fieldsSkipped: number
  /** Boot counter of the node's last health report. */
  resets: number | undefined
  resetReason: number | undefined
  batteryMillivolts: number | undefined
  memoryFreeVariables: number | undefined
  queueRecords: number | undefined
  errorFlags: number | undefined
  linkRssiDbm: number | undefined
  framesResent: number | undefined
  capabilities: number | undefined
  /** UTC minus the node's clock, middle and half width of the last exchange. */
  clockOffsetMilliseconds: number | undefined
  clockUncertaintyMilliseconds: number | undefined
  /** Records that wait in the intake until this node's clock is known or a gap closes. */
  recordsWaiting: number
}

export interface LinkView {
  link: string
  kind: LinkKind
  state: LinkState
  code: string | undefined
  reason: string | undefined
  sinceUtcMilliseconds: number
  /** Bytes and frames of the port, or of each connection of the broker. */
  counters: LinkCounters[]
}

export interface Refusal {
  atUtcMilliseconds: number
  link: string
  node: string | undefined
  code: string
  reason: string
}

export type ObserveEvent =
  | { kind: 'node'; node: NodeView }
  | { kind: 'link'; link: LinkView }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'effect'; effect: 'event' | 'alert' | 'finding'; node: string; body: unknown }

/** Codes counted by name; further ones are counted as OTHER. */
const CODES_MAXIMUM = 128
/** Refusals kept for the page. */
const RECENT_REFUSALS_MAXIMUM = 100
const LISTENERS_MAXIMUM = 256
const SILENT_WITHOUT_CHECKPOINT_MILLISECONDS = 600_000

function countIn(counts: Record<string, number>, code: string): void {
  const name = code in counts || Object.keys(counts).length < CODES_MAXIMUM ? code : 'OTHER'
  counts[name] = (counts[name] ?? 0) + 1
}

/** In-memory picture of nodes, links and refusals for the operator's page and metrics. Never throws. */
export class Observer {
  readonly #clock: Clock
  readonly #nodes = new Map<string, NodeView>()
  readonly #links = new Map<string, LinkView>()
  #counters: () => LinkCounters[] = () => []
  readonly #refusals: Refusal[] = []
  readonly #refusalCounts: Record<string, number> = {}
  readonly #listeners = new Set<(event: ObserveEvent) => void>()

  constructor(clock: Clock, config: GatewayConfig, nodes: readonly string[]) {
    this.#clock = clock
    for (const node of nodes) this.#nodes.set(node, blankNode(node))
    for (const checkpoint of config.checkpoints) {
      for (const { node } of checkpoint.nodes) {
        const view = this.#nodes.get(node) ?? blankNode(node)
        view.checkpoint = checkpoint.id
        view.expectedIntervalMilliseconds = checkpoint.expectedIntervalMilliseconds
        this.#nodes.set(node, view)
      }
    }
  }

  /** Every enrolled or configured node, by name. The objects are live: do not change them. */
  nodes(): NodeView[] {
    return [...this.#nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1))
  }

  links(): LinkView[] {
    const all = this.#counters()
    return [...this.#links.values()].map((view) => ({
      ...view,
      counters: all.filter(({ link }) => link === view.link || link.startsWith(`${view.link}:`)),
    }))
  }

  /** Where the counters of links() come from. */
  countWith(counters: () => LinkCounters[]): void {
    this.#counters = counters
  }

  /** Newest first. */
  refusals(): Refusal[] {
    return [...this.#refusals].reverse()
  }

  /** How often each code was refused, links and nodes together. */
  refusalCounts(): Readonly<Record<string, number>> {
    return this.#refusalCounts
  }

  /** @returns a function that ends it. Listeners beyond 256 are not taken (returns undefined). */
  subscribe(listener: (event: ObserveEvent) => void): (() => void) | undefined {
    if (this.#listeners.size >= LISTENERS_MAXIMUM) return undefined
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(event: ObserveEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #change(node: string, change: (view: NodeView) => void): void {
    const view = this.#nodes.get(node)
    if (!view) return
    change(view)
    this.#tell({ kind: 'node', node: view })
  }

  linkState(link: string, kind: LinkKind, state: LinkState, code?: string, reason?: string): void {
    const sinceUtcMilliseconds = this.#clock.utcMilliseconds()
    const view: LinkView = { link, kind, state, code, reason, sinceUtcMilliseconds, counters: [] }
    this.#links.set(link, view)
    this.#tell({ kind: 'link', link: view })
  }

  refused(link: string, node: string | undefined, code: string, reason: string): void {
    countIn(this.#refusalCounts, code)
    const refusal: Refusal = { atUtcMilliseconds: this.#clock.utcMilliseconds(), link, node, code, reason }
    this.#refusals.push(refusal)
    if (this.#refusals.length > RECENT_REFUSALS_MAXIMUM) this.#refusals.shift()
    if (node !== undefined) this.#change(node, (view) => countIn(view.framesRefused, code))
    this.#tell({ kind: 'refused', refusal })
  }

  session(link: string, kind: LinkKind, hello: HelloMessage, bootId: string, journalId: number): void {
    this.#change(hello.node, (view) => {
      view.link = link
      view.linkKind = kind
      view.board = hello.board
      view.firmware = hello.firmware
      view.capabilities = hello.capabilities
      view.sessionSinceUtcMilliseconds = this.#clock.utcMilliseconds()
      view.bootId = bootId
      view.journalId = journalId
      view.resetReason = hello.resetReason
    })
  }

  /** @param lost change of the count of counters that never came; a late frame takes one back */
  frame(node: string, link: string, kind: LinkKind, lost: number): void {
    this.#change(node, (view) => {
      view.link = link
      view.linkKind = kind
      view.framesOk++
      view.framesLost += lost
      view.lastSeenUtcMilliseconds = this.#clock.utcMilliseconds()
    })
  }

  gone(node: string): void {
    this.#change(node, (view) => {
      view.link = undefined
      view.linkKind = undefined
    })
  }

  clock(node: string, offsetMilliseconds: number, uncertaintyMilliseconds: number): void {
    this.#change(node, (view) => {
      view.clockOffsetMilliseconds = offsetMilliseconds
      view.clockUncertaintyMilliseconds = uncertaintyMilliseconds
    })
  }

  records(node: string, accepted: readonly Recorded[], repeated: number): void {
    this.#change(node, (view) => {
      view.recordsAccepted += accepted.length
      view.recordsRepeated += repeated
      for (const record of accepted) {
        if (record.kind === 'health') takeHealth(view, record)
        if (record.kind === 'tombstone') view.recordsLost += (record as TombstoneRecord).count
      }
    })
  }

  skipped(node: string, fields: number): void {
    this.#change(node, (view) => {
      view.fieldsSkipped += fields
    })
  }

  missing(node: string, count: number): void {
    this.#change(node, (view) => {
      view.recordsMissing += count
    })
  }

  waiting(node: string, count: number): void {
    const view = this.#nodes.get(node)
    if (!view || view.recordsWaiting === count) return
    view.recordsWaiting = count
    this.#tell({ kind: 'node', node: view })
  }

  effect(effect: 'event' | 'alert' | 'finding', node: string, body: unknown): void {
    this.#tell({ kind: 'effect', effect, node, body })
  }
}

function takeHealth(view: NodeView, health: HealthRecord): void {
  view.batteryMillivolts = health.batteryMillivolts === 0 ? undefined : health.batteryMillivolts
  view.memoryFreeVariables = health.memoryFreeVariables
  view.queueRecords = health.queueRecords
  view.resets = health.resets
  view.resetReason = health.resetReason
  view.errorFlags = health.errorFlags
  view.framesResent = health.framesResent
  view.linkRssiDbm = health.linkRssiDbm
}

function blankNode(node: string): NodeView {
  return {
    node,
    checkpoint: undefined,
    expectedIntervalMilliseconds: SILENT_WITHOUT_CHECKPOINT_MILLISECONDS,
    board: undefined,
    firmware: undefined,
    link: undefined,
    linkKind: undefined,
    lastSeenUtcMilliseconds: undefined,
    sessionSinceUtcMilliseconds: undefined,
    bootId: undefined,
    journalId: undefined,
    framesOk: 0,
    framesRefused: {},
    framesLost: 0,
    recordsAccepted: 0,
    recordsRepeated: 0,
    recordsLost: 0,
    recordsMissing: 0,
    fieldsSkipped: 0,
    resets: undefined,
    resetReason: undefined,
    batteryMillivolts: undefined,
    memoryFreeVariables: undefined,
    queueRecords: undefined,
    errorFlags: undefined,
    linkRssiDbm: undefined,
    framesResent: undefined,
    capabilities: undefined,
    clockOffsetMilliseconds: undefined,
    clockUncertaintyMilliseconds: undefined,
    recordsWaiting: 0,
  }
}
