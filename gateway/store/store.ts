import { mkdirSync } from 'node:fs'
import { type Database, open, type RootDatabase } from 'lmdb'
import { CodedError } from '#protocol/coded-error.ts'
import type { Clock } from '../clock.ts'
import { LAYOUT_VERSION, STORE_BYTES_MAXIMUM } from './keys.ts'
import { LmdbOutbox } from './outbox.ts'
import type { Outbox, Store, ValueStore } from './types.ts'

type Key = string | number | (string | number)[]

/** Beyond this, open() would need more named databases than LMDB was told of. */
const DATABASES_MAXIMUM = 16

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** The LMDB store. Layout: keys.ts. Other parts of the gateway use only what types.ts declares. */
export class LmdbStore implements Store {
  readonly records: Database<unknown, Key>
  readonly journals: Database<unknown, Key>
  readonly cursors: Database<unknown, Key>
  readonly boots: Database<unknown, Key>
  readonly interpret: Database<unknown, Key>
  readonly quarantine: Database<unknown, Key>
  readonly findings: Database<unknown, Key>
  readonly #values: Database<unknown, Key>
  readonly #outboxItems: Database<unknown, Key>
  readonly #outboxAside: Database<unknown, Key>
  readonly #root: RootDatabase<unknown, Key>
  readonly #clock: Clock
  readonly #outboxes = new Map<string, LmdbOutbox<unknown>>()
  #underWay = 0
  #closed = false

  private constructor(root: RootDatabase<unknown, Key>, clock: Clock) {
    this.#root = root
    this.#clock = clock
    this.records = root.openDB({ name: 'records' })
    this.journals = root.openDB({ name: 'journals' })
    this.cursors = root.openDB({ name: 'cursors' })
    this.boots = root.openDB({ name: 'boots' })
    this.interpret = root.openDB({ name: 'interpret' })
    this.quarantine = root.openDB({ name: 'quarantine' })
    this.findings = root.openDB({ name: 'findings' })
    this.#values = root.openDB({ name: 'values' })
    this.#outboxItems = root.openDB({ name: 'outbox' })
    this.#outboxAside = root.openDB({ name: 'outbox-aside' })
  }

  /**
   * Opens or makes the store.
   * @param folder is made when it is not there
   * @throws CodedError STORE_OPEN_FAILED
   */
  static async open(folder: string, clock: Clock): Promise<LmdbStore> {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const root = open<unknown, Key>({
        path: folder,
        maxDbs: DATABASES_MAXIMUM,
        // Reserved address space, not disk; a folder that has a file of this layout keeps growing in it.
        mapSize: STORE_BYTES_MAXIMUM,
      })
      const store = new LmdbStore(root, clock)
      const meta = root.openDB<unknown, Key>({ name: 'meta' })
      const layout = meta.get('layout')
      if (layout === undefined) await store.transaction(() => void meta.put('layout', LAYOUT_VERSION))
      else if (layout !== LAYOUT_VERSION) {
        await root.close()
        throw new Error(`layout ${String(layout)}, this version has ${LAYOUT_VERSION}`)
      }
      return store
    } catch (cause) {
      throw new CodedError('STORE_OPEN_FAILED', `the store cannot be opened: ${reasonOf(cause)}`, {
        where: folder,
        action: 'check store.folder and its permissions',
        cause,
      })
    }
  }

  async transaction<Result>(work: () => Result): Promise<Result> {
    if (this.#closed) throw new CodedError('STORE_WRITE_FAILED', 'the store is closed')
    this.#underWay++
    let thrown: { error: unknown } | undefined
    try {
      // childTransaction, so that a throw in `work` aborts this work and not what shares its commit.
      const result = await this.#root.childTransaction(() => {
        try {
          return work()
        } catch (error) {
          thrown = { error }
          throw error
        }
      })
      // `put().flushed` proves nothing with lmdb's overlapping sync: only the database's own promise does.
      await this.#root.flushed
      for (const outbox of this.#outboxes.values()) outbox.notify()
      return result
    } catch (cause) {
      for (const outbox of this.#outboxes.values()) outbox.recount()
      if (thrown) throw thrown.error
      throw new CodedError('STORE_WRITE_FAILED', `the disk refused a write: ${reasonOf(cause)}`, { cause })
    } finally {
      this.#underWay--
    }
  }

  outbox<Body = unknown>(name: string): Outbox<Body> {
    let outbox = this.#outboxes.get(name)
    if (!outbox) {
      outbox = new LmdbOutbox(name, {
        items: this.#outboxItems,
        aside: this.#outboxAside,
        transaction: (work) => this.transaction(work),
        utcMilliseconds: () => this.#clock.utcMilliseconds(),
      })
      this.#outboxes.set(name, outbox)
    }
    return outbox as LmdbOutbox<unknown> as Outbox<Body>
  }

  values(name: string): ValueStore {
    const values = this.#values
    return {
      get: <Value>(key: string) => values.get([name, key]) as Value | undefined,
      put: (key, value) => void values.put([name, key], value),
      remove: (key) => void values.remove([name, key]),
    }
  }

  outstanding(): number {
    return this.#underWay
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#root.flushed
    await this.#root.close()
  }
}
