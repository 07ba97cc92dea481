import { connect as connectTcp } from 'node:net'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mqttPassword } from '#protocol/keys.ts'
import { sha256Node } from '#protocol/seal-node.ts'
import { NodeClient } from '#test/support/node-client.ts'
import { TestGateway } from '#test/support/test-gateway.ts'
import { until } from '#test/support/until.ts'
import { makeLinks } from './make.ts'
import { isLoopback } from './mqtt.ts'
import { joinBatch, splitBatch } from './mqtt-batch.ts'

describe('the embedded broker', () => {
  let test: TestGateway
  const clients: MqttClient[] = []

  beforeEach(async () => {
    test = new TestGateway({ nodes: ['a', 'b'], mqtt: true })
    await test.start()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true)
    await test.end()
  })

  async function connect(node: string, options: IClientOptions = {}): Promise<MqttClient> {
    const password = mqttPassword(sha256Node, test.keys.get(node) ?? new Uint8Array(16)) ?? ''
    const client = await connectAsync(`mqtt://127.0.0.1:${test.gateway.mqttPort}`, {
      clientId: node,
      username: node,
      password,
      reconnectPeriod: 0,
      ...options,
    })
    client.on('error', () => undefined)
    clients.push(client)
    return client
  }

  const refusals = () => test.gateway.observer.refusalCounts()

  it.each([
    ['a wrong password', { password: '0'.repeat(32) }],
    ['a password with more behind it', { password: undefined }],
    ['an unknown user', { username: 'c', clientId: 'c' }],
    ['no user', { username: undefined, password: undefined }],
    ["another node's client id", { clientId: 'b' }],
  ])('refuses %s', async (name, options) => {
    const right = mqttPassword(sha256Node, test.keys.get('a') as Uint8Array) ?? ''
    const given = name.startsWith('a password') ? { password: `${right}0` } : options
    await expect(connect('a', given)).rejects.toThrow()
    expect(refusals().MQTT_AUTH_REFUSED).toBe(1)
  })

  it.each([
    ["a neighbour's up", 'waypost/1/b/up', 0],
    ['down', 'waypost/1/a/down', 0],
    ['a topic of its own making', 'x', 1],
    ['QoS 2', 'waypost/1/a/up', 2],
  ] as const)('ends who publishes to %s', async (_name, topic, qos) => {
    const client = await connect('a')
    client.publish(topic, 'x', { qos })
    await until(() => !client.connected, 'the disconnect')
    expect(refusals().MQTT_TOPIC_REFUSED).toBe(1)
  })

  it.each(['#', 'waypost/1/+/down', 'waypost/1/b/down', 'waypost/1/a/up', '$SYS/#'])(
    'refuses a subscription to %s',
    async (topic) => {
      const client = await connect('a')
      await client.subscribeAsync(topic).catch(() => undefined)
      await until(() => refusals().MQTT_TOPIC_REFUSED === 1, 'the refusal')
    },
  )

  it('refuses a hello that names another node', async () => {
    const client = await connect('a')
    const node = new NodeClient({
      node: 'b',
      key: test.keys.get('b') as Uint8Array,
      send: (frame) => client.publish('waypost/1/a/up', joinBatch([frame])),
    })
    node.hello()
    await until(() => refusals().HELLO_WRONG_LINK === 1, 'the refusal')
  })

  it('a new client with the same id takes over', async () => {
    const first = await connect('a')
    const second = await connect('a')
    await until(() => !first.connected, 'the first to go')
    await second.subscribeAsync('waypost/1/a/down')
    const node = new NodeClient({
      node: 'a',
      key: test.keys.get('a') as Uint8Array,
      send: (frame) => second.publish('waypost/1/a/up', joinBatch([frame])),
    })
    second.on('message', (_topic, payload) => {
      splitBatch(payload, (frame) => node.receive(new Uint8Array(frame)))
    })
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
  })

  it('takes the frames before a fault in a batch, and says what is wrong', async () => {
    const client = await connect('a')
    await client.subscribeAsync('waypost/1/a/down')
    const node = new NodeClient({
      node: 'a',
      key: test.keys.get('a') as Uint8Array,
      send: (frame) =>
        client.publish('waypost/1/a/up', Buffer.concat([joinBatch([frame]), Buffer.from([0, 9, 1])])),
    })
    client.on('message', (_topic, payload) => {
      splitBatch(payload, (frame) => node.receive(new Uint8Array(frame)))
    })
    node.hello()
    await until(() => node.welcome !== undefined, 'the welcome')
    expect(refusals().MQTT_BATCH_MALFORMED).toBe(1)
  })

  it('ends a connection that announces a long packet, before it is buffered', async () => {
    const socket = connectTcp(test.gateway.mqttPort as number, '127.0.0.1')
    socket.on('error', () => undefined)
    let closed = false
    socket.on('close', () => {
      closed = true
    })
    // A PUBLISH of 256 MB.
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))
    await until(() => closed, 'the end')
    expect(refusals().MQTT_PACKET_TOO_LONG).toBe(1)
    const client = await connect('a')
    expect(client.connected).toBe(true)
  })

  it('keeps nothing: a retained publish is not retained', async () => {
    const client = await connect('a', {
      will: { topic: 'waypost/1/a/gone', payload: Buffer.from('x'), qos: 0, retain: true },
    })
    await client.publishAsync('waypost/1/a/up', joinBatch([new Uint8Array([0x11, 1])]), {
      retain: true,
      qos: 1,
    })
    client.stream.destroy()
    await until(() => test.gateway.linkCounters().length === 0, 'it to go')
    const again = await connect('a')
    let heard = 0
    again.on('message', () => heard++)
    await again.subscribeAsync('waypost/1/a/down')
    await test.settled()
    expect(heard).toBe(0)
  })
})

describe('where the broker listens', () => {
  const deps = {} as Parameters<typeof makeLinks>[1]
  const events = {} as Parameters<typeof makeLinks>[2]

  it('knows loopback', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true)
    expect(['0.0.0.0', '::', '192.168.1.2', '127.0.0.1.evil.example', 'example.org'].some(isLoopback)).toBe(
      false,
    )
  })

  it('refuses to listen beyond it without plaintextLan', () => {
    const mqtt = { host: '0.0.0.0', port: 0, plaintextLan: false }
    expect(() =>
      makeLinks({ serial: [], mqtt }, { ...deps, randomBytes: () => new Uint8Array(1) }, events),
    ).toThrow(expect.objectContaining({ code: 'MQTT_PLAINTEXT' }))
  })
})
