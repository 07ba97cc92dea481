import { splitBatch } from '#gateway/links/mqtt-batch.ts'
import { sessionKeys } from '#gateway/sessions/hello.ts'
import { Deframer } from '#protocol/frame.ts'
import { deriveKey, equalBytes, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit } from '#protocol/limits.ts'
import { FrameKind } from '#protocol/numbers.ts'
import { crc32Node, openFrame, sha256Node } from '#protocol/seal-node.ts'
import type { HelloMessage, Recorded } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'

interface Keys {
  up: Uint8Array
  down: Uint8Array
}

/** What passed on the wire about one journal of a node. */
export interface TappedJournal {
  /** What the node sent, by sequence. */
  readonly sent: Map<number, Recorded>
  /** What the gateway said is durable. */
  readonly acknowledged: Set<number>
}

const HELLOS_KEPT = 8

/**
 * Listens on the wire between a node and its gateway with the node's key in hand: which records were sent, and
 * which the gateway told the node it has. A node frees a record on nothing else.
 */
export class WireTap {
  readonly journals = new Map<number, TappedJournal>()
  /** Welcomes that proved genuine: sessions. */
  welcomes = 0
  acks = 0
  /** Frames that passed and could not be opened: of a session that began before, or damaged. */
  unopened = 0
  readonly #key: Uint8Array
  readonly #hellos: { frame: Uint8Array; message: HelloMessage }[] = []
  readonly #sessions = new Map<string, Keys>()

  constructor(key: Uint8Array) {
    this.#key = key
  }

  journal(id: number): TappedJournal {
    let journal = this.journals.get(id)
    if (!journal) {
      journal = { sent: new Map(), acknowledged: new Set() }
      this.journals.set(id, journal)
    }
    return journal
  }

  /** Records that were sent and not acknowledged. */
  get waiting(): number {
    let count = 0
    for (const { sent, acknowledged } of this.journals.values())
      for (const sequence of sent.keys()) if (!acknowledged.has(sequence)) count++
    return count
  }

  up(frame: Uint8Array): void {
    const kind = (frame[0] ?? 0) & 15
    if (kind === FrameKind.hello) {
      const message = decodeMessage(frame.subarray(1, frame.length - Limit.MAC_BYTES))
      if (message.kind !== 'hello') return
      this.#hellos.push({ frame: new Uint8Array(frame), message })
      if (this.#hellos.length > HELLOS_KEPT) this.#hellos.shift()
      return
    }
    const plain = this.#open(frame, 'up')
    if (!plain) return
    const message = decodeMessage(plain)
    if (message.kind !== 'records') return
    const { sent } = this.journal(message.journalId)
    for (const record of message.records) sent.set(record.sequence, record)
  }

  down(frame: Uint8Array): void {
    const kind = (frame[0] ?? 0) & 15
    if (kind === FrameKind.who) return
    if (kind === FrameKind.welcome) {
      this.#welcome(frame)
      return
    }
    const plain = this.#open(frame, 'down')
    if (!plain) return
    const message = decodeMessage(plain)
    if (message.kind !== 'ack') return
    this.acks++
    this.#acknowledge(message.journalId, 1, message.through)
    for (const { from, to } of message.ranges) this.#acknowledge(message.journalId, from, to)
  }

  #acknowledge(journalId: number, from: number, to: number): void {
    const { acknowledged } = this.journal(journalId)
    for (let sequence = from; sequence <= to; sequence++) acknowledged.add(sequence)
  }

  #welcome(frame: Uint8Array): void {
    const own = frame.subarray(0, frame.length - Limit.MAC_BYTES)
    const message = decodeMessage(own.subarray(1))
    const helloKey = deriveKey(sha256Node, this.#key, KeyLabel.hello, new Uint8Array(0))
    if (message.kind !== 'welcome' || !helloKey) return
    const hello = this.#hellos.find((one) => {
      const mac = shortMac(sha256Node, helloKey, joinBytes(one.frame, own))
      return mac !== undefined && equalBytes(mac, frame.subarray(own.length))
    })
    if (!hello) return
    this.welcomes++
    const keys = sessionKeys(this.#key, hello.message, message.randoms.subarray(0, Limit.RANDOM_BYTES))
    this.#sessions.set(Buffer.from(message.sessionId).toString('hex'), keys)
    this.#acknowledge(message.journalId, 1, message.through)
  }

  #open(frame: Uint8Array, direction: 'up' | 'down'): Uint8Array | undefined {
    const session = this.#sessions.get(Buffer.from(frame.subarray(2, 6)).toString('hex'))
    try {
      if (session) return openFrame(session[direction], frame)
    } catch {
      // Counted below.
    }
    this.unopened++
    return undefined
  }
}

/** The frames in the bytes of one direction of a serial line. */
export function serialFrames(onFrame: (frame: Uint8Array) => void): (bytes: Uint8Array) => void {
  const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
  return (bytes) => deframer.push(bytes, (frame) => onFrame(new Uint8Array(frame)))
}

/** The frames in the PUBLISH packets (QoS 0) of one direction of an MQTT 3.1.1 connection. */
export function mqttFrames(onFrame: (frame: Uint8Array) => void): (bytes: Uint8Array) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      let length = 0
      let at = 1
      for (let shift = 0; ; shift += 7, at++) {
        const byte = rest[at]
        if (byte === undefined) return
        length += (byte & 127) << shift
        if (byte < 128) break
      }
      const body = at + 1
      if (rest.length < body + length) return
      const packet = rest.subarray(body, body + length)
      if ((rest[0] as number) >> 4 === 3) {
        const payload = packet.subarray(2 + packet.readUInt16BE(0))
        splitBatch(new Uint8Array(payload), (frame) => onFrame(new Uint8Array(frame)))
      }
      rest = rest.subarray(body + length)
    }
  }
}
