import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type CaptureServer,
  type CaptureServerOptions,
  startCaptureServer,
} from '#demo/stand-ins/capture-server.ts'
import { type SafetyReceiver, startSafetyReceiver } from '#demo/stand-ins/safety-receiver.ts'
import { epcisDocument } from '#gateway/epcis/document.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import { PROBE_MILLISECONDS } from '#gateway/networks/outbox-delivery.ts'
import { MessageNumber } from '#protocol/numbers.ts'
import { ManualClock } from '#test/support/manual-clock.ts'
import { type NodeClient, sampleRecord } from '#test/support/node-client.ts'
import { TestGateway } from '#test/support/test-gateway.ts'
import { ensureBuilt, ROOT } from './built.ts'
import { freePort } from './free-port.ts'
import { tagOf } from './streaming-node.ts'

const NODE = 'n1'
const TAGS = 8
/** Real milliseconds for which something may be under way before time is moved all the same: a network that is silent. */
const PATIENCE_MILLISECONDS = 60
const STEP_MILLISECONDS = 250
const STEPS_MAXIMUM = 4000

beforeAll(ensureBuilt)

/** A gateway with both networks, a node on a line, all on a clock that the test moves; HTTP is real. */
class Route {
  readonly clock = new ManualClock()
  readonly folder = mkdtempSync(join(tmpdir(), 'waypost-networks-'))
  readonly tokenFile = join(this.folder, 'token')
  capture!: CaptureServer
  safety!: SafetyReceiver
  test!: TestGateway
  node!: NodeClient
  #capturePort = 0
  #sequence = 1

  async open(): Promise<void> {
    this.#capturePort = await freePort()
    writeFileSync(this.tokenFile, 'right')
    this.safety = await startSafetyReceiver({ clock: this.clock })
    const yaml = `
networks:
  distribution: { url: "http://127.0.0.1:${this.#capturePort}", bearerTokenFile: "${this.tokenFile}" }
  safety:
    url: ${this.safety.url}/cap
    sender: waypost@test.example
    restriction: duty manager
    areaDescription: Test
`
    this.test = new TestGateway({ nodes: [NODE], lines: ['/line'], clock: this.clock, yaml })
    await this.test.start()
    this.node = this.test.client('/line', NODE, {
      monotonicMilliseconds: () => this.clock.monotonicMilliseconds(),
      journalId: 42,
    })
    this.node.hello()
    this.node.askTime()
    await this.#send(this.node.bootRecord())
  }

  /** Until here nobody listened at the distribution network's port. */
  async openCapture(options: CaptureServerOptions = {}): Promise<void> {
    this.capture = await startCaptureServer({ clock: this.clock, port: this.#capturePort, ...options })
  }

  async #send(record: unknown[]): Promise<void> {
    this.#sequence++
    this.node.sendRecords([record])
    // Not `settled`: deliveries may be under way to a network that does not answer.
    const sequence = this.#sequence - 1
    for (let turn = 0; this.node.through < sequence && turn < 2000; turn++) await turnOfTheLoop()
    expect(this.node.through).toBe(sequence)
  }

  /** Tags one after the other, far enough apart for an event each. */
  async tags(from: number, count: number): Promise<void> {
    for (let serial = from; serial < from + count; serial++) {
      const read = [0, tagOf(serial), 1, 3, 0, 5, -55, 0x3000]
      await this.#send([
        MessageNumber.reads,
        this.#sequence,
        0,
        this.clock.monotonicMilliseconds(),
        10,
        0,
        [read],
      ])
      this.clock.advance(30_000)
    }
    await this.#send([MessageNumber.reads, this.#sequence, 0, this.clock.monotonicMilliseconds(), 10, 0, []])
  }

  /** Minutes at a temperature. */
  async minutes(count: number, milliCelsius: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      await this.#send(sampleRecord(this.#sequence, this.clock.monotonicMilliseconds(), milliCelsius))
      this.clock.advance(60_000)
    }
  }

  /** Events that wait, in order. */
  waiting(): EpcisEvent[] {
    return this.test.gateway.store
      .outbox<EpcisEvent>('distribution')
      .peek(1000)
      .map((item) => item.body)
  }

  /** Lets everything go on, in small steps of time, until it holds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const { gateway } = this.test
    for (let step = 0; step < STEPS_MAXIMUM; step++) {
      const since = performance.now()
      while (gateway.outstanding() > 0 && performance.now() - since < PATIENCE_MILLISECONDS)
        await turnOfTheLoop()
      if (holds()) return
      this.clock.advance(STEP_MILLISECONDS)
    }
    throw new Error(`${what} did not come: ${JSON.stringify(await this.uplinks())}`)
  }

  async delivered(): Promise<void> {
    await this.until(
      () => ['distribution', 'safety'].every((name) => this.test.gateway.store.outbox(name).size() === 0),
      'empty outboxes',
    )
  }

  async uplinks(): Promise<{ name: string; lastError?: { code: string } }[]> {
    const answer = await fetch(new URL('/api/uplinks', this.test.gateway.operatorUrl))
    return ((await answer.json()) as { uplinks: { name: string; lastError?: { code: string } }[] }).uplinks
  }

  async lastCode(name: string): Promise<string | undefined> {
    return (await this.uplinks()).find((uplink) => uplink.name === name)?.lastError?.code
  }

  /** `waypost outbox list` and `waypost quarantine list`, as an operator calls them while the gateway runs. */
  async command(...words: string[]): Promise<Record<string, unknown>[]> {
    const config = join(this.folder, 'gateway.yaml')
    mkdirSync(this.folder, { recursive: true })
    writeFileSync(
      config,
      `site: { id: test, name: Test }
store: { folder: "${join(this.test.folder, 'store')}" }
keys: { file: "${join(this.test.folder, 'keys.json')}" }
links: { serial: [{ path: /line }] }
checkpoints:
  - { id: x, readPoint: "https://id.gs1.org/414/9521141000014", bizStep: receiving, nodes: [{ node: ${NODE} }] }
`,
    )
    const arguments_ = [join(ROOT, 'bin/waypost.js'), ...words, '--config', config, '--json']
    const output = await new Promise<string>((resolve, reject) =>
      execFile(process.execPath, arguments_, (error, out) => (error ? reject(error) : resolve(out))),
    )
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  epcs(): string[] {
    return this.capture.events().flatMap(({ event }) => (event.epcList ?? []) as string[])
  }

  async end(): Promise<void> {
    // What is silent on purpose must not hold up the end.
    await this.capture?.close()
    await this.safety.close()
    await this.test.end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
const epcOf = (serial: number): string => `urn:epc:id:sgtin:9521141.012345.${serial}`
const epcsFrom = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_none, index) => epcOf(from + index))

