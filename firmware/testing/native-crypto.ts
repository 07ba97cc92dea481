import { createCipheriv, createHash } from 'node:crypto'
import type { AesOptions, CryptoModule } from '../device-api.ts'

const bufferOf = (bytes: Buffer): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer

/** The board's crypto module over node:crypto, with its bad habit: part blocks give zeros, not errors. */
export const nativeCrypto: CryptoModule = {
  AES: {
    encrypt(data: Uint8Array, key: Uint8Array, options: AesOptions): ArrayBuffer {
      const cipher =
        options.mode === 'ECB'
          ? createCipheriv('aes-128-ecb', key, null)
          : createCipheriv('aes-128-cbc', key, options.iv ?? new Uint8Array(16))
      cipher.setAutoPadding(false)
      const whole = data.length - (data.length % 16)
      return bufferOf(
        Buffer.concat([cipher.update(data.subarray(0, whole)), Buffer.alloc(data.length - whole)]),
      )
    },
    decrypt: () => undefined,
  },
  SHA256: (message) =>
    bufferOf(
      createHash('sha256')
        .update(message as Uint8Array)
        .digest(),
    ),
}
