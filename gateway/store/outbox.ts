import type { Database } from 'lmdb'
import { CodedError } from '#protocol/coded-error.ts'
import { OUTBOX_ASIDE_MAXIMUM, OUTBOX_ITEMS_MAXIMUM } from './keys.ts'
import type { Outbox, OutboxItem, SetAsideItem } from './types.ts'

type Key = string | number | (string | number)[]
type Row<Body> = Omit<OutboxItem<Body>, 'id'>
type AsideRow<Body> = Omit<SetAsideItem<Body>, 'id'>

export interface OutboxParts {
  items: Database<unknown, Key>
  aside: Database<unknown, Key>
  transaction<Result>(work: () => Result): Promise<Result>
  utcMilliseconds(): number
}

/** Ordered, durable queue towards one network, in the store's `outbox` and `outbox-aside` databases. */
export class LmdbOutbox<Body> implements Outbox<Body> {
  readonly name: string
  readonly #parts: OutboxParts
  readonly #listeners = new Set<() => void>()
  #nextId = 1
  #size = 0
  #asideSize = 0
  #appended = false

  constructor(name: string, parts: OutboxParts) {
    this.name = name
    this.#parts = parts
    this.recount()
  }

  /** Reads the counters from the database again: at the start and after an aborted transaction. */
  recount(): void {
    const { items, aside } = this.#parts
    const range = { start: [this.name], end: [this.name, Number.MAX_SAFE_INTEGER] }
    this.#size = items.getKeysCount(range)
    this.#asideSize = aside.getKeysCount(range)
    for (const database of [items, aside]) {
      for (const key of database.getKeys({ start: range.end, end: range.start, reverse: true, limit: 1 })) {
        this.#nextId = Math.max(this.#nextId, (key as [string, number])[1] + 1)
      }
    }
  }

  append(body: Body): number {
    const id = this.#nextId++
    void this.#parts.items.put([this.name, id], {
      body,
      appendedUtcMilliseconds: this.#parts.utcMilliseconds(),
    } satisfies Row<Body>)
    this.#size++
    this.#appended = true
    return id
  }

  peek(maximum: number): OutboxItem<Body>[] {
    const out: OutboxItem<Body>[] = []
    for (const { key, value } of this.#parts.items.getRange({
      start: [this.name],
      end: [this.name, Number.MAX_SAFE_INTEGER],
      limit: maximum,
    })) {
      out.push({ id: (key as [string, number])[1], ...(value as Row<Body>) })
    }
    return out
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#parts.transaction(() => {
      for (const id of ids) {
        if (!this.#parts.items.doesExist([this.name, id])) continue
        void this.#parts.items.remove([this.name, id])
        this.#size--
      }
    })
  }

  async annotate(ids: readonly number[], note: unknown): Promise<void> {
    await this.#parts.transaction(() => {
      for (const id of ids) {
        const row = this.#parts.items.get([this.name, id]) as Row<Body> | undefined
        if (row) void this.#parts.items.put([this.name, id], { ...row, note })
      }
    })
  }

  async setAside(id: number, code: string, reason: string): Promise<void> {
    await this.#parts.transaction(() => {
      const row = this.#parts.items.get([this.name, id]) as Row<Body> | undefined
      if (!row) return
      if (this.#asideSize >= OUTBOX_ASIDE_MAXIMUM) {
        throw new CodedError('OUTBOX_ASIDE_FULL', `${OUTBOX_ASIDE_MAXIMUM} items are set aside already`, {
          where: `outbox ${this.name}`,
        })
      }
      const setAsideUtcMilliseconds = this.#parts.utcMilliseconds()
      void this.#parts.aside.put([this.name, id], { ...row, code, reason, setAsideUtcMilliseconds })
      void this.#parts.items.remove([this.name, id])
      this.#size--
      this.#asideSize++
    })
  }

  listSetAside(maximum: number): SetAsideItem<Body>[] {
    const out: SetAsideItem<Body>[] = []
    for (const { key, value } of this.#parts.aside.getRange({
      start: [this.name],
      end: [this.name, Number.MAX_SAFE_INTEGER],
      limit: maximum,
    })) {
      out.push({ id: (key as [string, number])[1], ...(value as AsideRow<Body>) })
    }
    return out
  }

  async retrySetAside(id: number): Promise<void> {
    await this.#parts.transaction(() => {
      const row = this.#parts.aside.get([this.name, id]) as AsideRow<Body> | undefined
      if (!row) return
      void this.#parts.aside.remove([this.name, id])
      this.#asideSize--
      this.append(row.body)
    })
  }

  size(): number {
    return this.#size
  }

  setAsideSize(): number {
    return this.#asideSize
  }

  oldestUtcMilliseconds(): number | undefined {
    return this.peek(1)[0]?.appendedUtcMilliseconds
  }

  isFull(): boolean {
    return this.#size >= OUTBOX_ITEMS_MAXIMUM
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The store calls this after a flush. */
  notify(): void {
    if (!this.#appended) return
    this.#appended = false
    for (const listener of this.#listeners) listener()
  }
}
