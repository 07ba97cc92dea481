import { Encoder } from 'cbor-x'
import { deriveKey, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit, Version } from '#protocol/limits.ts'
import { Capability, FrameKind, MessageNumber, ResetReason, Suite } from '#protocol/numbers.ts'
import { writeHeader } from '#protocol/seal.ts'
import { openFrame, sealFrame, sha256Node } from '#protocol/seal-node.ts'
import type { AckMessage, TimeMessage, WelcomeMessage } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'

const encoder = new Encoder({ useRecords: false, tagUint8Array: false })

/** CBOR of nested arrays; integers above 2^32 as uint64. */
export function cbor(value: unknown): Uint8Array {
  const exact = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(exact)
    return typeof item === 'number' && item > 4294967295 ? BigInt(item) : item
  }
  return new Uint8Array(encoder.encode(exact(value)))
}

export interface NodeClientOptions {
  node: string
  key: Uint8Array
  send(frame: Uint8Array): void
  /** The node's clock. */
  monotonicMilliseconds?: () => number
  bootId?: Uint8Array
  journalId?: number
  keyEpoch?: number
  suite?: number
  capabilities?: number
  randomBytes?: (count: number) => Uint8Array
}

interface Keys {
  sessionId: Uint8Array
  up: Uint8Array
  down: Uint8Array
}

/**
 * A node for tests, spoken with the host's code: hello, sealed frames, records, acks, time. It does what it
 * is told and nothing by itself (no resends), so that a test can also make it misbehave.
 */
export class NodeClient {
  readonly options: NodeClientOptions
  readonly bootId: Uint8Array
  journalId: number
  welcome: WelcomeMessage | undefined
  readonly welcomes: WelcomeMessage[] = []
  readonly acks: AckMessage[] = []
  readonly whos: number[] = []
  readonly times: TimeMessage[] = []
  /** Frames as they were sent, for replays. */
  readonly sent: Uint8Array[] = []
  refused = 0
  #helloFrame: Uint8Array | undefined
  #nodeRandom: Uint8Array | undefined
  #keys: Keys | undefined
  #counter = 0
  #timeCounter = 0

  constructor(options: NodeClientOptions) {
    this.options = options
    this.bootId = options.bootId ?? this.#random(Limit.BOOT_ID_BYTES)
    this.journalId = options.journalId ?? 0
  }

