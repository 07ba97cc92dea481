import { Encoder } from 'cbor-x'
import { CodedError } from './coded-error.ts'
import { Limit } from './limits.ts'
import { MessageNumber } from './numbers.ts'
import type { AckMessage, TimeMessage, WelcomeMessage, WhoMessage } from './types.ts'

const encoder = new Encoder({ useRecords: false, tagUint8Array: false })

/** cbor-x writes integers above 2^32 as floats unless they are BigInt. */
function exact(value: number): number | bigint {
  return value > 4294967295 ? BigInt(value) : value
}

function encode(fields: unknown[]): Uint8Array {
  // A copy: cbor-x hands out views of a buffer that it goes on using.
  return new Uint8Array(encoder.encode(fields))
}

export function encodeWelcome(message: Omit<WelcomeMessage, 'kind'>): Uint8Array {
  return encode([
    MessageNumber.welcome,
    message.sessionId,
    message.randoms,
    exact(message.utcMilliseconds),
    message.journalId,
    message.through,
  ])
}

export function encodeWho(message: Omit<WhoMessage, 'kind'>): Uint8Array {
  return encode([MessageNumber.who, message.reason])
}

export function encodeTime(message: Omit<TimeMessage, 'kind'>): Uint8Array {
  return encode([MessageNumber.time, message.counter, exact(message.utcMilliseconds)])
}

/**
 * An acknowledgement within a byte budget: ranges are dropped from the end until it fits, because a
 * range that is not mentioned only costs a repeat.
 * @param budgetBytes plaintext bytes that the node's frame can hold
 * @throws CodedError ENCODE_TOO_LONG when not even the cumulative part fits
 */
export function encodeAck(message: Omit<AckMessage, 'kind'>, budgetBytes: number): Uint8Array {
  for (let count = Math.min(message.ranges.length, Limit.ACK_RANGES); count >= 0; count--) {
    const ranges = message.ranges.slice(0, count).map((range) => [range.from, range.to])
    const bytes = encode([MessageNumber.ack, message.journalId, message.through, ranges])
    if (bytes.length <= budgetBytes) return bytes
  }
  throw new CodedError('ENCODE_TOO_LONG', `an ack does not fit ${budgetBytes} bytes`)
}
