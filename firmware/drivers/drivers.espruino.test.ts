import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildFirmware } from '../toolchain/build.ts'

const interpreter = process.env.WAYPOST_ESPRUINO || 'espruino-linux'
const folder = mkdtempSync(join(tmpdir(), 'waypost-drivers-'))
let code = ''

beforeAll(async () => {
  code = (await buildFirmware('PICO', { entry: 'firmware/drivers/testing/probe.ts' })).code
})

afterAll(() => rmSync(folder, { recursive: true }))

function linesOfV8(): string[] {
  const lines: string[] = []
  const context = createContext({ print: (text: string) => lines.push(text) })
  runInContext(code, context)
  return lines
}

function linesOfInterpreter(): string[] {
  const file = join(folder, 'probe.js')
  writeFileSync(file, code)
  const out = execFileSync(interpreter, [file], {
    timeout: 60_000,
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return out
    .split(/\r?\n/)
    .map((line) => line.slice(Math.max(0, line.indexOf('@'))))
    .filter((line) => line.startsWith('@'))
}

describe('drivers and tasks on the interpreter', () => {
  it('say what they say in V8', () => {
    const expected = linesOfV8()
    expect(expected.at(-1)).toBe('@end [0,true]')
    expect(expected.filter((line) => line.startsWith('@read ')).length).toBeGreaterThan(4)
    expect(expected.filter((line) => line.startsWith('@sample ')).length).toBeGreaterThan(12)
    expect(linesOfInterpreter()).toEqual(expected)
  })
})
