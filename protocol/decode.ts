import { Limit } from './limits.ts'
import { MessageNumber } from './numbers.ts'
import { CborReader } from './reader.ts'

/** Largest integer that both ends hold exactly. */
const EXACT = 9007199254740991
const U32 = 4294967295

/** Why a message from the gateway was not taken. */
export const enum DecodeRefusal {
  none = '',
  malformed = 'MESSAGE_MALFORMED',
  unknown = 'MESSAGE_UNKNOWN',
  trailing = 'MESSAGE_TRAILING_BYTES',
}

/**
 * What comes down, decoded on the board into one object that is used again and again. Only the fields of
 * the message in `number` are meaningful after `decode` returned ''.
 */
export class DownMessage {
  reader: CborReader
  number: number
  /** welcome */
  sessionId: Uint8Array
  /** welcome: gateway random (8) ‖ first 4 bytes of the node's random */
  randoms: Uint8Array
  utcMilliseconds: number
  /** welcome, ack */
  journalId: number
  /** welcome, ack: all sequences up to this one are durable */
  through: number
  /** who */
  reason: number
  /** ack: pairs from, to */
  rangeCount: number
  rangeFrom: Uint32Array
  rangeTo: Uint32Array
  /** time: counter of the request that is answered */
  counter: number
  /** Fields at a message's end that this version does not know. */
  skippedFields: number

  constructor() {
    this.reader = new CborReader()
    this.number = 0
    this.sessionId = new Uint8Array(Limit.SESSION_ID_BYTES)
    this.randoms = new Uint8Array(Limit.RANDOM_BYTES + 4)
    this.utcMilliseconds = 0
    this.journalId = 0
    this.through = 0
    this.reason = 0
    this.rangeCount = 0
    this.rangeFrom = new Uint32Array(Limit.ACK_RANGES)
    this.rangeTo = new Uint32Array(Limit.ACK_RANGES)
    this.counter = 0
    this.skippedFields = 0
  }

  ranges(): void {
    const r = this.reader
    const count = r.array(Limit.ACK_RANGES)
    for (let i = 0; i < count && !r.failed; i++) {
      if (r.array(2) !== 2) r.failed = true
      const from = r.uint(U32)
      const to = r.uint(U32)
      if (to < from) r.failed = true
      this.rangeFrom[i] = from
      this.rangeTo[i] = to
    }
    this.rangeCount = r.failed ? 0 : count
  }

  /** @returns '' or a DecodeRefusal; nothing of a refused message may be used */
  decode(bytes: Uint8Array, from: number, end: number): string {
    const r = this.reader
    r.start(bytes, from, end)
    const fields = r.array(32)
    const number = r.uint(U32)
    let known = 0
    this.number = 0
    if (r.failed || fields < 1) return DecodeRefusal.malformed
    if (number === MessageNumber.welcome) {
      known = 6
      if (fields < known) return DecodeRefusal.malformed
      r.bytesInto(this.sessionId, Limit.SESSION_ID_BYTES)
      r.bytesInto(this.randoms, Limit.RANDOM_BYTES + 4)
      this.utcMilliseconds = r.uint(EXACT)
      this.journalId = r.uint(U32)
      this.through = r.uint(U32)
    } else if (number === MessageNumber.who) {
      known = 2
      if (fields < known) return DecodeRefusal.malformed
      this.reason = r.uint(255)
    } else if (number === MessageNumber.ack) {
      known = 4
      if (fields < known) return DecodeRefusal.malformed
      this.journalId = r.uint(U32)
      this.through = r.uint(U32)
      this.ranges()
    } else if (number === MessageNumber.time) {
      known = 3
      if (fields < known) return DecodeRefusal.malformed
      this.counter = r.uint(U32)
      this.utcMilliseconds = r.uint(EXACT)
    } else {
      return DecodeRefusal.unknown
    }
    this.skippedFields = fields - known
    for (let i = known; i < fields && !r.failed; i++) r.skip(Limit.NESTING)
    if (r.failed) return DecodeRefusal.malformed
    if (r.at !== end) return DecodeRefusal.trailing
    this.number = number
    return DecodeRefusal.none
  }
}
