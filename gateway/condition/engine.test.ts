import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialConditionState, roundHalfAway, stepCondition } from './engine.ts'
import { loadProfiles, profileNamed } from './profiles.ts'
import { evaluateSeries } from './series.ts'
import type { AlarmChange, ConditionProfile, ConditionSample, ConditionState } from './types.ts'

const profiles = loadProfiles()
const strict = profileNamed(profiles, 'vaccine.2-8.strict')
const shipment = profileNamed(profiles, 'vaccine.2-8.shipment')
const START = Date.UTC(2026, 10, 23, 0, 0, 0)

/** One sample a step of minutes, values in °C. */
function series(stepMinutes: number, celsius: (number | undefined)[]): ConditionSample[] {
  return celsius.map((value, index) => ({
    utcMilliseconds: START + index * stepMinutes * 60_000,
    temperatureMilliCelsius: value === undefined ? undefined : Math.round(value * 1000),
  }))
}

function repeat(value: number, times: number): number[] {
  return new Array<number>(times).fill(value)
}

function alarmsOf(profile: ConditionProfile, samples: ConditionSample[]) {
  return evaluateSeries(profile, samples).alarms
}

describe('single excursion', () => {
  it('fires when the run is as long as the rule says, and ends with the first sample back', () => {
    const samples = series(5, [5, ...repeat(9.4, 14), 7.9, 5])
    expect(alarmsOf(strict, samples)).toEqual([
      {
        rule: 'high-single',
        start: '2026-11-23T00:05:00Z',
        fired: '2026-11-23T01:05:00Z',
        end: '2026-11-23T01:15:00Z',
        minutes: 70,
        extremeCelsius: 9.4,
      },
    ])
  })

  it('has no end while it runs', () => {
    expect(alarmsOf(strict, series(10, repeat(1.2, 9)))).toMatchObject([
      { end: null, minutes: 80, extremeCelsius: 1.2 },
    ])
  })

  it('does not fire below its time; the sample before holds until the next', () => {
    expect(alarmsOf(strict, series(5, [...repeat(9, 11), 5]))).toEqual([])
    expect(alarmsOf(strict, series(5, [...repeat(9, 12), 5]))).toMatchObject([{ minutes: 60 }])
  })

  it('starts anew after one sample back within', () => {
    expect(alarmsOf(strict, series(5, [...repeat(9, 11), 8, ...repeat(9, 11), 8]))).toEqual([])
  })

  it('compares by the operator of the rule', () => {
    expect(alarmsOf(strict, series(5, repeat(8, 30)))).toEqual([])
    const freeze = profileNamed(profiles, 'who.30dtr')
    expect(alarmsOf(freeze, series(5, repeat(-0.5, 13)))).toMatchObject([{ rule: 'freeze-single' }])
    expect(alarmsOf(freeze, series(5, repeat(-0.4, 30)))).toEqual([])
  })

  it('rounds to the resolution before it compares: 8.0007 of an SHT3x is 8.0', () => {
    expect(alarmsOf(strict, series(5, repeat(8.0007, 30)))).toEqual([])
    expect(alarmsOf(strict, series(5, repeat(8.05, 30)))).toMatchObject([{ extremeCelsius: 8.1 }])
    expect(roundHalfAway(-550, 100)).toBe(-600)
    expect(roundHalfAway(-40, 100)).toBe(0)
  })

  it('rounds times to whole seconds before any duration', () => {
    const samples = series(5, repeat(9, 13)).map((sample, index) => ({
      ...sample,
      utcMilliseconds: sample.utcMilliseconds + (index % 2 === 0 ? 400 : -400),
    }))
    expect(alarmsOf(strict, samples)).toEqual(alarmsOf(strict, series(5, repeat(9, 13))))
  })

  it('is broken by a gap longer than the profile allows, which is listed', () => {
    const first = series(5, repeat(9, 10))
    const later = series(5, repeat(9, 10)).map((sample) => ({
      ...sample,
      utcMilliseconds: sample.utcMilliseconds + 61 * 60_000,
    }))
    const report = evaluateSeries(strict, [...first, ...later])
    expect(report.alarms).toEqual([])
    expect(report.gaps).toEqual([{ from: '2026-11-23T00:45:00Z', to: '2026-11-23T01:01:00Z', minutes: 16 }])
    const joined = later.map((s) => ({ ...s, utcMilliseconds: s.utcMilliseconds - 60_000 }))
    expect(alarmsOf(strict, [...first, ...joined])).toHaveLength(1)
  })

  it('ends at the last sample before a gap when it had fired', () => {
    const samples = [
      ...series(5, repeat(9, 14)),
      { utcMilliseconds: START + 6 * 3_600_000, temperatureMilliCelsius: 9000 },
    ]
    expect(alarmsOf(strict, samples)).toMatchObject([{ end: '2026-11-23T01:05:00Z', minutes: 65 }])
  })

  it('takes a fault neither as a value nor as a gap', () => {
    const withFaults = [...repeat(9, 6), undefined, undefined, ...repeat(9, 5)]
    expect(alarmsOf(strict, series(5, withFaults))).toMatchObject([{ minutes: 60 }])
    expect(alarmsOf(strict, series(5, repeat(9, 6).concat([]))).length).toBe(0)
    expect(
      alarmsOf(strict, series(5, [...repeat(9, 6), undefined, undefined, undefined, ...repeat(9, 6)])),
    ).toEqual([])
  })
})

