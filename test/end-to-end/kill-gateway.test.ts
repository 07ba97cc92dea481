import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { type CaptureServer, startCaptureServer } from '#demo/stand-ins/capture-server.ts'
import { type SafetyReceiver, startSafetyReceiver } from '#demo/stand-ins/safety-receiver.ts'
import { type ArrivedAlarm, alarmsOf, epcCounts, epcKeyOfHex } from '#hardware-sim/arrivals.ts'
import { randomStream } from '#hardware-sim/kernel/random.ts'
import type { Scenario } from '#hardware-sim/scenarios/types.ts'
import { createSimulation, type Simulation } from '#hardware-sim/simulation.ts'
import { ensureBuilt } from './built.ts'
import { MqttRelay, SerialCable } from './cables.ts'
import {
  bundlesFor,
  DEMO_SECONDS,
  demoInSeconds,
  gatewayFile,
  keysFor,
  type NodeKey,
  nodeConfiguration,
  PROFILES_YAML,
} from './demo-in-seconds.ts'
import {
  type ArrivedEvent,
  readStore,
  repeated,
  reportWindows,
  type StoreContent,
  sourceOf,
} from './far-end.ts'
import { freePort } from './free-port.ts'
import { GatewayProcess } from './gateway-process.ts'
import { undisturbedAlarms } from './undisturbed.ts'
import { WireTap } from './wire-tap.ts'

/** Seconds at the sites a real second; the gateway process's clock runs as fast. */
const SPEED = 6
/** One kill in each of these spans of seconds at the sites: start-up, tags in the field, dwells, alarm. */
const KILL_SPANS = [
  [8, 30],
  [44, 60],
  [64, 84],
  [92, 112],
  [125, 158],
] as const
/** Seconds at the sites that delivery may take after the end. */
const DRAIN_SECONDS = 150
/** Real time for what was on the way when the nodes were switched off. */
const SETTLE_MILLISECONDS = 10_000
const SETTLED_LOOKS = 5
/** The cold room and the dock door may be placed in UTC this much differently by a restarted gateway, or on a busy machine. */
const PLACING_SECONDS = 12

const seed = Number(process.env.WAYPOST_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
beforeAll(ensureBuilt)

interface Route {
  folder: string
  simulation: Simulation
  gateway: GatewayProcess
  capture: CaptureServer
  safety: SafetyReceiver
  taps: Map<string, WireTap>
  startGateway(): Promise<void>
}

/** The demo over real links: a pty and TCP into a gateway process, HTTP out of it into stand-ins of this process. */
async function openRoute(scenario: Scenario, bundles: ReadonlyMap<string, string>): Promise<Route> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-kill-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const utcStart = Date.parse(scenario.startUtc)
  const realStart = Date.now()
  const clock = { utcMilliseconds: () => utcStart + (Date.now() - realStart) * SPEED }
  const capture = await startCaptureServer({ clock, file: join(folder, 'distribution.jsonl') })
  closers.push(() => capture.close())
  const safety = await startSafetyReceiver({ clock, file: join(folder, 'safety.jsonl') })
  closers.push(() => safety.close())
  // The simulation's own line ends in the process; from there a cable carries it to a real pty.
  for (const { link } of scenario.nodes) if (link.kind === 'serial') link.transport = 'in-process'
  const simulation = await createSimulation({
    scenario,
    bundles,
    seed,
    portFolder: join(folder, 'inner'),
  })
  closers.push(() => simulation.close())
  const keys = keysFor(scenario)
  const taps = new Map(
    [...keys].map(([node, { key }]) => [node, new WireTap(new Uint8Array(Buffer.from(key, 'hex')))]),
  )
  const mqttPort = await freePort()
  const cables: SerialCable[] = []
  const nodePorts = new Map<string, number>()
  for (const [node, site] of simulation.sites) {
    const tap = taps.get(node) as WireTap
    if (site.serial) {
      const cable = new SerialCable(site.serial, join(folder, 'ports', node), tap)
      await cable.open()
      closers.push(() => cable.close())
      cables.push(cable)
    } else {
      const relay = new MqttRelay(mqttPort, tap)
      await relay.open()
      closers.push(() => relay.close())
      nodePorts.set(node, relay.port)
    }
  }
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(Object.fromEntries(keys)), { mode: 0o600 })
  writeFileSync(join(folder, 'profiles.yaml'), PROFILES_YAML)
  const configFile = join(folder, 'gateway.yaml')
  const serialPaths = cables.map((cable) => cable.path)
  const captureUrl = capture.url
  const safetyUrl = safety.url
  writeFileSync(configFile, gatewayFile({ scenario, folder, serialPaths, mqttPort, captureUrl, safetyUrl }))
  const gateway = new GatewayProcess(configFile, { speed: SPEED, realStart, utcStart })
  closers.push(() => gateway.stop())
  const startGateway = async (): Promise<void> => {
    for (const cable of cables) cable.plug()
    await gateway.start()
    for (const cable of cables) cable.gatewayIsOpen()
  }
  const keyOf = (node: string): NodeKey | undefined => keys.get(node)
  simulation.start((node) => nodeConfiguration(node, keyOf(node.id), nodePorts.get(node.id) ?? 0))
  return { folder, simulation, gateway, capture, safety, taps, startGateway }
}