/** Puts an event at the network by another way. */
async function give(capture: CaptureServer, event: EpcisEvent, utcMilliseconds: number): Promise<void> {
  const answer = await fetch(`${capture.url}/capture`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer right' },
    body: JSON.stringify(epcisDocument([event], utcMilliseconds)),
  })
  expect(answer.status).toBe(202)
}

describe('from the node to networks that do not do as they should', () => {
  let route: Route
  afterEach(() => route.end())

  async function withEvents(): Promise<EpcisEvent[]> {
    route = new Route()
    await route.open()
    await route.tags(1, TAGS)
    await route.until(() => route.waiting().length === TAGS, 'an event for each tag')
    return route.waiting()
  }

  it('400: the one event that is refused is set aside, the others arrive in order', async () => {
    route = new Route()
    await route.open()
    await route.tags(1, TAGS)
    await route.until(() => route.waiting().length === TAGS, 'an event for each tag')
    // The stand-in judges by its own clock: what lies in its future is no valid event.
    const poison = route.waiting()[3] as EpcisEvent
    const outbox = route.test.gateway.store.outbox<EpcisEvent>('distribution')
    await poisonInPlace(route, poison.eventID)
    await route.openCapture({ bearerToken: 'right' })
    await route.delivered()
    expect(route.epcs()).toEqual(epcsFrom(1, TAGS).filter((epc) => epc !== epcOf(4)))
    expect(outbox.setAsideSize()).toBe(1)
    const listed = await route.command('outbox', 'list')
    expect(listed).toEqual([
      expect.objectContaining({
        outbox: 'distribution',
        state: 'setAside',
        code: 'NETWORK_REFUSED',
        reason: expect.stringContaining('is in the future'),
      }),
    ])
    await route.tags(101, 2)
    await route.delivered()
    expect(route.epcs().slice(-2)).toEqual(epcsFrom(101, 2))
  })

  it('409: what is held already with the same content is delivered, with another it is set aside', async () => {
    const events = await withEvents()
    await route.openCapture({ bearerToken: 'right' })
    const now = route.clock.utcMilliseconds()
    await give(route.capture, events[1] as EpcisEvent, now)
    const other = { ...(events[5] as EpcisEvent), disposition: 'damaged' }
    await give(route.capture, other, now)
    await route.delivered()
    const ids = route.capture.events().map(({ eventID }) => eventID)
    expect([...ids].sort()).toEqual(events.map((event) => event.eventID).sort())
    expect(await route.command('outbox', 'list')).toEqual([
      expect.objectContaining({ outbox: 'distribution', state: 'setAside', code: 'NETWORK_CONFLICT' }),
    ])
  })

  it('413: the batch is split until it passes, nothing is set aside', async () => {
    await withEvents()
    await route.openCapture({ bearerToken: 'right' })
    route.capture.misbehave({ kind: 'status', status: 413 }, 2)
    await route.delivered()
    expect(route.epcs()).toEqual(epcsFrom(1, TAGS))
    expect(route.capture.jobs().length).toBeGreaterThan(1)
    expect(await route.command('outbox', 'list')).toEqual([])
    expect(await route.lastCode('distribution')).toBe('NETWORK_REFUSED')
  })

  it('500, nothing, a broken line and nonsense: tried again, in order, nothing lost, nothing twice', async () => {
    await withEvents()
    expect(await route.lastCode('distribution')).toBe('NETWORK_UNREACHABLE')
    expect((await route.command('outbox', 'list')).map((item) => item.state)).toEqual(
      Array.from({ length: TAGS }, () => 'waiting'),
    )
    await route.openCapture({ bearerToken: 'right' })
    const { capture } = route
    capture.misbehave({ kind: 'status', status: 500 }, 2)
    await route.until(
      () => route.test.gateway.outstanding() === 0 && capture.jobs().length > 0,
      'a job after two 500',
    )
    await route.delivered()
    const codes: (string | undefined)[] = []
    for (const [first, what] of [
      [201, { kind: 'nothing' }],
      [301, { kind: 'reset' }],
      [401, { kind: 'garbage' }],
      [501, { kind: 'loseAnswer' }],
      [601, { kind: 'status', status: 503 }],
    ] as const) {
      capture.misbehave(what)
      await route.tags(first, 2)
      await route.delivered()
      codes.push(await route.lastCode('distribution'))
    }
    expect(codes).toEqual([
      'NETWORK_TIMEOUT',
      'NETWORK_UNREACHABLE',
      'NETWORK_ANSWER',
      'NETWORK_UNREACHABLE',
      'NETWORK_BUSY',
    ])
    const expected = [
      ...epcsFrom(1, TAGS),
      ...[201, 301, 401, 501, 601].flatMap((first) => epcsFrom(first, 2)),
    ]
    expect(route.epcs()).toEqual(expected)
    expect(await route.command('outbox', 'list')).toEqual([])
  })

  it('401: delivery pauses, says so, and goes on with the next probe once the token is right', async () => {
    await withEvents()
    writeFileSync(route.tokenFile, 'old')
    await route.openCapture({ bearerToken: 'right' })
    await route.until(() => route.capture.refused().length > 0, 'a 401')
    await route.until(() => true, 'a settled gateway')
    expect(await route.lastCode('distribution')).toBe('NETWORK_AUTH')
    expect(route.capture.events()).toEqual([])
    expect(await route.command('outbox', 'list')).toHaveLength(TAGS)
    const asked = route.capture.refused().length
    route.clock.advance(PROBE_MILLISECONDS - 20_000)
    await route.until(() => true, 'a settled gateway')
    expect(route.capture.refused().length, 'it does not knock while it is paused').toBe(asked)
    writeFileSync(route.tokenFile, 'right')
    await route.delivered()
    expect(route.epcs()).toEqual(epcsFrom(1, TAGS))
  })

  it('the safety network refuses: that alert is set aside, the other network does not notice', async () => {
    route = new Route()
    await route.open()
    await route.openCapture({ bearerToken: 'right' })
    route.safety.misbehave({ kind: 'status', status: 500 })
    route.safety.misbehave({ kind: 'status', status: 400 })
    await route.minutes(62, 12_000)
    await route.delivered()
    expect(await route.lastCode('safety')).toBe('NETWORK_REFUSED')
    expect(route.safety.alerts()).toEqual([])
    expect(await route.command('outbox', 'list')).toEqual([
      expect.objectContaining({ outbox: 'safety', state: 'setAside', code: 'NETWORK_REFUSED' }),
    ])
    const alarmed = route.capture
      .events()
      .filter(({ event }) => JSON.stringify(event).includes('ALARM_CONDITION'))
    expect(alarmed.length).toBeGreaterThan(0)
    await route.minutes(2, 5000)
    await route.delivered()
    expect(route.safety.alerts().map(({ alert }) => alert.msgType)).toEqual(['Update'])
    expect(route.safety.refused()).toEqual([])
  })

  it('what a node sends wrongly is listed by `quarantine list`, and the route goes on', async () => {
    route = new Route()
    await route.open()
    await route.openCapture({ bearerToken: 'right' })
    const { node, test } = route
    const replayed = node.sent.at(-1) as Uint8Array
    node.send(replayed)
    node.sendMessage([MessageNumber.records, node.journalId, [[99, 1000, 0, 1]]])
    test.line('/line').bytes(new Uint8Array([0, 1, 2, 3, 0]))
    await route.tags(1, 2)
    await route.delivered()
    const codes = (await route.command('quarantine', 'list')).map((entry) => entry.code)
    expect(codes).toContain('FRAME_REPLAYED')
    expect(codes).toContain('RECORD_UNKNOWN')
    expect(route.epcs()).toEqual(epcsFrom(1, 2))
  })
})

/** Moves one waiting event into the far future, as a fault of ours would. */
async function poisonInPlace(route: Route, eventID: string): Promise<void> {
  const store = route.test.gateway.store
  const outbox = store.outbox<EpcisEvent>('distribution')
  const items = outbox.peek(1000)
  await outbox.remove(items.map((item) => item.id))
  await store.transaction(() => {
    for (const { body } of items) {
      const far = { ...body, eventTime: '2199-01-01T00:00:00.000+00:00', eventTimeZoneOffset: '+00:00' }
      outbox.append(body.eventID === eventID ? far : body)
    }
  })
}
