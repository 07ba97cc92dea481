import type { LmdbStore } from '../store/store.ts'
import { highestSequence, NO_SEQUENCES, type Sequences } from './ranges.ts'

/** What is durable of one journal of a node; key [node, journalId]. */
export interface JournalRow {
  /** Order of first use within the node: journals are interpreted one after the other. */
  order: number
  /** Boot in which it was first used. */
  bootId: string
  sequences: Sequences
  /** Its node uses another one now: what is missing will never come. */
  closed: boolean
}

/** How far a journal was interpreted; key [node, journalId]. Written only with the effects. */
export interface CursorRow {
  /** Everything up to here has had its effect. */
  fed: number
  /** Boot table of the journal: one-byte reference to boot id. */
  bootRefs: Record<number, string>
  /** Earliest UTC of the last record that could be placed; bounds a boot that never spoke. */
  lastEarliestMilliseconds?: number
  /** Records up to here were removed from the store. */
  pruned: number
}

/** Journals kept per node; the oldest that are closed and interpreted are forgotten with their records. */
export const JOURNALS_A_NODE = 32
const NO_CURSOR: CursorRow = { fed: 0, bootRefs: {}, pruned: 0 }

/** The journals of all nodes, as they are on disk. Changed only by Intake (rows) and Feeder (cursors). */
export class Journals {
  readonly #nodes = new Map<string, Map<number, JournalRow>>()
  readonly #cursors = new Map<string, CursorRow>()
  /** Ids that a welcome gave to a boot that has not sent anything yet. */
  readonly #assigned = new Map<string, { bootId: string; journalId: number }>()
  readonly #randomBytes: (count: number) => Uint8Array

  constructor(store: LmdbStore, randomBytes: (count: number) => Uint8Array) {
    this.#randomBytes = randomBytes
    for (const { key, value } of store.journals.getRange()) {
      const [node, journalId] = key as [string, number]
      this.set(node, journalId, value as JournalRow)
    }
    for (const { key, value } of store.cursors.getRange()) {
      const [node, journalId] = key as [string, number]
      this.setCursor(node, journalId, value as CursorRow)
    }
  }

  nodes(): string[] {
    return [...this.#nodes.keys()]
  }

  get(node: string, journalId: number): JournalRow | undefined {
    return this.#nodes.get(node)?.get(journalId)
  }

  set(node: string, journalId: number, row: JournalRow): void {
    let journals = this.#nodes.get(node)
    if (!journals) {
      journals = new Map()
      this.#nodes.set(node, journals)
    }
    journals.set(journalId, row)
  }

  forget(node: string, journalId: number): void {
    this.#nodes.get(node)?.delete(journalId)
    this.#cursors.delete(`${node}/${journalId}`)
  }

  cursor(node: string, journalId: number): CursorRow {
    return this.#cursors.get(`${node}/${journalId}`) ?? NO_CURSOR
  }

  setCursor(node: string, journalId: number, cursor: CursorRow): void {
    this.#cursors.set(`${node}/${journalId}`, cursor)
  }

  /** In order of first use. */
  list(node: string): [journalId: number, row: JournalRow][] {
    return [...(this.#nodes.get(node) ?? [])].sort((a, b) => a[1].order - b[1].order)
  }

  nextOrder(node: string): number {
    return (this.list(node).at(-1)?.[1].order ?? 0) + 1
  }

  /** Closed, wholly interpreted journals beyond the number that is kept, oldest first. */
  forgettable(node: string): number[] {
    const all = this.list(node)
    return all
      .slice(0, Math.max(0, all.length - JOURNALS_A_NODE))
      .filter(([id, row]) => row.closed && this.cursor(node, id).fed >= highestSequence(row.sequences))
      .map(([id]) => id)
  }

  /**
   * The journal id that a welcome confirms or assigns (WIRE.md, "Units"), and how far it is durable.
   * An id that another boot has used is confirmed only for a node whose journal survives boots; for any
   * other node its counters have begun anew and would make new records look like old ones.
   * @param asked id that the hello offers, 0 to be given one
   * @param isSameBoot false when the boot id came again from another boot
   */
  welcome(
    node: string,
    asked: number,
    bootId: string,
    survivesBoots: boolean,
    isSameBoot: boolean,
  ): { journalId: number; through: number } {
    const known = this.get(node, asked)
    const usable =
      known === undefined || (!known.closed && (survivesBoots || (isSameBoot && known.bootId === bootId)))
    if (asked !== 0 && usable) return { journalId: asked, through: known?.sequences.through ?? 0 }
    const given = this.#assigned.get(node)
    if (given?.bootId === bootId && this.get(node, given.journalId) === undefined) {
      return { journalId: given.journalId, through: 0 }
    }
    let journalId = 0
    while (journalId === 0 || this.get(node, journalId)) {
      journalId = new DataView(new Uint8Array(this.#randomBytes(4)).buffer).getUint32(0)
    }
    this.#assigned.set(node, { bootId, journalId })
    return { journalId, through: 0 }
  }

  /** A row for a journal that is used for the first time. */
  fresh(node: string, bootId: string): JournalRow {
    return { order: this.nextOrder(node), bootId, sequences: NO_SEQUENCES, closed: false }
  }
}
