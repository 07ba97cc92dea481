import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ReplayWindow } from './replay-window.ts'

it('takes each counter once and nothing that is 64 or more behind', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 400 }), (counters) => {
      const window = new ReplayWindow()
      const seen = new Set<number>()
      let highest = 0
      for (const counter of counters) {
        const right = counter > 0 && !seen.has(counter) && counter > highest - 64
        expect(window.accepts(counter)).toBe(right)
        if (!right) continue
        window.mark(counter)
        seen.add(counter)
        highest = Math.max(highest, counter)
      }
      expect(window.missing).toBe(highest - seen.size)
    }),
  )
})
