import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkEpcisDocument } from './epcis-check.ts'
import { epcisDocument } from './testing.ts'

const DATA = process.env.WAYPOST_REFERENCE ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data')
const NOW = Date.parse('2026-11-23T12:00:00Z')
const VALID = join(DATA, 'epcis', 'examples-valid')
const said = (document: unknown): string =>
  checkEpcisDocument(document, NOW)
    .map((reason) => `${reason.path}: ${reason.message}`)
    .join('\n')
const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'))

/** Official examples that we refuse, each for a reason that we stand by. */
const REFUSED: Record<string, RegExp> = {
  // Allowed by the binding, but nobody here sends query results to a capture interface.
  'EPCISQueryDocument.jsonld': /type/,
  // A declaration of error names the event that it corrects; our capture server gives every event an eventID.
  'WithSensorData/SensorDataExample12.jsonld': /eventID when property errorDeclaration/,
  // Fields filled at random: sensor times years after the event, a mean outside minimum and maximum.
  'WithFullCombinationOfFields/aggregation_event_all_possible_fields.jsonld': /is after eventTime/,
  'WithFullCombinationOfFields/object_event_all_possible_fields.jsonld': /is after eventTime/,
  'WithFullCombinationOfFields/transaction_event_all_possible_fields.jsonld': /is after eventTime/,
  'WithFullCombinationOfFields/transformation_event_all_possible_fields.jsonld': /is after eventTime/,
  'WithFullCombinationOfFields/association_event_all_possible_fields.jsonld': /meanValue: is outside/,
}

describe('our EPCIS check against the official valid examples', () => {
  const files = readdirSync(VALID, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonld'))
    .sort()
  it('has examples', () => expect(files.length).toBeGreaterThan(40))

  it.each(files)('%s', (name) => {
    const reasons = said(read(join(VALID, name)))
    const expected = REFUSED[name]
    if (expected === undefined) expect(reasons).toBe('')
    else expect(reasons).toMatch(expected)
  })
})

/** What plainly wrong events we let pass, and why. */
const ACCEPTED: Record<string, string> = {
  'bizStep custom uri': 'CBV 7.1 lets a user vocabulary stand as a URI',
  'disposition destroyed w/ receiving': 'a matter of the traceability checks, not of the document',
}

describe('our EPCIS check against plainly wrong events', () => {
  const negatives: { name: string; event: Record<string, unknown>; officialSchemaAccepts: boolean }[] =
    JSON.parse(readFileSync(join(DATA, 'epcis-negatives', 'semantic-negatives.json'), 'utf8'))
  it.each(negatives)('$name (official schema accepts: $officialSchemaAccepts)', ({ name, event }) => {
    const reasons = said(epcisDocument([event]))
    if (name in ACCEPTED) expect(reasons).toBe('')
    else expect(reasons).not.toBe('')
  })

  it('accepts the two well-formed examples of violation reports', () => {
    const examples = read(join(DATA, 'epcis-negatives', 'violation-event-examples.json'))
    for (const event of Object.values(examples))
      expect(said(epcisDocument([event as Record<string, unknown>]))).toBe('')
  })
})
