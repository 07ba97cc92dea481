import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deframer, encodeFrame, frameWireBytes } from './frame.ts'
import { Limit } from './limits.ts'
import { crc32Node } from './seal-node.ts'

function wireOf(frame: Uint8Array): Uint8Array {
  const work = new Uint8Array(frame.length + 4)
  work.set(frame)
  const out = new Uint8Array(frameWireBytes(frame.length))
  const length = encodeFrame(out, work, frame.length, crc32Node)
  expect(length).toBeGreaterThan(0)
  return out.subarray(0, length)
}

function framesOf(deframer: Deframer, bytes: Uint8Array, chunk: number): string[] {
  const frames: string[] = []
  for (let at = 0; at < bytes.length; at += chunk) {
    deframer.push(bytes.slice(at, at + chunk), (frame) => frames.push(Buffer.from(frame).toString('hex')))
  }
  return frames
}

const anyFrame = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: Limit.FRAME_UP_BYTES }),
  // Long runs without and with zeros, where COBS has its edges.
  fc.integer({ min: 240, max: 512 }).map((length) => new Uint8Array(length).fill(1)),
  fc.integer({ min: 1, max: 512 }).map((length) => new Uint8Array(length)),
)

describe('frames on a byte stream', () => {
  it('COBS examples of the paper: no zero inside, delimiters at both ends', () => {
    for (const length of [1, 253, 254, 255, 508, 509, 512]) {
      const wire = wireOf(new Uint8Array(length).fill(9))
      expect(wire[0]).toBe(0)
      expect(wire[wire.length - 1]).toBe(0)
      expect(wire.subarray(1, -1).includes(0)).toBe(false)
      expect(wire.length).toBeLessThanOrEqual(frameWireBytes(length))
    }
  })

  it('any frames in any chunks come out again', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        (frames, chunk) => {
          const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
          const bytes = Buffer.concat(frames.map(wireOf))
          expect(framesOf(deframer, bytes, chunk)).toEqual(
            frames.map((frame) => Buffer.from(frame).toString('hex')),
          )
          expect([deframer.bad, deframer.oversize]).toEqual([0, 0])
        },
      ),
    )
  })

  it('damage costs the damaged frame only, and noise between frames costs nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyFrame, fc.boolean(), fc.nat()), { minLength: 1, maxLength: 6 }),
        fc.uint8Array({ maxLength: 40 }),
        (frames, noise) => {
          const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
          const parts: Uint8Array[] = []
          const intact: string[] = []
          for (const [frame, damage, flip] of frames) {
            const wire = new Uint8Array(wireOf(frame))
            if (damage) {
              // Not the delimiters: a lost delimiter is noise next to its neighbour, tested over the pty.
              const bit = 8 + (flip % ((wire.length - 2) * 8))
              wire[bit >> 3] = (wire[bit >> 3] as number) ^ (1 << (bit & 7))
            } else intact.push(Buffer.from(frame).toString('hex'))
            parts.push(wire, noise)
          }
          expect(framesOf(deframer, Buffer.concat(parts), 64)).toEqual(intact)
        },
      ),
    )
  })

  it('drops until the next delimiter when a frame never ends, in fixed memory', () => {
    const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
    const size = deframer.buffer.length
    const noise = new Uint8Array(4096).fill(0x55)
    for (let i = 0; i < 256; i++) deframer.push(noise, () => expect.unreachable())
    expect(deframer.buffer.length).toBe(size)
    expect(framesOf(deframer, Buffer.from(wireOf(Uint8Array.of(1, 2, 3))), 7)).toEqual(['010203'])
    expect([deframer.ok, deframer.oversize]).toEqual([1, 1])
  })

  it('refuses buffers that are too small', () => {
    expect(encodeFrame(new Uint8Array(8), new Uint8Array(20), 16, crc32Node)).toBe(-1)
    expect(encodeFrame(new Uint8Array(40), new Uint8Array(16), 16, crc32Node)).toBe(-1)
  })
})
