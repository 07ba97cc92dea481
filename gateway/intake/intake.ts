import type { Recorded, RecordsMessage } from '#protocol/types.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Observer } from '../observe.ts'
import type { LmdbStore } from '../store/store.ts'
import type { JournalRow, Journals } from './journals.ts'
import type { Quarantine } from './quarantine.ts'
import { addRange, hasSequence, type Sequences } from './ranges.ts'

/** Frames that may wait for the disk; beyond it they are not taken, and their nodes send again. */
export const PENDING_FRAMES_MAXIMUM = 4096
/** Frames in one commit. */
const FRAMES_A_COMMIT = 1024
const NO_BYTES = new Uint8Array(0)
/** Gaps that a journal may have; a record that would open another is not taken until some close. */
export const GAPS_A_JOURNAL = 1024

/** One row of the store's `records`; key [node, journalId, sequence]. */
export interface RecordRow {
  record: Recorded
  receivedUtcMilliseconds: number
  /** Boot of the session that brought it. */
  via: string
}

export interface TakenFrame {
  node: string
  link: string
  journalId: number
  /** Boot of the session, 16 hex digits. */
  bootId: string
  message: RecordsMessage
  /**
   * Called after the flush with what is durable of the journal, for the last frame of each journal in the
   * commit; not called when the disk refused.
   */
  durable(sequences: Sequences): void
}

type Use = { kind: 'use'; node: string; journalId: number; bootId: string }
type Pending = { kind: 'frame'; frame: TakenFrame } | Use

interface Draft {
  node: string
  journalId: number
  row: JournalRow
  accepted: Recorded[]
  repeated: number
}

export interface IntakeDeps {
  store: LmdbStore
  journals: Journals
  quarantine: Quarantine
  observer: Observer
  clock: Clock
  log: Logger
  /** New records, or a journal that closed: the feeder may go on. */
  changed(node: string): void
}

/**
 * The durable intake. Frames that arrive while a flush runs wait and go into the next commit together;
 * nothing is acknowledged before `db.flushed` of its commit.
 */
export class Intake {
  readonly #deps: IntakeDeps
  readonly #pending: Pending[] = []
  /** Newest of each node that the disk refused; nobody sends it again, so it goes before the next commit. */
  readonly #refusedUses = new Map<string, Use>()
  #running = false
  #inCommit = 0
  #idle: (() => void)[] = []

  constructor(deps: IntakeDeps) {
    this.#deps = deps
  }

