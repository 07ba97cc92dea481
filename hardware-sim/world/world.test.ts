import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bench } from '../buses/testing.ts'
import { createChannel } from './channels.ts'
import { parseCsvSeries, seriesPoints } from './csv-series.ts'

const points = fc
  .uniqueArray(
    fc.record({
      atMicroseconds: fc.integer({ min: -1e9, max: 1e9 }),
      value: fc.integer({ min: -100, max: 100 }),
    }),
    {
      minLength: 1,
      maxLength: 20,
      selector: (point) => point.atMicroseconds,
    },
  )
  .map((list) => list.toSorted((a, b) => a.atMicroseconds - b.atMicroseconds))

describe('channels', () => {
  it('holds the last value in steps and series, as a search from the end finds it', () => {
    fc.assert(
      fc.property(
        points,
        fc.constantFrom('steps' as const, 'series' as const),
        fc.integer({ min: -2e9, max: 2e9 }),
        (list, kind, t) => {
          const expected = list.findLast((point) => point.atMicroseconds <= t) ?? list[0]!
          expect(createChannel('c', { kind, points: list }).sample(t)).toBe(expected.value)
        },
      ),
    )
  })

  it('goes straight from point to point in ramps, through every point, never outside its neighbours', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const channel = createChannel('c', { kind: 'ramp', points: list })
        list.forEach((point, i) => {
          expect(channel.sample(point.atMicroseconds)).toBe(point.value)
          const next = list[i + 1]
          if (next === undefined) return
          const t = point.atMicroseconds + share * (next.atMicroseconds - point.atMicroseconds)
          const straight = point.value + share * (next.value - point.value)
          expect(channel.sample(t)).toBeCloseTo(straight, 6)
        })
        expect(channel.sample(-2e9)).toBe(list[0]!.value)
        expect(channel.sample(2e9)).toBe(list.at(-1)!.value)
      }),
    )
  })

  it('swings as a sine', () => {
    const channel = createChannel('c', { kind: 'sine', mean: 5, amplitude: 2, periodMicroseconds: 4e6 })
    expect([0, 1e6, 3e6].map((t) => channel.sample(t))).toEqual([5, 7, 3])
  })

  it('refuses points out of order, none, and what is no number', () => {
    const bad = (list: { atMicroseconds: number; value: number }[]) => () =>
      createChannel('c', { kind: 'steps', points: list })
    expect(bad([])).toThrow()
    expect(
      bad([
        { atMicroseconds: 1, value: 1 },
        { atMicroseconds: 1, value: 2 },
      ]),
    ).toThrow(/point 1/)
    expect(bad([{ atMicroseconds: 1, value: Number.NaN }])).toThrow()
    expect(() => createChannel('c', { kind: 'constant', value: Number.NaN })).toThrow()
    expect(() => createChannel('c', { kind: 'sine', mean: 0, amplitude: 1, periodMicroseconds: 0 })).toThrow()
  })

  it('is replaced from an instant on, and unknown ones are refused', () => {
    const { world } = bench()
    world.addChannel('room', { kind: 'constant', value: 4 })
    world.setChannel('room', 9, 1000)
    world.setChannel('room', 10, 2000)
    expect([999, 1000, 1999, 2000].map((t) => world.sample('room', t))).toEqual([4, 9, 9, 10])
    expect(() => world.sample('cellar', 0)).toThrow(/cellar/)
    expect(() => world.addChannel('room', { kind: 'constant', value: 1 })).toThrow(/twice/)
  })
})

