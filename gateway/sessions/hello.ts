import { CodedError } from '#protocol/coded-error.ts'
import { encodeWelcome, encodeWho } from '#protocol/encode-down.ts'
import { deriveKey, equalBytes, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit, Version } from '#protocol/limits.ts'
import { FrameKind } from '#protocol/numbers.ts'
import { sha256Node } from '#protocol/seal-node.ts'
import type { HelloMessage } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'

/** First byte of a frame: major version and kind. */
export function firstByte(kind: FrameKind): number {
  return (Version.MAJOR << 4) | kind
}

function withFirst(kind: FrameKind, body: Uint8Array): Uint8Array {
  return joinBytes(new Uint8Array([firstByte(kind)]), body)
}

/**
 * Reads a hello frame without trusting it.
 * @throws CodedError FRAME_TOO_SHORT, MESSAGE_UNKNOWN and those of `decodeMessage`
 */
export function readHello(frame: Uint8Array): HelloMessage {
  const end = frame.length - Limit.MAC_BYTES
  if (end < 2) throw new CodedError('FRAME_TOO_SHORT', `a hello of ${frame.length} bytes`)
  const message = decodeMessage(frame.subarray(1, end))
  if (message.kind !== 'hello') throw new CodedError('MESSAGE_UNKNOWN', `${message.kind} in a hello frame`)
  return message
}

/** Whether the hello was made with this node's key; constant time. */
export function helloIsGenuine(frame: Uint8Array, helloKey: Uint8Array): boolean {
  const end = frame.length - Limit.MAC_BYTES
  const mac = shortMac(sha256Node, helloKey, frame.subarray(0, end))
  return mac !== undefined && equalBytes(mac, frame.subarray(end))
}

export interface SessionKeys {
  up: Uint8Array
  down: Uint8Array
}

/** Fresh keys of one session; both ends' randoms and the boot take part. */
export function sessionKeys(
  nodeKey: Uint8Array,
  hello: HelloMessage,
  gatewayRandom: Uint8Array,
): SessionKeys {
  const context = joinBytes(joinBytes(hello.bootId, hello.nodeRandom), gatewayRandom)
  const up = deriveKey(sha256Node, nodeKey, KeyLabel.up, context)
  const down = deriveKey(sha256Node, nodeKey, KeyLabel.down, context)
  if (!up || !down) throw new CodedError('SEAL_INVALID', 'the session keys could not be derived')
  return { up, down }
}

export interface WelcomeFields {
  sessionId: Uint8Array
  gatewayRandom: Uint8Array
  utcMilliseconds: number
  journalId: number
  through: number
}

/** The welcome frame: authenticated over the hello that it answers and itself. */
export function welcomeFrame(
  helloFrame: Uint8Array,
  hello: HelloMessage,
  helloKey: Uint8Array,
  fields: WelcomeFields,
): Uint8Array {
  const { sessionId, gatewayRandom, utcMilliseconds, journalId, through } = fields
  const randoms = joinBytes(gatewayRandom, hello.nodeRandom.subarray(0, 4))
  const body = withFirst(
    FrameKind.welcome,
    encodeWelcome({ sessionId, randoms, utcMilliseconds, journalId, through }),
  )
  const mac = shortMac(sha256Node, helloKey, joinBytes(helloFrame, body))
  if (!mac) throw new CodedError('SEAL_INVALID', 'the welcome could not be authenticated')
  return joinBytes(body, mac)
}

export function whoFrame(reason: number): Uint8Array {
  return withFirst(FrameKind.who, encodeWho({ reason }))
}
