import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCondition } from '#gateway/condition/command.ts'
import { parseTimeSeries } from '#gateway/condition/csv.ts'
import { initialConditionState, isBeyond, stepCondition } from '#gateway/condition/engine.ts'
import { loadProfiles, profileNamed } from '#gateway/condition/profiles.ts'
import { type ConditionReport, evaluateSeries } from '#gateway/condition/series.ts'
import type { Alarm, ConditionRule } from '#gateway/condition/types.ts'
import { dayVerdicts, loggerCsv, loggerSamples } from './berlinger.ts'
import { referenceText } from './reference-folder.ts'

interface DeviceAlarm {
  start: string
  fired: string
  minutes: number
}
interface Oracles {
  files: Record<string, Record<string, unknown>>
}

const Q_TAG = 'QTag_CLm_doc_LR__RCPJ00010_02_202211090128.txt'
const FRIDGE_TAG = 'FridgeTag_2L__130500109088_202206081014.txt'
const profiles = loadProfiles()
const shipment = profileNamed(profiles, 'vaccine.2-8.shipment')
const strict = profileNamed(profiles, 'vaccine.2-8.strict')
const MINUTE = 60_000

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-loggers-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function oracle(name: string): Record<string, unknown> {
  const oracles = JSON.parse(referenceText('coldchain', 'berlinger', 'ORACLES.json')) as Oracles
  return oracles.files[name] as Record<string, unknown>
}

function logger(name: string): string {
  return referenceText('coldchain', 'berlinger', name)
}

/** The logger's file through the whole command: text → CSV → runCondition. */
function judged(name: string, profile: string): ConditionReport {
  const file = join(folder, `${name}.csv`)
  writeFileSync(file, loggerCsv(logger(name)))
  const outcome = runCondition({ file, profile, json: true })
  expect(outcome.error).toBeUndefined()
  return JSON.parse(outcome.output[0] as string) as ConditionReport
}

function utc(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}:00Z`)
}

/** The log has a row each ten minutes, the device judges each minute: a replay is late by less than a row. */
const Q_TAG_LATE_MINUTES = 9

function expectLike(mine: Alarm | undefined, device: { start: string; fired: string }): void {
  expect(mine, `an alarm like the device's of ${device.start}`).toBeDefined()
  for (const edge of ['start', 'fired'] as const) {
    const late = (Date.parse((mine as Alarm)[edge]) - utc(device[edge])) / MINUTE
    expect(late, `${edge} ${device[edge]}`).toBeGreaterThanOrEqual(0)
    expect(late, `${edge} ${device[edge]}`).toBeLessThanOrEqual(Q_TAG_LATE_MINUTES)
  }
}

describe("a Q-tag's own verdict", () => {
  const device = () => oracle(Q_TAG)
  const deviceAlarms = () => device().alarms as Record<string, unknown>

  it('its flag: T < 2.0 or T > 8.0, row by row', () => {
    const flagged = [...logger(Q_TAG).matchAll(/^\t(\d{4}\S+ \S+)\t(\S+)\tx/gm)].map((match) => match[1])
    const [high, , , low] = shipment.rules as [ConditionRule, ConditionRule, ConditionRule, ConditionRule]
    const beyond = loggerSamples(logger(Q_TAG)).filter((sample) => {
      const milliCelsius = Math.round(Number(sample.celsius) * 1000)
      return isBeyond(high, milliCelsius) || isBeyond(low, milliCelsius)
    })
    expect(beyond.map((sample) => sample.time)).toEqual(flagged)
    expect(beyond).toHaveLength(79)
  })

  it('single high, cumulative high and cumulative low fire as on the device', () => {
    const alarms = judged(Q_TAG, 'vaccine.2-8.shipment').alarms
    const rules: [string, RegExp][] = [
      ['high-single', /single high/],
      ['high-cumulative', /cumulative high/],
      ['low-cumulative', /cumulative low/],
    ]
    for (const [rule, name] of rules) {
      const key = Object.keys(deviceAlarms()).find((one) => name.test(one)) as string
      const mine = alarms.filter((alarm) => alarm.rule === rule)
      expect(mine).toHaveLength(1)
      const theirs = deviceAlarms()[key] as DeviceAlarm
      expectLike(mine[0], theirs)
      // Ten-minute rows against minutes; the device also counts the nine minutes after the last row.
      expect(Math.abs((mine[0] as Alarm).minutes - theirs.minutes)).toBeLessThanOrEqual(20)
    }
  })

  it('each single low of the device is found, with its end and its minimum', () => {
    const key = Object.keys(deviceAlarms()).find((one) => /single low/.test(one)) as string
    const theirs = deviceAlarms()[key] as { start: string; fired: string; end: string; min: number }[]
    const mine = judged(Q_TAG, 'vaccine.2-8.shipment').alarms.filter((alarm) => alarm.rule === 'low-single')
    expect(theirs).toHaveLength(3)
    for (const one of theirs) {
      const on = (time: string) => `2022-11-08 ${time}`
      const found = mine.find((alarm) => {
        const late = (Date.parse(alarm.start) - utc(on(one.start))) / MINUTE
        return late >= 0 && late <= Q_TAG_LATE_MINUTES
      })
      expectLike(found, { start: on(one.start), fired: on(one.fired) })
      const endLate = (Date.parse((found as Alarm).end as string) - utc(on(one.end))) / MINUTE
      expect(endLate).toBeGreaterThanOrEqual(0)
      expect(endLate).toBeLessThanOrEqual(Q_TAG_LATE_MINUTES)
      expect((found as Alarm).extremeCelsius).toBeCloseTo(one.min, 0)
    }
  })

  it('mean and mean kinetic temperature, which the device cuts to 0.1', () => {
    const report = judged(Q_TAG, 'vaccine.2-8.shipment')
    expect(report.samples).toBe(device().samples)
    expect(report.meanCelsius).toBeCloseTo(device().replayMean as number, 2)
    expect(Math.trunc((report.meanCelsius as number) * 10) / 10).toBe(device().deviceMean_C)
    expect(report.meanKineticTemperatureCelsius).toBeCloseTo(device()['replayMkt_dH83.144'] as number, 2)
    const rows = parseTimeSeries(loggerCsv(logger(Q_TAG)), Q_TAG)
    const own = evaluateSeries({ ...shipment, activationEnergyKilojoulePerMole: 83 }, rows)
    expect(own.meanKineticTemperatureCelsius).toBeCloseTo(device()['replayMkt_dH83.0'] as number, 2)
    expect(Math.trunc((own.meanKineticTemperatureCelsius as number) * 10) / 10).toBe(device().deviceMkt_C)
  })
})

