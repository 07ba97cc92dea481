import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runFirmwareBoards, runFirmwareBuild, runFirmwareCheck } from './commands.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-commands-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('firmware check', () => {
  it('ends 0 on a clean file', async () => {
    const file = join(folder, 'clean.js')
    writeFileSync(file, 'var a = 1')
    expect(await runFirmwareCheck({ file, json: true })).toEqual({ exitCode: 0, lines: [], errorLines: [] })
    expect((await runFirmwareCheck({ file })).lines).toEqual(['no findings'])
  })

  it('ends 1 and prints one finding a line', async () => {
    const file = join(folder, 'bad.js')
    writeFileSync(file, 'var a = 1;\na.length = 0')
    const { exitCode, lines } = await runFirmwareCheck({ file, json: true })
    expect(exitCode).toBe(1)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { line: 2, column: 1, rule: 'length-assignment', message: expect.any(String) },
    ])
    expect((await runFirmwareCheck({ file })).lines[0]).toMatch(/bad\.js:2:1 length-assignment: /)
  })

  it.each(['nowhere.js', '.'])('ends 2 on %s', async (name) => {
    const { exitCode, lines, errorLines } = await runFirmwareCheck({ file: join(folder, name), json: true })
    expect({ exitCode, lines }).toEqual({ exitCode: 2, lines: [] })
    expect(errorLines[0]).toMatch(/^waypost: FILE_UNREADABLE: /)
  })

  it('ends 2 on a file over the limit', async () => {
    const file = join(folder, 'large.js')
    writeFileSync(file, ' '.repeat(1_048_577))
    expect((await runFirmwareCheck({ file })).exitCode).toBe(2)
  })
})

describe('firmware boards', () => {
  it('has a line for each board, as JSON too', async () => {
    const { lines } = await runFirmwareBoards({ json: true })
    const names = lines.map((line) => (JSON.parse(line) as { board: string }).board)
    expect(names).toEqual(expect.arrayContaining(['PICO', 'ESP32', 'ESPRUINOWIFI']))
    expect((await runFirmwareBoards({})).lines).toHaveLength(names.length)
  })
})

describe('firmware build', () => {
  it('ends 2 with a code for a board that is not there', async () => {
    const { exitCode, errorLines } = await runFirmwareBuild({ board: 'TOASTER', out: folder })
    expect(exitCode).toBe(2)
    expect(errorLines[0]).toMatch(/^waypost: BOARD_UNKNOWN: there is no board TOASTER/)
  })
})
