import { CodedError } from '#protocol/coded-error.ts'
import { Deframer } from '#protocol/frame.ts'
import { deriveKey, equalBytes, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit } from '#protocol/limits.ts'
import { crc32Node, openFrame, sha256Node } from '#protocol/seal-node.ts'
import type { HelloMessage, Message, WelcomeMessage } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'
import type { CommandIo, ExitCode } from './io.ts'

export const FRAMES_MAXIMUM = 256

/** What one frame says, as far as it can be known. */
export interface ExplainedFrame {
  /** Where the frame stood: bare, in a serial line's framing, or in an MQTT publish. */
  carried: 'bare' | 'serial' | 'mqtt'
  kind: 'sealed' | 'hello' | 'welcome' | 'who'
  version: number
  lengthBytes: number
  /** Of a sealed frame. */
  suite?: number
  sessionId?: string
  counter?: number
  /** 'right' and 'wrong' only with a key; 'unchecked' says that it could not be known. */
  authenticity: 'right' | 'wrong' | 'unchecked' | 'none'
  message?: Message
  note?: string
}

const KINDS = ['sealed', 'hello', 'welcome', 'who'] as const

/** What was learnt from earlier frames of the same call: a session's keys need its hello and welcome. */
interface Heard {
  nodeKey: Uint8Array | undefined
  hello?: { frame: Uint8Array; message: HelloMessage }
  sessions: Map<string, { up: Uint8Array; down: Uint8Array }>
}

/**
 * `waypost frame decode HEX… [--key K]`: explains frames. K is the node's key; with the hello and the welcome
 * of a session before them, its sealed frames are opened too. K may as well be a session's own key.
 */
export function runFrameDecode(
  hexes: readonly string[],
  options: { key?: string; json?: boolean },
  io: CommandIo,
): ExitCode {
  const heard: Heard = {
    nodeKey: options.key === undefined ? undefined : keyOf(options.key),
    sessions: new Map(),
  }
  let wrong = false
  for (const { frame, carried } of hexes.flatMap((hex) => framesIn(bytesOf(hex)))) {
    const explained = explainable(frame, carried, heard)
    wrong ||= explained.authenticity === 'wrong'
    if (options.json) io.out(JSON.stringify(explained, plain))
    else for (const line of describe(explained)) io.out(line)
  }
  return wrong ? 1 : 0
}

function keyOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(text))
    throw new CodedError('CLI_KEY', 'a key is 32 hexadecimal digits', {
      action: 'give it as in the key file',
    })
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(/[\s:_-]/g, '').replace(/^0x/i, '')
  if (digits.length === 0 || digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits))
    throw new CodedError('CLI_HEX', 'not whole bytes in hexadecimal digits', {
      where: hex.length > 40 ? `${hex.slice(0, 37)}...` : hex,
      action: 'give pairs of digits 0-9 and a-f',
    })
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

/** A bare frame begins with its version; a serial line with a delimiter; an MQTT publish with a length. */
function framesIn(bytes: Uint8Array): { frame: Uint8Array; carried: ExplainedFrame['carried'] }[] {
  if (bytes[0]! >> 4 !== 0) return [{ frame: bytes, carried: 'bare' }]
  const batch = batchIn(bytes)
  if (batch !== undefined) return batch.map((frame) => ({ frame, carried: 'mqtt' as const }))
  const found: Uint8Array[] = []
  const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
  deframer.push(bytes, (frame) => {
    if (found.length < FRAMES_MAXIMUM) found.push(new Uint8Array(frame))
  })
  if (found.length === 0)
    throw new CodedError('CLI_NO_FRAME', `no whole frame in ${bytes.length} bytes`, {
      where: `${deframer.bad} with a wrong CRC or stuffing, ${deframer.oversize} too long`,
      action: 'give a whole frame with both delimiters, or the frame alone',
    })
  return found.map((frame) => ({ frame, carried: 'serial' as const }))
}

function batchIn(bytes: Uint8Array): Uint8Array[] | undefined {
  const frames: Uint8Array[] = []
  let at = 0
  while (at < bytes.length && frames.length < FRAMES_MAXIMUM) {
    const length = bytes[at]! * 256 + (bytes[at + 1] ?? 0)
    const frame = bytes.subarray(at + 2, at + 2 + length)
    if (length === 0 || frame.length !== length) return undefined
    frames.push(frame)
    at += 2 + length
  }
  return at === bytes.length ? frames : undefined
}

/** What the tables advise for a faulty frame is for the gateway that met it; here somebody typed the bytes. */
function explainable(frame: Uint8Array, carried: ExplainedFrame['carried'], heard: Heard): ExplainedFrame {
  try {
    return explain(frame, carried, heard)
  } catch (error) {
    if (!(error instanceof CodedError) || error.action !== undefined) throw error
    throw new CodedError(error.code, error.what, {
      where: error.where ?? `frame of ${frame.length} bytes`,
      action: 'check that the bytes are one whole frame and nothing else',
      cause: error,
    })
  }
}