describe('cumulative exposure', () => {
  it('sums the time beyond over the whole series and has no end', () => {
    const warm = [9, 9, 5]
    const samples = series(10, [...warm, ...warm, ...warm, ...warm])
    expect(alarmsOf(shipment, samples)).toEqual([
      {
        rule: 'high-cumulative',
        start: '2026-11-23T00:00:00Z',
        fired: '2026-11-23T01:20:00Z',
        end: null,
        minutes: 80,
        extremeCelsius: 9,
      },
    ])
  })

  it('leaves gaps out of the sum', () => {
    expect(alarmsOf(shipment, series(16, repeat(9, 60)))).toEqual([])
  })

  it('fires inside the interval in which the sum reaches the limit', () => {
    const samples = series(7, repeat(9, 12))
    const cumulative = alarmsOf(shipment, samples).find((alarm) => alarm.rule === 'high-cumulative')
    expect(cumulative?.fired).toBe('2026-11-23T01:00:00Z')
  })
})

const sampleArbitrary = fc.record({
  stepSeconds: fc.oneof(fc.integer({ min: 1, max: 1200 }), fc.constant(300)),
  celsius: fc.option(fc.double({ min: -3, max: 12, noNaN: true }), { freq: 12, nil: undefined }),
})

function built(steps: { stepSeconds: number; celsius: number | undefined }[]): ConditionSample[] {
  let at = START
  return steps.map((step) => {
    at += step.stepSeconds * 1000
    return {
      utcMilliseconds: at,
      temperatureMilliCelsius: step.celsius === undefined ? undefined : Math.round(step.celsius * 1000),
    }
  })
}

describe('one engine for batch and stream', () => {
  it('serialising the state between any samples changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(sampleArbitrary, { maxLength: 120 }),
        fc.constantFrom(...profiles.keys()),
        fc.infiniteStream(fc.boolean()),
        (steps, name, cuts) => {
          const profile = profileNamed(profiles, name)
          const samples = built(steps)
          const whole = initialConditionState(profile)
          let chunked = initialConditionState(profile)
          const wholeChanges: AlarmChange[] = []
          const chunkedChanges: AlarmChange[] = []
          for (const sample of samples) {
            wholeChanges.push(...stepCondition(profile, whole, sample).changes)
            if (cuts.next().value) chunked = JSON.parse(JSON.stringify(chunked)) as ConditionState
            chunkedChanges.push(...stepCondition(profile, chunked, sample).changes)
          }
          expect(chunked).toEqual(whole)
          expect(chunkedChanges).toEqual(wholeChanges)
        },
      ),
    )
  })

  it('the stream of changes ends in what the batch reports', () => {
    fc.assert(
      fc.property(fc.array(sampleArbitrary, { maxLength: 120 }), (steps) => {
        const samples = built(steps)
        const state = initialConditionState(shipment)
        const latest = new Map<string, AlarmChange>()
        for (const sample of samples) {
          for (const change of stepCondition(shipment, state, sample).changes) {
            latest.set(`${change.rule.id} ${change.alarm.start}`, change)
          }
        }
        const report = evaluateSeries(shipment, samples)
        const facts = (alarm: { rule: string; start: string; fired: string; end: string | null }) =>
          [alarm.rule, alarm.start, alarm.fired, alarm.end].join(' ')
        expect([...latest.values()].map((change) => facts(change.alarm)).sort()).toEqual(
          report.alarms.map(facts).sort(),
        )
      }),
    )
  })

  it('a sample out of order changes nothing but its count', () => {
    const state = initialConditionState(strict)
    const samples = series(5, repeat(9, 5))
    for (const sample of samples) stepCondition(strict, state, sample)
    const before = JSON.stringify({ ...state, outOfOrder: 1 })
    stepCondition(strict, state, samples[2] as ConditionSample)
    expect(JSON.stringify(state)).toBe(before)
  })

  it('a single alarm always fires between its start and its end, after exactly its minutes', () => {
    fc.assert(
      fc.property(fc.array(sampleArbitrary, { maxLength: 120 }), (steps) => {
        for (const alarm of evaluateSeries(shipment, built(steps)).alarms) {
          if (!alarm.rule.endsWith('single')) continue
          expect(Date.parse(alarm.fired) - Date.parse(alarm.start)).toBe(30 * 60_000)
          if (alarm.end !== null)
            expect(Date.parse(alarm.end)).toBeGreaterThanOrEqual(Date.parse(alarm.fired))
        }
      }),
    )
  })
})
