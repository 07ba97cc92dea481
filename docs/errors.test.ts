import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERROR_TABLES, errorsMarkdown } from './error-tables.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['protocol', 'firmware', 'gateway', 'hardware-sim', 'demo', 'test', 'bin']
/** What makes a coded error: its first argument is the code. */
const MAKERS = ['CodedError', 'simError', 'refuse']

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name)),
).map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
const listed = new Map(
  ERROR_TABLES.flatMap((table) => Object.keys(table.codes).map((code) => [code, table.file])),
)

/** Codes that a source gives to a maker of errors, with the file. */
function thrown(): { code: string; file: string }[] {
  const pattern = new RegExp(`\\b(?:${MAKERS.join('|')})\\(\\s*'([A-Z][A-Z0-9_]+)'`, 'g')
  return sources.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ code: match[1]!, file })),
  )
}

describe('error codes', () => {
  it('knows every errors.ts of the sources', () => {
    const files = sources.map(({ file }) => file).filter((file) => /(^|\/)errors\.ts$/.test(file))
    expect(ERROR_TABLES.map((table) => table.file).sort()).toEqual(files.sort())
  })

  it('gives each code one meaning in one table', () => {
    const codes = ERROR_TABLES.flatMap((table) => Object.keys(table.codes))
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
    for (const table of ERROR_TABLES)
      for (const [code, entry] of Object.entries(table.codes)) {
        expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
        expect(entry.means.length, code).toBeGreaterThan(10)
        expect(entry.action.length, code).toBeGreaterThan(5)
      }
  })

  it('throws only what is listed', () => {
    const found = thrown()
    expect(found.length).toBeGreaterThan(100)
    expect(found.filter(({ code }) => !listed.has(code))).toEqual([])
  })

  it('lists only what the sources use', () => {
    const outside = sources
      .filter(({ file }) => !/(^|\/)errors\.ts$/.test(file))
      .map(({ text }) => text)
      .join('\n')
    expect(
      [...listed]
        .filter(([code]) => !outside.includes(`'${code}'`))
        .map(([code, file]) => `${code} in ${file}`),
    ).toEqual([])
  })

  it('is written down in docs/ERRORS.md, no more and no less', () => {
    const document = readFileSync(join(ROOT, 'docs', 'ERRORS.md'), 'utf8')
    const written = [...document.matchAll(/^- `([A-Z0-9_]+)`: /gm)].map((match) => match[1]!)
    expect(
      written.filter((code) => !listed.has(code)),
      'written but not listed',
    ).toEqual([])
    expect(
      [...listed.keys()].filter((code) => !written.includes(code)),
      'listed but not written',
    ).toEqual([])
    expect(document, 'stale: run npm run docs:errors').toBe(errorsMarkdown())
  })
})