  #random(count: number): Uint8Array {
    return this.options.randomBytes?.(count) ?? crypto.getRandomValues(new Uint8Array(count))
  }

  now(): number {
    return this.options.monotonicMilliseconds?.() ?? Math.round(performance.now())
  }

  send(frame: Uint8Array): void {
    this.sent.push(frame)
    this.options.send(frame)
  }

  /** Says hello; the answer comes through `receive`. */
  hello(): void {
    const { node, key, keyEpoch = 1, suite = Suite.aesCcm } = this.options
    this.#nodeRandom = this.#random(Limit.RANDOM_BYTES)
    const body = cbor([
      MessageNumber.hello,
      Version.MINOR,
      node,
      keyEpoch,
      suite,
      this.bootId,
      this.#nodeRandom,
      'TEST',
      '1.0.0',
      this.options.capabilities ?? Capability.bootCounterKept,
      this.now(),
      this.journalId,
      ResetReason.powerOn,
    ])
    const signed = joinBytes(new Uint8Array([(Version.MAJOR << 4) | FrameKind.hello]), body)
    this.#helloFrame = joinBytes(signed, this.#mac(key, signed))
    this.send(this.#helloFrame)
  }

  #mac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    const helloKey = deriveKey(sha256Node, key, KeyLabel.hello, new Uint8Array(0)) as Uint8Array
    return shortMac(sha256Node, helloKey, bytes) as Uint8Array
  }

  /** A frame that the gateway sent. */
  receive(frame: Uint8Array): void {
    const kind = (frame[0] as number) & 15
    if (kind === FrameKind.who) {
      const message = decodeMessage(frame.subarray(1))
      if (message.kind === 'who') this.whos.push(message.reason)
    } else if (kind === FrameKind.welcome) this.#welcomed(frame)
    else this.#sealed(frame)
  }

  #welcomed(frame: Uint8Array): void {
    const end = frame.length - Limit.MAC_BYTES
    const body = frame.subarray(0, end)
    const message = decodeMessage(frame.subarray(1, end))
    if (message.kind !== 'welcome' || !this.#helloFrame || !this.#nodeRandom) return void this.refused++
    const mac = this.#mac(this.options.key, joinBytes(this.#helloFrame, body))
    if (!Buffer.from(mac).equals(frame.subarray(end))) return void this.refused++
    const gatewayRandom = message.randoms.subarray(0, Limit.RANDOM_BYTES)
    const context = joinBytes(joinBytes(this.bootId, this.#nodeRandom), gatewayRandom)
    const derive = (label: string) => deriveKey(sha256Node, this.options.key, label, context) as Uint8Array
    this.#keys = { sessionId: message.sessionId, up: derive(KeyLabel.up), down: derive(KeyLabel.down) }
    this.#counter = 0
    this.journalId = message.journalId
    this.welcome = message
    this.welcomes.push(message)
  }

  #sealed(frame: Uint8Array): void {
    if (!this.#keys) return void this.refused++
    let plain: Uint8Array
    try {
      plain = openFrame(this.#keys.down, frame)
    } catch {
      this.refused++
      return
    }
    const message = decodeMessage(plain)
    if (message.kind === 'ack') this.acks.push(message)
    if (message.kind === 'time') {
      this.times.push(message)
      this.sendMessage([MessageNumber.timeReceived, message.counter, this.now()])
    }
  }

  /** Seals any CBOR bytes under the session. @returns the frame without sending it */
  seal(plain: Uint8Array, counter = ++this.#counter): Uint8Array {
    if (!this.#keys) throw new Error('no session')
    const header = new Uint8Array(Limit.HEADER_BYTES)
    const first = (Version.MAJOR << 4) | FrameKind.sealed
    const suite = this.options.suite ?? Suite.aesCcm
    writeHeader(header, first, suite, this.#keys.sessionId, counter, plain.length)
    return sealFrame(this.#keys.up, header, plain)
  }

  /** Skips counters, as frames that were lost would. */
  skip(count: number): void {
    this.#counter += count
  }

  sendMessage(message: unknown): void {
    this.send(this.seal(cbor(message)))
  }

  /** Starts a time exchange; the answer is answered by itself. */
  askTime(): void {
    this.sendMessage([MessageNumber.timeRequest, ++this.#timeCounter, this.now()])
  }

  /** @param records arrays as they stand on the wire: [number, sequence, bootRef, …] */
  sendRecords(records: readonly unknown[][], journalId = this.journalId): void {
    this.sendMessage([MessageNumber.records, journalId, records])
  }

  /** The record that every journal begins with. */
  bootRecord(sequence = 1, bootRef = 0): unknown[] {
    return [MessageNumber.boot, sequence, bootRef, this.bootId, ResetReason.powerOn]
  }

  /** Highest sequence that the gateway says is durable with all before it. */
  get through(): number {
    return Math.max(0, ...this.acks.map((ack) => ack.through))
  }
}

/** A contact record: small and without consequences downstream. */
export function contactRecord(
  sequence: number,
  atMilliseconds: number,
  open = sequence % 2,
  bootRef = 0,
): unknown[] {
  return [MessageNumber.contact, sequence, bootRef, atMilliseconds, 0, 0, open, 0]
}

/** One temperature sample of sensor 0. */
export function sampleRecord(
  sequence: number,
  atMilliseconds: number,
  milliCelsius: number,
  bootRef = 0,
): unknown[] {
  return [MessageNumber.samples, sequence, bootRef, atMilliseconds, [[0, 1, 10, [[0, milliCelsius]]]]]
}
