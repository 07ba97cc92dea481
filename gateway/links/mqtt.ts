import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Aedes, type AuthenticateError, type Client, type PublishPacket, type Subscription } from 'aedes'
import { Limit } from '#protocol/limits.ts'
import type { Clock, TimerHandle } from '../clock.ts'
import type { MqttLinkConfig } from '../config/types.ts'
import { Backoff } from './backoff.ts'
import { FRAME_LENGTH_BYTES, joinBatch, splitBatch } from './mqtt-batch.ts'
import { MqttGuard } from './mqtt-guard.ts'
import type { Link, LinkCounters, LinkEvents, LinkState } from './types.ts'

/** Connections at once; new ones are refused. Nodes are at most 10,000. */
export const MQTT_CONNECTIONS_MAXIMUM = 10_000
/** Publishes that may wait for one slow client; further ones are dropped, the protocol repeats. */
export const MQTT_DOWN_PENDING_MAXIMUM = 64
const CONNECT_TIMEOUT_MILLISECONDS = 10_000
const DRAIN_TIMEOUT_MILLISECONDS = 10_000
const PACKET_QUEUE_MAXIMUM = 32
const TOPIC_LEVELS_MAXIMUM = 4
/** MQTT 3.1.1, 3.2.2.3: bad user name or password. */
const BAD_CREDENTIALS = 4
/** MQTT 3.1.1, 3.2.2.3: identifier rejected. */
const BAD_IDENTIFIER = 2

export interface MqttLinkDeps {
  clock: Clock
  randomBytes(count: number): Uint8Array
  /** In constant time; false for a node that is not known. */
  checkPassword(node: string, password: Uint8Array): boolean
}

interface Connection {
  guard: MqttGuard
  peer: string
  node: string | undefined
  framesOk: number
  framesBad: number
  framesOversize: number
  listening: boolean
  pendingDown: number
}

/** 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * The embedded MQTT 3.1.1 broker as a link. A node reaches only its own two topics; nothing is retained,
 * queued or stored by the broker, because delivery is the frame protocol's business.
 */
export class MqttLink implements Link {
  readonly id = 'mqtt'
  readonly kind = 'mqtt'
  readonly maximumDownWireBytes = Limit.FRAME_DOWN_BYTES + FRAME_LENGTH_BYTES
  readonly #config: MqttLinkConfig
  readonly #deps: MqttLinkDeps
  readonly #events: LinkEvents
  readonly #backoff: Backoff
  readonly #connections = new Map<Duplex, Connection>()
  readonly #clients = new Map<string, Client>()
  #broker: Aedes | undefined
  #server: Server | undefined
  #port: number | undefined
  #state: LinkState = 'opening'
  #timer: TimerHandle | undefined
  #ended = false

  constructor(config: MqttLinkConfig, deps: MqttLinkDeps, events: LinkEvents) {
    this.#config = config
    this.#deps = deps
    this.#events = events
    this.#backoff = new Backoff(deps.randomBytes)
  }

  /** Where the broker listens; undefined while it does not. */
  get port(): number | undefined {
    return this.#port
  }

  wireBytes(frameBytes: number): number {
    return frameBytes + FRAME_LENGTH_BYTES
  }

