import { describe, expect, it } from 'vitest'
import { initialConditionState, stepCondition } from '#gateway/condition/engine.ts'
import { loadProfiles, profileNamed } from '#gateway/condition/profiles.ts'
import type { AlarmChange } from '#gateway/condition/types.ts'
import { CONDITION_CHECKS, checkCondition } from './index.ts'
import { EPCS_A_FINDING_MAXIMUM, type Finding } from './types.ts'

const profile = profileNamed(loadProfiles(), 'vaccine.2-8.shipment')

/** What the checks find in a series of one sample every ten minutes. */
function found(celsius: number[], epcs: string[] = ['urn:epc:id:sgtin:9521141.012345.1']): Finding[] {
  const state = initialConditionState(profile)
  const changes: AlarmChange[] = celsius.flatMap(
    (value, index) =>
      stepCondition(profile, state, {
        utcMilliseconds: Date.UTC(2026, 10, 23) + index * 600_000,
        temperatureMilliCelsius: value * 1000,
      }).changes,
  )
  return changes.flatMap((change) =>
    checkCondition({ change, profile, node: 'n', checkpoint: 'c', epcs, events: ['urn:uuid:1'] }),
  )
}

describe('C1 single excursion', () => {
  it('passes: the run is over before its thirty minutes', () => {
    expect(found([5, 9, 9, 5, 5])).toEqual([])
  })

  it('violates: one run of forty minutes holds the goods, and its end is noted', () => {
    const findings = found([5, 9, 9, 9, 9, 5])
    expect(findings).toMatchObject([
      {
        check: 'C1',
        severity: 'block',
        epcs: ['urn:epc:id:sgtin:9521141.012345.1'],
        events: ['urn:uuid:1'],
        rule: 'vaccine.2-8.shipment/high-single',
        limitUri: profile.limitUri,
        standardWord: 'ALARM_CONDITION',
        confidence: 1,
      },
      { check: 'C1', severity: 'note' },
    ])
  })
})

describe('C2 cumulative exposure', () => {
  it('passes: fifty minutes in all', () => {
    expect(found([9, 9, 5, 9, 9, 5, 9, 5])).toEqual([])
  })

  it('violates: sixty minutes in all, in runs too short for C1', () => {
    expect(found([9, 9, 5, 9, 9, 5, 9, 9, 5])).toMatchObject([
      { check: 'C2', severity: 'block', rule: 'vaccine.2-8.shipment/high-cumulative' },
    ])
  })
})

describe('the list of checks', () => {
  it('is ordered, each id once', () => {
    expect(CONDITION_CHECKS.map((check) => check.id)).toEqual(['C1', 'C2'])
  })

  it('lists a bounded number of EPCs and counts all', () => {
    const epcs = Array.from({ length: EPCS_A_FINDING_MAXIMUM + 5 }, (_, index) => `urn:x:${index}`)
    const [finding] = found([9, 9, 9, 9], epcs)
    expect([finding?.epcs.length, finding?.epcsInAll]).toEqual([
      EPCS_A_FINDING_MAXIMUM,
      EPCS_A_FINDING_MAXIMUM + 5,
    ])
  })
})
