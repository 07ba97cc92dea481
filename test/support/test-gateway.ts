import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#gateway/clock.ts'
import { systemClock } from '#gateway/clock.ts'
import { parseConfig } from '#gateway/config/load.ts'
import type { SerialHandlers, SerialOpener } from '#gateway/links/types.ts'
import { type Logger, silentLog } from '#gateway/log.ts'
import { type Gateway, startGateway } from '#gateway/main.ts'
import { Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { crc32Node } from '#protocol/seal-node.ts'
import { NodeClient, type NodeClientOptions } from './node-client.ts'
import { until } from './until.ts'

/** A frame as it stands on a serial line. */
export function wireOf(frame: Uint8Array): Uint8Array {
  const work = new Uint8Array(frame.length + 4)
  work.set(frame)
  const out = new Uint8Array(frameWireBytes(frame.length))
  return out.subarray(0, encodeFrame(out, work, frame.length, crc32Node))
}

/** The far end of an in-process serial line. */
export class TestLine {
  readonly path: string
  handlers: SerialHandlers | undefined
  /** Wire bytes of each write of the gateway. */
  readonly writes: Uint8Array[] = []
  readonly #listeners: ((frame: Uint8Array) => void)[] = []
  readonly #deframer = new Deframer(512, crc32Node)

  constructor(path: string) {
    this.path = path
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#listeners.push(listener)
  }

  /** Bytes from the node. */
  bytes(bytes: Uint8Array): void {
    this.handlers?.bytes(bytes)
  }

  written(bytes: Uint8Array): void {
    this.writes.push(bytes)
    this.#deframer.push(bytes, (frame) => {
      const copy = new Uint8Array(frame)
      for (const listener of this.#listeners) listener(copy)
    })
  }
}

export interface TestGatewayOptions {
  nodes: string[]
  clock?: Clock
  log?: Logger
  /** Paths of in-process lines; a real one is opened when `openSerial` is given. */
  lines?: string[]
  openSerial?: SerialOpener
  /** True: the broker on loopback; or its YAML. */
  mqtt?: boolean | string
  /** Entries of the key file beside the key. */
  keyEntry?: Record<string, unknown>
  /** Further YAML, for example networks. */
  yaml?: string
}

/** A gateway in a folder of its own, with keys for its nodes, that can be stopped and started again. */
export class TestGateway {
  readonly folder = mkdtempSync(join(tmpdir(), 'waypost-gateway-'))
  readonly keys = new Map<string, Uint8Array>()
  readonly lines = new Map<string, TestLine>()
  readonly options: TestGatewayOptions
  gateway!: Gateway

  constructor(options: TestGatewayOptions) {
    this.options = options
    const file: Record<string, unknown> = {}
    for (const node of options.nodes) {
      const key = crypto.getRandomValues(new Uint8Array(16))
      this.keys.set(node, key)
      file[node] = { key: Buffer.from(key).toString('hex'), ...options.keyEntry }
    }
    writeFileSync(join(this.folder, 'keys.json'), JSON.stringify(file), { mode: 0o600 })
    for (const path of options.lines ?? []) this.lines.set(path, new TestLine(path))
  }

  #yaml(): string {
    const checkpoints = this.options.nodes.map(
      (node) => `
  - id: at-${node}
    readPoint: https://id.gs1.org/414/9521141000014/254/${node}
    bizStep: sensor_reporting
    nodes: [{ node: ${node}, sensors: [{ sensor: 0, profile: vaccine.2-8.strict }] }]`,
    )
    return `
site: { id: test, name: Test }
store: { folder: store }
keys: { file: keys.json }
links:
  serial: [${(this.options.lines ?? []).map((path) => `{ path: "${path}" }`).join(', ')}]
${this.options.mqtt ? `  mqtt: ${this.options.mqtt === true ? '{ port: 0 }' : this.options.mqtt}` : ''}
checkpoints:${checkpoints.join('')}
operator: { port: 0 }
${this.options.yaml ?? ''}
`
  }

  async start(): Promise<Gateway> {
    const { config } = parseConfig(this.#yaml(), 'test.yaml', this.folder)
    const { clock = systemClock, log = silentLog } = this.options
    this.gateway = await startGateway(config, {
      clock,
      log,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      openSerial: this.options.openSerial ?? this.#open,
    })
    return this.gateway
  }

  readonly #open: SerialOpener = async (path, _baud, handlers) => {
    const line = this.lines.get(path)
    if (!line) throw new Error(`no such port ${path}`)
    line.handlers = handlers
    return {
      write: (bytes, done) => {
        line.written(bytes)
        done()
      },
      close: async () => {
        line.handlers = undefined
      },
    }
  }

  line(path: string): TestLine {
    return this.lines.get(path) as TestLine
  }

  /** A node on an in-process line. */
  client(path: string, node: string, options: Partial<NodeClientOptions> = {}): NodeClient {
    const line = this.line(path)
    const key = this.keys.get(node) ?? new Uint8Array(16)
    const client = new NodeClient({ node, key, send: (frame) => line.bytes(wireOf(frame)), ...options })
    line.onFrame((frame) => client.receive(frame))
    return client
  }

  /** Nothing is under way any more. */
  async settled(): Promise<void> {
    let still = 0
    await until(() => {
      still = this.gateway.outstanding() === 0 ? still + 1 : 0
      return still > 3
    }, 'the gateway to be idle')
  }

  async restart(): Promise<Gateway> {
    await this.gateway.close()
    return this.start()
  }

  async end(): Promise<void> {
    await this.gateway.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
