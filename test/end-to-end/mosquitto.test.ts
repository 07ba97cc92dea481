import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import { joinBatch, splitBatch } from '#gateway/links/mqtt-batch.ts'
import { helloIsGenuine, readHello, sessionKeys, welcomeFrame } from '#gateway/sessions/hello.ts'
import { loadScenario } from '#hardware-sim/scenarios/load.ts'
import { createSimulation, type Simulation } from '#hardware-sim/simulation.ts'
import { deriveKey, KeyLabel, mqttPassword } from '#protocol/keys.ts'
import { FrameKind } from '#protocol/numbers.ts'
import { openFrame, sha256Node } from '#protocol/seal-node.ts'
import type { Message } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'
import { until } from '#test/support/until.ts'
import { ROOT } from './built.ts'
import { keysFor, nodeConfiguration } from './demo-in-seconds.ts'
import { freePort } from './free-port.ts'

/** Seconds of the node a real second. */
const SPEED = 8
const NODE = 'dock-door-1'
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin']

function toolOf(name: string): string {
  const found = FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found === undefined)
    throw new Error(
      `${name} is missing: install the Debian package mosquitto, or run scripts/setup-test-machine.sh as root`,
    )
  return found
}

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
let bundle = ''
beforeAll(async () => {
  toolOf('mosquitto')
  toolOf('mosquitto_passwd')
  bundle = (await buildFirmware('ESP32')).code
})

/** The broker of another hand, with passwords, on loopback; can be killed and started again on its port. */
class Mosquitto {
  readonly folder = mkdtempSync(join(tmpdir(), 'waypost-mosquitto-'))
  readonly port: number
  log = ''
  #child: ChildProcess | undefined

