import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import { runCondition } from '#gateway/condition/command.ts'
import { type RunScenarioOptions, runScenario, simCheck, simList } from './run-scenario.ts'
import type { SimHost } from './sim-host.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-run-'))
const bundles = new Map<string, string>()
beforeAll(async () => {
  for (const board of ['PICO', 'ESP32']) bundles.set(board, (await buildFirmware(board)).code)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (scenario: string, options: RunScenarioOptions = {}) =>
  runScenario(scenario, { bundles, ...options })

async function logOf(name: string, options: RunScenarioOptions): Promise<string> {
  const record = join(folder, `${name}.jsonl`)
  const outcome = await run('dock-door', { record, ...options })
  expect(outcome.verdicts.filter((one) => !one.passed)).toEqual([])
  expect(outcome.exitCode).toBe(0)
  return readFileSync(record, 'utf8')
}

describe('a whole run', () => {
  it('repeats to the byte with the same seed, in the process and over TCP, and differs with another', async () => {
    const first = await logOf('a', { transports: 'in-process' })
    expect(first.length).toBeGreaterThan(100_000)
    expect((await logOf('b', { transports: 'in-process' })) === first).toBe(true)
    expect((await logOf('c', {})) === first).toBe(true)
    expect((await logOf('d', { transports: 'in-process', seed: 2 })) === first).toBe(false)
  })

  it('brings the cold room’s excursion over a real pty to both networks and writes JUnit', async () => {
    const junit = join(folder, 'cold.xml')
    const outcome = await run('cold-room', { junit })
    expect(outcome.verdicts.filter((one) => !one.passed)).toEqual([])
    expect(outcome.exitCode).toBe(0)
    expect(outcome.refused).toEqual([])
    expect(outcome.alarms).toEqual([
      expect.objectContaining({
        rule: 'high-single',
        start: '2026-03-02T06:46:00Z',
        fired: '2026-03-02T07:46:00Z',
      }),
    ])
    expect(JSON.stringify(outcome.events)).toContain('ALARM_CONDITION')
    expect(readFileSync(junit, 'utf8')).toContain('failures="0"')
  })

  it('loses nothing on a bad line: journals have no holes and no doubles', async () => {
    const seen: { node: SimHost['simulation'] | undefined; sequences: Map<number, number[]> } = {
      node: undefined,
      sequences: new Map(),
    }
    const collect = (host: SimHost): void => {
      const close = host.gateway.close
      host.gateway.close = async () => {
        for (const record of host.gateway.records('cold-room-1')) {
          const list = seen.sequences.get(record.journalId) ?? []
          list.push(record.sequence)
          seen.sequences.set(record.journalId, list)
        }
        await close.call(host.gateway)
      }
    }
    const outcome = await run('bad-line', { onOpen: collect })
    expect(outcome.exitCode).toBe(0)
    expect(seen.sequences.size).toBe(2)
    for (const list of seen.sequences.values()) {
      expect(list).toEqual(list.map((_, i) => i + 1))
    }
  })

  it('replays a logged series: alarms at the far end are those of `waypost condition`', async () => {
    const file = join(folder, 'log.csv')
    const rows = ['time,temperatureCelsius']
    const at = (minutes: number) => new Date(Date.UTC(2022, 10, 8, 4, 49) + minutes * 60_000).toISOString()
    const value = (i: number) => (i > 20 && i < 32 ? 8.1 : i > 40 && i < 55 ? 1.9 : i === 35 ? 8.0 : 5.3)
    for (let i = 0; i < 70; i++)
      rows.push(
        `${at(i * 10)
          .slice(0, 16)
          .replace('T', ' ')},${value(i)}`,
      )
    writeFileSync(file, `${rows.join('\n')}\n`)
    const outcome = await run('cold-room', { csvChannels: [`room.temperature=${file}`] })
    const wanted = runCondition({ file }).report?.alarms ?? []
    const essence = (one: { rule: string; start: string; fired: string; end: string | null }) => [
      one.rule,
      one.start,
      one.fired,
      one.end,
    ]
    expect(wanted.length).toBe(2)
    expect(outcome.alarms.map(essence)).toEqual(wanted.map(essence))
    expect(outcome.exitCode).toBe(0)
  })
})

describe('what a run says when it is not good', () => {
  it('1: an expectation failed, with the line that reproduces it', async () => {
    const outcome = await run('dock-door', { until: '30', seed: 9 })
    expect(outcome.exitCode).toBe(1)
    expect(outcome.reproduce).toContain('sim run hardware-sim/scenarios/dock-door.yaml --seed 9 --until 30')
  })

  it('3: the firmware crashed', async () => {
    const code = 'setTimeout(function () { nothingLikeThis() }, 1000)'
    const outcome = await run('cold-room', { bundles: new Map([['PICO', code]]), until: '5' })
    expect(outcome.exitCode).toBe(3)
    expect(outcome.crashes[0]?.text).toContain('nothingLikeThis')
  })

  it('42: out of real time', async () => {
    const outcome = await run('cold-room', { realSeconds: 0.001 })
    expect(outcome.exitCode).toBe(42)
  })

  it.each([
    ['no such scenario', 'nowhere.yaml', {}, 'SIM_SCENARIO_UNREADABLE'],
    ['no such CSV', 'cold-room', { csvChannels: ['room.temperature=/none.csv'] }, 'SIM_CSV_UNREADABLE'],
    ['no such channel', 'cold-room', { csvChannels: ['roof.temperature=CSV'] }, 'SIM_CHANNEL_UNKNOWN'],
    ['an argument without =', 'cold-room', { csvChannels: ['x'] }, 'SIM_ARGUMENT'],
    ['an end before the start', 'cold-room', { until: '2001-01-01T00:00:00Z' }, 'SIM_ARGUMENT'],
    ['a log that cannot be written', 'cold-room', { record: '/none/x.jsonl' }, 'SIM_OUTPUT'],
  ])('2: %s is a coded error', async (_what, scenario, options: RunScenarioOptions, code) => {
    const csv = join(folder, 'one.csv')
    writeFileSync(csv, 'time,temperatureCelsius\n2022-11-08 04:49,5.0\n')
    const csvChannels = options.csvChannels?.map((one) => one.replace('CSV', csv))
    const all = csvChannels === undefined ? options : { ...options, csvChannels }
    await expect(run(scenario, all)).rejects.toMatchObject({ code })
  })

  it('2: a CSV that is none', async () => {
    const csv = join(folder, 'bad.csv')
    writeFileSync(csv, 'time,temperatureCelsius\nyesterday,5.0\n')
    await expect(run('cold-room', { csvChannels: [`room.temperature=${csv}`] })).rejects.toMatchObject({
      code: 'SIM_CSV_INVALID',
    })
  })
})

describe('the scenarios that ship', () => {
  it('are listed, and each is valid', () => {
    expect(simList().map((one) => one.name)).toEqual(['bad-line', 'cold-room', 'demo', 'dock-door'])
    expect(simCheck('demo').nodes.map((one) => one.board)).toEqual(['PICO', 'ESP32'])
  })
})
