import { existsSync, readFileSync } from 'node:fs'
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capDocument } from '#gateway/safety/cap.ts'
import type { SafetyProfile } from '#gateway/safety/types.ts'
import { everythingEmitted } from './emitted.ts'
import { referencePath, referenceText } from './reference-folder.ts'

const SCHEMAS = {
  '1.2': ['cap12.xsd', 'cap12_extended.xsd'],
  '1.1': ['cap11.xsd', 'cap11_extended.xsd'],
} as const
const validators = new Map<string, XsdValidator>()
const documents: XmlDocument[] = []

beforeAll(() => {
  for (const name of Object.values(SCHEMAS).flat()) {
    const schema = XmlDocument.fromString(referenceText('cap', 'google-cap-library', 'schema', name))
    documents.push(schema)
    validators.set(name, XsdValidator.fromDoc(schema))
  }
})
afterAll(() => {
  for (const validator of validators.values()) validator.dispose()
  for (const document of documents) document.dispose()
})

/** @returns '' or what is wrong */
function judge(xml: string | Uint8Array, schema: string): string {
  let document: XmlDocument
  try {
    document = typeof xml === 'string' ? XmlDocument.fromString(xml) : XmlDocument.fromBuffer(xml)
  } catch (error) {
    return String(error)
  }
  try {
    validators.get(schema)?.validate(document)
    return ''
  } catch (error) {
    if (error instanceof XmlValidateError) return error.message
    throw error
  } finally {
    document.dispose()
  }
}

const PROFILES: Record<string, SafetyProfile> = {
  restricted: {
    sender: 'waypost@demo.example',
    scope: 'Restricted',
    restriction: 'health authorities & "hospitals"',
    areaDescription: '실증 현장 <1>',
    language: 'ko-KR',
    senderName: 'Demo site',
    circle: { latitudeDegrees: 37.5665, longitudeDegrees: -126.978, radiusKilometres: 0.5 },
  },
  private: {
    sender: 'waypost@demo.example',
    status: 'Exercise',
    scope: 'Private',
    addresses: 'duty@demo.example "night shift"',
    areaDescription: 'Demo site',
  },
}

describe('the CAP schemas', () => {
  it('judge the examples as CONFORMANCE.tsv has them', () => {
    const rows = referenceText('cap', 'CONFORMANCE.tsv').trim().split('\n').slice(1)
    let judged = 0
    for (const row of rows) {
      const [file, version, plain, extended] = row.split('\t') as [string, '1.1' | '1.2', string, string]
      // The restricted files may not be passed on, so they are not among the reference data.
      if (file.startsWith('restricted/')) continue
      expect(existsSync(referencePath(file)), file).toBe(true)
      const bytes = readFileSync(referencePath(file))
      const verdicts = SCHEMAS[version].map((schema) => (judge(bytes, schema) === '' ? 'valid' : 'INVALID'))
      expect([file, ...verdicts]).toEqual([file, plain, extended])
      judged++
    }
    expect(judged).toBeGreaterThanOrEqual(15)
  })
})

describe('what the gateway emits', () => {
  it('is valid against both schemas, alert and update, restricted and private', () => {
    const { alerts } = everythingEmitted('+09:00')
    expect(new Set(alerts.map((alert) => alert.messageType))).toEqual(new Set(['Alert', 'Update']))
    for (const [name, profile] of Object.entries(PROFILES)) {
      for (const alert of alerts) {
        const xml = capDocument(alert, profile)
        for (const schema of SCHEMAS['1.2']) expect(judge(xml, schema), `${name} ${schema} ${xml}`).toBe('')
      }
    }
  })

  it('is judged: the mutants of MUTANTS.tsv made of it fare as on the original', () => {
    const [alert] = everythingEmitted('+09:00').alerts
    if (alert === undefined) throw new Error('no alert')
    const xml = capDocument(alert, PROFILES.restricted as SafetyProfile)
    const mutants: Record<string, (text: string) => string> = {
      'sent with Z': (text) => text.replace(/(<sent>[^<]*)-00:00/, '$1Z'),
      'sent with milliseconds': (text) => text.replace(/(<sent>[^<]*)-00:00/, '$1.123-00:00'),
      'identifier with space/comma': (text) => text.replace('<identifier>', '<identifier>a b,'),
      'circle malformed': (text) => text.replace(/<circle>[^<]*/, '<circle>here'),
    }
    const rows = referenceText('cap', 'MUTANTS.tsv').trim().split('\n').slice(1)
    let judged = 0
    for (const row of rows) {
      const [name, plain, extended] = row.split('\t') as [string, string, string]
      const mutate = mutants[name]
      if (mutate === undefined) continue
      const mutant = mutate(xml)
      expect(mutant, name).not.toBe(xml)
      const verdicts = SCHEMAS['1.2'].map((schema) => (judge(mutant, schema) === '' ? 'valid' : 'INVALID'))
      expect([name, ...verdicts]).toEqual([name, plain, extended])
      judged++
    }
    expect(judged).toBe(4)
  })
})
