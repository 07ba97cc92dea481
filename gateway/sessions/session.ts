import { Limit } from '#protocol/limits.ts'
import { FrameKind } from '#protocol/numbers.ts'
import { writeHeader } from '#protocol/seal.ts'
import { openFrame, sealFrame } from '#protocol/seal-node.ts'
import type { HelloMessage } from '#protocol/types.ts'
import type { Link } from '../links/types.ts'
import { firstByte, type SessionKeys } from './hello.ts'
import type { EnrolledNode } from './node-keys.ts'
import type { OffsetPiece } from './offset.ts'
import { pieceOf } from './offset.ts'
import { ReplayWindow } from './replay-window.ts'

/** Time requests that may be open at once; the oldest is forgotten. */
const TIME_REQUESTS_MAXIMUM = 8
/** Round trip beyond which an exchange is not used; the node itself refuses answers after 2 s. */
const TIME_ROUND_TRIP_MAXIMUM_MILLISECONDS = 10_000

export interface SessionParts {
  id: Uint8Array
  enrolled: EnrolledNode
  hello: HelloMessage
  bootId: string
  /** False when another boot with this id was known as the hello came. */
  isSameBoot: boolean
  journalId: number
  keys: SessionKeys
  link: Link
  /** Clocks of the gateway when the hello came. */
  helloUtcMilliseconds: number
  helloMonotonicMilliseconds: number
}

/** One session of one node, in memory only. Keys and windows of both directions. */
export class Session {
  readonly parts: SessionParts
  readonly key: string
  readonly node: string
  readonly bootId: string
  readonly journalId: number
  readonly burst64: boolean
  readonly window = new ReplayWindow()
  /** Where its last opened frame came from; answers go there. */
  link: Link
  #downCounter = 0
  readonly #asked = new Map<number, { askedMilliseconds: number; answeredUtcMilliseconds: number }>()

  constructor(parts: SessionParts, burst64: boolean) {
    this.parts = parts
    this.key = Buffer.from(parts.id).toString('hex')
    this.node = parts.enrolled.node
    this.bootId = parts.bootId
    this.journalId = parts.journalId
    this.burst64 = burst64
    this.link = parts.link
  }

  /** 24 hours, or 2^20 frames down. Of 2^20 frames up the node itself takes care. */
  expired(monotonicMilliseconds: number): boolean {
    return (
      monotonicMilliseconds - this.parts.helloMonotonicMilliseconds >= Limit.SESSION_SECONDS * 1000 ||
      this.#downCounter >= Limit.FRAMES_A_SESSION
    )
  }

  /** @throws CodedError FRAME_LENGTH, SEAL_INVALID */
  open(frame: Uint8Array): Uint8Array {
    return openFrame(this.parts.keys.up, frame)
  }

  /** Plaintext bytes that one frame down may carry to this node on its present link. */
  downBudgetBytes(): number {
    const burst = this.burst64 && this.link.kind === 'serial'
    const wire = burst ? Limit.FRAME_DOWN_BURST64_WIRE_BYTES : this.link.maximumDownWireBytes
    let frame: number = Limit.FRAME_DOWN_BYTES
    while (this.link.wireBytes(frame) > wire) frame--
    return frame - Limit.HEADER_BYTES - Limit.TAG_BYTES
  }

  /** Seals and sends one message. @returns false when it was not sent; the protocol repeats */
  send(plain: Uint8Array): boolean {
    const header = new Uint8Array(Limit.HEADER_BYTES)
    const { id, enrolled, keys } = this.parts
    this.#downCounter++
    writeHeader(header, firstByte(FrameKind.sealed), enrolled.suite, id, this.#downCounter, plain.length)
    return this.link.send(this.node, sealFrame(keys.down, header, plain), this.burst64)
  }

  timeAsked(counter: number, askedMilliseconds: number, answeredUtcMilliseconds: number): void {
    this.#asked.delete(counter)
    this.#asked.set(counter, { askedMilliseconds, answeredUtcMilliseconds })
    if (this.#asked.size > TIME_REQUESTS_MAXIMUM) {
      for (const oldest of this.#asked.keys()) {
        this.#asked.delete(oldest)
        break
      }
    }
  }

  /** The end of a time exchange. @returns undefined when it was not asked for, repeated or too slow */
  timeReceived(counter: number, receivedMilliseconds: number): OffsetPiece | undefined {
    const asked = this.#asked.get(counter)
    this.#asked.delete(counter)
    if (!asked) return undefined
    const roundTrip = receivedMilliseconds - asked.askedMilliseconds
    if (roundTrip < 0 || roundTrip > TIME_ROUND_TRIP_MAXIMUM_MILLISECONDS) return undefined
    return pieceOf(asked.askedMilliseconds, asked.answeredUtcMilliseconds, receivedMilliseconds)
  }
}
