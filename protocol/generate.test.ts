import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FIELD_PROSE, MESSAGE_PROSE } from './describe.ts'
import { generatedDocuments } from './generate.ts'
import { type Field, MESSAGES } from './messages.ts'
import { openFrame } from './seal-node.ts'
import { unitOf } from './units.ts'
import { decodeMessage } from './validate.ts'

function namesOf(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => [field.name, ...(field.type === 'list' ? namesOf(field.fields) : [])])
}

describe('generated documents', () => {
  it.each(Object.keys(generatedDocuments()))('%s is fresh (else: npm run protocol:generate)', (path) => {
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(generatedDocuments()[path])
  })

  it('describe every message and field, and nothing that is not there', () => {
    expect(Object.keys(MESSAGE_PROSE).sort()).toEqual(MESSAGES.map((row) => row.name).sort())
    const names = new Set(MESSAGES.flatMap((row) => namesOf(row.fields)))
    expect(Object.keys(FIELD_PROSE).sort()).toEqual([...names].sort())
  })

  it('vectors open and decode with the other implementation', () => {
    const vectors = JSON.parse(generatedDocuments()['spec/vectors.json'] as string)
    const up = openFrame(Buffer.from(vectors.keys.up, 'hex'), Buffer.from(vectors.up.frame, 'hex'))
    expect(Buffer.from(up).toString('hex')).toBe(vectors.up.plain)
    const message = decodeMessage(up)
    expect(message.kind === 'records' && message.records.map((record) => record.kind)).toEqual([
      'boot',
      'reads',
      'samples',
      'contact',
      'health',
      'tombstone',
    ])
  })

  it('units come from the suffix', () => {
    expect(unitOf('temperatureMilliCelsius')).toMatchObject({ rec20: 'CEL', powerOfTen: -3 })
    expect(unitOf('count')).toBeUndefined()
  })
})
