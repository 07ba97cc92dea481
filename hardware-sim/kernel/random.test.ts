import { describe, expect, it } from 'vitest'
import { randomSource, randomStream } from './random.ts'

describe('random streams', () => {
  it('gives the same numbers for the same seed and path, others for others', () => {
    const take = (seed: string, path: string): number[] => {
      const stream = randomStream(seed, path)
      return [stream.nextUint32(), stream.nextUint32(), stream.nextUint32()]
    }
    expect(take('7', 'a/b')).toEqual(take('7', 'a/b'))
    expect(take('7', 'a/b')).not.toEqual(take('8', 'a/b'))
    expect(take('7', 'a/b')).not.toEqual(take('7', 'a/c'))
    expect(take('7', 'a')).not.toEqual(take('7a', ''))
  })

  it('does not shift a stream when another component is added', () => {
    const source = randomSource('1')
    const alone = source('reader').bytes(16)
    const crowded = randomSource('1')
    crowded('sensor').bytes(100)
    expect(crowded('reader').bytes(16)).toEqual(alone)
  })

  it('keeps its published sequence (a change breaks every stored seed)', () => {
    const stream = randomStream('waypost', 'fixed')
    expect([stream.nextUint32(), stream.nextUint32(), stream.nextUint32()]).toMatchInlineSnapshot(`
      [
        1343172606,
        626929340,
        3332058089,
      ]
    `)
  })

  it('is roughly uniform, keeps its ranges, and draws nothing for certain chances', () => {
    const stream = randomStream('3', 'x')
    let sum = 0
    const seen = new Set<number>()
    for (let i = 0; i < 10_000; i++) {
      sum += stream.next()
      seen.add(stream.integer(-2, 2))
    }
    expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.02)
    expect([...seen].toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
    const other = randomStream('3', 'y')
    const first = randomStream('3', 'y').nextUint32()
    expect([other.chance(0), other.chance(1), other.chance(-1), other.chance(2)]).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect(other.nextUint32()).toBe(first)
  })

  it('gives normal deviates of the asked deviation', () => {
    const stream = randomStream('4', 'n')
    let squares = 0
    for (let i = 0; i < 10_000; i++) squares += stream.normal(3) ** 2
    expect(Math.abs(Math.sqrt(squares / 10_000) - 3)).toBeLessThan(0.15)
  })
})
