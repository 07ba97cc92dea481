import { encodeAck, encodeTime, encodeWelcome, encodeWho } from '#protocol/encode-down.ts'
import { deriveKey, equalBytes, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { headerCounter, writeHeader } from '#protocol/seal.ts'
import { openFrame, sealFrame, sha256Node } from '#protocol/seal-node.ts'
import type { HelloMessage, Message } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'
import type { Link, LinkHandlers } from '../link/link.ts'

/** The gateway's half of sessions by the host's own code, at the other end of a link that a test may break. */
export class FakeGateway implements Link {
  key: Uint8Array
  handlers: LinkHandlers | undefined
  /** Every frame as it came, newest last. */
  frames: Uint8Array[] = []
  messages: Message[] = []
  hellos: { message: HelloMessage; frame: Uint8Array }[] = []
  refused = 0
  /** Frames up to be lost. */
  lose: (frame: Uint8Array) => boolean = () => false
  /** Answers hellos by itself. */
  welcomes = true
  acks = true
  times = true
  journalId: number | undefined
  through = 0
  sessionId = new Uint8Array(4)
  up = new Uint8Array(16)
  down = new Uint8Array(16)
  counter = 0
  private random = 0

  constructor(key: Uint8Array) {
    this.key = key
  }

  open(handlers: LinkHandlers): void {
    this.handlers = handlers
    handlers.onUp()
  }
  rssiDbm(): number {
    return 0
  }

  send(bytes: Uint8Array, length: number): boolean {
    const frame = bytes.slice(0, length)
    bytes.fill(0xee, length, length + 4)
    if (this.lose(frame)) return true
    this.frames.push(frame)
    if (frame[0] === 0x11) this.hello(frame)
    else this.sealed(frame)
    return true
  }

  deliver(frame: Uint8Array): void {
    this.handlers?.onFrame(frame.slice())
  }

  hello(frame: Uint8Array): void {
    const key = deriveKey(sha256Node, this.key, KeyLabel.hello, new Uint8Array(0))!
    const body = frame.subarray(0, -8)
    if (!equalBytes(shortMac(sha256Node, key, body)!, frame.subarray(-8))) throw new Error('hello MAC')
    const message = decodeMessage(body.subarray(1)) as HelloMessage
    this.hellos.push({ message, frame })
    if (this.welcomes) this.deliver(this.welcome())
  }

  /** A welcome to the newest hello; the session is the gateway's at once. */
  welcome(): Uint8Array {
    const { message, frame } = this.hellos.at(-1)!
    this.random++
    const gatewayRandom = new Uint8Array(8).fill(this.random)
    this.sessionId = new Uint8Array([9, 9, 9, this.random])
    const context = joinBytes(joinBytes(message.bootId, message.nodeRandom), gatewayRandom)
    this.up = deriveKey(sha256Node, this.key, KeyLabel.up, context)! as Uint8Array<ArrayBuffer>
    this.down = deriveKey(sha256Node, this.key, KeyLabel.down, context)! as Uint8Array<ArrayBuffer>
    this.counter = 0
    const cbor = encodeWelcome({
      sessionId: this.sessionId,
      randoms: joinBytes(gatewayRandom, message.nodeRandom.subarray(0, 4)),
      utcMilliseconds: 1_800_000_000_000,
      journalId: this.journalId ?? message.journalId,
      through: this.through,
    })
    const body = joinBytes(new Uint8Array([0x12]), cbor)
    const key = deriveKey(sha256Node, this.key, KeyLabel.hello, new Uint8Array(0))!
    return joinBytes(body, shortMac(sha256Node, key, joinBytes(frame, body))!)
  }

  who(): Uint8Array {
    return joinBytes(new Uint8Array([0x13]), encodeWho({ reason: 1 }))
  }

  seal(plain: Uint8Array, counter = ++this.counter): Uint8Array {
    const header = new Uint8Array(12)
    writeHeader(header, 0x10, 1, this.sessionId, counter, plain.length)
    return sealFrame(this.down, header, plain)
  }

  sealed(frame: Uint8Array): void {
    let message: Message
    try {
      if (!equalBytes(frame.subarray(2, 6), this.sessionId)) throw new Error('another session')
      message = decodeMessage(openFrame(this.up, frame))
    } catch {
      this.refused++
      return
    }
    this.messages.push(message)
    if (message.kind === 'timeRequest' && this.times) {
      this.deliver(this.seal(encodeTime({ counter: message.counter, utcMilliseconds: 1_800_000_000_000 })))
    }
    if (message.kind === 'records' && this.acks) {
      this.through = Math.max(this.through, ...message.records.map((record) => record.sequence))
      this.deliver(this.ack(message.journalId, this.through, []))
    }
  }

  ack(journalId: number, through: number, ranges: { from: number; to: number }[]): Uint8Array {
    return this.seal(encodeAck({ journalId, through, ranges }, 200))
  }

  /** Sequences of all records that came, in order of coming. */
  sequences(): number[] {
    return this.messages.flatMap((m) => (m.kind === 'records' ? m.records.map((r) => r.sequence) : []))
  }

  counters(): number[] {
    return this.frames.filter((frame) => frame[0] === 0x10).map(headerCounter)
  }
}
