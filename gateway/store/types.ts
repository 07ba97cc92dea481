/**
 * What the rest of the gateway sees of the store. One writer process; every change happens inside
 * `transaction`, whose promise resolves only after the flush (`db.flushed`), never at commit.
 */

/** One thing that waits for a network. It leaves only by `remove`, after that network's receipt. */
export interface OutboxItem<Body = unknown> {
  /** Grows by one an append within one outbox, so that the order of `peek` is the order of append. */
  id: number
  body: Body
  appendedUtcMilliseconds: number
  /** What delivery remembers about the item over restarts (job id, attempts); JSON. */
  note?: unknown
}

/** An item that a network refuses for good: out of the way of the others, but never gone. */
export interface SetAsideItem<Body = unknown> extends OutboxItem<Body> {
  code: string
  reason: string
  setAsideUtcMilliseconds: number
}

export interface Outbox<Body = unknown> {
  readonly name: string
  /** Only inside the callback of `store.transaction`. @returns the item's id */
  append(body: Body): number
  /** The oldest items, in order of append, at most `maximum`. */
  peek(maximum: number): OutboxItem<Body>[]
  /** Durable when the promise resolves. Unknown ids are ignored. */
  remove(ids: readonly number[]): Promise<void>
  /** Keeps delivery's notes (a job id) with the items; durable when the promise resolves. */
  annotate(ids: readonly number[], note: unknown): Promise<void>
  /** Moves one poison item aside (`setAside()` lists them; bounded, the oldest stay). */
  setAside(id: number, code: string, reason: string): Promise<void>
  listSetAside(maximum: number): SetAsideItem<Body>[]
  /** Puts an item that was set aside back at the end of the queue. */
  retrySetAside(id: number): Promise<void>
  size(): number
  setAsideSize(): number
  oldestUtcMilliseconds(): number | undefined
  /** True at the outbox's maximum: the feeder then waits; records stay durable in the intake. */
  isFull(): boolean
  /** Called after a transaction that appended has been flushed. @returns a function that ends it */
  onAppend(listener: () => void): () => void
}

/** Small durable values by name, for parts that need little (a cursor, a counter). JSON. */
export interface ValueStore {
  get<Value>(key: string): Value | undefined
  /** Only inside the callback of `store.transaction`. */
  put(key: string, value: unknown): void
  /** Only inside the callback of `store.transaction`. */
  remove(key: string): void
}

export interface QuarantineEntry {
  id: number
  atUtcMilliseconds: number
  code: string
  reason: string
  link: string
  node: string | undefined
  /** First bytes of what was refused, hex; sealed bytes stay sealed. */
  sampleHex: string
  lengthBytes: number
}

export interface Store {
  /**
   * Runs `work` in one write transaction and waits until it is on disk. Concurrent calls share a commit
   * and a flush. A throw in `work` aborts all of it.
   * @throws CodedError STORE_WRITE_FAILED when the disk refuses
   */
  transaction<Result>(work: () => Result): Promise<Result>
  /** The same object for the same name. Names: 'distribution', 'safety', … */
  outbox<Body = unknown>(name: string): Outbox<Body>
  /** A named space of small values; the same object for the same name. */
  values(name: string): ValueStore
  /** Commits and flushes that are under way. */
  outstanding(): number
  /** Waits for what is under way, then closes. */
  close(): Promise<void>
}
