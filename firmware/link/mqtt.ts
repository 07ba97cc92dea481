import { Limit } from '#protocol/limits.ts'
import { ErrorFlag } from '#protocol/numbers.ts'
import type { BinaryString, NetModule, NetSocket, WifiModule } from '../device-api.ts'
import { jittered, runGuarded, Timer } from '../guard.ts'
import type { NodeStatus, Platform } from '../platform.ts'
import type { Link, LinkHandlers } from './link.ts'
import {
  connectPacket,
  MqttPacket,
  PacketReader,
  subscribePacket,
  writeFixedHeader,
  writeText,
} from './mqtt-packets.ts'

/** Time for Wi-Fi, and then for TCP, CONNACK and SUBACK together. */
const WIFI_MILLISECONDS = 30000
const SETUP_MILLISECONDS = 15000
const PING_MILLISECONDS = 30000
const PING_ANSWER_MILLISECONDS = 10000
/** Twice a ping and its answer: the broker must not give up before we do. */
const KEEP_ALIVE_SECONDS = 80
const BACKOFF_FIRST_MILLISECONDS = 1000
const BACKOFF_MAXIMUM_MILLISECONDS = 60000
/** Tries over the same Wi-Fi association before it is made anew: a stack that hangs is not seen otherwise. */
const TRIES_A_WIFI = 4
/** Bytes handed to the socket and not yet drained; beyond it frames are refused, delivery resends them. */
const UNDRAINED_MAXIMUM = 2048
/** A publish of several down frames with their length bytes, topic included. */
const RECEIVE_BYTES = 768
const LENGTH_BYTES = 2

/** Why the link is not up; for the console and the tests. */
export const enum MqttFault {
  none = '',
  wifi = 'MQTT_WIFI',
  connect = 'MQTT_CONNECT',
  /** CONNACK with a return code other than 0 (3.2.2.3). */
  refused = 'MQTT_REFUSED',
  subscribe = 'MQTT_SUBSCRIBE_REFUSED',
  malformed = 'MQTT_MALFORMED',
  silent = 'MQTT_NO_PINGRESP',
  timeout = 'MQTT_TIMEOUT',
  closed = 'MQTT_CLOSED',
}

export interface MqttOptions {
  node: string
  password: string
  host: string
  port: number
  /** Empty: the network is there already. */
  ssid: string
  wifiPassword: string
}

export interface MqttDevices {
  net: NetModule
  /** undefined where no radio has to be started. */
  wifi: WifiModule | undefined
  toBytes: (text: BinaryString) => Uint8Array
  /** Sockets take binary text only: a Uint8Array would be sent as decimal digits and commas. */
  toText: (bytes: Uint8Array) => BinaryString
}

const enum State {
  idle = 0,
  connecting = 1,
  greeting = 2,
  subscribing = 3,
  up = 4,
}

/**
 * The link over MQTT 3.1.1: one connection, QoS 0 both ways, reconnecting for ever with bounded backoff.
 * Lost messages are the delivery's business.
 */
export class MqttLink implements Link {
  platform: Platform
  status: NodeStatus
  options: MqttOptions
  devices: MqttDevices
  handlers: LinkHandlers | undefined
  state: number
  fault: string
  /** CONNACK's last return code. */
  returnCode: number
  socket: NetSocket | undefined
  /** Events of an earlier socket carry an earlier number and are ignored. */
  generation: number
  tries: number
  wifiUp: boolean
  backoff: number
  undrained: number
  pinging: boolean
  reader: PacketReader
  packet: Uint8Array
  topicUp: string
  topicDown: string
  retryTimer: Timer
  setupTimer: Timer
  pingTimer: Timer

