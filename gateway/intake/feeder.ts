import { CodedError } from '#protocol/coded-error.ts'
import type { Recorded } from '#protocol/types.ts'
import type { Clock, TimerHandle } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Observer } from '../observe.ts'
import type { Boots, Placement } from '../sessions/boots.ts'
import type { BoundedRing } from '../store/ring.ts'
import type { LmdbStore } from '../store/store.ts'
import type { Outbox } from '../store/types.ts'
import type { RecordRow } from './intake.ts'
import type { CursorRow, JournalRow, Journals } from './journals.ts'
import type { Quarantine, QuarantineInput } from './quarantine.ts'
import { highestSequence, type Sequences } from './ranges.ts'
import type { PlacedRecord } from './types.ts'

/** What the feeder needs of the interpreter (gateway/interpret): pure, the same input gives the same effects. */
export interface RecordInterpreter<State> {
  accept(record: PlacedRecord, state: State | undefined): RecordEffects<State>
}

export interface RecordEffects<State> {
  state: State
  events: readonly object[]
  alerts: readonly object[]
  findings: readonly object[]
}

/** Records in one transaction. */
const RECORDS_A_TURN = 256
/** Wait after a full outbox or a disk that refused. */
const RETRY_MILLISECONDS = 1000

export interface FeederDeps<State> {
  store: LmdbStore
  journals: Journals
  boots: Boots
  interpreter: RecordInterpreter<State>
  /** Undefined when no such network is configured: its effects then go nowhere. */
  distribution: Outbox<object> | undefined
  safety: Outbox<object> | undefined
  findings: BoundedRing<object>
  quarantine: Quarantine
  observer: Observer
  clock: Clock
  log: Logger
  recordsKept: number
}

interface Plan<State> {
  node: string
  journalId: number
  cursor: CursorRow
  state: State | undefined
  events: object[]
  alerts: object[]
  findings: object[]
  quarantined: QuarantineInput[]
  missing: number
  taken: number
}

/**
 * Gives accepted records to the interpreter in order of sequence, each journal of a node after the one
 * before it, and writes state, cursor and outbox items in one transaction: every record has its effect
 * exactly once, whatever is cut off. A boot's records wait until its clock is known.
 */
export class Feeder<State> {
  readonly #deps: FeederDeps<State>
  readonly #dirty = new Set<string>()
  readonly #states = new Map<string, State | undefined>()
  #running = false
  #timer: TimerHandle | undefined
  #ended = false
  #idle: (() => void)[] = []

  constructor(deps: FeederDeps<State>) {
    this.#deps = deps
  }

  /** Takes up what was accepted before a restart. */
  start(): void {
    for (const node of this.#deps.journals.nodes()) this.changed(node)
  }

  /** New records, a closed journal, or a better known clock of this node. */
  changed(node: string): void {
    if (this.#ended) return
    this.#dirty.add(node)
    if (this.#running || this.#timer !== undefined) return
    this.#running = true
    queueMicrotask(() => void this.#run())
  }

  outstanding(): number {
    return this.#running ? 1 : 0
  }

  /** Takes nothing new and waits for the transaction under way. */
  async close(): Promise<void> {
    this.#ended = true
    if (this.#timer !== undefined) this.#deps.clock.clearTimeout(this.#timer)
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  async #run(): Promise<void> {
    while (this.#dirty.size > 0 && !this.#ended) {
      if (this.#deps.distribution?.isFull() || this.#deps.safety?.isFull() || !(await this.#turn())) {
        this.#timer = this.#deps.clock.setTimeout(() => {
          this.#timer = undefined
          const [node] = this.#dirty
          if (node !== undefined) this.changed(node)
        }, RETRY_MILLISECONDS)
        break
      }
    }
    this.#running = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** One transaction over some records of some nodes. @returns false when the disk refused */
  async #turn(): Promise<boolean> {
    const plans: Plan<State>[] = []
    const looked: string[] = []
    let left = RECORDS_A_TURN
    for (const node of this.#dirty) {
      looked.push(node)
      const plan = this.#plan(node, left)
      if (plan) {
        plans.push(plan)
        left -= plan.taken
      }
      if (left <= 0) break
    }
    // Before the wait: what changes meanwhile makes the node dirty again.
    for (const node of looked) this.#dirty.delete(node)
    if (plans.length === 0) return true
    try {
      await this.#deps.store.transaction(() => {
        for (const plan of plans) this.#write(plan)
      })
    } catch (error) {
      for (const node of looked) this.#dirty.add(node)
      this.#deps.log.error(
        { code: 'STORE_WRITE_FAILED', error },
        'effects could not be written; again in a second',
      )
      return false
    }
    for (const plan of plans) this.#settle(plan)
    return true
  }

