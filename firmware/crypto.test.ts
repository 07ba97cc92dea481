import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hmacSha256 } from '#protocol/keys.ts'
import { CcmSeal, writeHeader } from '#protocol/seal.ts'
import { bindCrypto } from './crypto.ts'
import type { CryptoModule } from './device-api.ts'
import { nativeCrypto } from './testing/native-crypto.ts'

const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n })

describe('binding of the native cryptography', () => {
  it('is refused when the module, AES or SHA-256 is missing or gives wrong answers', () => {
    const AES = nativeCrypto.AES
    expect(bindCrypto(undefined)).toBeUndefined()
    expect(bindCrypto({ SHA256: nativeCrypto.SHA256 } as CryptoModule)).toBeUndefined()
    expect(bindCrypto({ AES } as CryptoModule)).toBeUndefined()
    expect(bindCrypto({ AES, SHA256: () => undefined })).toBeUndefined()
    expect(bindCrypto({ AES, SHA256: () => new ArrayBuffer(32) })).toBeUndefined()
    // A "CBC" that does not chain, as one that ignores its IV would.
    const unchained: CryptoModule = {
      ...nativeCrypto,
      AES: { ...AES, encrypt: (data, key) => AES.encrypt(data, key, { mode: 'ECB' }) },
    }
    expect(bindCrypto(unchained)).toBeUndefined()
    expect(bindCrypto(nativeCrypto)).toBeDefined()
  })

  it('makes no native call with a length that would give wrong bytes', () => {
    const crypto = bindCrypto(nativeCrypto)!
    const key = new Uint8Array(16)
    for (const length of [0, 1, 5, 15, 17, 31]) {
      expect(crypto.cipher.ecb(key, new Uint8Array(length))).toBeUndefined()
      expect(crypto.cipher.cbc(key, key, new Uint8Array(length))).toBeUndefined()
    }
    for (const length of [0, 15, 17, 32]) {
      expect(crypto.cipher.ecb(new Uint8Array(length), new Uint8Array(16))).toBeUndefined()
    }
  })

  it('gives node:crypto its HMAC and AES-CCM (property)', () => {
    const crypto = bindCrypto(nativeCrypto)!
    const seal = new CcmSeal(crypto.cipher, 200)
    fc.assert(
      fc.property(
        bytes(16),
        bytes(4),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 2 ** 20 }),
        (key, session, plain, counter) => {
          expect(hmacSha256(crypto.sha256, key, plain)).toEqual(
            new Uint8Array(createHmac('sha256', key).update(plain).digest()),
          )
          const frame = new Uint8Array(12 + plain.length + 8)
          writeHeader(frame, 0x10, 1, session, counter, plain.length)
          frame.set(plain, 12)
          expect(seal.seal(key, frame, plain.length)).toBe(frame.length)
          const nonce = new Uint8Array(13)
          new DataView(nonce.buffer).setUint32(9, counter)
          const node = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: 8 })
          node.setAAD(frame.subarray(0, 12), { plaintextLength: plain.length })
          const sealed = Buffer.concat([node.update(plain), node.final(), node.getAuthTag()])
          expect(Buffer.from(frame.subarray(12))).toEqual(sealed)
        },
      ),
    )
  })
})
