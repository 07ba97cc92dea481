import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boards } from '#firmware/boards/index.ts'
import { boardByName, budgetOf, buildFirmware } from './build.ts'
import { checkDialect } from './dialect/check.ts'

const ROOT = join(import.meta.dirname, '../..')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-build-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function entry(source: string): string {
  const file = join(folder, 'entry.ts')
  writeFileSync(file, source)
  return file
}

function coded(code: string): unknown {
  return expect.objectContaining({ code })
}

describe('buildFirmware', () => {
  it('lowers, hoists and shortens what the board does not run, and writes the file', async () => {
    const source = `
      class Meter { value = 1; read(): number { return this.value } }
      declare const print: (value: unknown) => void
      const meter: Meter | undefined = new Meter()
      print(late(meter?.read() ?? 0))
      function late(count: number): number { return count + 1 }`
    const built = await buildFirmware('PICO', { entry: entry(source), outDir: folder })
    expect(built.code).not.toMatch(/\?\.|value=1;read/)
    expect(checkDialect(built.code)).toEqual([])
    expect(built.bytes).toBe(Buffer.byteLength(built.code))
    expect(existsSync(join(folder, 'waypost-pico.js'))).toBe(true)
    const printed: unknown[] = []
    new Function('print', built.code)((value: unknown) => printed.push(value))
    expect(printed).toEqual([2])
  })

  it('puts only the chosen board in the bundle', async () => {
    const source = `
      import { board } from '${ROOT}/firmware/boards/selected.ts'
      declare const print: (value: unknown) => void
      print(board.board)`
    for (const { board } of boards) {
      const { code } = await buildFirmware(board, { entry: entry(source) })
      const others = boards.map((one) => one.board).filter((one) => one !== board)
      expect(code).toContain(`"${board}"`)
      for (const other of others) expect(code).not.toContain(`"${other}"`)
    }
  })

  it('refuses an unknown board', async () => {
    await expect(buildFirmware('TOASTER')).rejects.toThrowError(coded('BOARD_UNKNOWN'))
  })

  it.each([
    ['a rest parameter', 'export function f(...rest: number[]) { return rest }\nglobalThis.f = f'],
    ['a missing import', "import { x } from './nowhere.ts'\nglobalThis.x = x"],
    ['a syntax error', 'const = 1'],
  ])('refuses %s with the place', async (_, source) => {
    const failure = buildFirmware('PICO', { entry: entry(source) })
    await expect(failure).rejects.toThrowError(coded('BUNDLE_FAILED'))
    await expect(failure).rejects.toThrowError(/entry\.ts:\d+:\d+/)
  })

  it('refuses what only the dialect check sees', async () => {
    const source = 'for (let i = 0; i < 3; i++) setTimeout(() => print(i), 1)'
    const failure = buildFirmware('PICO', { entry: entry(source) })
    await expect(failure).rejects.toThrowError(coded('BUNDLE_NOT_DIALECT'))
    await expect(failure).rejects.toThrowError(/loop-variable-capture/)
  })

  it('reports what does not fit in the board', async () => {
    const { storageBytes, slotBytes } = budgetOf(boardByName('PICO'), 0)
    const report = async (bytes: number) =>
      (await buildFirmware('PICO', { entry: entry(`print("${'x'.repeat(bytes)}")`) })).report
    expect(await report(100)).toMatchObject({ fitsStorage: true, fitsTwoSlots: true })
    expect(await report(slotBytes)).toMatchObject({ fitsStorage: true, fitsTwoSlots: false })
    expect(await report(storageBytes)).toMatchObject({ fitsStorage: false, fitsTwoSlots: false })
  })
})

describe('the firmware', () => {
  it.each(boards.map((board) => board.board))(
    'builds for %s, twice the same bytes, and fits it',
    async (board) => {
      const first = await buildFirmware(board)
      const second = await buildFirmware(board)
      expect(second.code).toBe(first.code)
      expect(second.crc32).toBe(first.crc32)
      // Else the board cannot be flashed: firmware build ends with BUNDLE_OVER_BUDGET.
      expect(first.report.fitsStorage).toBe(true)
      expect(/^[\x20-\x7e\n]*$/.test(first.code)).toBe(true)
    },
  )
})