  constructor(platform: Platform, status: NodeStatus, options: MqttOptions, devices: MqttDevices) {
    this.platform = platform
    this.status = status
    this.options = options
    this.devices = devices
    this.handlers = undefined
    this.state = State.idle
    this.fault = MqttFault.none
    this.returnCode = 0
    this.socket = undefined
    this.generation = 0
    this.tries = 0
    this.wifiUp = false
    this.backoff = BACKOFF_FIRST_MILLISECONDS
    this.undrained = 0
    this.pinging = false
    this.reader = new PacketReader(RECEIVE_BYTES)
    this.topicUp = `waypost/1/${options.node}/up`
    this.topicDown = `waypost/1/${options.node}/down`
    this.packet = new Uint8Array(5 + 2 + this.topicUp.length + LENGTH_BYTES + Limit.FRAME_UP_BYTES)
    this.retryTimer = new Timer(platform, status, () => this.start())
    this.setupTimer = new Timer(platform, status, () =>
      this.fail(this.wifiUp ? MqttFault.timeout : MqttFault.wifi),
    )
    this.pingTimer = new Timer(platform, status, () => this.ping())
  }

  open(handlers: LinkHandlers): void {
    this.handlers = handlers
    const wifi = this.devices.wifi
    if (wifi && this.options.ssid !== '') {
      wifi.on('disconnected', () => {
        this.wifiUp = false
        if (this.state !== State.idle) runGuarded(this.status, () => this.fail(MqttFault.wifi))
      })
    } else this.wifiUp = true
    this.start()
  }

  start(): void {
    this.generation++
    this.state = State.connecting
    if (this.wifiUp) {
      this.connect()
      return
    }
    const generation = this.generation
    const wifi = this.devices.wifi
    this.setupTimer.set(WIFI_MILLISECONDS)
    if (!wifi) return
    wifi.connect(this.options.ssid, { password: this.options.wifiPassword }, (error) => {
      if (generation !== this.generation) return
      if (error) this.fail(MqttFault.wifi)
      else {
        this.wifiUp = true
        runGuarded(this.status, () => this.connect())
      }
    })
  }

  connect(): void {
    const generation = this.generation
    this.tries++
    this.setupTimer.set(SETUP_MILLISECONDS)
    this.reader.reset()
    this.undrained = 0
    let socket: NetSocket | undefined
    let early = false
    // Before the callback a socket exists already, and a refused connection may throw here or tell an error.
    try {
      socket = this.devices.net.connect({ host: this.options.host, port: this.options.port }, () => {
        if (generation !== this.generation) return
        early = true
        if (socket) runGuarded(this.status, () => this.greet())
      })
    } catch (_) {
      socket = undefined
    }
    if (!socket) {
      this.fail(MqttFault.connect)
      return
    }
    this.socket = socket
    socket.on('data', (text) => {
      if (generation === this.generation) runGuarded(this.status, () => this.receive(text))
    })
    socket.on('error', () => {
      if (generation === this.generation) this.fail(MqttFault.connect)
    })
    socket.on('close', () => {
      if (generation === this.generation) this.fail(MqttFault.closed)
    })
    socket.on('drain', () => {
      if (generation === this.generation) this.undrained = 0
    })
    if (early) this.greet()
  }

  /** TCP is there. */
  greet(): void {
    if (this.state !== State.connecting) return
    this.state = State.greeting
    const node = this.options.node
    this.write(
      connectPacket({
        clientId: node,
        user: node,
        password: this.options.password,
        willTopic: `waypost/1/${node}/gone`,
        keepAliveSeconds: KEEP_ALIVE_SECONDS,
      }),
    )
  }

  write(bytes: Uint8Array): boolean {
    if (!this.socket || this.undrained + bytes.length > UNDRAINED_MAXIMUM) return false
    try {
      if (this.socket.write(this.devices.toText(bytes))) this.undrained = 0
      else this.undrained += bytes.length
    } catch (_) {
      this.fail(MqttFault.closed)
      return false
    }
    return true
  }

  receive(text: BinaryString): void {
    const generation = this.generation
    this.reader.push(this.devices.toBytes(text), (first, body) => {
      if (generation === this.generation) this.packetIn(first, body)
    })
    if (this.reader.failed && generation === this.generation) this.fail(MqttFault.malformed)
  }

