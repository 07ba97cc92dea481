import { afterEach, expect, it, vi } from 'vitest'
import { contactRecord } from '#test/support/node-client.ts'
import { TestGateway } from '#test/support/test-gateway.ts'
import { until } from '#test/support/until.ts'

const gate = vi.hoisted(() => ({ wait: undefined as Promise<void> | undefined, asked: 0 }))

// The real lmdb, except that the test decides when a flush is over.
vi.mock('lmdb', async (importOriginal) => {
  const original = await importOriginal<typeof import('lmdb')>()
  const open = (options: Parameters<typeof original.open>[0]) => {
    const root = original.open(options as never)
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(root), 'flushed')
    Object.defineProperty(root, 'flushed', {
      get() {
        gate.asked++
        const flushed = own?.get?.call(root) as Promise<unknown>
        return gate.wait ? gate.wait.then(() => flushed) : flushed
      },
    })
    return root
  }
  return { ...original, open }
})

afterEach(() => {
  gate.wait = undefined
})

it('acknowledges after the flush, not after the commit', async () => {
  const test = new TestGateway({ nodes: ['n1'], lines: ['/line'] })
  await test.start()
  const node = test.client('/line', 'n1')
  node.hello()
  node.askTime()
  await test.settled()
  let release = () => {}
  gate.wait = new Promise((resolve) => {
    release = resolve
  })
  gate.asked = 0
  node.sendRecords([node.bootRecord(), contactRecord(2, node.now())])
  // Committed: another reader of the store would see it.
  await until(() => test.gateway.store.outstanding() > 0 && gate.asked > 0, 'the commit')
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(node.acks).toEqual([])
  // What comes while the flush runs waits for the next commit, all together.
  for (let sequence = 3; sequence < 20; sequence++) node.sendRecords([contactRecord(sequence, node.now())])
  expect(node.acks).toEqual([])
  gate.wait = undefined
  release()
  await test.settled()
  expect(node.through).toBe(19)
  await test.end()
})