/**
 * Runs the demo to its end with kills at `moments` (seconds at the sites), and on until nothing waits anywhere.
 * @returns whether there was a moment at which every record sent was acknowledged and every network had all
 */
async function runThrough(route: Route, moments: readonly number[]): Promise<boolean> {
  const { simulation, gateway, taps } = route
  await route.startGateway()
  let restarting: Promise<void> = Promise.resolve()
  for (const moment of moments) {
    simulation.clock.schedule(Math.round(moment * 1_000_000), () => {
      restarting = restarting.then(() => gateway.kill()).then(route.startGateway)
    })
  }
  await simulation.run({ untilMicroseconds: simulation.endMicroseconds, speed: SPEED })
  await restarting
  const uplinksAreEmpty = async (): Promise<boolean> =>
    (await gateway.uplinks())?.every((uplink) => uplink.backlog === 0) === true
  let quiet = false
  let asking = false
  const look = async (): Promise<void> => {
    asking = true
    const nodesAreEmpty = [...taps.values()].every((tap) => tap.waiting === 0)
    quiet = nodesAreEmpty && (await uplinksAreEmpty())
    asking = false
  }
  await simulation.run({
    untilMicroseconds: simulation.endMicroseconds + DRAIN_SECONDS * 1_000_000,
    speed: SPEED,
    done: () => {
      if (!quiet && !asking) void look()
      return quiet
    },
  })
  // A record that left in this very moment still goes through; its acknowledgement may find nobody.
  for (const { node } of simulation.sites.values()) node?.powerOff()
  const end = performance.now() + SETTLE_MILLISECONDS
  let empty = 0
  while (empty < SETTLED_LOOKS && performance.now() < end) {
    empty = (await uplinksAreEmpty()) ? empty + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return quiet
}

/** Every record that a node got acknowledged is in the store, and no journal has a hole. */
function expectNothingLost(route: Route, store: StoreContent): void {
  for (const [node, tap] of route.taps) {
    expect(tap.journals.size, `${node}: journals on the wire`).toBe(1)
    for (const [journalId, { sent, acknowledged }] of tap.journals) {
      const journal = store.journals.find((one) => one.node === node && one.journalId === journalId)
      if (!journal) throw new Error(`${node}: journal ${journalId} is not in the store`)
      const highest = Math.max(...acknowledged)
      expect(highest, `${node}: enough to be a test`).toBeGreaterThan(40)
      const missing: number[] = []
      for (let sequence = 1; sequence <= highest; sequence++) {
        const stored = journal.records.get(sequence)
        if (!stored) missing.push(sequence)
        else expect(stored.kind, `${node}: record ${sequence}`).toBe(sent.get(sequence)?.kind)
      }
      expect(missing, `${node}: acknowledged and not in the store`).toEqual([])
      const { through, ranges } = journal.row.sequences
      expect(ranges, `${node}: holes`).toEqual([])
      expect(through).toBeGreaterThanOrEqual(highest)
      expect(through, `${node}: stored and never sent`).toBeLessThanOrEqual(Math.max(...sent.keys()))
      expect(journal.cursor?.fed, `${node}: interpreted`).toBe(through)
      const kinds = [...journal.records.values()].map((record) => record.kind)
      expect(kinds).not.toContain('tombstone')
    }
  }
}

/** What the far end has of a node's samples: report windows that follow each other without hole or overlap. */
function expectWindowsTile(events: readonly ArrivedEvent[], store: StoreContent, node: string): void {
  const journal = store.journals.find((one) => one.node === node)
  const samples = [...(journal?.records ?? [])]
    .filter(([, record]) => record.kind === 'samples')
    .map(([sequence]) => sequence)
  const windows = reportWindows(events, node).sort(
    (a, b) => sourceOf(a).sequences[0] - sourceOf(b).sequences[0],
  )
  expect(windows.length, `${node}: report windows`).toBeGreaterThan(5)
  let next = samples[0]
  let endedAt = Number.NEGATIVE_INFINITY
  for (const window of windows) {
    const [from, to] = sourceOf(window).sequences
    // The sample that begins the next window is in the record that ends this one.
    expect(from, `${node}: a window begins where the one before ended`).toBe(next)
    next = to
    const [element] = window.sensorElementList as { sensorMetadata: { startTime: string; endTime: string } }[]
    expect(Date.parse(element!.sensorMetadata.startTime)).toBeGreaterThan(endedAt)
    endedAt = Date.parse(element!.sensorMetadata.endTime)
  }
  const open = store.states.get(node)?.window
  expect(open?.firstSequence, `${node}: the window that is still open`).toBe(next)
}

/** Every reads record with tags is behind an event with EPCs. */
function expectReadsCovered(events: readonly ArrivedEvent[], store: StoreContent, node: string): void {
  const withEpcs = events.filter((event) => event.epcList !== undefined).map(sourceOf)
  const journal = store.journals.find((one) => one.node === node)
  const uncovered = [...(journal?.records ?? [])].flatMap(([sequence, record]) =>
    record.kind === 'reads' &&
    record.reads.length > 0 &&
    !withEpcs.some(({ sequences: [from, to] }) => from <= sequence && sequence <= to)
      ? [sequence]
      : [],
  )
  expect(uncovered, `${node}: reads behind no event`).toEqual([])
}

const secondsBetween = (a: string, b: string): number => Math.abs(Date.parse(a) - Date.parse(b)) / 1000

/** The same alarms; their place in UTC is as good as the gateway's knowledge of the node's clock. */
function expectSameAlarms(found: readonly ArrivedAlarm[], expected: readonly ArrivedAlarm[]): void {
  const facts = ({ rule, end, extremeCelsius, deviceId, readPoint }: ArrivedAlarm) => ({
    rule,
    ended: end !== null,
    extremeCelsius,
    deviceId,
    readPoint,
  })
  expect(found.map(facts)).toEqual(expected.map(facts))
  for (const [index, alarm] of found.entries()) {
    const other = expected[index] as ArrivedAlarm
    expect(secondsBetween(alarm.start, other.start), 'start').toBeLessThanOrEqual(PLACING_SECONDS)
    expect(secondsBetween(alarm.fired, other.fired), 'fired').toBeLessThanOrEqual(PLACING_SECONDS)
    if (alarm.end !== null && other.end !== null)
      expect(secondsBetween(alarm.end, other.end), 'end').toBeLessThanOrEqual(PLACING_SECONDS)
    expect(Math.abs(alarm.minutes - other.minutes) * 60, 'minutes').toBeLessThanOrEqual(PLACING_SECONDS)
  }
}

it('kill -9 in the middle of the demo: the far end has every acknowledged record exactly once', async () => {
  const random = randomStream(String(seed), 'kills')
  const moments = KILL_SPANS.map(([from, to]) => random.integer(from * 10, to * 10) / 10)
  console.log(`kill-gateway: WAYPOST_TEST_SEED=${seed}, killed at ${moments.join(', ')} s of ${DEMO_SECONDS}`)
  const scenario = demoInSeconds()
  const bundles = await bundlesFor(scenario)
  const expected = await undisturbedAlarms(demoInSeconds(), bundles, seed)
  expect(expected.map((alarm) => alarm.rule)).toEqual(['high-cumulative', 'high-single'])

  const route = await openRoute(scenario, bundles)
  expect(await runThrough(route, moments), 'everything acknowledged and delivered in time').toBe(true)
  expect(route.gateway.kills).toBe(moments.length)
  expect(await route.gateway.stop()).toBe(0)
  expect(route.simulation.crashes).toEqual([])

  const store = await readStore(route.folder)
  expect(store.outboxes).toEqual({
    distribution: { waiting: 0, setAside: 0 },
    safety: { waiting: 0, setAside: 0 },
  })
  expectNothingLost(route, store)

  const events = route.capture.events().map((stored) => stored.event)
  // 404 is the answer to a look whether an event is there.
  expect(route.capture.refused().filter(({ status }) => status !== 404)).toEqual([])
  expect(repeated(events.map((event) => event.eventID))).toEqual([])
  for (const node of ['cold-room-1', 'dock-door-1']) {
    expectWindowsTile(events, store, node)
    expectReadsCovered(events, store, node)
  }
  const counts = epcCounts(events)
  const tags = route.simulation.tags.map((tag) => epcKeyOfHex(tag.epc)).sort()
  expect(tags).toHaveLength(40)
  expect([...counts.keys()].sort()).toEqual(tags)
  expect(new Set(counts.values())).toEqual(new Set([1]))

  expectSameAlarms(alarmsOf(events), expected)
  const alarmEvents = events.filter((event) => JSON.stringify(event).includes('waypost:alarm'))
  // Each is told when it fires; the single one again when it ends.
  expect(alarmEvents).toHaveLength(3)
  const { safety } = route
  expect(safety.refused()).toEqual([])
  expect(
    safety
      .alerts()
      .map(({ alert }) => alert.msgType)
      .sort(),
  ).toEqual(['Alert', 'Alert', 'Update'])
}, 120_000)
