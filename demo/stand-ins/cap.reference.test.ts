import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkCap } from './cap-check.ts'

const DATA = process.env.WAYPOST_REFERENCE ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data')
const rows = (name: string): string[][] =>
  readFileSync(join(DATA, 'cap', name), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))

// No disagreement is left: on each of these files we say what the stricter of the two schemas says.
describe('the CAP checker against the real files', () => {
  // Files under restricted/ are not handed out with the data; they are in the table only.
  const files = rows('CONFORMANCE.tsv').filter(
    ([file, cap]) => cap === '1.2' && !file!.startsWith('restricted/'),
  )
  it('has files to judge', () => expect(files.length).toBeGreaterThanOrEqual(10))

  it.each(files)('%s (CAP %s: xsd %s, extended %s)', (file, _cap, xsd, extended) => {
    expect(existsSync(join(DATA, file!)), `${file} is missing`).toBe(true)
    const verdict = checkCap(readFileSync(join(DATA, file!)))
    const said = verdict.ok
      ? ''
      : verdict.reasons.map((reason) => `${reason.path}: ${reason.message}`).join('\n')
    expect(verdict.ok, said).toBe(xsd === 'valid' && extended === 'valid')
  })
})

describe('the CAP checker against the mutants of a real alert', () => {
  const base = readFileSync(
    join(DATA, 'cap/google-cap-library/validator/war/examples/43b080713727.cap'),
    'utf8',
  )
  const mutate: Record<string, (text: string) => string> = {
    'sent with Z': (text) => text.replace('2003-04-02T14:39:01-05:00', '2003-04-02T14:39:01Z'),
    'sent with milliseconds': (text) => text.replace('14:39:01-05:00', '14:39:01.000-05:00'),
    'identifier with space/comma': (text) => text.replace('>43b080713727<', '>43b0 8071,3727<'),
    'circle malformed': (text) => text.replace('</areaDesc>', '</areaDesc><circle>somewhere</circle>'),
    'scope Private without addresses': (text) => text.replace('>Public<', '>Private<'),
    'scope Restricted without restriction': (text) => text.replace('>Public<', '>Restricted<'),
    'Cancel without references': (text) => text.replace('>Alert<', '>Cancel<'),
    'polygon of 2 pairs': (text) => text.replace('</areaDesc>', '</areaDesc><polygon>1,1 1,1</polygon>'),
  }
  it('accepts the alert as it is', () => expect(checkCap(Buffer.from(base)).ok).toBe(true))

  it.each(rows('MUTANTS.tsv'))(
    '%s (xsd %s, extended %s, the standard: %s)',
    (name, _xsd, _extended, says) => {
      const change = mutate[name!]
      expect(change, `no mutation for ${name}`).toBeDefined()
      const mutant = change!(base)
      expect(mutant).not.toBe(base)
      expect(checkCap(Buffer.from(mutant)).ok).toBe(says === 'valid')
    },
  )
})
