import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONDITION_ERRORS } from '#gateway/condition/errors.ts'
import { INTERPRET_ERRORS } from '#gateway/interpret/errors.ts'
import { SAFETY_ERRORS } from '#gateway/safety/errors.ts'
import type { CapAlert, SafetyProfile } from '#gateway/safety/types.ts'
import { NETWORK_ERRORS } from './errors.ts'
import { createHttpClient } from './http.ts'
import { OutboxDelivery } from './outbox-delivery.ts'
import { SafetyTarget } from './safety.ts'
import { MemoryOutbox, response, rest, TestClock } from './test-support.ts'
import type { HttpRequest, HttpResponse } from './types.ts'

const ALERT: CapAlert = {
  messageType: 'Alert',
  identifier: 'waypost-1',
  sentUtcMilliseconds: Date.UTC(2026, 10, 23),
  checkpoint: 'cold-room',
  readPoint: 'https://id.gs1.org/414/9521141123454',
  node: 'cold-room-1',
  sensor: 0,
  profile: 'vaccine.2-8.strict',
  profileTitle: 'Vaccines',
  limitUri: 'https://id.gs1.org/253/9521141000014VAC28STRICT',
  rule: 'high-single',
  side: 'high',
  limitMilliCelsius: 8000,
  start: '2026-11-22T22:00:00Z',
  fired: '2026-11-22T23:00:00Z',
  end: null,
  minutes: 60,
  extremeCelsius: 9.4,
}
const PROFILE: SafetyProfile = {
  sender: 'waypost@demo.example',
  scope: 'Restricted',
  restriction: 'health authorities',
  areaDescription: 'Demo site',
}

describe('delivery to the safety network', () => {
  let clock: TestClock
  let outbox: MemoryOutbox<CapAlert>
  let requests: HttpRequest[]
  let answers: (HttpResponse | 'broken')[]

  function begin(profile: SafetyProfile = PROFILE): OutboxDelivery<CapAlert> {
    const http = async (request: HttpRequest) => {
      requests.push(request)
      const answer = answers.shift() ?? response(200)
      if (answer === 'broken') throw new Error('socket hang up')
      return answer
    }
    const target = new SafetyTarget({ url: 'http://cap.example/cap', profile, outbox, http })
    const delivery = new OutboxDelivery({ outbox, target, clock, random: () => 0.5 })
    delivery.start()
    return delivery
  }

  beforeEach(() => {
    clock = new TestClock()
    outbox = new MemoryOutbox('safety', clock)
    requests = []
    answers = []
    outbox.append(ALERT)
    outbox.append({ ...ALERT, identifier: 'waypost-2' })
  })

  it('sends one document a request, in order, and wants a 2xx for each', async () => {
    const delivery = begin()
    await rest(delivery)
    expect(outbox.size()).toBe(0)
    expect(requests.map((request) => /<identifier>([^<]*)/.exec(request.body ?? '')?.[1])).toEqual([
      'waypost-1',
      'waypost-2',
    ])
    expect(requests[0]?.headers['content-type']).toMatch(/^application\/cap\+xml/)
  })

  it('keeps the alert while nobody answers, with the same identifier; 409 then says it had arrived', async () => {
    answers = ['broken', response(409)]
    const delivery = begin()
    await rest(delivery)
    expect(delivery.status()).toMatchObject({ state: 'waiting', backlog: 2 })
    clock.step()
    await rest(delivery)
    expect(outbox.size()).toBe(0)
    expect(outbox.aside).toHaveLength(0)
  })

  it('sets aside what is refused, and goes on', async () => {
    answers = [response(400, { title: 'invalid alert' })]
    const delivery = begin()
    await rest(delivery)
    expect(outbox.aside).toMatchObject([{ id: 1, code: 'NETWORK_REFUSED' }])
    expect(outbox.size()).toBe(0)
    answers = [response(409)]
    outbox.append(ALERT)
    await rest(delivery)
    expect(outbox.aside).toMatchObject([{ id: 1 }, { id: 3, code: 'NETWORK_CONFLICT' }])
  })
})

describe('the HTTP client', () => {
  let server: Server
  let url = ''
  beforeEach(async () => {
    server = createServer((request, answer) => {
      if (request.url === '/silent') return
      answer.writeHead(202, { Location: '/capture/1' })
      request.on('data', (chunk: Buffer) => answer.write(chunk))
      request.on('end', () => answer.end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('sends and reads', async () => {
    const client = createHttpClient(new TestClock())
    const answer = await client.request({ method: 'POST', url, headers: { 'x-a': 'b' }, body: 'hällo' })
    expect([answer.status, answer.header('Location'), answer.body]).toEqual([202, '/capture/1', 'hällo'])
    await client.close()
  })

  it('gives up at the timeout of its clock, and says so', async () => {
    const clock = new TestClock()
    const client = createHttpClient(clock, 1000)
    const pending = client.request({ method: 'GET', url: `${url}/silent`, headers: {} })
    await new Promise((resolve) => setImmediate(resolve))
    clock.step()
    await expect(pending).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT' })
    await client.close()
  })

  it('names a port where nobody listens', async () => {
    const client = createHttpClient(new TestClock())
    const pending = client.request({ method: 'GET', url: 'http://127.0.0.1:1', headers: {} })
    await expect(pending).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' })
    await client.close()
  })
})

describe('error codes of these folders', () => {
  it('stand in one table only', () => {
    const all = [CONDITION_ERRORS, INTERPRET_ERRORS, SAFETY_ERRORS, NETWORK_ERRORS].flatMap(Object.keys)
    expect(new Set(all).size).toBe(all.length)
  })
})
