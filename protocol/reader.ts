/**
 * Reads CBOR heads from bytes that somebody else wrote: unsigned and negative integers, byte strings and
 * arrays, with every length checked before it is believed. `failed` is sticky, so a caller may read a whole
 * message and look once at the end.
 */
export class CborReader {
  bytes: Uint8Array
  end: number
  at: number
  failed: boolean
  major: number

  constructor() {
    this.bytes = new Uint8Array(0)
    this.end = 0
    this.at = 0
    this.failed = false
    this.major = 0
  }

  start(bytes: Uint8Array, from: number, end: number): void {
    this.bytes = bytes
    this.at = from
    this.end = end
    this.failed = end > bytes.length
  }

  /** Reads one head: sets `major` (0 to 7) and gives its argument; indefinite lengths are refused. */
  head(): number {
    if (this.failed || this.at >= this.end) {
      this.failed = true
      return 0
    }
    const first = this.bytes[this.at] as number
    this.major = first >> 5
    const info = first & 31
    this.at++
    if (info < 24) return info
    const size = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0
    if (size === 0 || this.at + size > this.end) {
      this.failed = true
      return 0
    }
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.at + i] as number)
    this.at += size
    // Beyond 2^53 - 1 a number is no longer exact, on the board as at the host.
    if (value > 9007199254740991) this.failed = true
    return value
  }

  uint(maximum: number): number {
    const value = this.head()
    if (this.major !== 0 || value > maximum) this.failed = true
    return this.failed ? 0 : value
  }

  /** Count of an array's items. */
  array(maximum: number): number {
    const count = this.head()
    if (this.major !== 4 || count > maximum) this.failed = true
    return this.failed ? 0 : count
  }

  /** A byte string of exactly `length` bytes, copied into `out`. */
  bytesInto(out: Uint8Array, length: number): void {
    const count = this.head()
    if (this.major !== 2 || count !== length || this.at + count > this.end) this.failed = true
    if (this.failed) return
    out.set(this.bytes.subarray(this.at, this.at + length), 0)
    this.at += length
  }

  /** Passes over one item of any kind, nested at most `depth` deep. */
  skip(depth: number): void {
    if (depth <= 0) this.failed = true
    const argument = this.head()
    const major = this.major
    if (this.failed) return
    if (major === 2 || major === 3) {
      if (this.at + argument > this.end) this.failed = true
      else this.at += argument
    } else if (major === 4 || major === 5) {
      const items = major === 5 ? argument * 2 : argument
      // Every item takes at least one byte: a count beyond that is a lie and not looped over.
      if (items > this.end - this.at) this.failed = true
      for (let i = 0; i < items && !this.failed; i++) this.skip(depth - 1)
    } else if (major === 6) {
      this.skip(depth - 1)
    }
  }
}
