import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, it } from 'vitest'
import { openPty, type Pty } from '#hardware-sim/links/pty.ts'
import { Deframer } from '#protocol/frame.ts'
import { crc32Node } from '#protocol/seal-node.ts'
import { contactRecord, NodeClient } from '#test/support/node-client.ts'
import { TestGateway, wireOf } from '#test/support/test-gateway.ts'
import { until } from '#test/support/until.ts'
import { openSerialPort } from './serial-port.ts'

const FRAMES = 3000
const DAMAGED_PART = 0.05
const NOISE_BYTES = 1024 * 1024
const SEEDS = [1, 20261123]

/** mulberry32: small, seeded. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** One of the things that happen to a frame on a line; never leaves it as it was. */
function damage(wire: Uint8Array, next: () => number): Uint8Array {
  // Behind the first byte of the content: a lost delimiter alone damages nothing.
  const at = 2 + Math.floor(next() * (wire.length - 4))
  const out = new Uint8Array(wire)
  switch (Math.floor(next() * 5)) {
    case 0:
      out[at] = (out[at] as number) ^ (1 << Math.floor(next() * 8))
      return out
    case 1:
      return out.subarray(0, at)
    case 2:
      return out.subarray(at)
    case 3:
      return new Uint8Array([...out.subarray(0, at), ...out.subarray(at + 1)])
    default: {
      const burst = Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.floor(next() * 256))
      return new Uint8Array([...out.subarray(0, at), ...burst, ...out.subarray(at)])
    }
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that live after collection: heap and buffers. */
function liveBytes(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

let pty: Pty
let test: TestGateway

async function start(): Promise<NodeClient> {
  pty = openPty()
  test = new TestGateway({
    nodes: ['n1'],
    lines: [pty.path],
    openSerial: async (path, baud, handlers) => {
      const channel = await openSerialPort(path, baud, handlers)
      pty.opened()
      return channel
    },
  })
  const node = new NodeClient({
    node: 'n1',
    key: test.keys.get('n1') as Uint8Array,
    send: (frame) => pty.write(wireOf(frame)),
  })
  const deframer = new Deframer(512, crc32Node)
  pty.onData((bytes) => deframer.push(bytes, (frame) => node.receive(new Uint8Array(frame))))
  await test.start()
  node.hello()
  await until(() => node.welcome !== undefined, 'the welcome')
  node.askTime()
  node.sendRecords([node.bootRecord()])
  await until(() => node.through === 1, 'the first ack')
  return node
}

afterEach(async () => {
  await test.end()
  pty.close()
})

it.each(SEEDS)(
  'one frame in twenty damaged, seed %i: every undamaged one arrives, no damaged one',
  async (seed) => {
    const next = random(seed)
    const node = await start()
    const undamaged = [1]
    let damaged = 0
    for (let sequence = 2; sequence <= FRAMES; sequence++) {
      const whole = next() >= DAMAGED_PART
      node.options.send = (frame) => pty.write(whole ? wireOf(frame) : damage(wireOf(frame), next))
      node.sendRecords([contactRecord(sequence, 1000 + sequence)])
      if (whole) undamaged.push(sequence)
      else damaged++
      // Line by line, as a UART would: the whole series at once would only test the buffers.
      if (sequence % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(damaged).toBeGreaterThan(FRAMES * DAMAGED_PART * 0.7)
    await until(() => test.gateway.records('n1').length >= undamaged.length, 'all undamaged frames', 30_000)
    await test.settled()
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual(undamaged)
    expect(test.gateway.observer.nodes()[0]?.framesLost).toBe(damaged)
    const counters = test.gateway.linkCounters()[0]
    expect((counters?.framesBad ?? 0) + (counters?.framesOversize ?? 0)).toBeGreaterThan(damaged / 2)
    // What the line damaged was found by the CRC, so that nothing had to be opened in vain.
    expect(test.gateway.observer.refusalCounts()).toEqual({})
  },
)

it.each([
  ['random bytes', 0],
  ['bytes without any delimiter', 1],
])('a megabyte of noise (%s) does not grow memory, and the next frame is taken', async (_name, lowest) => {
  const node = await start()
  const next = random(7)
  const noise = async (bytes: number) => {
    const before = test.gateway.linkCounters()[0]?.bytesIn ?? 0
    for (let sent = 0; sent < bytes; sent += 4096) {
      pty.write(Uint8Array.from({ length: 4096 }, () => lowest + Math.floor(next() * (256 - lowest))))
      const seen = () => (test.gateway.linkCounters()[0]?.bytesIn ?? 0) - before
      await until(() => seen() >= sent - 16_384, 'the noise to be read')
    }
    await until(() => (test.gateway.linkCounters()[0]?.bytesIn ?? 0) - before >= bytes, 'all of it')
  }
  // Once before the measurement: buffers and compiled code reach their size.
  await noise(NOISE_BYTES / 4)
  const before = liveBytes()
  await noise(NOISE_BYTES)
  expect(liveBytes() - before).toBeLessThan(256 * 1024)
  node.sendRecords([contactRecord(2, 2000)])
  await until(() => node.through === 2, 'the ack')
  expect(test.gateway.records('n1').length).toBe(2)
})