  packetIn(first: number, body: Uint8Array): void {
    const type = first >> 4
    if (type === MqttPacket.connack && this.state === State.greeting) {
      this.returnCode = body.length === 2 ? (body[1] as number) : 255
      if (this.returnCode !== 0) {
        this.fail(MqttFault.refused)
        return
      }
      this.state = State.subscribing
      this.write(subscribePacket(this.topicDown))
    } else if (type === MqttPacket.suback && this.state === State.subscribing) {
      if (body.length !== 3 || (body[2] as number) > 2) {
        this.fail(MqttFault.subscribe)
        return
      }
      this.nowUp()
    } else if (type === MqttPacket.pingresp) {
      this.pinging = false
      this.pingTimer.set(PING_MILLISECONDS)
    } else if (type === MqttPacket.publish) {
      this.publishIn(first, body)
    }
    // Whatever else a broker may send has no meaning for this node and is passed over.
  }

  nowUp(): void {
    this.state = State.up
    this.fault = MqttFault.none
    this.tries = 0
    this.backoff = BACKOFF_FIRST_MILLISECONDS
    this.pinging = false
    this.setupTimer.clear()
    this.pingTimer.set(PING_MILLISECONDS)
    this.status.heldFlags = this.status.heldFlags & ~ErrorFlag.linkLost
    if (this.handlers) this.handlers.onUp()
  }

  /** PUBLISH (3.3): only our topic was asked for, so the topic is passed over. */
  publishIn(first: number, body: Uint8Array): void {
    const end = body.length
    if (end < 2) return
    let at = 2 + (body[0] as number) * 256 + (body[1] as number)
    if ((first & 6) !== 0) at += 2
    while (at + LENGTH_BYTES <= end) {
      const length = (body[at] as number) * 256 + (body[at + 1] as number)
      at += LENGTH_BYTES
      if (length < 1 || length > Limit.FRAME_DOWN_BYTES || at + length > end) {
        this.status.framesRefused++
        return
      }
      const frame = body.subarray(at, at + length)
      runGuarded(this.status, () => {
        if (this.handlers) this.handlers.onFrame(frame)
      })
      at += length
    }
  }

  ping(): void {
    if (this.pinging) {
      this.fail(MqttFault.silent)
      return
    }
    this.pinging = true
    this.pingTimer.set(PING_ANSWER_MILLISECONDS)
    this.write(new Uint8Array([MqttPacket.pingreq << 4, 0]))
  }

  send(bytes: Uint8Array, length: number): boolean {
    if (this.state !== State.up || length > Limit.FRAME_UP_BYTES) return false
    const packet = this.packet
    const remaining = 2 + this.topicUp.length + LENGTH_BYTES + length
    let at = writeFixedHeader(packet, MqttPacket.publish << 4, remaining)
    at = writeText(packet, at, this.topicUp)
    packet[at] = length >> 8
    packet[at + 1] = length & 255
    packet.set(bytes.subarray(0, length), at + LENGTH_BYTES)
    return this.write(packet.subarray(0, at + LENGTH_BYTES + length))
  }

  /** Ends this connection, whatever its state, and plans the next. */
  fail(fault: string): void {
    const wasUp = this.state === State.up
    const socket = this.socket
    this.generation++
    this.state = State.idle
    this.fault = fault
    this.socket = undefined
    this.setupTimer.clear()
    this.pingTimer.clear()
    if (socket) {
      // The listeners hold this object: a reconnect must not leak them.
      try {
        socket.removeAllListeners()
        socket.end()
      } catch (_) {
        // It was closed already.
      }
    }
    if (wasUp) this.status.errorFlags = this.status.errorFlags | ErrorFlag.linkLost
    this.status.heldFlags = this.status.heldFlags | ErrorFlag.linkLost
    // Planned first: whatever throws below, the next try comes.
    this.retryTimer.set(jittered(this.platform, this.backoff))
    this.backoff = Math.min(this.backoff * 2, BACKOFF_MAXIMUM_MILLISECONDS)
    if (wasUp && this.handlers) this.handlers.onDown()
    if (this.tries >= TRIES_A_WIFI && this.devices.wifi && this.options.ssid !== '') {
      this.tries = 0
      this.wifiUp = false
      this.devices.wifi.disconnect()
    }
  }

  rssiDbm(): number {
    const wifi = this.devices.wifi
    if (!wifi || !wifi.getDetails || this.state !== State.up) return 0
    const rssi = wifi.getDetails().rssi
    return rssi ? Math.round(Number(rssi)) : 0
  }
}
