import { describe, expect, it } from 'vitest'
import { randomStream } from '../kernel/random.ts'
import { FrameDamage, injectNoise } from './frame-damage.ts'

function frame(length: number, value: number): number[] {
  return [0, ...Array<number>(length).fill(value), 0]
}

describe('damage of frames on a serial line', () => {
  it('hurts the asked share, never a delimiter, never a neighbour', () => {
    const damage = new FrameDamage(0.05, randomStream('7', 'damage'))
    const frames = Array.from({ length: 2000 }, (_, i) => frame(30, (i % 255) + 1))
    const out = [...damage.filter(Uint8Array.from(frames.flat()))]
    const parts: number[][] = []
    let at: number[] = []
    for (const byte of out) {
      if (byte !== 0) at.push(byte)
      else if (at.length > 0) {
        parts.push(at)
        at = []
      }
    }
    expect(parts.length).toBe(2000)
    const changed = parts.filter(
      (part, i) => part.length !== 30 || part.some((byte) => byte !== (i % 255) + 1),
    )
    // An inserted byte may equal its neighbours only by value; it still makes the frame longer.
    expect(changed.length).toBe(damage.damaged)
    expect(damage.frames).toBe(2000)
    expect(damage.damaged).toBeGreaterThan(60)
    expect(damage.damaged).toBeLessThan(140)
  })

  it('is the same for any cut of the stream', () => {
    const bytes = Uint8Array.from(Array.from({ length: 100 }, (_, i) => frame(20, i + 1)).flat())
    const whole = new FrameDamage(0.3, randomStream('1', 'x')).filter(bytes)
    const cut = new FrameDamage(0.3, randomStream('1', 'x'))
    const pieces: number[] = []
    for (let i = 0; i < bytes.length; i += 7) pieces.push(...cut.filter(bytes.subarray(i, i + 7)))
    expect(pieces).toEqual([...whole])
  })

  it('makes as much noise as asked', () => {
    let count = 0
    injectNoise((bytes) => (count += bytes.length), 1_000_001, randomStream('1', 'noise'))
    expect(count).toBe(1_000_001)
  })
})
