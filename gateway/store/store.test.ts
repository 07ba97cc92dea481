import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { BoundedRing } from './ring.ts'
import { LmdbStore } from './store.ts'

const folders: string[] = []

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'waypost-store-'))
  folders.push(path)
  return path
}

afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('the store', () => {
  it('keeps an outbox in order over a restart, with notes and items set aside', async () => {
    const path = folder()
    let store = await LmdbStore.open(path, systemClock)
    let outbox = store.outbox<{ n: number }>('distribution')
    let told = 0
    outbox.onAppend(() => told++)
    await store.transaction(() => {
      for (let n = 0; n < 5; n++) outbox.append({ n })
      store.outbox('safety').append({ other: true })
    })
    expect(told).toBe(1)
    await outbox.remove([1, 99])
    await outbox.annotate([2], { job: 'j1' })
    await outbox.setAside(3, 'REFUSED', 'bad')
    await store.close()

    store = await LmdbStore.open(path, systemClock)
    outbox = store.outbox('distribution')
    expect(outbox.peek(10).map((item) => [item.id, item.body.n, item.note])).toEqual([
      [2, 1, { job: 'j1' }],
      [4, 3, undefined],
      [5, 4, undefined],
    ])
    expect([outbox.size(), outbox.setAsideSize(), store.outbox('safety').size()]).toEqual([3, 1, 1])
    await outbox.retrySetAside(3)
    expect(outbox.peek(10).map((item) => item.body.n)).toEqual([1, 3, 4, 2])
    await store.close()
  })

  it('a throw aborts its own work and not what shares its commit', async () => {
    const store = await LmdbStore.open(folder(), systemClock)
    const outbox = store.outbox<number>('x')
    const values = store.values('v')
    const results = await Promise.allSettled([
      store.transaction(() => values.put('a', 1)),
      store.transaction(() => {
        outbox.append(1)
        values.put('b', 1)
        throw new Error('no')
      }),
      store.transaction(() => values.put('c', 1)),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([values.get('a'), values.get('b'), values.get('c')]).toEqual([1, undefined, 1])
    expect([outbox.size(), outbox.peek(9)]).toEqual([0, []])
    await store.close()
  })

  it('keeps integers of 53 bits and bytes exactly', async () => {
    const store = await LmdbStore.open(folder(), systemClock)
    const value = { at: Number.MAX_SAFE_INTEGER, low: 4294967296 + 7, id: new Uint8Array([0, 255, 3]) }
    await store.transaction(() => void store.records.put(['n', 4294967295, 1], value))
    const back = store.records.get(['n', 4294967295, 1]) as typeof value
    expect([back.at, back.low, [...back.id]]).toEqual([value.at, value.low, [0, 255, 3]])
    await store.close()
  })

  it('a ring drops the oldest at its maximum', async () => {
    const store = await LmdbStore.open(folder(), systemClock)
    const ring = new BoundedRing<{ n: number }>(store.findings, 3)
    await store.transaction(() => {
      for (let n = 0; n < 5; n++) ring.append({ n })
    })
    expect(ring.list(9).map((entry) => entry.n)).toEqual([4, 3, 2])
    expect(new BoundedRing<{ n: number }>(store.findings, 3).size()).toBe(3)
    await store.close()
  })

  it('refuses a folder it cannot have, coded', async () => {
    await expect(LmdbStore.open('/dev/null/x', systemClock)).rejects.toMatchObject({
      code: 'STORE_OPEN_FAILED',
    })
  })
})
