import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addRange, hasSequence, highestSequence, NO_SEQUENCES, type Sequences } from './ranges.ts'

it('holds what a set would hold, joined and in order', () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(8))
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), (added) => {
      let sequences: Sequences = NO_SEQUENCES
      const set = new Set<number>()
      for (const [from, more] of added) {
        sequences = addRange(sequences, from, from + more)
        for (let i = from; i <= from + more; i++) set.add(i)
      }
      for (let i = 1; i < 80; i++) expect(hasSequence(sequences, i)).toBe(set.has(i))
      let before = sequences.through
      for (const [from, to] of sequences.ranges) {
        expect(from).toBeGreaterThan(before + 1)
        expect(to).toBeGreaterThanOrEqual(from)
        before = to
      }
      expect(highestSequence(sequences)).toBe(Math.max(0, ...set))
    }),
  )
})