function explain(frame: Uint8Array, carried: ExplainedFrame['carried'], heard: Heard): ExplainedFrame {
  const version = frame[0]! >> 4
  const kind = KINDS[frame[0]! & 15]
  if (version !== 1 || kind === undefined)
    throw new CodedError('CLI_NO_FRAME', `first byte 0x${frame[0]!.toString(16)} is no frame of version 1`, {
      action: 'check that the bytes begin with a frame',
    })
  const base = { carried, kind, version, lengthBytes: frame.length }
  if (kind === 'sealed') return { ...base, ...explainSealed(frame, heard) }
  const body = frame.subarray(1, frame.length - (kind === 'who' ? 0 : Limit.MAC_BYTES))
  const message = decodeMessage(body)
  if (message.kind !== kind)
    return { ...base, authenticity: 'wrong', message, note: `a ${kind} frame holds a ${message.kind}` }
  if (message.kind === 'hello') return { ...base, message, authenticity: hearHello(frame, message, heard) }
  if (message.kind === 'welcome')
    return { ...base, message, authenticity: hearWelcome(frame, message, heard) }
  return {
    ...base,
    message,
    authenticity: 'none',
    note: 'not authenticated: all it may cause is a new hello',
  }
}

/** HMAC over `bytes` under the hello key against the last 8 bytes of `frame`. */
function macFits(nodeKey: Uint8Array, bytes: Uint8Array, frame: Uint8Array): boolean {
  const key = deriveKey(sha256Node, nodeKey, KeyLabel.hello, new Uint8Array(0))
  const mac = key && shortMac(sha256Node, key, bytes)
  return mac !== undefined && equalBytes(mac, frame.subarray(frame.length - Limit.MAC_BYTES))
}

function hearHello(frame: Uint8Array, message: HelloMessage, heard: Heard): ExplainedFrame['authenticity'] {
  heard.hello = { frame, message }
  if (heard.nodeKey === undefined) return 'unchecked'
  return macFits(heard.nodeKey, frame.subarray(0, frame.length - Limit.MAC_BYTES), frame) ? 'right' : 'wrong'
}

function hearWelcome(
  frame: Uint8Array,
  message: WelcomeMessage,
  heard: Heard,
): ExplainedFrame['authenticity'] {
  const { nodeKey, hello } = heard
  if (nodeKey === undefined || hello === undefined) return 'unchecked'
  const own = frame.subarray(0, frame.length - Limit.MAC_BYTES)
  if (!macFits(nodeKey, joinBytes(hello.frame, own), frame)) return 'wrong'
  const gatewayRandom = message.randoms.subarray(0, 8)
  const context = joinBytes(joinBytes(hello.message.bootId, hello.message.nodeRandom), gatewayRandom)
  const up = deriveKey(sha256Node, nodeKey, KeyLabel.up, context)
  const down = deriveKey(sha256Node, nodeKey, KeyLabel.down, context)
  if (up && down) heard.sessions.set(hexOf(message.sessionId), { up, down })
  return 'right'
}

function explainSealed(
  frame: Uint8Array,
  heard: Heard,
): Omit<ExplainedFrame, 'carried' | 'kind' | 'version' | 'lengthBytes'> {
  if (frame.length < Limit.HEADER_BYTES + 1 + Limit.TAG_BYTES)
    throw new CodedError('FRAME_TOO_SHORT', `a sealed frame of ${frame.length} bytes`)
  const header = Buffer.from(frame.subarray(0, Limit.HEADER_BYTES))
  const sessionId = header.subarray(2, 6).toString('hex')
  const head = { suite: header[1]!, sessionId, counter: header.readUInt32BE(6) }
  const session = heard.sessions.get(sessionId)
  const keys = session ? [session.up, session.down] : heard.nodeKey ? [heard.nodeKey] : []
  for (const key of keys) {
    let opened: Uint8Array
    try {
      opened = openFrame(key, frame)
    } catch (error) {
      if (error instanceof CodedError && error.code === 'SEAL_INVALID') continue
      throw error
    }
    return { ...head, authenticity: 'right', message: decodeMessage(opened) }
  }
  if (session !== undefined)
    return { ...head, authenticity: 'wrong', note: 'does not open under its session' }
  const note = 'sealed: give --key and, before it, the hello and the welcome of its session'
  return { ...head, authenticity: 'unchecked', note }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const plain = (_key: string, value: unknown): unknown => (value instanceof Uint8Array ? hexOf(value) : value)

function describe(frame: ExplainedFrame): string[] {
  const head = [
    `${frame.kind} frame, ${frame.lengthBytes} bytes, version ${frame.version}, ${frame.carried}`,
    frame.sessionId === undefined
      ? ''
      : `session ${frame.sessionId} counter ${frame.counter} suite ${frame.suite}`,
    frame.authenticity === 'none' ? '' : `authenticity ${frame.authenticity}`,
  ].filter((part) => part !== '')
  const lines = [head.join('; ')]
  if (frame.note !== undefined) lines.push(`  ${frame.note}`)
  if (frame.message !== undefined)
    for (const line of JSON.stringify(frame.message, plain, 2).split('\n').slice(1, -1)) lines.push(line)
  return lines
}
