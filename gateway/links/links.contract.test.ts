import { type Duplex, duplexPair } from 'node:stream'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPty, type Pty } from '#hardware-sim/links/pty.ts'
import { Deframer } from '#protocol/frame.ts'
import { mqttPassword } from '#protocol/keys.ts'
import { crc32Node, sha256Node } from '#protocol/seal-node.ts'
import { contactRecord, NodeClient } from '#test/support/node-client.ts'
import { TestGateway, wireOf } from '#test/support/test-gateway.ts'
import { until } from '#test/support/until.ts'
import { joinBatch, splitBatch } from './mqtt-batch.ts'
import { openSerialPort } from './serial-port.ts'

/** A way from one node to a running gateway, as the contract sees it. */
interface Way {
  test: TestGateway
  node: NodeClient
  /** Breaks the way and restores it; resolves when the gateway has it again. */
  breakAndRestore(): Promise<void>
  end(): Promise<void>
}

async function serialWay(): Promise<Way> {
  let pty: Pty | undefined
  const test: TestGateway = new TestGateway({
    nodes: ['n1'],
    lines: ['/line'],
    // The configured path stays, as with a name under /dev/serial/by-id; what is behind it changes.
    openSerial: async (_path, baud, handlers) => {
      if (!pty) throw new Error('no such port')
      const opened = pty
      const channel = await openSerialPort(opened.path, baud, handlers)
      opened.opened()
      return channel
    },
  })
  const deframer = new Deframer(512, crc32Node)
  const plug = () => {
    pty = openPty()
    pty.onData((bytes) => deframer.push(bytes, (frame) => node.receive(new Uint8Array(frame))))
  }
  const node = new NodeClient({
    node: 'n1',
    key: test.keys.get('n1') as Uint8Array,
    send: (frame) => pty?.write(wireOf(frame)),
  })
  plug()
  await test.start()
  return {
    test,
    node,
    async breakAndRestore() {
      pty?.close()
      pty = undefined
      await until(() => test.gateway.observer.links()[0]?.code === 'SERIAL_CLOSED', 'the close')
      await until(() => test.gateway.observer.links()[0]?.code === 'SERIAL_OPEN_FAILED', 'a failed try')
      plug()
      await until(() => test.gateway.observer.links()[0]?.state === 'open', 'the port to be open again')
    },
    async end() {
      await test.end()
      pty?.close()
    },
  }
}

async function mqttWay(): Promise<Way> {
  const test = new TestGateway({ nodes: ['n1', 'n2'], mqtt: true })
  await test.start()
  const key = test.keys.get('n1') as Uint8Array
  const connect = async () => {
    const client = await connectAsync(`mqtt://127.0.0.1:${test.gateway.mqttPort}`, {
      clientId: 'n1',
      username: 'n1',
      password: mqttPassword(sha256Node, key) ?? '',
      reconnectPeriod: 0,
      will: { topic: 'waypost/1/n1/gone', payload: Buffer.alloc(0), qos: 0, retain: true },
    })
    client.on('message', (_topic, payload) => {
      splitBatch(payload, (frame) => node.receive(new Uint8Array(frame)))
    })
    client.on('error', () => undefined)
    await client.subscribeAsync('waypost/1/n1/down')
    return client
  }
  const node = new NodeClient({
    node: 'n1',
    key,
    send: (frame) => client.publish('waypost/1/n1/up', joinBatch([frame])),
  })
  let client = await connect()
  return {
    test,
    node,
    async breakAndRestore() {
      client.stream.destroy()
      await until(() => test.gateway.linkCounters().length === 0, 'the broker to see it go')
      client = await connect()
    },
    async end() {
      await client.endAsync(true)
      await test.end()
    },
  }
}

describe.each([
  ['serial over a pty', serialWay],
  ['MQTT with the mqtt client', mqttWay],
])('link contract: %s', (_name, open) => {
  let way: Way

  beforeEach(async () => {
    way = await open()
  })

  afterEach(() => way.end())

  it('carries hello, records, acks and time', async () => {
    const { test, node } = way
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
    node.askTime()
    node.sendRecords([node.bootRecord(), contactRecord(2, node.now())])
    await until(() => node.through === 2 && node.times.length === 1, 'ack and time')
    await until(() => test.gateway.observer.nodes()[0]?.clockOffsetMilliseconds !== undefined, 'the exchange')
    const view = test.gateway.observer.nodes()[0]
    expect(Math.abs((view?.clockOffsetMilliseconds ?? 0) - (Date.now() - node.now()))).toBeLessThan(2000)
    expect(node.refused).toBe(0)
    const counters = test.gateway.linkCounters()[0]
    expect(counters?.framesOk).toBeGreaterThanOrEqual(4)
    expect(counters?.bytesIn).toBeGreaterThan(100)
    expect(counters?.bytesOut).toBeGreaterThan(60)
  })

  it('carries a burst of frames of all sizes, in order, none lost', async () => {
    const { test, node } = way
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
    node.askTime()
    node.sendRecords([node.bootRecord()])
    let sequence = 2
    for (let frame = 0; frame < 60; frame++) {
      const records = Array.from({ length: 1 + (frame % 30) }, () =>
        contactRecord(sequence++, 1000 + sequence),
      )
      node.sendRecords(records)
    }
    await until(() => node.through === sequence - 1, 'all to be acknowledged')
    await test.settled()
    expect(test.gateway.records('n1').map((record) => record.sequence)).toEqual(
      Array.from({ length: sequence - 1 }, (_, index) => index + 1),
    )
    expect(test.gateway.observer.nodes()[0]?.framesLost).toBe(0)
  })

  it('comes back after a break, and the session goes on', async () => {
    const { node } = way
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
    node.askTime()
    node.sendRecords([node.bootRecord()])
    await until(() => node.through === 1, 'the first ack')
    await way.breakAndRestore()
    node.sendRecords([contactRecord(2, 1000)])
    await until(() => node.through === 2, 'the second ack')
  })

  it('a frame that is too long is refused, and the next one is taken', async () => {
    const { test, node } = way
    node.options.send(new Uint8Array(700).fill(0x11))
    const counted = () => test.gateway.linkCounters()[0]?.framesOversize === 1
    await until(counted, 'the refusal')
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
  })
})

describe('in-process MQTT stream', () => {
  it('is a connection like any other', async () => {
    const test = new TestGateway({ nodes: ['n1'], mqtt: true })
    await test.start()
    const [near, far] = duplexPair() as [Duplex, Duplex]
    test.gateway.connectMqttStream(far, 'in-process')
    // CONNECT with an unknown user; the broker answers CONNACK with code 4 and closes.
    const text = (value: string) => [0, value.length, ...Buffer.from(value)]
    const body = [...text('MQTT'), 4, 0xc2, 0, 60, ...text('x'), ...text('x'), ...text('y')]
    near.write(Buffer.from([0x10, body.length, ...body]))
    const answer: number[] = []
    near.on('data', (bytes: Buffer) => answer.push(...bytes))
    await until(() => answer.length === 4, 'the CONNACK')
    expect(answer).toEqual([0x20, 2, 0, 4])
    expect(test.gateway.observer.refusalCounts().MQTT_AUTH_REFUSED).toBe(1)
    await test.end()
  })
})
