import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { CodedError } from '#protocol/coded-error.ts'
import { loadScenario } from './load.ts'
import { sgtin96Hex } from './sgtin.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-scenario-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD = `version: 1
name: small
seed: 3
startUtc: 2026-01-01T00:00:00Z
durationMinutes: 5
nodes:
  - id: a
    board: PICO
    link: { kind: serial, transport: in-process }
    firmware: {}
    parts:
      - { part: contact, pin: A8, door: front }
world:
  doors: [{ name: front }]
steps:
  - { atSeconds: 1, door: front, open: true }
`

function refused(text: string): CodedError {
  const file = join(folder, 'x.yaml')
  writeFileSync(file, text)
  try {
    loadScenario(file)
  } catch (error) {
    return error as CodedError
  }
  throw new Error('was accepted')
}

describe('scenarios', () => {
  it.each(['cold-room', 'dock-door', 'demo'])('%s that ships is valid', (name) => {
    const scenario = loadScenario(join(import.meta.dirname, `${name}.yaml`))
    expect(scenario.name).toBe(name)
    expect(scenario.nodes.length).toBe(name === 'demo' ? 2 : 1)
  })

  it('loads and fills in what is left out', () => {
    const file = join(folder, 'good.yaml')
    writeFileSync(file, GOOD)
    expect(loadScenario(file)).toMatchObject({ seed: 3, drainMinutes: 10, checkpoints: [], expect: [] })
  })

  it.each([
    [
      'an unknown key',
      GOOD.replace('seed: 3', 'seed: 3\nsede: 4'),
      'SIM_SCENARIO_UNKNOWN_KEY',
      'x.yaml:4:7',
      'sede',
    ],
    [
      'an unknown key of a part',
      GOOD.replace('door: front }\n', 'door: front, bounce: 3 }\n'),
      'SIM_SCENARIO_UNKNOWN_KEY',
      'x.yaml:12:',
      'nodes[0].parts[0].bounce',
    ],
    [
      'an unknown key of a step',
      GOOD.replace('open: true }', 'open: true, speed: 1 }'),
      'SIM_SCENARIO_UNKNOWN_KEY',
      'x.yaml:16:',
      'steps[0].speed',
    ],
    [
      'a missing key',
      GOOD.replace('name: small\n', ''),
      'SIM_SCENARIO_INVALID',
      'x.yaml:1:1',
      'name is missing',
    ],
    ['a wrong type', GOOD.replace('seed: 3', 'seed: three'), 'SIM_SCENARIO_INVALID', 'x.yaml:3:7', 'seed'],
    ['an unknown board', GOOD.replace('PICO', 'PICA'), 'SIM_SCENARIO_INVALID', 'x.yaml:8:12', 'board'],
    ['a pin that is not', GOOD.replace('A8', 'D8'), 'SIM_SCENARIO_INVALID', 'x.yaml:12:', 'no pin D8'],
    [
      'a door that is not declared',
      GOOD.replace('1, door: front', '1, door: back'),
      'SIM_SCENARIO_INVALID',
      'x.yaml:16:',
      'door back',
    ],
    [
      'a radio that is not',
      GOOD.replace('serial, transport: in-process', 'mqtt, transport: tcp'),
      'SIM_SCENARIO_INVALID',
      'x.yaml:9:',
      'radio',
    ],
    ['text that is no YAML', GOOD.replace('nodes:', 'nodes: ['), 'SIM_SCENARIO_YAML', 'x.yaml:', ''],
    ['an alias of nothing', `${GOOD}description: *nowhere\n`, 'SIM_SCENARIO_YAML', 'x', 'nowhere'],
    ['a key given twice', `${GOOD}seed: 4\n`, 'SIM_SCENARIO_YAML', 'x.yaml:', 'unique'],
  ])('refuses %s with a code and a place', (_what, text, code, where, what) => {
    const error = refused(text)
    expect({ code: error.code, where: error.where }).toEqual({
      code,
      where: expect.stringContaining(where) as string,
    })
    expect(error.what).toContain(what)
  })

  it('refuses a file that is not there', () => {
    expect(() => loadScenario(join(folder, 'none.yaml'))).toThrow(
      expect.objectContaining({ code: 'SIM_SCENARIO_UNREADABLE' }),
    )
  })

  it('makes SGTIN-96 as the standard has them', () => {
    // GS1 Tag Data Standard 2.0, example E.3: SGTIN 614141.812345.6789, filter 3.
    expect(sgtin96Hex('0614141', '812345', 6789, 3)).toBe('3074257bf7194e4000001a85')
  })
})
