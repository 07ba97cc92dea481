import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkDialect } from './check.ts'

interface Probe {
  group: string
  id: string
  same: boolean
  node: string
  espruino: string
  code: string
}

/** Floors of today; issue 3 raises them. */
const FLAGGED_FLOOR = 0.88
const FALSE_ALARM_CEILING = 0.03
/** Refused in firmware whether or not the one case agrees, so not counted against the check. */
const HOUSE_RULES = new Set(['regular-expression', 'class-field', 'float-literal'])

const folder = process.env.WAYPOST_REFERENCE ?? join(import.meta.dirname, '../../../../shared/data')
const file = join(folder, 'espruino-dialect/probes.jsonl')

it('flags the probes whose answers differ and is silent on those that agree', () => {
  expect(existsSync(file), `${file} is missing: set WAYPOST_REFERENCE to the reference data`).toBe(true)
  const probes = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Probe)
  const differing = probes.filter((probe) => !probe.same)
  const agreeing = probes.filter((probe) => probe.same)
  expect(differing.length).toBeGreaterThan(200)
  const missed = differing.filter((probe) => checkDialect(probe.code).length === 0)
  const alarms = agreeing.filter((probe) => checkDialect(probe.code).length > 0)
  const wrong = alarms.filter((probe) =>
    checkDialect(probe.code).some((finding) => !HOUSE_RULES.has(finding.rule)),
  )
  const flagged = differing.length - missed.length
  process.stdout.write(
    `dialect: ${flagged} of ${differing.length} differing probes flagged, ` +
      `${alarms.length} false alarms on ${agreeing.length} agreeing ones ` +
      `(${alarms.length - wrong.length} of them by a house rule: ${[...HOUSE_RULES].join(', ')})\n` +
      `  missed: ${missed.map((probe) => probe.id).join(' ')}\n` +
      `  false alarms: ${wrong.map((probe) => `${probe.id} (${checkDialect(probe.code)[0]?.rule})`).join(' ')}\n`,
  )
  expect(flagged / differing.length).toBeGreaterThanOrEqual(FLAGGED_FLOOR)
  expect(wrong.length / agreeing.length).toBeLessThanOrEqual(FALSE_ALARM_CEILING)
})
