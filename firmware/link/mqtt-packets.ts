/*
 * The part of MQTT 3.1.1 (OASIS, 29 October 2014) that one node needs. Section numbers are of that standard.
 */

/** Control packet types (2.2.1) in the first byte's high nibble. */
export const enum MqttPacket {
  connect = 1,
  connack = 2,
  publish = 3,
  subscribe = 8,
  suback = 9,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
}

export interface ConnectOptions {
  clientId: string
  user: string
  password: string
  willTopic: string
  keepAliveSeconds: number
}

/** The longest remaining length field (2.2.3). */
const LENGTH_DIGITS_MAX = 4

/** Text with its two length bytes (1.5.3). ASCII only: node ids are. @returns the offset after it */
export function writeText(out: Uint8Array, at: number, text: string): number {
  out[at] = text.length >> 8
  out[at + 1] = text.length & 255
  for (let i = 0; i < text.length; i++) out[at + 2 + i] = text.charCodeAt(i) & 127
  return at + 2 + text.length
}

/** First byte and remaining length (2.2). @returns the offset after it */
export function writeFixedHeader(out: Uint8Array, first: number, remaining: number): number {
  let at = 1
  let rest = remaining
  out[0] = first
  while (rest > 127) {
    out[at] = (rest & 127) | 128
    rest >>= 7
    at++
  }
  out[at] = rest
  return at + 1
}

/** CONNECT (3.1): clean session, user and password, a will without content and QoS 0. */
export function connectPacket(options: ConnectOptions): Uint8Array {
  const length =
    10 +
    (2 + options.clientId.length) +
    (2 + options.willTopic.length) +
    2 +
    (2 + options.user.length) +
    (2 + options.password.length)
  const out = new Uint8Array(length + 1 + (length > 127 ? 2 : 1))
  let at = writeFixedHeader(out, MqttPacket.connect << 4, length)
  at = writeText(out, at, 'MQTT')
  out[at] = 4
  // User name, password, will, clean session (3.1.2.3).
  out[at + 1] = 128 + 64 + 4 + 2
  out[at + 2] = options.keepAliveSeconds >> 8
  out[at + 3] = options.keepAliveSeconds & 255
  at = writeText(out, at + 4, options.clientId)
  at = writeText(out, at, options.willTopic)
  at = writeText(out, at, '')
  at = writeText(out, at, options.user)
  writeText(out, at, options.password)
  return out
}

/** SUBSCRIBE (3.8) to one topic with QoS 0 and packet identifier 1. */
export function subscribePacket(topic: string): Uint8Array {
  const length = 2 + 2 + topic.length + 1
  const out = new Uint8Array(length + 1 + (length > 127 ? 2 : 1))
  const at = writeFixedHeader(out, (MqttPacket.subscribe << 4) | 2, length)
  out[at] = 0
  out[at + 1] = 1
  writeText(out, at + 2, topic)
  return out
}

/**
 * Takes packets out of a byte stream that comes in any pieces. The buffer is fixed: a packet that is larger
 * is passed over and counted. A malformed length ends it (`failed`): the connection must be closed.
 */
export class PacketReader {
  buffer: Uint8Array
  state: number
  first: number
  remaining: number
  factor: number
  digits: number
  used: number
  oversize: number
  failed: boolean

  constructor(maximumBytes: number) {
    this.buffer = new Uint8Array(maximumBytes)
    this.oversize = 0
    this.state = 0
    this.first = 0
    this.remaining = 0
    this.factor = 1
    this.digits = 0
    this.used = 0
    this.failed = false
  }

  /** For a new connection. */
  reset(): void {
    this.state = 0
    this.failed = false
  }

  /** @param onPacket gets the first byte and a view of the rest, valid only during the call */
  push(bytes: Uint8Array, onPacket: (first: number, body: Uint8Array) => void): void {
    let at = 0
    while (at < bytes.length && !this.failed) {
      if (this.state === 0) {
        this.first = bytes[at] as number
        this.remaining = 0
        this.factor = 1
        this.digits = 0
        this.state = 1
        at++
      } else if (this.state === 1) {
        const digit = bytes[at] as number
        this.remaining += (digit & 127) * this.factor
        this.factor *= 128
        this.digits++
        at++
        if (digit < 128) {
          this.used = 0
          this.state = 2
          if (this.remaining > this.buffer.length) this.oversize++
        } else if (this.digits === LENGTH_DIGITS_MAX) this.failed = true
      } else {
        const count = Math.min(bytes.length - at, this.remaining - this.used)
        if (this.remaining <= this.buffer.length) {
          this.buffer.set(bytes.subarray(at, at + count), this.used)
        }
        this.used += count
        at += count
      }
      if (this.state === 2 && this.used === this.remaining) {
        this.state = 0
        if (this.remaining <= this.buffer.length) {
          onPacket(this.first, this.buffer.subarray(0, this.remaining))
        }
      }
    }
  }
}