  #stateOf(node: string): State | undefined {
    if (!this.#states.has(node))
      this.#states.set(node, this.#deps.store.interpret.get(node) as State | undefined)
    return this.#states.get(node)
  }

  /** What the next records of a node do; changes nothing. */
  #plan(node: string, maximum: number): Plan<State> | undefined {
    const { journals, store, observer } = this.#deps
    const journal = journals
      .list(node)
      .find(([id, row]) => !row.closed || journals.cursor(node, id).fed < highestSequence(row.sequences))
    if (!journal) return undefined
    const [journalId, row] = journal
    const cursor = journals.cursor(node, journalId)
    const limit = row.closed ? highestSequence(row.sequences) : row.sequences.through
    if (cursor.fed >= limit) {
      observer.waiting(node, waitingIn(row, cursor.fed))
      return undefined
    }
    const plan: Plan<State> = {
      node,
      journalId,
      cursor: { ...cursor, bootRefs: { ...cursor.bootRefs } },
      state: this.#stateOf(node),
      events: [],
      alerts: [],
      findings: [],
      quarantined: [],
      missing: 0,
      taken: 0,
    }
    let whole = true
    for (const { key, value } of store.records.getRange({
      start: [node, journalId, cursor.fed + 1],
      end: [node, journalId, limit + 1],
    })) {
      const sequence = (key as [string, number, number])[2]
      if (plan.taken >= maximum || !this.#accept(plan, sequence, value as RecordRow)) {
        whole = false
        break
      }
      plan.taken++
      plan.cursor.fed = sequence
    }
    if (whole) plan.cursor.fed = limit
    plan.missing = row.closed ? gapsBetween(row.sequences, cursor.fed + 1, plan.cursor.fed) : 0
    observer.waiting(node, waitingIn(row, plan.cursor.fed))
    return plan.cursor.fed > cursor.fed ? plan : undefined
  }

  /** @returns false when this record has to wait */
  #accept(plan: Plan<State>, sequence: number, row: RecordRow): boolean {
    const { node, journalId, cursor } = plan
    const record = withOwnBytes(row.record)
    if (record.kind === 'boot') cursor.bootRefs[record.bootRef] = Buffer.from(record.bootId).toString('hex')
    const bootId = cursor.bootRefs[record.bootRef]
    const where = `record ${sequence} of journal ${journalId}`
    if (bootId === undefined) {
      this.#refuse(plan, 'RECORD_BOOT_UNKNOWN', `${where}: boot ${record.bootRef} has no name`, record)
      return true
    }
    const placement = this.#placement(plan, bootId, row)
    if (placement === 'wait') return false
    if (placement === 'unknown') {
      this.#refuse(plan, 'BOOT_TIME_UNKNOWN', `${where}: nothing bounds the time of boot ${bootId}`, record)
      return true
    }
    const { receivedUtcMilliseconds } = row
    const placed = { node, journalId, sequence, record, receivedUtcMilliseconds, bootId, utcOf: placement }
    try {
      const effects = this.#deps.interpreter.accept(placed, plan.state)
      plan.state = effects.state
      plan.events.push(...effects.events)
      plan.alerts.push(...effects.alerts)
      plan.findings.push(...effects.findings)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const code = error instanceof CodedError ? error.code : 'INTERPRET_FAILED'
      this.#refuse(plan, code, `${where}: ${reason}`, record)
      this.#deps.log.error({ code, node, journalId, sequence, error }, 'a record was set aside')
      // Its instant is not to be believed and must not bound what comes after it.
      return true
    }
    const at = instantOf(record)
    if (at !== undefined) cursor.lastEarliestMilliseconds = placement(at).earliestMilliseconds
    return true
  }

  #placement(plan: Plan<State>, bootId: string, row: RecordRow): Placement {
    const placement = this.#deps.boots.placement(plan.node, bootId)
    if (placement !== 'unknown') return placement
    // A boot that never spoke: after the last placed record before it, before the boot that brought it.
    const earliestMilliseconds = plan.cursor.lastEarliestMilliseconds
    const via = this.#deps.boots.get(plan.node, row.via)
    if (earliestMilliseconds === undefined || !via) return 'unknown'
    const latest = via.helloUtcMilliseconds - via.helloMonotonicMilliseconds
    const latestMilliseconds = Math.max(earliestMilliseconds, latest)
    return () => ({ earliestMilliseconds, latestMilliseconds })
  }

  #refuse(plan: Plan<State>, code: string, reason: string, record: Recorded): void {
    const sample = new Uint8Array(
      Buffer.from(JSON.stringify({ kind: record.kind, sequence: record.sequence })),
    )
    plan.quarantined.push({ code, reason, link: 'intake', node: plan.node, sample })
  }

  /** Inside the transaction. */
  #write(plan: Plan<State>): void {
    const { store, distribution, safety, findings, quarantine, recordsKept } = this.#deps
    const { node, journalId, cursor } = plan
    if (plan.state !== undefined) void store.interpret.put(node, plan.state)
    for (const event of plan.events) distribution?.append(event)
    for (const alert of plan.alerts) safety?.append(alert)
    for (const finding of plan.findings) findings.append(finding)
    for (const entry of plan.quarantined) quarantine.put(entry)
    const end = cursor.fed - recordsKept
    if (end > cursor.pruned) {
      const keys = store.records.getKeys({
        start: [node, journalId, cursor.pruned + 1],
        end: [node, journalId, end + 1],
      })
      for (const key of [...keys]) void store.records.remove(key)
      cursor.pruned = end
    }
    void store.cursors.put([node, journalId], cursor)
  }

  /** After the flush. */
  #settle(plan: Plan<State>): void {
    const { journals, observer } = this.#deps
    const { node, journalId } = plan
    journals.setCursor(node, journalId, plan.cursor)
    this.#states.set(node, plan.state)
    if (plan.missing > 0) observer.missing(node, plan.missing)
    for (const entry of plan.quarantined) observer.refused(entry.link, node, entry.code, entry.reason)
    for (const event of plan.events) observer.effect('event', node, event)
    for (const alert of plan.alerts) observer.effect('alert', node, alert)
    for (const finding of plan.findings) observer.effect('finding', node, finding)
    // There may be more in this journal, or in the next.
    this.#dirty.add(node)
  }
}

