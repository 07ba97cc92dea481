import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runScenario } from '#demo/run-scenario.ts'

/** The packaged sites on every board and link that the table allows: one source, one bundle a board. */
const folder = mkdtempSync(join(tmpdir(), 'waypost-boards-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function scenario(name: string, replacements: readonly (readonly [string, string])[]): string {
  let text = readFileSync(`hardware-sim/scenarios/${name}.yaml`, 'utf8')
  for (const [from, to] of replacements) {
    expect(text, `${name}: ${from}`).toContain(from)
    text = text.replaceAll(from, to)
  }
  const file = join(folder, `${name}-${replacements.map(([, to]) => to.replace(/\W+/g, '')).join('-')}.yaml`)
  writeFileSync(file, text)
  return file
}

const MQTT = ['link: { kind: serial, transport: pty }', 'link: { kind: mqtt, transport: tcp }'] as const
const SERIAL = ['link: { kind: mqtt, transport: tcp }', 'link: { kind: serial, transport: pty }'] as const

describe('one scenario, every board and link of the table', () => {
  it.each([
    ['PICO, serial', 'cold-room', []],
    ['ESPRUINOWIFI, serial', 'cold-room', [['board: PICO', 'board: ESPRUINOWIFI']]],
    ['ESPRUINOWIFI, MQTT', 'cold-room', [['board: PICO', 'board: ESPRUINOWIFI'], MQTT]],
    [
      'ESP32, serial',
      'cold-room',
      [
        ['board: PICO', 'board: ESP32'],
        ['pin: A8', 'pin: D27'],
        ['triggerPin: B5', 'triggerPin: D26'],
      ],
    ],
    ['ESP32 with a reader, MQTT', 'dock-door', []],
    [
      'ESPRUINOWIFI with a reader, MQTT',
      'dock-door',
      [
        ['board: ESP32', 'board: ESPRUINOWIFI'],
        ['pin: D26', 'pin: B3'],
        ['pin: D27', 'pin: A8'],
      ],
    ],
    [
      'PICO with a reader, serial',
      'dock-door',
      [['board: ESP32', 'board: PICO'], ['pin: D26', 'pin: B3'], ['pin: D27', 'pin: A8'], SERIAL],
    ],
  ] as const)('%s', async (_what, name, replacements) => {
    const outcome = await runScenario(scenario(name, replacements), { transports: 'in-process' })
    expect(outcome.verdicts.filter((verdict) => !verdict.passed)).toEqual([])
    expect({ exitCode: outcome.exitCode, crashes: outcome.crashes, refused: outcome.refused }).toEqual({
      exitCode: 0,
      crashes: [],
      refused: [],
    })
  })

  it('an impossible combination is refused before anything runs', async () => {
    const impossible = scenario('dock-door', [
      ['board: ESP32', 'board: PICO'],
      ['pin: D26', 'pin: B3'],
      ['pin: D27', 'pin: A8'],
    ])
    await expect(runScenario(impossible)).rejects.toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) })
  })
})
