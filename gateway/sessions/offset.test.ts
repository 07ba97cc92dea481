import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addPiece, type OffsetPiece, PIECES_A_BOOT, pieceOf, placeUtc } from './offset.ts'

describe('node time to UTC', () => {
  it('one exchange: exact at it, wider with distance, centred', () => {
    const pieces = [pieceOf(1000, 1_700_000_000_500, 1010)]
    const at = placeUtc(pieces, 1005)
    expect(at).toEqual({ earliestMilliseconds: 1_700_000_000_495, latestMilliseconds: 1_700_000_000_505 })
    const later = placeUtc(pieces, 61_005)
    expect(later.latestMilliseconds - later.earliestMilliseconds).toBeGreaterThan(1000)
    expect((later.latestMilliseconds + later.earliestMilliseconds) / 2).toBeCloseTo(1_700_000_060_500, 3)
  })

  it('the true instant is always inside, whatever the drift and the delays', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.015, max: 0.015, noNaN: true }),
        fc.array(
          fc.record({ wait: fc.integer({ min: 15_000, max: 240_000 }), up: fc.nat(900), down: fc.nat(900) }),
          {
            minLength: 1,
            maxLength: 80,
          },
        ),
        fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (drift, exchanges, instants) => {
          const start = 1_700_000_000_000
          const clockAt = (utc: number) => (utc - start) * (1 + drift)
          let pieces: OffsetPiece[] = []
          let utc = start
          for (const { wait, up, down } of exchanges) {
            utc += wait
            pieces = addPiece(pieces, pieceOf(clockAt(utc), utc + up, clockAt(utc + up + down)))
          }
          expect(pieces.length).toBeLessThanOrEqual(PIECES_A_BOOT)
          for (const part of instants) {
            const truth = start + (utc - start) * part
            const placed = placeUtc(pieces, clockAt(truth))
            expect(placed.earliestMilliseconds).toBeLessThanOrEqual(truth + 0.01)
            expect(placed.latestMilliseconds).toBeGreaterThanOrEqual(truth - 0.01)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('a measured drift is followed', () => {
    const clockAt = (utc: number) => utc * 1.05
    const pieces = [0, 20_000, 260_000].map((utc) => pieceOf(clockAt(utc), utc + 5, clockAt(utc + 10)))
    const placed = placeUtc(pieces, clockAt(400_000))
    expect(Math.abs((placed.earliestMilliseconds + placed.latestMilliseconds) / 2 - 400_000)).toBeLessThan(20)
    expect(placed.latestMilliseconds - placed.earliestMilliseconds).toBeLessThan(100)
  })
})