describe('CSV series', () => {
  const text =
    'time,temperatureCelsius,humidityPercent\n2022-11-08T21:50:00Z,8.1,40\n2022-11-08T21:55:00Z,,41\n2022-11-08T23:00:00+01:00,7.5,42\n'

  it('reads times, the wanted column, and leaves out rows without a value', () => {
    const start = Date.UTC(2022, 10, 8, 21, 50)
    expect(seriesPoints(parseCsvSeries(text, 'f.csv'), start)).toEqual([
      { atMicroseconds: 0, value: 8.1 },
      { atMicroseconds: 600e6, value: 7.5 },
    ])
    expect(parseCsvSeries(text, 'f.csv', 'humidityPercent').points.map((point) => point.value)).toEqual([
      40, 41, 42,
    ])
  })

  it('names file and line of what it cannot read', () => {
    const refused = (csv: string, column?: string) => {
      try {
        parseCsvSeries(csv, 'f.csv', column)
      } catch (error) {
        return error instanceof Error ? error.message : 'odd'
      }
      return 'accepted'
    }
    expect(refused('time,t\nyesterday,1\n')).toMatch(/f\.csv:2/)
    expect(refused('time,t\n2022-11-08T21:50:00Z,warm\n')).toMatch(/warm.*f\.csv:2/)
    expect(refused('time,t\n2022-11-08T21:50:00,1\n')).toMatch(/f\.csv:2/)
    expect(refused('time,t\n2022-11-08T21:50:00Z,1\n2022-11-08T21:50:00Z,2\n')).toMatch(
      /out of order.*f\.csv:3/,
    )
    expect(refused('when,t\n')).toMatch(/columns/)
    expect(refused(text, 'co2')).toMatch(/co2/)
    expect(refused('time,t\n')).toMatch(/0 rows/)
    expect(refused('time,t\n"2022')).toMatch(/f\.csv/)
  })
})

describe('tags and doors', () => {
  it('finds a tag from enter up to leave, with its RSSI on the way', () => {
    const { world } = bench()
    const epc = '3034257bf7194e4000001a85'
    world.addTag({
      epc,
      visits: [
        {
          field: 'f',
          enterMicroseconds: 100,
          leaveMicroseconds: 200,
          rssiDbm: -60,
          rssiEndDbm: -40,
          readProbability: 0.5,
        },
      ],
    })
    expect(world.tagsInField('f', 99)).toEqual([])
    expect(world.tagsInField('f', 200)).toEqual([])
    expect(world.tagsInField('g', 150)).toEqual([])
    expect(world.tagsInField('f', 150)).toMatchObject([
      { protocolControl: 0x3000, rssiDbm: -50, readProbability: 0.5 },
    ])
  })

  it('refuses tags that cannot be', () => {
    const { world } = bench()
    const visit = { field: 'f', enterMicroseconds: 0, leaveMicroseconds: 1, rssiDbm: -50 }
    expect(() => world.addTag({ epc: '123', visits: [] })).toThrow()
    expect(() => world.addTag({ epc: '00'.repeat(64), visits: [] })).toThrow()
    expect(() => world.addTag({ epc: '1234', protocolControl: 0x3000, visits: [] })).toThrow()
    expect(() => world.addTag({ epc: '1234', visits: [{ ...visit, leaveMicroseconds: 0 }] })).toThrow()
    expect(() => world.addTag({ epc: '1234', visits: [{ ...visit, readProbability: 2 }] })).toThrow()
  })

  it('opens and closes doors at their times', () => {
    const b = bench()
    b.world.addDoor({
      name: 'd',
      changes: [
        { atMicroseconds: 50, open: true },
        { atMicroseconds: 90, open: false },
      ],
    })
    const seen: [boolean, number][] = []
    const off = b.world.onDoor('d', (open, at) => seen.push([open, at]))
    b.waitUntil(60)
    expect(b.world.doorOpen('d')).toBe(true)
    b.world.setDoor('d', true)
    b.waitUntil(100)
    expect(seen).toEqual([
      [true, 50],
      [false, 90],
    ])
    off()
    b.world.setDoor('d', true)
    expect(seen).toHaveLength(2)
    expect(() => b.world.doorOpen('x')).toThrow()
    expect(() => b.world.addDoor({ name: 'e', changes: [{ atMicroseconds: 10, open: true }] })).toThrow(
      /out of order/,
    )
  })
})