  constructor(port: number) {
    this.port = port
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${join(this.folder, 'passwords')}`,
      'persistence false',
      'log_dest stderr',
      'log_type all',
      // Started by root it would else become a user who cannot read this folder.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
    ]
    writeFileSync(join(this.folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
    writeFileSync(join(this.folder, 'passwords'), '', { mode: 0o600 })
  }

  setPassword(user: string, password: string): void {
    execFileSync(toolOf('mosquitto_passwd'), ['-b', join(this.folder, 'passwords'), user, password], {
      stdio: 'pipe',
    })
    // Running, it reads the file again at this signal.
    this.#child?.kill('SIGHUP')
  }

  async start(): Promise<void> {
    const began = this.log.length
    const child = spawn(toolOf('mosquitto'), ['-c', join(this.folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text
    })
    this.#child = child
    await until(() => / running\b/.test(this.log.slice(began)), 'mosquitto to run')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** How often a line of the log says this. */
  count(pattern: RegExp): number {
    return this.log.split('\n').filter((line) => pattern.test(line)).length
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

interface Site {
  broker: Mosquitto
  key: Uint8Array
  password: string
  simulation: Simulation
  /** Lets the node live until it holds, at most so many of its seconds. @returns whether it does */
  live(seconds: number, holds?: () => boolean): Promise<boolean>
}

/** The packaged dock door with its ESP32 bundle, and a broker that is not started yet. */
async function openSite(portOf = async (broker: Mosquitto) => broker.port): Promise<Site> {
  const broker = new Mosquitto(await freePort())
  closers.push(() => broker.end())
  const port = await portOf(broker)
  const scenario = loadScenario(join(ROOT, 'hardware-sim/scenarios/dock-door.yaml'))
  const simulation = await createSimulation({
    scenario,
    bundles: new Map([['ESP32', bundle]]),
    seed: 1,
    portFolder: broker.folder,
  })
  closers.push(() => simulation.close())
  const entry = keysFor(scenario).get(NODE)
  const key = new Uint8Array(Buffer.from(entry?.key ?? '', 'hex'))
  const password = mqttPassword(sha256Node, key) as string
  broker.setPassword('gateway', 'gateway')
  simulation.start((node) => nodeConfiguration(node, entry, port))
  const live = async (seconds: number, holds: () => boolean = () => false): Promise<boolean> => {
    const end = simulation.clock.nowMicroseconds() + seconds * 1_000_000
    const result = await simulation.run({ untilMicroseconds: end, speed: SPEED, done: holds })
    return result.end === 'done'
  }
  return { broker, key, password, simulation, live }
}

/** How long the line to the node stays open after the broker has hung up: time to say something wrong in. */
const HANG_UP_MILLISECONDS = 200

/**
 * Stands between node and broker and notes the type of every packet that the node sends, a list a connection.
 * @returns the port for the node
 */
async function listenIn(broker: Mosquitto, connections: number[][]): Promise<number> {
  const server = createServer((near) => {
    const types: number[] = []
    connections.push(types)
    const far = connect({ host: '127.0.0.1', port: broker.port })
    let rest = Buffer.alloc(0)
    near.on('data', (bytes) => {
      far.write(bytes)
      rest = Buffer.concat([rest, bytes])
      // One or two digits of length: a node's packets are short.
      for (;;) {
        const isLong = (rest[1] ?? 0) > 127
        const length = isLong ? ((rest[1] as number) & 127) + (rest[2] ?? 0) * 128 + 3 : (rest[1] ?? 0) + 2
        if (rest.length < 2 || rest.length < length) return
        types.push((rest[0] as number) >> 4)
        rest = rest.subarray(length)
      }
    })
    far.on('data', (bytes) => near.write(bytes))
    far.on('close', () => setTimeout(() => near.destroy(), HANG_UP_MILLISECONDS))
    near.on('close', () => far.destroy())
    for (const socket of [near, far]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as { port: number }).port
}

/** The other end of the topics: what the node said, and a way to answer. */
class FarSide {
  readonly frames: Uint8Array[] = []
  readonly gone: string[] = []
  readonly #client: MqttClient

  constructor(client: MqttClient) {
    this.#client = client
    client.on('message', (topic, payload) => {
      if (topic.endsWith('/gone')) this.gone.push(topic)
      else if (topic === `waypost/1/${NODE}/up`)
        splitBatch(new Uint8Array(payload), (frame) => this.frames.push(new Uint8Array(frame)))
    })
  }

  static async open(port: number): Promise<FarSide> {
    const client = await connectAsync({
      host: '127.0.0.1',
      port,
      clientId: 'gateway',
      username: 'gateway',
      password: 'gateway',
      reconnectPeriod: 200,
    })
    client.on('error', () => undefined)
    const side = new FarSide(client)
    closers.push(() => client.endAsync(true))
    await client.subscribeAsync('waypost/1/#')
    return side
  }

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }

  of(kind: number): Uint8Array[] {
    return this.frames.filter((frame) => ((frame[0] as number) & 15) === kind)
  }

  /** Answers the last hello. @returns opens what the node sends under the new session */
  async welcome(key: Uint8Array): Promise<(frame: Uint8Array) => Message> {
    const helloFrame = this.of(FrameKind.hello).at(-1) as Uint8Array
    const hello = readHello(helloFrame)
    const helloKey = deriveKey(sha256Node, key, KeyLabel.hello, new Uint8Array(0)) as Uint8Array
    expect(helloIsGenuine(helloFrame, helloKey)).toBe(true)
    expect(hello.node).toBe(NODE)
    const gatewayRandom = new Uint8Array(8).fill(5)
    const fields = {
      sessionId: new Uint8Array([1, 2, 3, 4]),
      gatewayRandom,
      utcMilliseconds: Date.now(),
      journalId: hello.journalId || 77,
      through: 0,
    }
    const frame = welcomeFrame(helloFrame, hello, helloKey, fields)
    await this.#client.publishAsync(`waypost/1/${NODE}/down`, joinBatch([frame]))
    const { up } = sessionKeys(key, hello, gatewayRandom)
    return (sealed) => decodeMessage(openFrame(up, sealed))
  }
}

it('the firmware speaks with mosquitto: subscribes, says hello, hears what is published to it, leaves a will', async () => {
  const site = await openSite()
  const { broker } = site
  broker.setPassword(NODE, site.password)
  await broker.start()
  const far = await FarSide.open(broker.port)
  expect(await site.live(30, () => far.of(FrameKind.hello).length > 0)).toBe(true)
  expect(broker.count(new RegExp(`New client connected .* as ${NODE} .*u'${NODE}'`))).toBe(1)
  expect(broker.log).toContain(`waypost/1/${NODE}/down (QoS 0)`)
  expect(broker.count(new RegExp(`Sending SUBACK to ${NODE}`))).toBe(1)

  const open = await far.welcome(site.key)
  expect(await site.live(30, () => far.of(FrameKind.sealed).length >= 2)).toBe(true)
  const kinds = far.of(FrameKind.sealed).map((frame) => open(frame).kind)
  // Only a node that has heard the welcome has these keys.
  expect(kinds).toContain('timeRequest')
  expect(kinds).toContain('records')

  // Long enough for a ping, which nobody but the broker answers.
  expect(await site.live(45, () => broker.count(new RegExp(`Sending PINGRESP to ${NODE}`)) > 0)).toBe(true)
  site.simulation.sites.get(NODE)?.node?.powerOff()
  await until(() => far.gone.length > 0, 'the last will')
  expect(far.gone).toEqual([`waypost/1/${NODE}/gone`])
  expect(broker.count(/protocol error|malformed/i)).toBe(0)
  expect(site.simulation.crashes).toEqual([])
})

it('the firmware notices that the broker died, tries again later and later, and comes back', async () => {
  const site = await openSite()
  const { broker, simulation } = site
  broker.setPassword(NODE, site.password)
  await broker.start()
  const before = await FarSide.open(broker.port)
  expect(await site.live(30, () => before.of(FrameKind.hello).length > 0)).toBe(true)
  await before.end()
  await broker.kill()

  const tries: number[] = []
  const deaf = createServer((socket) => {
    tries.push(simulation.clock.nowMicroseconds() / 1_000_000)
    socket.destroy()
  })
  await new Promise<void>((resolve) => deaf.listen(broker.port, '127.0.0.1', resolve))
  expect(await site.live(120, () => tries.length >= 5)).toBe(true)
  await new Promise((resolve) => deaf.close(resolve))
  const waits = tries.slice(1).map((at, index) => at - (tries[index] as number))
  expect(Math.min(...waits)).toBeGreaterThan(0.4)
  expect(waits.at(-1)).toBeGreaterThan(4 * (waits[0] as number))

  await broker.start()
  const since = broker.log.length
  const after = await FarSide.open(broker.port)
  expect(await site.live(90, () => after.of(FrameKind.hello).length > 0)).toBe(true)
  expect(broker.log.slice(since)).toMatch(new RegExp(`New client connected .* as ${NODE}`))
  expect(simulation.crashes).toEqual([])
})

it('a refused CONNACK is not taken for a connection, and the right password ends it', async () => {
  const connections: number[][] = []
  const site = await openSite((broker) => listenIn(broker, connections))
  const { broker } = site
  broker.setPassword(NODE, 'another')
  await broker.start()
  const far = await FarSide.open(broker.port)
  const refused = /Sending CONNACK to .* \(0, [45]\)/
  expect(await site.live(60, () => broker.count(refused) >= 3)).toBe(true)
  await site.live(3)
  // After the no nothing may follow, not even while the line is still open.
  expect(connections.length).toBeGreaterThanOrEqual(3)
  const CONNECT = 1
  const SUBSCRIBE = 8
  const PUBLISH = 3
  for (const types of connections) expect(types).toEqual([CONNECT])
  expect(far.frames).toEqual([])

  broker.setPassword(NODE, site.password)
  expect(await site.live(90, () => far.of(FrameKind.hello).length > 0)).toBe(true)
  expect(connections.at(-1)?.slice(0, 3)).toEqual([CONNECT, SUBSCRIBE, PUBLISH])
  expect(site.simulation.crashes).toEqual([])
}, 60_000)
