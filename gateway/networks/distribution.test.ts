import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import { DistributionTarget } from './distribution.ts'
import { OutboxDelivery, RETRY_LONGEST_MILLISECONDS } from './outbox-delivery.ts'
import { FakeRepository, MemoryOutbox, response, rest, TestClock, testEvent } from './test-support.ts'

let clock: TestClock
let outbox: MemoryOutbox<EpcisEvent>
let network: FakeRepository

function setUp(): OutboxDelivery<EpcisEvent> {
  const target = new DistributionTarget({
    url: 'http://net.example',
    pollMilliseconds: 500,
    outbox,
    http: network.http,
    clock,
  })
  return new OutboxDelivery({ outbox, target, clock, random: () => 0.5 })
}

/** Runs timers until the outbox is empty, or for so many steps. */
async function run(delivery: OutboxDelivery<EpcisEvent>, steps = 400): Promise<void> {
  await rest(delivery)
  for (let step = 0; step < steps && clock.next() !== undefined; step++) {
    clock.step()
    await rest(delivery)
  }
}

beforeEach(() => {
  clock = new TestClock()
  outbox = new MemoryOutbox('distribution', clock)
  network = new FakeRepository()
})

describe('delivery to the distribution network', () => {
  it('asks for limits, posts a document, polls its job and only then empties the outbox', async () => {
    for (let n = 1; n <= 3; n++) outbox.append(testEvent(n))
    const delivery = setUp()
    delivery.start()
    await rest(delivery)
    expect(outbox.size()).toBe(3)
    expect(delivery.status()).toMatchObject({ state: 'waiting', backlog: 3, delivered: 0 })
    await run(delivery)
    expect(outbox.size()).toBe(0)
    expect([...network.events.keys()]).toHaveLength(3)
    expect(network.requests.map((request) => request.method)).toEqual(['OPTIONS', 'POST', 'GET', 'GET'])
    expect(outbox.log).toEqual(['posting 1,2,3', 'job 1,2,3', 'remove 1,2,3'])
    const post = network.requests[1]
    expect(post?.headers).toMatchObject({
      'content-type': 'application/json',
      'GS1-EPCIS-Version': '2.0.0',
      'GS1-Capture-Error-Behaviour': 'rollback',
    })
    expect(delivery.status()).toMatchObject({ state: 'idle', delivered: 3, lastError: null })
  })

  it('keeps to the limits that OPTIONS names, by count and by octets', async () => {
    network.captureLimit = 4
    for (let n = 1; n <= 10; n++) outbox.append(testEvent(n))
    await start()
    expect(network.posts()).toBe(3)
    outbox = new MemoryOutbox('distribution', clock)
    network = new FakeRepository()
    network.fileSizeLimit = 1500
    for (let n = 1; n <= 10; n++) outbox.append(testEvent(n))
    await start()
    expect(network.events.size).toBe(10)
    for (const request of network.requests) expect((request.body ?? '').length).toBeLessThanOrEqual(1500)
  })

  async function start(): Promise<OutboxDelivery<EpcisEvent>> {
    const delivery = setUp()
    delivery.start()
    await run(delivery)
    return delivery
  }

  it('one poison event never blocks the others', async () => {
    network.poison = new Set([testEvent(7).eventID])
    for (let n = 1; n <= 20; n++) outbox.append(testEvent(n))
    await start()
    expect(outbox.size()).toBe(0)
    expect(outbox.aside.map((item) => item.body.eventID)).toEqual([testEvent(7).eventID])
    expect(outbox.aside[0]).toMatchObject({ code: 'NETWORK_REFUSED' })
    expect(network.events.size).toBe(19)
    expect(network.posts()).toBeLessThan(16)
  })

  it('with any poison: every other event arrives once, in order, and nothing is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        async (bad, limit) => {
          clock = new TestClock()
          outbox = new MemoryOutbox('distribution', clock)
          network = new FakeRepository()
          network.captureLimit = limit
          network.poison = new Set(bad.map((n) => testEvent(n).eventID))
          for (let n = 1; n <= 40; n++) outbox.append(testEvent(n))
          await start()
          expect(outbox.size()).toBe(0)
          expect(outbox.aside).toHaveLength(bad.length)
          const good = Array.from({ length: 40 }, (_, i) => i + 1).filter((n) => !bad.includes(n))
          expect([...network.events.keys()]).toEqual(good.map((n) => testEvent(n).eventID))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('after an answer that was lost, looks each event up and sends only what is not there', async () => {
    for (let n = 1; n <= 5; n++) outbox.append(testEvent(n))
    network.next = [{ method: 'POST', answer: 'lost' }]
    await start()
    expect(network.posts()).toBe(1)
    expect(outbox.size()).toBe(0)
    expect(outbox.aside).toHaveLength(0)
    expect(network.events.size).toBe(5)
  })

  it('after a crash between POST and Location, a new process looks up first', async () => {
    for (let n = 1; n <= 4; n++) outbox.append(testEvent(n))
    network.events.set(testEvent(1).eventID, testEvent(1))
    network.events.set(testEvent(2).eventID, { ...testEvent(2), bizStep: 'shipping' })
    for (const item of outbox.items)
      item.note = { state: 'posting', batch: 1, sinceUtcMilliseconds: clock.now }
    await start()
    expect(outbox.size()).toBe(0)
    expect(outbox.aside).toMatchObject([
      { body: { eventID: testEvent(2).eventID }, code: 'NETWORK_CONFLICT' },
    ])
    const posted = network.requests.filter((request) => request.method === 'POST')
    expect(posted).toHaveLength(1)
    expect(posted[0]?.body).not.toContain(testEvent(1).eventID)
  })

  it('after a restart goes on polling the job that was written down', async () => {
    outbox.append(testEvent(1))
    const first = setUp()
    first.start()
    await rest(first)
    await first.close()
    network.isRelative = false
    await start()
    expect(network.posts()).toBe(1)
    expect(outbox.size()).toBe(0)
  })

  it('a lost job is looked up, not sent again', async () => {
    outbox.append(testEvent(1))
    network.next = [{ method: 'GET', answer: response(404) }]
    await start()
    expect(network.posts()).toBe(1)
    expect(outbox.size()).toBe(0)
  })

  it('409 is a receipt only when the content is the same', async () => {
    outbox.append(testEvent(1))
    outbox.append(testEvent(2))
    network.events.set(testEvent(1).eventID, testEvent(1))
    network.events.set(testEvent(2).eventID, { ...testEvent(2), bizStep: 'shipping' })
    network.next = [1, 2, 3].map(() => ({ method: 'POST', answer: response(409) }))
    await start()
    expect(outbox.size()).toBe(0)
    expect(outbox.aside).toMatchObject([{ id: 2, code: 'NETWORK_CONFLICT' }])
  })

  it('waits longer and longer after 5xx, never longer than the maximum, as Retry-After asks', async () => {
    outbox.append(testEvent(1))
    network.next = Array.from({ length: 12 }, () => ({ method: 'POST', answer: response(503) }))
    network.next.push({ method: 'POST', answer: response(429, '', { 'Retry-After': '77' }) })
    const delivery = setUp()
    delivery.start()
    await rest(delivery)
    const pauses: number[] = []
    while (outbox.size() > 0) {
      pauses.push(clock.next() as number)
      clock.step()
      await rest(delivery)
    }
    expect(pauses.slice(0, 4)).toEqual([750, 1500, 3000, 6000])
    expect(Math.max(...pauses)).toBeLessThanOrEqual(RETRY_LONGEST_MILLISECONDS)
    expect(network.events.size).toBe(1)
  })

  it('never sends a refused document again as it is', async () => {
    for (let n = 1; n <= 4; n++) outbox.append(testEvent(n))
    network.next = Array.from({ length: 20 }, () => ({
      method: 'POST',
      answer: response(400, { title: 'no' }),
    }))
    await start()
    const bodies = network.requests
      .filter((request) => request.method === 'POST')
      .map((request) =>
        JSON.parse(request.body as string)
          .epcisBody.eventList.map((e: EpcisEvent) => e.eventID)
          .join(),
      )
    expect(new Set(bodies).size).toBe(bodies.length)
    expect(outbox.aside).toHaveLength(4)
    expect(outbox.aside[0]?.reason).toContain('no')
  })

  it('pauses on 401 and says so; a probe or resume() goes on', async () => {
    outbox.append(testEvent(1))
    network.next = [{ method: 'POST', answer: response(401) }]
    const delivery = setUp()
    delivery.start()
    await rest(delivery)
    expect(delivery.status()).toMatchObject({
      state: 'paused',
      backlog: 1,
      lastError: { code: 'NETWORK_AUTH' },
    })
    outbox.append(testEvent(2))
    await rest(delivery)
    expect(network.posts()).toBe(1)
    delivery.resume()
    await run(delivery)
    expect(outbox.size()).toBe(0)
  })

  it('stops at an endpoint that is none, without a timer, until resumed', async () => {
    outbox.append(testEvent(1))
    network.next = [{ method: 'POST', answer: response(415) }]
    const delivery = setUp()
    delivery.start()
    await rest(delivery)
    expect(delivery.status()).toMatchObject({ state: 'paused', lastError: { code: 'NETWORK_ENDPOINT' } })
    expect(clock.next()).toBeUndefined()
  })

  it('looks again slowly at an endpoint that a proxy hides for a while', async () => {
    outbox.append(testEvent(1))
    network.next = [{ method: 'POST', answer: response(404) }]
    const delivery = setUp()
    delivery.start()
    await rest(delivery)
    expect(delivery.status()).toMatchObject({ state: 'paused', lastError: { code: 'NETWORK_ENDPOINT' } })
    expect(clock.next()).toBeDefined()
    await run(delivery)
    expect(outbox.size()).toBe(0)
  })

  it('goes on when the network is not there at all', async () => {
    outbox.append(testEvent(1))
    network.next = [
      { method: 'OPTIONS', answer: 'broken' },
      { method: 'POST', answer: 'broken' },
    ]
    await start()
    expect(network.events.size).toBe(1)
  })
})
