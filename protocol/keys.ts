import { Limit } from './limits.ts'

/** SHA-256 of the bytes given: native on the board, node:crypto at the host. Undefined on failure. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array | undefined

const BLOCK = 64

function asciiBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}

/** One after the other, in one new array. */
export function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a, 0)
  out.set(b, a.length)
  return out
}

/**
 * HMAC-SHA256 (RFC 2104) by two native hash calls, for keys of at most one block.
 * @returns 32 bytes, or undefined when the hash failed
 */
export function hmacSha256(sha256: Sha256, key: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  if (key.length > BLOCK) return undefined
  const inner = new Uint8Array(BLOCK + message.length)
  const outer = new Uint8Array(BLOCK + 32)
  for (let i = 0; i < BLOCK; i++) {
    const k = i < key.length ? (key[i] as number) : 0
    inner[i] = k ^ 54
    outer[i] = k ^ 92
  }
  inner.set(message, BLOCK)
  const digest = sha256(inner)
  if (!digest || digest.length !== 32) return undefined
  outer.set(digest, BLOCK)
  const result = sha256(outer)
  return result && result.length === 32 ? result : undefined
}

/** What a key is for. No key serves two purposes (WIRE.md, "Sessions"). */
export const enum KeyLabel {
  hello = 'waypost/1 hello',
  up = 'waypost/1 up',
  down = 'waypost/1 down',
  mqtt = 'waypost/1 mqtt',
  update = 'waypost/1 update',
}

/**
 * A purpose's key: the first 16 bytes of HMAC-SHA256(node key, label ‖ 0x00 ‖ context).
 * @param context boot id ‖ node random ‖ gateway random for session keys, else empty
 */
export function deriveKey(
  sha256: Sha256,
  nodeKey: Uint8Array,
  label: string,
  context: Uint8Array,
): Uint8Array | undefined {
  if (nodeKey.length !== Limit.KEY_BYTES) return undefined
  const head = new Uint8Array(label.length + 1)
  head.set(asciiBytes(label), 0)
  const mac = hmacSha256(sha256, nodeKey, joinBytes(head, context))
  return mac ? mac.subarray(0, Limit.KEY_BYTES) : undefined
}

/** The 8-byte authenticator of hello and welcome. */
export function shortMac(sha256: Sha256, key: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const mac = hmacSha256(sha256, key, message)
  return mac ? mac.subarray(0, Limit.MAC_BYTES) : undefined
}

/** Equality in the same time whatever differs. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Password of a node at the broker: the derived key as 32 hex digits. */
export function mqttPassword(sha256: Sha256, nodeKey: Uint8Array): string | undefined {
  const key = deriveKey(sha256, nodeKey, KeyLabel.mqtt, new Uint8Array(0))
  if (!key) return undefined
  let text = ''
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number
    text += (byte < 16 ? '0' : '') + byte.toString(16)
  }
  return text
}