function waitingIn(row: JournalRow, fed: number): number {
  const above = row.sequences.ranges.reduce((sum, [from, to]) => sum + to - Math.max(from, fed + 1) + 1, 0)
  return Math.max(0, row.sequences.through - fed) + Math.max(0, above)
}

function gapsBetween(sequences: Sequences, from: number, to: number): number {
  let there = Math.max(0, Math.min(to, sequences.through) - from + 1)
  for (const [low, high] of sequences.ranges)
    there += Math.max(0, Math.min(to, high) - Math.max(from, low) + 1)
  return to - from + 1 - there
}

/** The record's instant on its node's clock; undefined for records without one. */
export function instantOf(record: Recorded): number | undefined {
  switch (record.kind) {
    case 'reads':
      return record.startMilliseconds
    case 'samples':
      return record.baseMilliseconds
    case 'contact':
    case 'health':
      return record.atMilliseconds
    default:
      return undefined
  }
}

/** Byte strings as plain Uint8Array of their own: the store's decoder gives Buffers over its pages. */
export function withOwnBytes(record: Recorded): Recorded {
  if (record.kind === 'boot') return { ...record, bootId: new Uint8Array(record.bootId) }
  if (record.kind !== 'reads') return record
  return { ...record, reads: record.reads.map((read) => ({ ...read, id: new Uint8Array(read.id) })) }
}
