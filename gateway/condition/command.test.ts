import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCondition } from './command.ts'
import { parseTime, parseTimeSeries } from './csv.ts'
import { CONDITION_ERRORS } from './errors.ts'
import { loadProfiles, parseProfiles } from './profiles.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-condition-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(text: string): string {
  const path = join(folder, 'series.csv')
  writeFileSync(path, text)
  return path
}

function rows(count: number, celsius: number): string {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2026, 10, 23) + index * 300_000).toISOString()
    return `${at},${celsius}`
  }).join('\n')
}

describe('waypost condition', () => {
  it('ends 0 without and 1 with alarms, and prints one JSON object', () => {
    expect(
      runCondition({ file: file(`time,temperatureCelsius\n${rows(20, 5)}\n`), json: true }),
    ).toMatchObject({
      exitCode: 0,
      report: {
        alarms: [],
        minimumCelsius: 5,
        maximumCelsius: 5,
        meanCelsius: 5,
        meanKineticTemperatureCelsius: 5,
      },
    })
    const warm = runCondition({ file: file(`time,temperatureCelsius\r\n${rows(20, 9.5)}\r\n`), json: true })
    expect(warm.exitCode).toBe(1)
    expect(warm.output).toHaveLength(1)
    expect(JSON.parse(warm.output[0] as string)).toMatchObject({
      alarms: [
        { rule: 'high-single', start: '2026-11-23T00:00:00Z', fired: '2026-11-23T01:00:00Z', end: null },
      ],
      gaps: [],
    })
  })

  it('refuses unusable input with a code and the row, and ends 2', () => {
    const header = 'time,temperatureCelsius'
    const cases: [string, string, string?][] = [
      ['', 'CONDITION_CSV_HEADER'],
      ['a,b\n1,2', 'CONDITION_CSV_HEADER'],
      [header, 'CONDITION_CSV_EMPTY'],
      [`${header}\n2026-11-23T00:00:00Z,5,5`, 'CONDITION_CSV_MALFORMED', ':2'],
      [`${header}\n"2026-11-23T00:00:00Z,5`, 'CONDITION_CSV_MALFORMED'],
      [`${header}\n2026-11-23T00:00:00Z,warm`, 'CONDITION_VALUE_INVALID', ':2'],
      [`${header}\n2026-11-23T00:00:00Z,`, 'CONDITION_VALUE_INVALID', ':2'],
      [`${header}\n2026-11-23T00:00:00Z,1e1`, 'CONDITION_VALUE_INVALID', ':2'],
      [`${header}\n2026-11-23T00:00:00Z,-200`, 'CONDITION_VALUE_RANGE', ':2'],
      [`${header}\n2026-02-30T00:00:00Z,5`, 'CONDITION_TIME_INVALID', ':2'],
      [`${header}\n2026-11-23T00:05:00Z,5\n2026-11-23T00:00:00Z,5`, 'CONDITION_TIME_ORDER', ':3'],
      [`${header}\n2026-11-23T00:05:00Z,5\n2026-11-23T00:05:00Z,5`, 'CONDITION_TIME_ORDER', ':3'],
      [`${header},humidityPercent\n2026-11-23T00:05:00Z,5,101`, 'CONDITION_VALUE_RANGE', ':2'],
    ]
    for (const [text, code, where] of cases) {
      const outcome = runCondition({ file: file(text) })
      expect([text, outcome.exitCode, outcome.error?.code]).toEqual([text, 2, code])
      if (where !== undefined) expect(outcome.error?.where).toContain(where)
      expect(CONDITION_ERRORS).toHaveProperty(code)
    }
    expect(runCondition({ file: join(folder, 'none.csv') }).error?.code).toBe('CONDITION_FILE_UNREADABLE')
    const unknown = runCondition({ file: file(`${header}\n${rows(2, 5)}`), profile: 'none' })
    expect(unknown).toMatchObject({ exitCode: 2, error: { code: 'PROFILE_UNKNOWN' } })
  })

  it('reads times with zones, without (UTC), and humidity', () => {
    expect(parseTime('2026-11-23T09:00:00+09:00')).toBe(Date.UTC(2026, 10, 23))
    expect(parseTime('2026-11-23 00:00')).toBe(Date.UTC(2026, 10, 23))
    expect(parseTime('2026-11-23T24:00:00Z')).toBeUndefined()
    expect(
      parseTimeSeries('time,temperatureCelsius,humidityPercent\n2026-11-23T00:00:00Z,-0.05,45.5\n', 'x'),
    ).toEqual([
      {
        row: 2,
        utcMilliseconds: Date.UTC(2026, 10, 23),
        temperatureMilliCelsius: -50,
        humidityMilliPercent: 45_500,
      },
    ])
  })
})

describe('rule profiles', () => {
  const good = `profiles:
  p:
    title: t
    source: s
    resolutionMilliCelsius: 100
    gapMinutes: 15
    limitUri: https://id.gs1.org/253/9521141000014X
    rules:
      - { id: a, check: C1, kind: single, side: high, operator: ">", limitMilliCelsius: 8000, minutes: 60 }
`
  it('loads the packaged ones: logger profiles round to 0.1 °C and break at 15 minutes', () => {
    const profiles = loadProfiles()
    for (const id of [
      'who.30dtr',
      'who.ship.type1',
      'vaccine.2-8.strict',
      'vaccine.2-8.shipment',
      'kr.food.chilled',
    ]) {
      expect(profiles.get(id)).toMatchObject({ id, resolutionMilliCelsius: 100, gapMinutes: 15 })
    }
    expect(parseProfiles(good, 'x').get('p')?.activationEnergyKilojoulePerMole).toBe(83.144)
  })

  it('refuses what is not exactly a profile', () => {
    const cases: [string, string, string][] = [
      ['minutes: 60', 'minutes: 60, extra: 1', 'PROFILES_INVALID'],
      ['minutes: 60', 'minutes: -1', 'PROFILES_INVALID'],
      ['operator: ">"', 'operator: "<"', 'PROFILES_INVALID'],
      ['check: C1', 'check: C2', 'PROFILES_INVALID'],
      ['    title: t\n', '    title: t\n    colour: red\n', 'PROFILES_INVALID'],
      ['9521141000014X', '9521141000016X', 'PROFILE_LIMIT_URI'],
      ['profiles:', 'profiles: [', 'PROFILES_YAML'],
    ]
    for (const [from, to, code] of cases) {
      expect(() => parseProfiles(good.replace(from, to), 'x'), to).toThrow(expect.objectContaining({ code }))
    }
    expect(() => loadProfiles('/nowhere/profiles.yaml')).toThrow(
      expect.objectContaining({ code: 'PROFILES_UNREADABLE' }),
    )
  })
})
