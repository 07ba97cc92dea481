/** Native on the board (`E.CRC32`), a table at the host: CRC-32/ISO-HDLC over the bytes given. */
export type Crc32 = (bytes: Uint8Array) => number

const CRC_BYTES = 4
const CODE_BYTES_MAX = 254

function writeCrc(out: Uint8Array, at: number, crc: number): void {
  out[at] = crc & 255
  out[at + 1] = (crc >> 8) & 255
  out[at + 2] = (crc >> 16) & 255
  out[at + 3] = (crc >> 24) & 255
}

/** Bytes that `encodeFrame` may need for a frame of `length`. */
export function frameWireBytes(length: number): number {
  const raw = length + CRC_BYTES
  return raw + Math.floor(raw / CODE_BYTES_MAX) + 3
}

/**
 * Puts one frame on a byte stream: `0x00 COBS(frame ‖ CRC-32 little endian) 0x00` (COBS: Cheshire and
 * Baker, IEEE/ACM ToN 1999). The delimiter stands at both ends so that noise before a frame costs nothing.
 *
 * @param work scratch of at least `length + 4` bytes that holds the frame; the CRC is appended there
 * @param out at least `frameWireBytes(length)` bytes
 * @returns the bytes written, or -1 when a buffer is too small
 */
export function encodeFrame(out: Uint8Array, work: Uint8Array, length: number, crc32: Crc32): number {
  if (work.length < length + CRC_BYTES || out.length < frameWireBytes(length)) return -1
  writeCrc(work, length, crc32(work.subarray(0, length)))
  const end = length + CRC_BYTES
  out[0] = 0
  let at = 1
  let from = 0
  let more = true
  // Runs are moved by the native `indexOf` and `set`: a byte loop costs 49 ms a frame on a Pico.
  while (more) {
    const limit = from + CODE_BYTES_MAX < end ? from + CODE_BYTES_MAX : end
    const run = work.subarray(from, limit)
    const zero = run.indexOf(0)
    const count = zero < 0 ? limit - from : zero
    out[at] = count + 1
    if (count > 0) out.set(zero < 0 ? run : work.subarray(from, from + count), at + 1)
    at += count + 1
    if (zero < 0) {
      from = limit
      more = from < end
    } else {
      from += count + 1
      // A zero that is the last byte still needs its closing empty run.
      if (from === end) {
        out[at] = 1
        at++
        more = false
      }
    }
  }
  out[at] = 0
  return at + 1
}

/**
 * Takes frames out of a byte stream. Never grows: after `maximumBytes` without a delimiter everything
 * up to the next delimiter is dropped and counted. A frame with a wrong CRC or COBS code is dropped and
 * counted; the next one is not touched by it.
 */
export class Deframer {
  ok: number
  bad: number
  oversize: number
  buffer: Uint8Array
  used: number
  dropping: boolean
  crc32: Crc32

  constructor(maximumBytes: number, crc32: Crc32) {
    this.ok = 0
    this.bad = 0
    this.oversize = 0
    this.buffer = new Uint8Array(frameWireBytes(maximumBytes))
    this.used = 0
    this.dropping = false
    this.crc32 = crc32
  }

  /** @param onFrame gets a view that is valid only during the call */
  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let from = 0
    while (from < bytes.length) {
      const rest = bytes.subarray(from, bytes.length)
      const zero = rest.indexOf(0)
      const count = zero < 0 ? rest.length : zero
      if (!this.dropping && count > 0) {
        if (this.used + count > this.buffer.length) {
          this.dropping = true
          this.oversize++
        } else {
          this.buffer.set(zero < 0 ? rest : bytes.subarray(from, from + count), this.used)
          this.used += count
        }
      }
      from += count
      if (zero >= 0) {
        from++
        this.finish(onFrame)
      }
    }
  }

  /** A delimiter came: what lies in the buffer is a frame, or damage, or nothing. */
  finish(onFrame: (frame: Uint8Array) => void): void {
    const used = this.used
    const dropped = this.dropping
    this.used = 0
    this.dropping = false
    if (dropped || used === 0) return
    const length = this.unstuff(used)
    if (length <= CRC_BYTES) {
      this.bad++
      return
    }
    const body = length - CRC_BYTES
    const crc = this.crc32(this.buffer.subarray(0, body))
    const b = this.buffer
    if (
      b[body] !== (crc & 255) ||
      b[body + 1] !== ((crc >> 8) & 255) ||
      b[body + 2] !== ((crc >> 16) & 255) ||
      b[body + 3] !== ((crc >> 24) & 255)
    ) {
      this.bad++
      return
    }
    this.ok++
    onFrame(this.buffer.subarray(0, body))
  }

  /** Undoes COBS in place. @returns the length, or -1 for a code that leads past the end */
  unstuff(used: number): number {
    const b = this.buffer
    let read = 0
    let write = 0
    while (read < used) {
      const code = b[read] as number
      if (read + code > used) return -1
      const count = code - 1
      if (count > 0) b.set(b.subarray(read + 1, read + 1 + count), write)
      read += code
      write += count
      if (code !== 255 && read < used) {
        b[write] = 0
        write++
      }
    }
    return write
  }
}
