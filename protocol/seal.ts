import { Limit } from './limits.ts'

/**
 * Native AES of the board: CBC with a 16-byte IV and ECB, both over whole blocks. Each returns the
 * ciphertext, or undefined on failure. Espruino's CTR mode ignores its IV and is never used.
 */
export interface BlockCipher {
  cbc: (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array) => Uint8Array | undefined
  ecb: (key: Uint8Array, blocks: Uint8Array) => Uint8Array | undefined
}

const BLOCK = 16
/**
 * Bytes of one native call. What it gives back needs its bytes in one piece of the board's memory, and after a
 * while pieces for a whole frame are not there any more though a thousand variables are free.
 */
const SLICE = 64

/** Why a frame was not opened or not sealed; all negative, so that a length can share the return value. */
export const enum SealRefusal {
  length = -1,
  tag = -2,
  cipher = -3,
}

function wholeBlocks(length: number): number {
  return Math.floor((length + BLOCK - 1) / BLOCK) * BLOCK
}

/**
 * AES-CCM-16-64-128 (RFC 3610 with M = 8, L = 2; COSE algorithm 10), composed from the native CBC (MAC)
 * and ECB (counter blocks), a slice at a time. The nonce is nine zero bytes and the frame's counter; the 12-byte
 * frame header is the additional data. Work areas are made once: byte loops are the cost on the board.
 */
export class CcmSeal {
  cipher: BlockCipher
  maximum: number
  /** Input of the native calls. */
  work: Uint8Array
  /** Last block of the chain: at the end the MAC. */
  chain: Uint8Array
  /** Start of keystream block S0, which hides the MAC. */
  cover: Uint8Array

  /** @param maximumPlainBytes longest plaintext that this object seals or opens */
  constructor(cipher: BlockCipher, maximumPlainBytes: number) {
    this.cipher = cipher
    this.maximum = maximumPlainBytes
    this.work = new Uint8Array(SLICE)
    this.chain = new Uint8Array(BLOCK)
    this.cover = new Uint8Array(Limit.TAG_BYTES)
  }

  /** CBC-MAC over B0, the header and the plaintext into `chain`. @returns false when the native call failed */
  macOf(key: Uint8Array, header: Uint8Array, plain: Uint8Array, plainAt: number, length: number): boolean {
    const work = this.work
    this.chain.fill(0)
    work.fill(0)
    // Flags: additional data present (64), M' = (8 - 2) / 2 = 3 (24), L' = 1.
    work[0] = 89
    for (let i = 0; i < 4; i++) work[10 + i] = header[6 + i] as number
    work[14] = length >> 8
    work[15] = length & 255
    work[17] = Limit.HEADER_BYTES
    work.set(header, 18)
    // One block of additional data (2 length bytes + 12) stands before the payload.
    let at = 2 * BLOCK
    let done = 0
    while (done < length) {
      const count = Math.min(SLICE - at, length - done)
      const used = at + wholeBlocks(count)
      work.set(plain.subarray(plainAt + done, plainAt + done + count), at)
      const result = this.cipher.cbc(key, this.chain, work.subarray(0, used))
      if (!result || result.length !== used) return false
      this.chain.set(result.subarray(used - BLOCK, used), 0)
      work.fill(0)
      done += count
      at = 0
    }
    return true
  }

  /**
   * XOR of `length` bytes with keystream S1, S2, … of the header's counter; S0 goes into `cover`.
   * @returns false when the native call failed
   */
  cipherOf(
    key: Uint8Array,
    header: Uint8Array,
    from: Uint8Array,
    fromAt: number,
    out: Uint8Array,
    outAt: number,
    length: number,
  ): boolean {
    const work = this.work
    work.fill(0)
    for (let at = 0; at < SLICE; at += BLOCK) {
      work[at] = 1
      for (let i = 10; i < 14; i++) work[at + i] = header[i - 4] as number
    }
    let block = 0
    let done = 0
    while (done < length) {
      const begin = block === 0 ? BLOCK : 0
      const count = Math.min(SLICE - begin, length - done)
      const used = begin + wholeBlocks(count)
      for (let at = 0; at < used; at += BLOCK) {
        work[at + 14] = block >> 8
        work[at + 15] = block & 255
        block++
      }
      const stream = this.cipher.ecb(key, work.subarray(0, used))
      if (!stream || stream.length !== used) return false
      if (begin > 0) this.cover.set(stream.subarray(0, Limit.TAG_BYTES), 0)
      for (let i = 0; i < count; i++) {
        out[outAt + done + i] = (from[fromAt + done + i] as number) ^ (stream[begin + i] as number)
      }
      done += count
    }
    return true
  }

  /**
   * Seals in place: `frame` holds the 12-byte header and then `length` bytes of plaintext; afterwards the
   * ciphertext and the tag.
   * @returns the frame's length, or a SealRefusal: then the plaintext may be partly encrypted
   */
  seal(key: Uint8Array, frame: Uint8Array, length: number): number {
    const from = Limit.HEADER_BYTES
    const end = from + length
    if (key.length !== Limit.KEY_BYTES || length < 1 || length > this.maximum) return SealRefusal.length
    if (frame.length < end + Limit.TAG_BYTES) return SealRefusal.length
    const header = frame.subarray(0, from)
    if (!this.macOf(key, header, frame, from, length)) return SealRefusal.cipher
    if (!this.cipherOf(key, header, frame, from, frame, from, length)) return SealRefusal.cipher
    for (let i = 0; i < Limit.TAG_BYTES; i++) {
      frame[end + i] = (this.chain[i] as number) ^ (this.cover[i] as number)
    }
    return end + Limit.TAG_BYTES
  }

  /**
   * Opens a whole sealed frame into `out`. The tag is compared over all its bytes without early exit, and
   * `out` is wiped when it does not match.
   * @returns the plaintext's length, or a SealRefusal
   */
  open(key: Uint8Array, frame: Uint8Array, out: Uint8Array): number {
    const from = Limit.HEADER_BYTES
    const length = frame.length - from - Limit.TAG_BYTES
    if (key.length !== Limit.KEY_BYTES || length < 1 || length > this.maximum) return SealRefusal.length
    if (out.length < length) return SealRefusal.length
    if ((frame[10] as number) * 256 + (frame[11] as number) !== length) return SealRefusal.length
    const header = frame.subarray(0, from)
    let refusal: number = SealRefusal.cipher
    if (this.cipherOf(key, header, frame, from, out, 0, length) && this.macOf(key, header, out, 0, length)) {
      let difference = 0
      for (let i = 0; i < Limit.TAG_BYTES; i++) {
        difference |=
          (this.chain[i] as number) ^ (this.cover[i] as number) ^ (frame[from + length + i] as number)
      }
      if (difference === 0) return length
      refusal = SealRefusal.tag
    }
    out.fill(0)
    return refusal
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
