import type { Database } from 'lmdb'

type Key = string | number | (string | number)[]

/** A durable list with a maximum; the oldest entries leave when it is met. Ids grow by one. */
export class BoundedRing<Entry extends object> {
  readonly #database: Database<unknown, Key>
  readonly #maximum: number
  #first: number
  #next: number

  constructor(database: Database<unknown, Key>, maximum: number) {
    this.#database = database
    this.#maximum = maximum
    this.#first = 1
    this.#next = 1
    for (const key of database.getKeys({ limit: 1 })) this.#first = key as number
    for (const key of database.getKeys({ reverse: true, limit: 1 })) this.#next = (key as number) + 1
  }

  /** Only inside the callback of `store.transaction`. @returns the entry's id */
  append(entry: Entry): number {
    const id = this.#next++
    void this.#database.put(id, entry)
    while (this.#next - this.#first > this.#maximum) void this.#database.remove(this.#first++)
    return id
  }

  /** Newest first. */
  list(maximum: number): (Entry & { id: number })[] {
    const out: (Entry & { id: number })[] = []
    for (const { key, value } of this.#database.getRange({ reverse: true, limit: maximum })) {
      out.push({ ...(value as Entry), id: key as number })
    }
    return out
  }

  size(): number {
    return this.#next - this.#first
  }
}