describe("a Fridge-tag's own verdict over 38 days", () => {
  const DAY = 86_400_000
  const SIDES = ['low-single', 'high-single'] as const

  /** When an alarm of `rule` first stood on that day, in minutes of the day. */
  function standsAt(alarms: Alarm[], rule: string, date: string): number | undefined {
    const dayStart = Date.parse(`${date}T00:00:00Z`)
    for (const alarm of alarms) {
      const fired = Date.parse(alarm.fired)
      const end = alarm.end === null ? Number.POSITIVE_INFINITY : Date.parse(alarm.end)
      if (alarm.rule !== rule || fired >= dayStart + DAY || end <= dayStart) continue
      return Math.max(0, (fired - dayStart) / MINUTE)
    }
    return undefined
  }

  function compareDays(alarms: Alarm[]): { agree: number; startDifferences: number[] } {
    let agree = 0
    const startDifferences: number[] = []
    for (const day of dayVerdicts(logger(FRIDGE_TAG))) {
      SIDES.forEach((rule, side) => {
        const theirs = day.alarms[side]?.at
        const mine = standsAt(alarms, rule, day.date)
        if ((theirs === undefined) === (mine === undefined)) agree++
        if (theirs === undefined || mine === undefined) return
        const [hours, minutes] = theirs.split(':').map(Number) as [number, number]
        startDifferences.push(mine - (hours * 60 + minutes))
      })
    }
    return { agree, startDifferences }
  }

  it('76 of 76 day decisions with the gap rule, 75 without; starts 0 to 4 minutes late', () => {
    const theirs = oracle(FRIDGE_TAG)
    const report = judged(FRIDGE_TAG, 'vaccine.2-8.strict')
    expect(report.samples).toBe(theirs.samples)
    expect(report.gaps).toHaveLength(1)
    expect(report.gaps[0]?.minutes).toBe(352)
    expect(dayVerdicts(logger(FRIDGE_TAG))).toHaveLength(theirs.days as number)
    const withRule = compareDays(report.alarms)
    expect(withRule.agree).toBe(theirs['agreeWithGapRule(reset if gap>15min)'])
    const [earliest, latest] = theirs.alarmStartDiffMin as [number, number]
    expect(Math.min(...withRule.startDifferences)).toBeGreaterThanOrEqual(earliest)
    expect(Math.max(...withRule.startDifferences)).toBeLessThanOrEqual(latest)

    const rows = parseTimeSeries(loggerCsv(logger(FRIDGE_TAG)), FRIDGE_TAG)
    const without = compareDays(evaluateSeries({ ...strict, gapMinutes: 1440 }, rows).alarms)
    expect(without.agree).toBe(theirs.agreeWithoutGapRule)
  })

  it('minutes beyond of each day within -7 to +4', () => {
    const rows = parseTimeSeries(loggerCsv(logger(FRIDGE_TAG)), FRIDGE_TAG)
    const state = initialConditionState(shipment)
    const indexes = ['low-cumulative', 'high-cumulative'].map((id) =>
      shipment.rules.findIndex((rule) => rule.id === id),
    )
    const minutes = new Map<string, number>()
    let previousMilliseconds = 0
    for (const row of rows) {
      const before = indexes.map((index) => state.rules[index]?.beyondSeconds ?? 0)
      stepCondition(shipment, state, row)
      const midnight = Math.floor(row.utcMilliseconds / DAY) * DAY
      indexes.forEach((index, side) => {
        const added = ((state.rules[index]?.beyondSeconds ?? 0) - (before[side] as number)) * 1000
        // An interval over midnight belongs to both days.
        const today = Math.min(added, row.utcMilliseconds - Math.max(midnight, previousMilliseconds))
        const add = (at: number, milliseconds: number) => {
          const key = `${new Date(at).toISOString().slice(0, 10)} ${side}`
          minutes.set(key, (minutes.get(key) ?? 0) + milliseconds / MINUTE)
        }
        add(row.utcMilliseconds, today)
        add(previousMilliseconds, added - today)
      })
      previousMilliseconds = row.utcMilliseconds
    }
    const differences = dayVerdicts(logger(FRIDGE_TAG)).flatMap((day) =>
      day.alarms.map((alarm, side) => (minutes.get(`${day.date} ${side}`) ?? 0) - alarm.minutes),
    )
    expect(differences).toHaveLength(76)
    const [least, most] = oracle(FRIDGE_TAG).accumulatedMinutesDiff as [number, number]
    expect(Math.min(...differences)).toBeGreaterThanOrEqual(least)
    expect(Math.max(...differences)).toBeLessThanOrEqual(most)
  })
})