  async start(): Promise<void> {
    this.#timer = undefined
    this.#broker ??= await this.#createBroker()
    try {
      await this.#listen()
      this.#backoff.reset()
      this.#state = 'open'
      this.#events.state(this, 'open')
    } catch (error) {
      if (this.#ended) return
      const wait = this.#backoff.nextMilliseconds()
      const reason = `${error instanceof Error ? error.message : String(error)}; again in ${wait} ms`
      this.#events.state(this, 'opening', 'MQTT_LISTEN_FAILED', reason)
      this.#timer = this.#deps.clock.setTimeout(() => void this.start(), wait)
    }
  }

  #listen(): Promise<void> {
    const server = createServer((socket: Socket) => {
      socket.setNoDelay(true)
      this.connectStream(socket, `${socket.remoteAddress}:${socket.remotePort}`)
    })
    server.maxConnections = MQTT_CONNECTIONS_MAXIMUM
    server.on('drop', () => {
      this.#events.refused(
        this,
        undefined,
        'MQTT_CONNECTIONS',
        `more than ${MQTT_CONNECTIONS_MAXIMUM} connections`,
      )
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#config.port, this.#config.host, () => {
        server.off('error', reject)
        server.on('error', (error) => this.#events.refused(this, undefined, 'MQTT_PROTOCOL', error.message))
        const address = server.address()
        this.#port = typeof address === 'object' && address ? address.port : undefined
        this.#server = server
        resolve()
      })
    })
  }

  #createBroker(): Promise<Aedes> {
    return Aedes.createBroker({
      connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
      drainTimeout: DRAIN_TIMEOUT_MILLISECONDS,
      queueLimit: PACKET_QUEUE_MAXIMUM,
      maxTopicLevels: TOPIC_LEVELS_MAXIMUM,
      maxClientsIdLength: Limit.TEXT_BYTES,
      authenticate: (client, user, password, done) => this.#authenticate(client, user, password, done),
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) =>
        this.#authorizeSubscribe(client, subscription, done),
    }).then((broker) => {
      broker.on('clientError', (client, error) => this.#failed(client, error))
      broker.on('connectionError', (client, error) => this.#failed(client, error))
      broker.on('clientReady', (client) => this.#clients.set(client.id, client))
      broker.on('clientDisconnect', (client) => {
        // After a take-over the entry is already the newer client's.
        if (this.#clients.get(client.id) !== client) return
        this.#clients.delete(client.id)
        if (!this.#ended) this.#events.gone(this, client.id)
      })
      return broker
    })
  }

  /** Takes a connection that did not come over TCP, for tests and the simulator. */
  connectStream(stream: Duplex, peer: string): void {
    if (!this.#broker || this.#ended) {
      stream.destroy()
      return
    }
    const guard = new MqttGuard(stream, (length) => {
      const reason = `a packet of ${length} bytes or more`
      this.#events.refused(
        this,
        this.#connections.get(guard)?.node,
        'MQTT_PACKET_TOO_LONG',
        `${peer}: ${reason}`,
      )
    })
    const connection: Connection = {
      guard,
      peer,
      node: undefined,
      framesOk: 0,
      framesBad: 0,
      framesOversize: 0,
      listening: false,
      pendingDown: 0,
    }
    this.#connections.set(guard, connection)
    guard.on('close', () => this.#connections.delete(guard))
    this.#broker.handle(guard)
  }

  #connectionOf(client: Client | null): Connection | undefined {
    return client ? this.#connections.get(client.conn as Duplex) : undefined
  }

  #failed(client: Client, error: Error): void {
    const connection = this.#connectionOf(client)
    // A lost connection is everyday; it is told by `gone`.
    if (this.#ended || (error as NodeJS.ErrnoException).code === 'ECONNRESET') return
    const reason = `${connection?.peer ?? 'a client'}: ${error.message}`
    this.#events.refused(this, connection?.node, 'MQTT_PROTOCOL', reason)
  }

  #authenticate(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const connection = this.#connectionOf(client)
    const right = this.#deps.checkPassword(user ?? '', password ?? new Uint8Array(0))
    // The client id is the node too: with any other, a node could take over its neighbour's connection.
    const own = client.id === user
    if (right && own && connection) {
      connection.node = user
      done(null, true)
      return
    }
    const reason = right ? `client id ${client.id.slice(0, 64)} is not the user` : 'wrong user or password'
    this.#events.refused(this, undefined, 'MQTT_AUTH_REFUSED', `${connection?.peer}: ${reason}`)
    const refusal = new Error(reason) as AuthenticateError
    refusal.returnCode = right ? BAD_IDENTIFIER : BAD_CREDENTIALS
    done(refusal, false)
  }

  #authorizePublish(
    client: Client | null,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    // The broker's own messages ($SYS) have no client.
    if (!client) {
      done(null)
      return
    }
    const connection = this.#connectionOf(client)
    connection?.guard.publishHandled()
    // Nothing is kept by the broker: a retained message would stay in its memory for ever.
    packet.retain = false
    const node = client.id
    if (packet.topic === `waypost/1/${node}/gone`) {
      done(null)
      return
    }
    if (packet.topic !== `waypost/1/${node}/up` || packet.qos === 2 || !connection) {
      const reason = `publish with QoS ${packet.qos} to ${packet.topic.slice(0, 128)}`
      this.#events.refused(this, node, 'MQTT_TOPIC_REFUSED', reason)
      done(new Error(reason))
      return
    }
    this.#batch(connection, node, packet.payload as Buffer)
    done(null)
  }

  #batch(connection: Connection, node: string, payload: Buffer): void {
    const fault = splitBatch(payload, (frame) => {
      connection.framesOk++
      this.#events.frame(this, node, frame)
    })
    if (!fault) return
    if (fault.code === 'FRAME_TOO_LONG') connection.framesOversize++
    else connection.framesBad++
    this.#events.refused(this, node, fault.code, fault.reason, payload)
  }

  #authorizeSubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const connection = this.#connectionOf(client)
    if (subscription.topic !== `waypost/1/${client.id}/down` || !connection) {
      const reason = `subscription to ${subscription.topic.slice(0, 128)}`
      this.#events.refused(this, client.id, 'MQTT_TOPIC_REFUSED', reason)
      done(new Error(reason))
      return
    }
    connection.listening = true
    done(null, { ...subscription, qos: 0 })
  }

  send(node: string | undefined, frame: Uint8Array): boolean {
    const client = node === undefined ? undefined : this.#clients.get(node)
    const connection = this.#connectionOf(client ?? null)
    if (!client || !connection?.listening || connection.pendingDown >= MQTT_DOWN_PENDING_MAXIMUM) return false
    connection.pendingDown++
    const packet: PublishPacket = {
      cmd: 'publish',
      topic: `waypost/1/${node}/down`,
      payload: joinBatch([frame]),
      qos: 0,
      dup: false,
      retain: false,
    }
    // Straight to the client: one receiver needs no routing.
    client.publish(packet, () => {
      connection.pendingDown--
    })
    return true
  }

  counters(): LinkCounters[] {
    return [...this.#connections.values()].map((connection) => ({
      link: connection.node === undefined ? this.id : `${this.id}:${connection.node}`,
      kind: this.kind,
      peer: connection.peer,
      bytesIn: connection.guard.bytesIn,
      bytesOut: connection.guard.bytesOut,
      framesOk: connection.framesOk,
      framesBad: connection.framesBad,
      framesOversize: connection.framesOversize,
      state: this.#state,
    }))
  }

  outstanding(): number {
    let sum = 0
    for (const connection of this.#connections.values())
      sum += connection.guard.outstanding() + connection.pendingDown
    return sum
  }

  async close(): Promise<void> {
    this.#ended = true
    if (this.#timer !== undefined) this.#deps.clock.clearTimeout(this.#timer)
    const broker = this.#broker
    if (broker) await new Promise<void>((resolve) => broker.close(() => resolve()))
    for (const { guard } of this.#connections.values()) guard.destroy()
    const server = this.#server
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
    this.#port = undefined
    this.#state = 'closed'
  }
}
