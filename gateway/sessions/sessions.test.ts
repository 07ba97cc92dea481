import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Capability, MessageNumber, WhoReason } from '#protocol/numbers.ts'
import { ManualClock } from '#test/support/manual-clock.ts'
import { contactRecord, type NodeClient } from '#test/support/node-client.ts'
import { TestGateway, wireOf } from '#test/support/test-gateway.ts'

describe('sessions over one line', () => {
  let test: TestGateway
  let clock: ManualClock

  beforeEach(async () => {
    clock = new ManualClock()
    test = new TestGateway({ nodes: ['n1', 'n2'], lines: ['/line'], clock })
    await test.start()
  })

  afterEach(() => test.end())

  function client(options: Parameters<TestGateway['client']>[2] = {}): NodeClient {
    return test.client('/line', 'n1', {
      monotonicMilliseconds: () => clock.monotonicMilliseconds() + 500,
      ...options,
    })
  }

  const refusals = () => test.gateway.observer.refusalCounts()

  it('welcomes, stores, flushes and acknowledges', async () => {
    const node = client()
    node.hello()
    expect(node.welcome?.through).toBe(0)
    expect(node.journalId).not.toBe(0)
    node.askTime()
    node.sendRecords([node.bootRecord(), contactRecord(2, 10), contactRecord(4, 30)])
    await test.settled()
    expect(node.acks).toEqual([
      { kind: 'ack', journalId: node.journalId, through: 2, ranges: [{ from: 4, to: 4 }] },
    ])
    node.sendRecords([contactRecord(3, 20)])
    await test.settled()
    expect(node.through).toBe(4)
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual([1, 2, 3, 4])
    const view = test.gateway.observer.nodes()[0]
    expect(view).toMatchObject({
      node: 'n1',
      board: 'TEST',
      recordsAccepted: 4,
      recordsWaiting: 0,
      framesLost: 0,
    })
  })

  it('acknowledges only after db.flushed', async () => {
    const node = client()
    node.hello()
    const order: string[] = []
    const { store } = test.gateway
    const transaction = store.transaction.bind(store)
    store.transaction = async (work) => {
      const result = await transaction(work)
      order.push('flushed')
      return result
    }
    node.options.send = wrap(node.options.send, () => order.push('sent'))
    test.line('/line').onFrame(() => order.push('answered'))
    node.sendRecords([node.bootRecord()])
    expect(order).toEqual(['sent'])
    await test.settled()
    expect(node.through).toBe(1)
    expect(order.indexOf('flushed')).toBeLessThan(order.indexOf('answered'))
  })

  it('sends no ack when the disk refuses, and takes the records when they come again', async () => {
    const node = client()
    node.hello()
    node.askTime()
    await test.settled()
    const { store } = test.gateway
    const transaction = store.transaction.bind(store)
    store.transaction = () => Promise.reject(new Error('disk full'))
    node.sendRecords([node.bootRecord(), contactRecord(2, 10)])
    await test.settled()
    expect(node.acks).toEqual([])
    expect(test.gateway.records('n1')).toEqual([])
    store.transaction = transaction
    node.sendRecords([node.bootRecord(), contactRecord(2, 10)])
    await test.settled()
    expect(node.through).toBe(2)
  })

  it('ends the journal of an earlier boot though the disk refused just then', async () => {
    const earlier = client()
    earlier.hello()
    earlier.askTime()
    earlier.sendRecords([earlier.bootRecord(), contactRecord(3, 10)])
    await test.settled()
    expect(test.gateway.observer.nodes()[0]?.recordsWaiting).toBe(1)
    clock.advance(1000)
    const { store } = test.gateway
    const transaction = store.transaction.bind(store)
    store.transaction = () => Promise.reject(new Error('disk full'))
    const node = client()
    node.hello()
    node.askTime()
    await test.settled()
    store.transaction = transaction
    node.sendRecords([node.bootRecord(), contactRecord(2, 10)])
    await test.settled()
    expect(node.through).toBe(2)
    // Else the gap of the earlier journal would hold up everything that comes in this session.
    expect(test.gateway.observer.nodes()[0]).toMatchObject({ recordsWaiting: 0, recordsMissing: 1 })
  })

  it('stores a record once, over repeats and restarts', async () => {
    const node = client()
    node.hello()
    node.askTime()
    node.sendRecords([node.bootRecord(), contactRecord(2, 10)])
    node.sendRecords([node.bootRecord(), contactRecord(2, 10), contactRecord(3, 20)])
    await test.settled()
    await test.restart()
    node.sendRecords([contactRecord(3, 20)])
    expect(node.whos).toEqual([WhoReason.unknownSession])
    clock.advance(1000)
    const before = node.journalId
    node.hello()
    expect(node.welcome).toMatchObject({ journalId: before, through: 3 })
    node.sendRecords([node.bootRecord(), contactRecord(2, 10), contactRecord(3, 20), contactRecord(4, 30)])
    await test.settled()
    expect(node.through).toBe(4)
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual([1, 2, 3, 4])
    expect(test.gateway.observer.nodes()[0]).toMatchObject({
      recordsAccepted: 1,
      recordsRepeated: 3,
      recordsWaiting: 0,
    })
  })

  it('refuses a replayed counter and a frame of an earlier session', async () => {
    const node = client()
    node.hello()
    node.sendRecords([node.bootRecord()])
    const old = node.sent.at(-1) as Uint8Array
    node.options.send(old)
    expect(refusals().FRAME_REPLAYED).toBe(1)
    clock.advance(1000)
    node.hello()
    node.options.send(old)
    // The old session stands until the first frame of the new one has opened.
    expect(refusals().FRAME_REPLAYED).toBe(2)
    node.askTime()
    node.options.send(old)
    expect(refusals().SESSION_UNKNOWN).toBe(1)
    expect(node.whos).toEqual([WhoReason.unknownSession])
    await test.settled()
    expect(test.gateway.quarantine(9).map((entry) => entry.code)).toContain('FRAME_REPLAYED')
  })

  it('a replayed hello harms nothing', async () => {
    const node = client()
    node.hello()
    const hello = node.sent[0] as Uint8Array
    node.sendRecords([node.bootRecord()])
    for (let i = 0; i < 8; i++) {
      clock.advance(1000)
      node.options.send(hello)
    }
    node.sendRecords([contactRecord(2, 10)])
    await test.settled()
    expect(node.through).toBe(2)
  })

  it('refuses a wrong key, coded, and logs one security event a minute', async () => {
    const node = client({ key: new Uint8Array(16) })
    for (let i = 0; i < 7; i++) {
      node.hello()
      clock.advance(1000)
    }
    expect(node.welcome).toBeUndefined()
    expect(refusals()).toMatchObject({ HELLO_MAC: 7, SECURITY_FAILED_OPENS: 1 })
    const right = client()
    right.hello()
    expect(right.welcome).toBeDefined()
    await test.settled()
  })

  it('counts failed opens per key epoch over a restart, ten a second at most', async () => {
    const node = client()
    node.hello()
    for (let i = 1; i <= 25; i++) {
      const frame = node.seal(new Uint8Array([1, 2, 3]))
      frame[frame.length - 1] = (frame.at(-1) as number) ^ 1
      node.options.send(frame)
    }
    expect(refusals()).toMatchObject({ SEAL_INVALID: 10, FRAME_RATE: 15, SECURITY_FAILED_OPENS: 1 })
    clock.advance(1000)
    node.sendRecords([node.bootRecord()])
    await test.settled()
    expect(node.through).toBe(1)
    await test.restart()
    expect(test.gateway.store.values('failed-opens').get('n1/1')).toBe(10)
  })

  it.each([
    ['an unknown node', { node: 'stranger' }, 'HELLO_UNKNOWN_NODE', WhoReason.unknownNode],
    ['another suite', { suite: 2 }, 'SUITE_UNKNOWN', WhoReason.badSuite],
    ['another key epoch', { keyEpoch: 2 }, 'HELLO_KEY_EPOCH', undefined],
  ])('refuses %s', (_name, options, code, who) => {
    const node = client(options)
    node.hello()
    expect(node.welcome).toBeUndefined()
    expect(refusals()[code]).toBe(1)
    expect(node.whos).toEqual(who === undefined ? [] : [who])
  })

  it('takes one hello a second a node, before any cryptography', () => {
    const node = client()
    node.hello()
    node.hello()
    expect(node.welcomes.length).toBe(1)
    expect(refusals().HELLO_TOO_FAST).toBe(1)
    const other = test.client('/line', 'n2')
    other.hello()
    expect(other.welcome).toBeDefined()
  })

  it.each([
    ['too short', new Uint8Array([0x10, 1]), 'FRAME_TOO_SHORT'],
    [
      'a truncated sealed frame',
      new Uint8Array([0x10, 1, 1, 2, 3, 4, 0, 0, 0, 1, 0, 1, 9, 9, 9]),
      'FRAME_TOO_SHORT',
    ],
    ['another major version', new Uint8Array([0x20, 1, 2, 3]), 'FRAME_VERSION'],
    ['a frame that travels down', new Uint8Array([0x12, 1, 2, 3]), 'FRAME_KIND'],
    [
      'a hello that is no CBOR',
      new Uint8Array([0x11, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]),
      'MESSAGE_MALFORMED',
    ],
  ])('refuses %s and goes on', async (_name, frame, code) => {
    test.line('/line').bytes(wireOf(frame))
    expect(refusals()[code]).toBe(1)
    // A `who` may have gone out, after which the line is given a pause.
    clock.advance(20)
    const node = client()
    node.hello()
    expect(node.welcome).toBeDefined()
    await test.settled()
    expect(test.gateway.quarantine(9)[0]).toMatchObject({ code, link: 'serial:/line' })
  })

  it.each([
    ['an unknown message', [99, 1], 'MESSAGE_UNKNOWN'],
    ['a message for nodes', [MessageNumber.ack, 1, 1, []], 'MESSAGE_UNKNOWN'],
    ['another journal', [MessageNumber.records, 7, [contactRecord(1, 5)]], 'JOURNAL_MISMATCH'],
  ])('refuses %s inside a sealed frame and goes on', async (_name, message, code) => {
    const node = client()
    node.hello()
    node.sendMessage(message)
    expect(refusals()[code]).toBe(1)
    node.sendRecords([node.bootRecord()])
    await test.settled()
    expect(node.through).toBe(1)
    expect(test.gateway.quarantine(9)[0]).toMatchObject({ code, node: 'n1' })
    expect(test.gateway.observer.nodes()[0]?.framesRefused[code]).toBe(1)
  })

  it.each([
    ['a value out of range', [MessageNumber.contact, 2, 0, 5, 0, 0, 2, 0], 'FIELD_OUT_OF_RANGE'],
    ['a missing field', [MessageNumber.contact, 2, 0], 'FIELD_MISSING'],
    ['a later kind', [64, 2, 0], 'RECORD_UNKNOWN'],
  ])('keeps a record with %s aside, takes its neighbours and acknowledges all', async (_name, bad, code) => {
    const node = client()
    node.hello()
    node.sendMessage([MessageNumber.records, node.journalId, [node.bootRecord(), bad, contactRecord(3, 10)]])
    await test.settled()
    // Acknowledged, or the node would send it for ever and never get rid of its neighbours.
    expect(node.through).toBe(3)
    expect(test.gateway.quarantine(9)[0]).toMatchObject({
      code,
      node: 'n1',
      lengthBytes: expect.any(Number),
      sampleHex: expect.stringMatching(/^8/),
    })
    expect(refusals()[code]).toBe(1)
  })

  it('a gap in the counters is counted as loss and never fatal', async () => {
    const node = client()
    node.hello()
    node.sendRecords([node.bootRecord()])
    node.skip(100_000)
    node.sendRecords([contactRecord(2, 10)])
    await test.settled()
    expect(node.through).toBe(2)
    expect(test.gateway.observer.nodes()[0]?.framesLost).toBe(100_000)
  })

  it('ends a session after 24 hours', async () => {
    const node = client()
    node.hello()
    node.sendRecords([node.bootRecord()])
    clock.advance(86_400_000)
    node.sendRecords([contactRecord(2, 10)])
    expect(refusals().SESSION_EXPIRED).toBe(1)
    expect(node.whos).toEqual([WhoReason.unknownSession])
    await test.settled()
  })

  it('refuses a counter beyond 2^20 without ending the session: anyone could have made it', async () => {
    const node = client()
    node.hello()
    node.sendRecords([node.bootRecord()])
    node.options.send(node.seal(new Uint8Array([0]), 2 ** 20 + 1))
    expect(refusals().SESSION_EXPIRED).toBe(1)
    expect(node.whos).toEqual([])
    node.sendRecords([contactRecord(2, 10)])
    await test.settled()
    expect(node.through).toBe(2)
  })

  it('says who once a second on a line, whatever it is said for', () => {
    const node = client()
    node.hello()
    node.sendRecords([node.bootRecord()])
    const stray = node.seal(new Uint8Array([0]))
    stray[2] = (stray[2] as number) ^ 1
    clock.advance(86_400_000)
    node.options.send(stray)
    node.sendRecords([contactRecord(2, 10)])
    clock.advance(100)
    expect(refusals()).toMatchObject({ SESSION_UNKNOWN: 1, SESSION_EXPIRED: 1 })
    expect(node.whos).toEqual([WhoReason.unknownSession])
  })

  it('gives another journal to a boot whose journal did not survive', async () => {
    const first = client()
    first.hello()
    first.askTime()
    first.sendRecords([first.bootRecord(), contactRecord(2, 10), contactRecord(4, 30)])
    await test.settled()
    clock.advance(5000)
    const second = client({ journalId: first.journalId })
    second.hello()
    expect(second.welcome?.through).toBe(0)
    expect(second.journalId).not.toBe(first.journalId)
    second.askTime()
    second.sendRecords([second.bootRecord(), contactRecord(2, 40)])
    await test.settled()
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual([1, 2, 4, 1, 2])
    // Record 3 of the first journal can never come: the later boot has closed the gap.
    expect(test.gateway.observer.nodes()[0]).toMatchObject({ recordsMissing: 1, recordsWaiting: 0 })
    clock.advance(1000)
    const third = client({ journalId: second.journalId, capabilities: Capability.journalFlash })
    third.hello()
    expect(third.welcome).toMatchObject({ journalId: second.journalId, through: 2 })
  })

  it('tells a boot whose id and journal id come again from the boot that had them, by its clock', async () => {
    const bootId = new Uint8Array([0, 0, 0, 1, 7, 7, 7, 7])
    const first = client({ bootId, journalId: 77 })
    first.hello()
    clock.advance(60_000)
    first.askTime()
    first.sendRecords([first.bootRecord(), contactRecord(2, 10), contactRecord(3, 20)])
    await test.settled()
    expect([first.journalId, first.through]).toEqual([77, 3])
    await test.restart()
    clock.advance(60_000)
    const began = clock.monotonicMilliseconds()
    const monotonicMilliseconds = () => clock.monotonicMilliseconds() - began + 500
    const second = client({ bootId, journalId: 77, monotonicMilliseconds })
    second.hello()
    expect(second.welcome?.through).toBe(0)
    expect(second.journalId).not.toBe(77)
    second.askTime()
    second.sendRecords([second.bootRecord(), contactRecord(2, 600)])
    await test.settled()
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual([1, 2, 3, 1, 2])
    // Its own hello again, now with the later clock, is the same boot.
    clock.advance(1000)
    second.hello()
    expect(second.welcome).toMatchObject({ journalId: second.journalId, through: 2 })
    second.askTime()
    const [offset] = test.gateway.observer.nodes().map((view) => view.clockOffsetMilliseconds)
    expect(offset).toBe(clock.utcMilliseconds() - second.now())
  })

  it('answers a repeated hello of one boot with the same journal', () => {
    const node = client()
    node.hello()
    const given = node.journalId
    node.journalId = 0
    clock.advance(1000)
    node.hello()
    expect(node.journalId).toBe(given)
  })

  it('keeps every frame down within 56 wire bytes for a board that loses bursts, and spaces them', async () => {
    const node = client({ capabilities: Capability.uartBurst64 })
    node.hello()
    node.askTime()
    node.sendRecords([
      node.bootRecord(),
      ...Array.from({ length: 30 }, (_, i) => contactRecord(3 + 2 * i, 10)),
    ])
    await test.settled()
    const { writes } = test.line('/line')
    expect(writes.length).toBe(1)
    clock.advance(20)
    expect(writes.length).toBe(2)
    clock.advance(100)
    await test.settled()
    expect(writes.length).toBe(3)
    for (const write of writes) expect(write.length).toBeLessThanOrEqual(56)
    expect(node.acks[0]?.ranges.length).toBeGreaterThan(2)
  })
})

function wrap<Argument>(inner: (argument: Argument) => void, also: () => void): (argument: Argument) => void {
  return (argument) => {
    also()
    inner(argument)
  }
}
