import type { Sha256 } from '#protocol/keys.ts'
import type { BlockCipher } from '#protocol/seal.ts'
import type { CryptoModule } from './device-api.ts'

/** What the board's native cryptography offers to keys and seal. */
export interface NodeCrypto {
  sha256: Sha256
  cipher: BlockCipher
}

const BLOCK = 16
const KEY = 16
const DIGEST = 32

/** @returns the bytes of a native result, or undefined when it is missing or has another length */
function bytesOf(result: ArrayBuffer | undefined, length: number): Uint8Array | undefined {
  if (!result) return undefined
  const bytes = new Uint8Array(result)
  return bytes.length === length ? bytes : undefined
}

function startsWith(bytes: Uint8Array | undefined, at: number, expected: number[]): boolean {
  if (!bytes) return false
  for (let i = 0; i < expected.length; i++) {
    if (bytes[at + i] !== expected[i]) return false
  }
  return true
}

/** Known answers, once at start: a build whose native code is missing or wrong must not seal anything. */
function selfTest(crypto: NodeCrypto): boolean {
  const abc = crypto.sha256(new Uint8Array([97, 98, 99]))
  if (!startsWith(abc, 0, [186, 120, 22, 191, 143, 1, 207, 234])) return false
  const key = new Uint8Array(KEY)
  const two = new Uint8Array(2 * BLOCK)
  for (let i = 0; i < BLOCK; i++) {
    key[i] = i
    two[i] = i * 17
  }
  const first = [105, 196, 224, 216, 106, 123, 4, 48]
  const ecb = crypto.cipher.ecb(key, two)
  const cbc = crypto.cipher.cbc(key, new Uint8Array(BLOCK), two)
  if (!ecb || !cbc || !startsWith(ecb, 0, first) || !startsWith(cbc, 0, first)) return false
  // The second block is zero: chained, it is the encryption of the first block's ciphertext.
  const again = crypto.cipher.ecb(key, cbc.subarray(0, BLOCK))
  const resumed = crypto.cipher.cbc(key, cbc.subarray(0, BLOCK), new Uint8Array(BLOCK))
  if (!again || !resumed) return false
  for (let i = 0; i < BLOCK; i++) {
    if (again[i] !== cbc[BLOCK + i] || resumed[i] !== again[i]) return false
  }
  return true
}

/**
 * Binds the native module. Espruino answers a wrong length with wrong bytes and any other error with
 * undefined, so lengths are checked before each call and the result after it; CTR mode ignores its IV and is
 * never used.
 *
 * @returns undefined when SHA-256 or AES is missing or does not give the published answers (FIPS 180-4
 * "abc"; FIPS 197 appendix C.1; NIST SP 800-38A chaining): such a board must not start
 */
export function bindCrypto(module: CryptoModule | undefined): NodeCrypto | undefined {
  if (!module) return undefined
  if (!module.AES || !module.SHA256) return undefined
  const encrypt = (key: Uint8Array, blocks: Uint8Array, iv: Uint8Array | null): Uint8Array | undefined => {
    const length = blocks.length
    if (key.length !== KEY || length < BLOCK || length % BLOCK !== 0) return undefined
    return bytesOf(
      iv
        ? module.AES.encrypt(blocks, key, { mode: 'CBC', iv: iv })
        : module.AES.encrypt(blocks, key, { mode: 'ECB' }),
      length,
    )
  }
  const crypto: NodeCrypto = {
    sha256: (bytes: Uint8Array) => bytesOf(module.SHA256(bytes), DIGEST),
    cipher: {
      cbc: (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array) => encrypt(key, blocks, iv),
      ecb: (key: Uint8Array, blocks: Uint8Array) => encrypt(key, blocks, null),
    },
  }
  return selfTest(crypto) ? crypto : undefined
}
