import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { type CaptureServer, startCaptureServer } from '#demo/stand-ins/capture-server.ts'
import { epcCounts, epcKeyOfHex } from '#hardware-sim/arrivals.ts'
import { randomStream } from '#hardware-sim/kernel/random.ts'
import { until } from '#test/support/until.ts'
import { ensureBuilt } from './built.ts'
import { readStore, repeated, reportWindows } from './far-end.ts'
import { freePort } from './free-port.ts'
import { GatewayProcess } from './gateway-process.ts'
import { StreamingNode, tagOf } from './streaming-node.ts'

const NODE = 'stream-1'
const RANDOM_KILLS = 4
const DRAIN_MILLISECONDS = 30_000
const seed = Number(process.env.WAYPOST_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
beforeAll(ensureBuilt)

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

function configuration(mqttPort: number, captureUrl: string): string {
  return `
site: { id: test, name: Test, timeZoneOffset: "+09:00" }
store: { folder: store }
keys: { file: keys.json }
links: { mqtt: { port: ${mqttPort} } }
checkpoints:
  - id: stream
    readPoint: https://id.gs1.org/414/9521141000014/254/STREAM
    bizStep: receiving
    nodes: [{ node: ${NODE}, sensors: [{ sensor: 0 }] }]
    dwell: { lostAfterMilliseconds: 150, groupMilliseconds: 50, reportEveryMilliseconds: 1 }
networks: { distribution: { url: "${captureUrl}", pollMilliseconds: 40 } }
operator: { port: 0 }
`
}

it('kill -9 at any moment of delivery: what was acknowledged is stored and arrives exactly once', async () => {
  console.log(`kill-streaming: WAYPOST_TEST_SEED=${seed}`)
  const random = randomStream(String(seed), 'kills')
  const folder = mkdtempSync(join(tmpdir(), 'waypost-stream-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  let stored = (): void => undefined
  let slowBegan = (): void => undefined
  const capture: CaptureServer = await startCaptureServer({
    file: join(folder, 'distribution.jsonl'),
    eventsMaximum: 20,
    onEvent: () => stored(),
    wait: (milliseconds) => {
      slowBegan()
      return pause(milliseconds)
    },
  })
  closers.push(() => capture.close())
  const key = random.bytes(16)
  const keyFile = { [NODE]: { key: Buffer.from(key).toString('hex') } }
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keyFile), { mode: 0o600 })
  const port = await freePort()
  const configFile = join(folder, 'gateway.yaml')
  writeFileSync(configFile, configuration(port, capture.url))
  const gateway = new GatewayProcess(configFile)
  closers.push(() => gateway.stop())
  await gateway.start()
  const node = new StreamingNode(port, NODE, key, random)
  closers.push(() => node.end())

  /** Lets the node get some records acknowledged since the last start, so that a kill has something to lose. */
  const going = async (): Promise<void> => {
    const before = node.acknowledged.size
    await until(() => node.acknowledged.size >= before + 10, 'records to be acknowledged')
  }
  const killAndRestart = async (): Promise<void> => {
    await gateway.kill()
    await gateway.start()
  }
  /** Kills in the turn in which the network has stored the events and not yet answered: no Location is known. */
  const killAtStored = async (): Promise<void> => {
    let killed: Promise<void> | undefined
    stored = () => {
      stored = () => undefined
      killed = gateway.kill()
    }
    await until(() => killed !== undefined, 'the network to store something')
    await killed
    await gateway.start()
  }

  for (let kill = 0; kill < RANDOM_KILLS; kill++) {
    await going()
    await pause(random.integer(0, 700))
    await killAndRestart()
  }
  await going()
  await killAtStored()
  await going()
  capture.misbehave({ kind: 'loseAnswer' }, 2)
  await killAtStored()
  // A network that works on after its client has died: once sooner, once later than the next try.
  for (const milliseconds of [300, 2500]) {
    await going()
    let isParked = false
    slowBegan = () => {
      isParked = true
    }
    capture.misbehave({ kind: 'slow', milliseconds })
    await until(() => isParked, 'a POST')
    await killAndRestart()
  }
  expect(gateway.kills).toBe(RANDOM_KILLS + 4)

  await going()
  node.rest()
  await pause(400)
  node.addEmptyReads()
  await until(() => node.waiting === 0, 'all records to be acknowledged', DRAIN_MILLISECONDS)
  await pause(400)
  node.addEmptyReads()
  await until(() => node.waiting === 0, 'the last record to be acknowledged', DRAIN_MILLISECONDS)
  let isEmpty = false
  const end = performance.now() + DRAIN_MILLISECONDS
  while (!isEmpty && performance.now() < end) {
    await pause(100)
    isEmpty = (await gateway.uplinks())?.every(({ backlog }) => backlog === 0) ?? false
  }
  expect(isEmpty, 'the outbox is empty').toBe(true)
  node.end()
  expect(await gateway.stop()).toBe(0)

  const store = await readStore(folder)
  expect(store.outboxes.distribution).toEqual({ waiting: 0, setAside: 0 })
  const journal = store.journals.find((one) => one.journalId === node.node.journalId)
  if (!journal) throw new Error('the journal is not in the store')
  expect([...node.acknowledged].filter((sequence) => !journal.records.has(sequence))).toEqual([])
  expect(journal.row.sequences).toEqual({ through: node.made, ranges: [] })
  expect(journal.cursor?.fed).toBe(node.made)

  const events = capture.events().map((one) => one.event)
  // 404 is the answer to a look whether an event is there.
  expect(capture.refused().filter(({ status }) => status !== 404)).toEqual([])
  expect(repeated(events.map((event) => event.eventID))).toEqual([])
  const tags = [...node.reads.values()].map((serial) =>
    epcKeyOfHex(Buffer.from(tagOf(serial)).toString('hex')),
  )
  expect(tags.length).toBeGreaterThan(100)
  const counts = epcCounts(events)
  expect([...counts.keys()].sort()).toEqual(tags.sort())
  expect([...counts].filter(([, count]) => count !== 1)).toEqual([])

  // Each sample is a report window of its own, but for the last, which is still open.
  const values = reportWindows(events, NODE).flatMap((event) => {
    const [element] = event.sensorElementList as { sensorReport: { minValue: number; maxValue: number }[] }[]
    const report = element?.sensorReport[0]
    expect(report?.minValue).toBe(report?.maxValue)
    return [Math.round((report?.minValue ?? Number.NaN) * 1000)]
  })
  const made = [...node.samples.values()].sort((a, b) => a - b)
  expect(values.sort((a, b) => a - b)).toEqual(made.slice(0, values.length))
  expect(made.length - values.length).toBeLessThanOrEqual(1)
}, 120_000)
