import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { CodedError } from './coded-error.ts'
import type { Sha256 } from './keys.ts'
import { Limit } from './limits.ts'
import { headerCounter } from './seal.ts'

/** SHA-256 by node:crypto. */
export const sha256Node: Sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())

/** CRC-32 by node:zlib. */
export function crc32Node(bytes: Uint8Array): number {
  return zlibCrc32(bytes)
}

/** Nonce of a frame: nine zero bytes and the counter, big endian (WIRE.md, "Sessions"). */
function nonceOf(counter: number): Buffer {
  const nonce = Buffer.alloc(13)
  nonce.writeUInt32BE(counter, 9)
  return nonce
}

/**
 * Seals one frame with node:crypto's own CCM: a different implementation than the board's composition.
 * @param header the 12 header bytes, see `writeHeader`
 * @returns header ‖ ciphertext ‖ tag (8)
 */
export function sealFrame(key: Uint8Array, header: Uint8Array, plain: Uint8Array): Uint8Array {
  if (plain.length < 1) throw new CodedError('FRAME_TOO_SHORT', 'a frame carries at least one byte')
  const cipher = createCipheriv('aes-128-ccm', key, nonceOf(headerCounter(header)), {
    authTagLength: Limit.TAG_BYTES,
  })
  cipher.setAAD(header, { plaintextLength: plain.length })
  const body = cipher.update(plain)
  cipher.final()
  return new Uint8Array(Buffer.concat([header, body, cipher.getAuthTag()]))
}

/**
 * Opens one sealed frame. Nothing is released before the tag was found right.
 * @throws CodedError FRAME_TOO_SHORT, FRAME_LENGTH, SEAL_INVALID
 */
export function openFrame(key: Uint8Array, frame: Uint8Array): Uint8Array {
  const length = frame.length - Limit.HEADER_BYTES - Limit.TAG_BYTES
  if (length < 1) throw new CodedError('FRAME_TOO_SHORT', `a sealed frame of ${frame.length} bytes`)
  const header = frame.subarray(0, Limit.HEADER_BYTES)
  if ((header[10] as number) * 256 + (header[11] as number) !== length) {
    throw new CodedError(
      'FRAME_LENGTH',
      `the header says ${(header[10] as number) * 256 + (header[11] as number)} bytes, ${length} came`,
    )
  }
  const decipher = createDecipheriv('aes-128-ccm', key, nonceOf(headerCounter(header)), {
    authTagLength: Limit.TAG_BYTES,
  })
  decipher.setAuthTag(frame.subarray(Limit.HEADER_BYTES + length))
  decipher.setAAD(header, { plaintextLength: length })
  try {
    const plain = decipher.update(frame.subarray(Limit.HEADER_BYTES, Limit.HEADER_BYTES + length))
    decipher.final()
    return new Uint8Array(plain)
  } catch (cause) {
    throw new CodedError('SEAL_INVALID', 'the frame does not open under the session key', { cause })
  }
}
