/**
 * Writes CBOR (RFC 8949, core deterministic: shortest heads) into a caller's buffer: integers, byte
 * strings and arrays of known length, nothing else. Never throws and never allocates; a write that does
 * not fit sets `overflow`, and `length()` is then -1.
 */
export class CborWriter {
  buffer: Uint8Array
  at: number
  overflow: boolean

  constructor(buffer: Uint8Array) {
    this.buffer = buffer
    this.at = 0
    this.overflow = false
  }

  /** Starts again at `at`. */
  reset(at: number): void {
    this.at = at
    this.overflow = false
  }

  /** Bytes written so far from the buffer's start, or -1 after an overflow. */
  length(): number {
    return this.overflow ? -1 : this.at
  }

  head(major: number, n: number): void {
    const b = this.buffer
    const at = this.at
    const size = n < 24 ? 1 : n < 256 ? 2 : n < 65536 ? 3 : n < 4294967296 ? 5 : 9
    if (at + size > b.length) {
      this.overflow = true
      return
    }
    if (size === 1) {
      b[at] = major + n
    } else if (size === 2) {
      b[at] = major + 24
      b[at + 1] = n
    } else if (size === 3) {
      b[at] = major + 25
      b[at + 1] = n >> 8
      b[at + 2] = n & 255
    } else if (size === 5) {
      b[at] = major + 26
      this.four(at + 1, n)
    } else {
      // Above 2^32 only by division: the board's bit operators see 32 bits.
      const high = Math.floor(n / 4294967296)
      b[at] = major + 27
      this.four(at + 1, high)
      this.four(at + 5, n - high * 4294967296)
    }
    this.at = at + size
  }

  four(at: number, n: number): void {
    const b = this.buffer
    const high = Math.floor(n / 65536)
    const low = n - high * 65536
    b[at] = high >> 8
    b[at + 1] = high & 255
    b[at + 2] = low >> 8
    b[at + 3] = low & 255
  }

  /** @param n an integer from 0 to 2^53 - 1 */
  uint(n: number): void {
    this.head(0, n)
  }

  /** @param n an integer from -(2^53 - 1) to 2^53 - 1 */
  int(n: number): void {
    if (n < 0) this.head(32, -1 - n)
    else this.head(0, n)
  }

  /** The first `length` bytes of `bytes` as a byte string. */
  bytes(bytes: Uint8Array, length: number): void {
    this.head(64, length)
    this.copy(bytes, length)
  }

  /** ASCII text; other characters are not for the wire. */
  text(text: string): void {
    const length = text.length
    this.head(96, length)
    if (this.overflow || this.at + length > this.buffer.length) {
      this.overflow = true
      return
    }
    for (let i = 0; i < length; i++) this.buffer[this.at + i] = text.charCodeAt(i) & 127
    this.at += length
  }

  /** The head of an array of `count` items. */
  array(count: number): void {
    this.head(128, count)
  }

  /** Bytes that are CBOR already. */
  copy(bytes: Uint8Array, length: number): void {
    if (this.overflow || this.at + length > this.buffer.length) {
      this.overflow = true
      return
    }
    if (length === bytes.length) this.buffer.set(bytes, this.at)
    else this.buffer.set(bytes.subarray(0, length), this.at)
    this.at += length
  }
}
