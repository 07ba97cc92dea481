import { Limit } from '#protocol/limits.ts'
import type { UtcInterval } from '../intake/types.ts'
import type { LmdbStore } from '../store/store.ts'
import { addPiece, type OffsetPiece, placeUtc } from './offset.ts'

/** What the gateway knows of one boot of a node; key [node, boot id]. */
export interface BootRow {
  /** Order of first contact within the node. */
  order: number
  /** When its first confirmed hello came, and the node's clock in it. */
  helloUtcMilliseconds: number
  helloMonotonicMilliseconds: number
  pieces: OffsetPiece[]
  /** A later boot has spoken: no exchange will come any more. */
  closed: boolean
}

/** How old a hello may be when its session is confirmed: a node asks anew after 30 s at most. */
const HELLO_AGE_MILLISECONDS = 60_000

export type Placement = ((monotonicMilliseconds: number) => UtcInterval) | 'wait' | 'unknown'

/** Durable clocks of the nodes' boots: the last 32 of each node. */
export class Boots {
  readonly #store: LmdbStore
  readonly #nodes = new Map<string, Map<string, BootRow>>()

  constructor(store: LmdbStore) {
    this.#store = store
    for (const { key, value } of store.boots.getRange()) {
      const [node, bootId] = key as [string, string]
      this.#of(node).set(bootId, value as BootRow)
    }
  }

  #of(node: string): Map<string, BootRow> {
    let boots = this.#nodes.get(node)
    if (!boots) {
      boots = new Map()
      this.#nodes.set(node, boots)
    }
    return boots
  }

  get(node: string, bootId: string): BootRow | undefined {
    return this.#nodes.get(node)?.get(bootId)
  }

  /**
   * Whether a hello with this clock can come from the boot that is known under its id. An id repeats when the
   * boot counter was wiped or cannot be kept and the noise is weak (on the ESP32 `E.hwRand` begins with the same
   * numbers at each boot); the clock has then begun anew.
   */
  isSame(node: string, bootId: string, helloMonotonicMilliseconds: number): boolean {
    const row = this.get(node, bootId)
    if (!row) return true
    const exchanged = row.pieces.at(-1)?.atMilliseconds ?? 0
    return helloMonotonicMilliseconds >= Math.max(row.helloMonotonicMilliseconds, exchanged)
  }

  /**
   * A session of this boot was confirmed. Every other boot of the node is over.
   * @param isSameBoot what `isSame` said when its hello came
   */
  confirm(
    node: string,
    bootId: string,
    helloUtcMilliseconds: number,
    helloMonotonicMilliseconds: number,
    isSameBoot: boolean,
  ): void {
    const boots = this.#of(node)
    const changed: string[] = []
    let order = 0
    for (const [id, row] of boots) {
      order = Math.max(order, row.order)
      if (id === bootId || row.closed) continue
      boots.set(id, { ...row, closed: true })
      changed.push(id)
    }
    const known = boots.get(bootId)
    if (!known || !isSameBoot) {
      boots.set(bootId, {
        order: order + 1,
        helloUtcMilliseconds,
        helloMonotonicMilliseconds,
        pieces: [],
        closed: false,
      })
      changed.push(bootId)
    } else if (known.closed) {
      boots.set(bootId, { ...known, closed: false })
      changed.push(bootId)
    }
    const forgotten: string[] = []
    const oldest = [...boots].sort((a, b) => a[1].order - b[1].order)
    for (const [id] of oldest.slice(0, Math.max(0, boots.size - Limit.BOOTS_REMEMBERED))) {
      boots.delete(id)
      forgotten.push(id)
    }
    if (changed.length > 0 || forgotten.length > 0) this.#write(node, changed, forgotten)
  }

  /** A completed time exchange. */
  exchange(node: string, bootId: string, piece: OffsetPiece): void {
    const row = this.get(node, bootId)
    if (!row) return
    this.#of(node).set(bootId, { ...row, pieces: addPiece(row.pieces, piece) })
    this.#write(node, [bootId], [])
  }

  #write(node: string, changed: readonly string[], forgotten: readonly string[]): void {
    const rows = changed.map((id) => [id, this.get(node, id)] as const)
    this.#store
      .transaction(() => {
        for (const [id, row] of rows) if (row) void this.#store.boots.put([node, id], row)
        for (const id of forgotten) void this.#store.boots.remove([node, id])
      })
      // The next exchange writes the row again; an unwritten one costs a wait after a restart, no record.
      .catch(() => undefined)
  }

  /** How to place this boot's instants; `wait` while an exchange may still come. */
  placement(node: string, bootId: string): Placement {
    const row = this.get(node, bootId)
    if (!row) return 'unknown'
    const { pieces, helloUtcMilliseconds, helloMonotonicMilliseconds } = row
    if (pieces.length > 0) return (monotonic) => placeUtc(pieces, monotonic)
    if (!row.closed) return 'wait'
    // It spoke but never finished an exchange: its confirmed hello bounds it, less exactly.
    const latest = helloUtcMilliseconds - helloMonotonicMilliseconds
    const atMilliseconds = helloMonotonicMilliseconds
    const piece = {
      atMilliseconds,
      earliestMilliseconds: latest - HELLO_AGE_MILLISECONDS,
      latestMilliseconds: latest,
    }
    return (monotonic) => placeUtc([piece], monotonic)
  }
}