  /** @returns false when too much waits already (INTAKE_BUSY) */
  take(frame: TakenFrame): boolean {
    if (this.#pending.length >= PENDING_FRAMES_MAXIMUM) return false
    this.#pending.push({ kind: 'frame', frame })
    this.#kick()
    return true
  }

  /**
   * A session with this journal was confirmed: the node's other journals are over. Goes through the queue,
   * so that frames that came before it still count for theirs.
   */
  use(node: string, journalId: number, bootId: string): void {
    this.#pending.push({ kind: 'use', node, journalId, bootId })
    this.#kick()
  }

  outstanding(): number {
    return this.#pending.length + this.#inCommit
  }

  /** Resolves when nothing waits and no commit is under way. */
  drained(): Promise<void> {
    if (!this.#running) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #kick(): void {
    if (this.#running) return
    this.#running = true
    // After this turn, so that everything that one read brought is in the first commit.
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = [...this.#refusedUses.values(), ...this.#pending.splice(0, FRAMES_A_COMMIT)]
      this.#inCommit = batch.length
      await this.#commit(batch)
      this.#inCommit = 0
    }
    this.#running = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const { store, log } = this.#deps
    const drafts = new Map<string, Draft>()
    const forgotten: [node: string, journalId: number][] = []
    try {
      await store.transaction(() => {
        for (const item of batch) {
          if (item.kind === 'use') this.#close(item.node, item.journalId, item.bootId, drafts, forgotten)
          else this.#write(item.frame, drafts)
        }
        for (const { node, journalId, row } of drafts.values())
          void store.journals.put([node, journalId], row)
        for (const [node, journalId] of forgotten) this.#erase(node, journalId)
      })
    } catch (error) {
      // Not acknowledged, so the nodes send it again; memory still shows what is on disk.
      log.error({ code: 'STORE_WRITE_FAILED', error, frames: batch.length }, 'the intake could not commit')
      for (const item of batch) if (item.kind === 'use') this.#refusedUses.set(item.node, item)
      return
    }
    this.#refusedUses.clear()
    for (const [node, journalId] of forgotten) this.#deps.journals.forget(node, journalId)
    const touched = new Set<string>()
    for (const { node, journalId, row, accepted, repeated } of drafts.values()) {
      this.#deps.journals.set(node, journalId, row)
      touched.add(node)
      if (accepted.length > 0 || repeated > 0) this.#deps.observer.records(node, accepted, repeated)
    }
    // One answer a journal: it is cumulative, and the last frame knows the newest session.
    const last = new Map<string, TakenFrame>()
    for (const item of batch) {
      if (item.kind === 'frame') last.set(`${item.frame.node}/${item.frame.journalId}`, item.frame)
    }
    for (const frame of last.values()) {
      const row = this.#deps.journals.get(frame.node, frame.journalId)
      if (row) frame.durable(row.sequences)
    }
    for (const node of touched) this.#deps.changed(node)
  }

  #draft(node: string, journalId: number, bootId: string, drafts: Map<string, Draft>): Draft {
    const key = `${node}/${journalId}`
    let draft = drafts.get(key)
    if (!draft) {
      let row = this.#deps.journals.get(node, journalId)
      if (!row) {
        row = this.#deps.journals.fresh(node, bootId)
        // Two new journals of one node in one commit are still in order.
        for (const other of drafts.values()) {
          if (other.node === node) row.order = Math.max(row.order, other.row.order + 1)
        }
      }
      draft = { node, journalId, row, accepted: [], repeated: 0 }
      drafts.set(key, draft)
    }
    return draft
  }

  #close(
    node: string,
    journalId: number,
    bootId: string,
    drafts: Map<string, Draft>,
    forgotten: [string, number][],
  ): void {
    this.#draft(node, journalId, bootId, drafts)
    for (const [id, row] of this.#deps.journals.list(node)) {
      if (id === journalId || row.closed) continue
      const draft = this.#draft(node, id, row.bootId, drafts)
      draft.row = { ...draft.row, closed: true }
    }
    for (const draft of drafts.values()) {
      if (draft.node === node && draft.journalId !== journalId) draft.row = { ...draft.row, closed: true }
    }
    for (const id of this.#deps.journals.forgettable(node)) if (id !== journalId) forgotten.push([node, id])
  }

  #erase(node: string, journalId: number): void {
    const { store } = this.#deps
    void store.journals.remove([node, journalId])
    void store.cursors.remove([node, journalId])
    const { pruned } = this.#deps.journals.cursor(node, journalId)
    const last = Number.MAX_SAFE_INTEGER
    const keys = store.records.getKeys({ start: [node, journalId, pruned], end: [node, journalId, last] })
    for (const key of [...keys]) void store.records.remove(key)
  }

  #write(frame: TakenFrame, drafts: Map<string, Draft>): void {
    const { node, journalId, bootId, message } = frame
    const draft = this.#draft(node, journalId, bootId, drafts)
    const receivedUtcMilliseconds = this.#deps.clock.utcMilliseconds()
    for (const record of message.records) {
      if (!this.#claim(frame, draft, record.sequence)) continue
      const row: RecordRow = { record, receivedUtcMilliseconds, via: bootId }
      void this.#deps.store.records.put([node, journalId, record.sequence], row)
      draft.accepted.push(record)
      if (record.kind === 'tombstone') this.#tombstone(frame, draft, record.from, record.to, record.sequence)
    }
    // Kept aside with their bytes and acknowledged: one bad record must not be sent for ever.
    for (const { sequence, code, what, bytes } of message.unread) {
      if (!this.#claim(frame, draft, sequence)) continue
      this.#quarantine(frame, code, what, bytes)
    }
  }

  /** Marks a sequence as there. @returns false for a repeat, or when it would open one gap too many */
  #claim(frame: TakenFrame, draft: Draft, sequence: number): boolean {
    const before = draft.row.sequences
    if (hasSequence(before, sequence)) {
      draft.repeated++
      return false
    }
    const sequences = addRange(before, sequence, sequence)
    if (sequences.ranges.length > GAPS_A_JOURNAL && sequences.ranges.length > before.ranges.length) {
      this.#deps.observer.refused(
        frame.link,
        frame.node,
        'INTAKE_GAPS',
        `record ${sequence} opens another gap`,
      )
      return false
    }
    draft.row = { ...draft.row, sequences }
    return true
  }

  #tombstone(frame: TakenFrame, draft: Draft, from: number, to: number, sequence: number): void {
    if (from > to || to >= sequence) {
      this.#quarantine(frame, 'TOMBSTONE_RANGE', `tombstone ${sequence} speaks of ${from} to ${to}`, NO_BYTES)
      return
    }
    draft.row = { ...draft.row, sequences: addRange(draft.row.sequences, from, to) }
  }

  #quarantine(frame: TakenFrame, code: string, reason: string, sample: Uint8Array): void {
    const { link, node } = frame
    this.#deps.quarantine.put({ code, reason, link, node, sample })
    this.#deps.observer.refused(link, node, code, reason)
  }
}
