import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScenario } from '#demo/run-scenario.ts'
import { runCondition } from '#gateway/condition/command.ts'
import { loggerCsv } from './berlinger.ts'
import { referenceText } from './reference-folder.ts'

/**
 * A real logger's series, once as a file through `waypost condition`, once as the temperature of a simulated
 * room through SHT3x bytes, firmware, a real pty, sealed frames, the gateway's store and the capture
 * interface. Both ways the same engine must come to the same verdict: nothing on the way may lose, shift or
 * bend a sample.
 */
const folder = mkdtempSync(join(tmpdir(), 'waypost-replay-'))
const SCENARIO = 'hardware-sim/scenarios/cold-room.yaml'
const PACKAGED_PROFILE = 'vaccine.2-8.strict'

interface Verdict {
  rule: string
  start: string
  fired: string
  end: string | null
}

function essence({ rule, start, fired, end }: Verdict): string {
  return `${rule} ${start} ${fired} ${end}`
}

/** The packaged scenario judged by another profile. */
function scenarioWith(profile: string): string {
  const text = readFileSync(SCENARIO, 'utf8')
  expect(text).toContain(PACKAGED_PROFILE)
  const file = join(folder, `cold-room-${profile}.yaml`)
  writeFileSync(file, text.replaceAll(PACKAGED_PROFILE, profile))
  return file
}

describe('a logger’s series through the whole route', () => {
  let qTag: string
  let fridgeTag: string

  beforeAll(() => {
    const convert = (source: string, name: string): string => {
      const file = join(folder, name)
      writeFileSync(file, loggerCsv(referenceText('coldchain', 'berlinger', source)))
      return file
    }
    qTag = convert('QTag_CLm_doc_LR__RCPJ00010_02_202211090128.txt', 'q-tag.csv')
    fridgeTag = convert('FridgeTag_2L__130500109088_202206081014.txt', 'fridge-tag.csv')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['vaccine.2-8.strict', 2],
    // Single and cumulative, both sides: the profile that this logger itself was set to.
    ['vaccine.2-8.shipment', 4],
  ])('Q-tag under %s', async (profile, rules) => {
    const wanted = runCondition({ file: qTag, profile }).report?.alarms ?? []
    const outcome = await runScenario(scenarioWith(profile), { csvChannels: [`room.temperature=${qTag}`] })
    expect(outcome.alarms.map(essence).sort()).toEqual(wanted.map(essence).sort())
    expect(new Set(wanted.map((alarm) => alarm.rule)).size).toBe(rules)
    expect(outcome.exitCode).toBe(0)
  })

  it('Fridge-tag, 38 days', { timeout: 280_000 }, async () => {
    const wanted = runCondition({ file: fridgeTag, profile: PACKAGED_PROFILE }).report?.alarms ?? []
    const outcome = await runScenario(SCENARIO, { csvChannels: [`room.temperature=${fridgeTag}`] })
    expect(outcome.alarms.map(essence).sort()).toEqual(wanted.map(essence).sort())
    expect(wanted.length).toBeGreaterThan(10)
    expect(outcome.exitCode).toBe(0)
  })
})
