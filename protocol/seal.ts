import { Limit } from './limits.ts'

/**
 * Native AES of the board: CBC with a 16-byte zero IV and ECB, both over whole blocks. Each returns the
 * ciphertext, or undefined on failure. Espruino's CTR mode ignores its IV and is never used.
 */
export interface BlockCipher {
  cbc: (key: Uint8Array, blocks: Uint8Array) => Uint8Array | undefined
  ecb: (key: Uint8Array, blocks: Uint8Array) => Uint8Array | undefined
}

const BLOCK = 16

/** Why a frame was not opened or not sealed; all negative, so that a length can share the return value. */
export const enum SealRefusal {
  length = -1,
  tag = -2,
  cipher = -3,
}

function blocksFor(length: number): number {
  return Math.floor((length + BLOCK - 1) / BLOCK)
}

/**
 * AES-CCM-16-64-128 (RFC 3610 with M = 8, L = 2; COSE algorithm 10), composed from the native CBC (MAC)
 * and ECB (counter blocks). The nonce is nine zero bytes and the frame's counter; the 12-byte frame header
 * is the additional data. Work areas are made once: byte loops are the cost on the board.
 */
export class CcmSeal {
  cipher: BlockCipher
  mac: Uint8Array
  counters: Uint8Array
  maximum: number

  /** @param maximumPlainBytes longest plaintext that this object seals or opens */
  constructor(cipher: BlockCipher, maximumPlainBytes: number) {
    const blocks = blocksFor(maximumPlainBytes)
    this.cipher = cipher
    this.maximum = maximumPlainBytes
    // B0, one block of additional data (2 length bytes + 12), then the payload.
    this.mac = new Uint8Array(BLOCK * (2 + blocks))
    this.counters = new Uint8Array(BLOCK * (1 + blocks))
  }

  /** CBC-MAC over B0, the header and the plaintext. @returns the native result, or undefined */
  macOf(
    key: Uint8Array,
    header: Uint8Array,
    plain: Uint8Array,
    plainAt: number,
    length: number,
  ): Uint8Array | undefined {
    const mac = this.mac
    const used = BLOCK * (2 + blocksFor(length))
    mac.fill(0)
    // Flags: additional data present (64), M' = (8 - 2) / 2 = 3 (24), L' = 1.
    mac[0] = 89
    for (let i = 0; i < 4; i++) mac[10 + i] = header[6 + i] as number
    mac[14] = length >> 8
    mac[15] = length & 255
    mac[17] = Limit.HEADER_BYTES
    mac.set(header, 18)
    mac.set(new Uint8Array(plain.buffer, plain.byteOffset + plainAt, length), 32)
    const blocks = new Uint8Array(mac.buffer, mac.byteOffset, used)
    const result = this.cipher.cbc(key, blocks)
    return result && result.length === used ? result : undefined
  }

  /** Keystream S0, S1, … for the header's counter. */
  stream(key: Uint8Array, header: Uint8Array, length: number): Uint8Array | undefined {
    const counters = this.counters
    const count = 1 + blocksFor(length)
    const used = BLOCK * count
    counters.fill(0)
    for (let i = 0; i < count; i++) {
      const at = BLOCK * i
      counters[at] = 1
      counters[at + 10] = header[6] as number
      counters[at + 11] = header[7] as number
      counters[at + 12] = header[8] as number
      counters[at + 13] = header[9] as number
      counters[at + 14] = i >> 8
      counters[at + 15] = i & 255
    }
    const result = this.cipher.ecb(key, new Uint8Array(counters.buffer, counters.byteOffset, used))
    return result && result.length === used ? result : undefined
  }

  /**
   * Seals in place: `frame` holds the 12-byte header and then `length` bytes of plaintext; afterwards the
   * ciphertext and the tag.
   * @returns the frame's length, or a SealRefusal
   */
  seal(key: Uint8Array, frame: Uint8Array, length: number): number {
    const end = Limit.HEADER_BYTES + length
    if (key.length !== Limit.KEY_BYTES || length < 1 || length > this.maximum) return SealRefusal.length
    if (frame.length < end + Limit.TAG_BYTES) return SealRefusal.length
    const header = new Uint8Array(frame.buffer, frame.byteOffset, Limit.HEADER_BYTES)
    const mac = this.macOf(key, header, frame, Limit.HEADER_BYTES, length)
    const stream = this.stream(key, header, length)
    if (!mac || !stream) return SealRefusal.cipher
    for (let i = 0; i < length; i++) {
      const at = Limit.HEADER_BYTES + i
      frame[at] = (frame[at] as number) ^ (stream[BLOCK + i] as number)
    }
    const last = mac.length - BLOCK
    for (let i = 0; i < Limit.TAG_BYTES; i++) {
      frame[end + i] = (mac[last + i] as number) ^ (stream[i] as number)
    }
    return end + Limit.TAG_BYTES
  }

  /**
   * Opens a whole sealed frame into `out`. The tag is compared over all its bytes without early exit, and
   * `out` is wiped when it does not match.
   * @returns the plaintext's length, or a SealRefusal
   */
  open(key: Uint8Array, frame: Uint8Array, out: Uint8Array): number {
    const length = frame.length - Limit.HEADER_BYTES - Limit.TAG_BYTES
    if (key.length !== Limit.KEY_BYTES || length < 1 || length > this.maximum) return SealRefusal.length
    if (out.length < length) return SealRefusal.length
    if ((frame[10] as number) * 256 + (frame[11] as number) !== length) return SealRefusal.length
    const header = new Uint8Array(frame.buffer, frame.byteOffset, Limit.HEADER_BYTES)
    const stream = this.stream(key, header, length)
    if (!stream) return SealRefusal.cipher
    for (let i = 0; i < length; i++) {
      out[i] = (frame[Limit.HEADER_BYTES + i] as number) ^ (stream[BLOCK + i] as number)
    }
    const mac = this.macOf(key, header, out, 0, length)
    let difference = mac ? 0 : 1
    if (mac) {
      const last = mac.length - BLOCK
      for (let i = 0; i < Limit.TAG_BYTES; i++) {
        difference |=
          (mac[last + i] as number) ^
          (stream[i] as number) ^
          (frame[Limit.HEADER_BYTES + length + i] as number)
      }
    }
    if (difference !== 0) {
      out.fill(0)
      return mac ? SealRefusal.tag : SealRefusal.cipher
    }
    return length
  }
}

/**
 * Writes the header of a sealed frame: version and kind, suite, session id, counter and plaintext length,
 * big endian.
 */
export function writeHeader(
  frame: Uint8Array,
  firstByte: number,
  suite: number,
  sessionId: Uint8Array,
  counter: number,
  length: number,
): void {
  const high = Math.floor(counter / 65536)
  const low = counter - high * 65536
  frame[0] = firstByte
  frame[1] = suite
  for (let i = 0; i < Limit.SESSION_ID_BYTES; i++) frame[2 + i] = sessionId[i] as number
  frame[6] = high >> 8
  frame[7] = high & 255
  frame[8] = low >> 8
  frame[9] = low & 255
  frame[10] = length >> 8
  frame[11] = length & 255
}

/** The counter in a sealed frame's header. */
export function headerCounter(frame: Uint8Array): number {
  return (
    ((frame[6] as number) * 256 + (frame[7] as number)) * 65536 +
    (frame[8] as number) * 256 +
    (frame[9] as number)
  )
}
