import { describe, expect, it } from 'vitest'
import { sha256Node } from '#protocol/seal-node.ts'
import { makeJournalId, Noise, u32Bytes } from './noise.ts'

describe('noise', () => {
  it('never repeats, even over constant sources, and differs by what was stirred in', () => {
    const seen = new Set<string>()
    for (const key of [1, 2]) {
      const noise = new Noise(sha256Node, [() => 0, () => Number.NaN])
      noise.stir(new Uint8Array([key]))
      for (let i = 0; i < 200; i++) seen.add(String(noise.take(8)))
    }
    expect(seen.size).toBe(400)
  })

  it('takes sources in: negative, fractional and beyond 2^32', () => {
    const first = (value: number): string => String(new Noise(sha256Node, [() => value]).take(4))
    const values = [0, 1, -1, 0x7fffffff, -0x80000000, 2 ** 40, 2 ** 40 + 1]
    expect(new Set(values.map(first)).size).toBe(values.length)
  })

  it('gives journal ids of 32 bits that depend on the boot counter and are never 0', () => {
    const id = (counter: number): number => makeJournalId(new Noise(sha256Node, [() => 1]), counter)!
    expect(id(1)).not.toBe(id(2))
    for (let i = 0; i < 50; i++) {
      expect(id(i)).toBeGreaterThan(0)
      expect(id(i)).toBeLessThan(2 ** 32)
    }
    expect(makeJournalId(new Noise(() => undefined, []), 1)).toBeUndefined()
    expect(new Noise(() => undefined, []).take(4)).toBeUndefined()
    const zero = new Noise(() => new Uint8Array(32), [])
    expect(makeJournalId(zero, 1)).toBe(1)
  })

  it('writes a counter big endian', () => {
    expect([...u32Bytes(0xfedcba98)]).toEqual([0xfe, 0xdc, 0xba, 0x98])
  })
})
