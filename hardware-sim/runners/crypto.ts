import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { bytesOf } from './bytes.ts'
import { BoardException, type Realm, type RealmObject } from './realm.ts'

const BLOCK_BYTES = 16

/**
 * The interpreter's `crypto` module over node:crypto, with its faults as they are (measured on 2v29): ECB encrypts
 * whole blocks and leaves the rest zero; CBC of a broken block prints an error and gives undefined; a short IV is
 * filled with zeros, a long one cut; CTR ignores the IV and does not decrypt what it encrypted (the real wrong bytes
 * come of a mixed-up key schedule, these of the inverse cipher); OFB is not there; a key of another length prints an error and gives undefined.
 */
export function makeCrypto(
  realm: Realm,
  print: (line: string) => void,
  hashes: readonly string[],
): RealmObject {
  const crypt = (encrypt: boolean) => (message: unknown, key: unknown, options: unknown) => {
    const result = aes(encrypt, bytesOf(message), bytesOf(key), options)
    if (typeof result === 'string') {
      print(`ERROR: ${result}`)
      return undefined
    }
    return realm.buffer(result)
  }
  const members: Record<string, unknown> = {
    AES: realm.object({ encrypt: crypt(true), decrypt: crypt(false) }),
  }
  for (const name of hashes) {
    members[name] = (message: unknown) => {
      const data = bytesOf(message)
      if (data === undefined) return undefined
      return realm.buffer(createHash(name.toLowerCase()).update(data).digest())
    }
  }
  return realm.object(members)
}

function aes(
  encrypt: boolean,
  message: Uint8Array | undefined,
  key: Uint8Array | undefined,
  options: unknown,
): Uint8Array | string {
  const given =
    typeof options === 'object' && options !== null ? (options as { mode?: unknown; iv?: unknown }) : {}
  const mode = given.mode === undefined ? 'CBC' : String(given.mode)
  if (!['CBC', 'CFB', 'CTR', 'OFB', 'ECB'].includes(mode)) {
    throw new BoardException(`Unknown Crypto mode ${JSON.stringify(mode)}`)
  }
  if (message === undefined || key === undefined) return 'Unknown error: -0x20'
  if (![16, 24, 32].includes(key.length)) return 'Unknown error: -0x20'
  const iv = new Uint8Array(BLOCK_BYTES)
  const givenIv = bytesOf(given.iv)
  if (givenIv !== undefined) iv.set(givenIv.subarray(0, BLOCK_BYTES))
  if (mode === 'OFB') return 'Feature unavailable'
  if (mode === 'ECB') return blocks('ecb', encrypt, key, null, message)
  if (mode === 'CTR') return counterWithoutIv(encrypt, key, message)
  if (mode === 'CBC') {
    if (message.length % BLOCK_BYTES !== 0) return 'Invalid input length'
    return blocks('cbc', encrypt, key, iv, message)
  }
  const name = `aes-${key.length * 8}-cfb8`
  const cipher = encrypt ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv)
  return cipher.update(message)
}

function blocks(
  mode: 'ecb' | 'cbc',
  encrypt: boolean,
  key: Uint8Array,
  iv: Uint8Array | null,
  message: Uint8Array,
): Uint8Array {
  const whole = message.length - (message.length % BLOCK_BYTES)
  const out = new Uint8Array(message.length)
  const name = `aes-${key.length * 8}-${mode}`
  const cipher = encrypt ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv)
  cipher.setAutoPadding(false)
  out.set(cipher.update(message.subarray(0, whole)))
  return out
}

function counterWithoutIv(encrypt: boolean, key: Uint8Array, message: Uint8Array): Uint8Array {
  const count = Math.ceil(message.length / BLOCK_BYTES)
  const counters = Buffer.alloc(count * BLOCK_BYTES)
  for (let i = 0; i < count; i++) counters.writeUInt32BE(i, i * BLOCK_BYTES + 12)
  const stream = blocks('ecb', encrypt, key, null, counters)
  return message.map((byte, i) => byte ^ stream[i]!)
}
