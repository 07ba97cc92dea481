import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Options and arguments of a documented call, without its alternatives. */
function helpOf(words: string[]): string {
  return execFileSync(process.execPath, ['bin/waypost.js', ...words, '--help'], { cwd: ROOT }).toString()
}

describe('README and docs', () => {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8')
  const pages = [
    'README.md',
    ...readdirSync(`${ROOT}/docs`).flatMap((f) => (f.endsWith('.md') ? [`docs/${f}`] : [])),
  ]

  it('links lead somewhere', () => {
    for (const page of pages) {
      const text = readFileSync(`${ROOT}/${page}`, 'utf8')
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(existsSync(resolve(ROOT, page, '..', target as string)), `${page}: ${target}`).toBe(true)
      }
      for (const [, path] of text.matchAll(
        /`((?:protocol|firmware|gateway|hardware-sim|demo|test|docs)\/[\w./-]+)`/g,
      )) {
        // The guide's example files are to be made by its reader.
        if (/tmp117/.test(path as string)) continue
        expect(existsSync(resolve(ROOT, path as string)), `${page}: ${path}`).toBe(true)
      }
    }
  })

  it('every command and option of the table exists', () => {
    const rows = [...readme.matchAll(/^\| `waypost .*?` \|/gm)].map((match) => match[0])
    expect(rows.length).toBeGreaterThan(7)
    for (const row of rows) {
      let group = ''
      for (const [, call] of row.matchAll(/`([^`]+)`/g)) {
        const words = (call as string).replace(/^waypost /, '').split(' ')
        const names = words.filter((word) => /^[a-z]+$/.test(word))
        if (names.length === 2) group = names[0] as string
        const help = helpOf(
          names.length === 1 && group !== '' && !row.includes(`waypost ${names[0]}`)
            ? [group, ...names]
            : names,
        )
        for (const [option] of (call as string).matchAll(/--[a-z]+/g)) expect(help, call).toContain(option)
      }
    }
  })

  it('the two commands are the scripts that exist', () => {
    const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
    expect(readme).toContain('npm ci && npx waypost demo')
    expect(readme).toContain('npm ci && npm test')
    for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g))
      expect(manifest.scripts).toHaveProperty(script as string)
    expect(readFileSync(`${ROOT}/.ci/run`, 'utf8')).toContain('npm ci && npm test')
  })
})
