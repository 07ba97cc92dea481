import { describe, expect, it } from 'vitest'
import { checkDigitFits, sameSpelling, wrongInstance } from './epc-uri.ts'
import { checkEpcisDocument } from './epcis-check.ts'
import { epcisDocument, objectEvent } from './testing.ts'

const NOW = Date.parse('2026-11-23T01:00:00Z')
const said = (document: unknown): string =>
  checkEpcisDocument(document, NOW)
    .map((reason) => `${reason.path}: ${reason.message}`)
    .join('\n')
const saidOf = (changes: Record<string, unknown>): string => said(epcisDocument([objectEvent(changes)]))
const report = (changes: Record<string, unknown>): Record<string, unknown> => ({
  sensorElementList: [{ sensorReport: [{ type: 'Temperature', value: 5, uom: 'CEL', ...changes }] }],
})

describe('EPCIS check of the stand-in', () => {
  it('accepts what the gateway sends, extensions with a declared prefix included', () => {
    expect(saidOf({})).toBe('')
    expect(saidOf({ eventTime: '2026-11-23T00:30:00Z' })).toBe('')
    const extended = objectEvent({
      'waypost:alarm': { rule: 'high', end: null },
      '@context': { waypost: 'https://waypost.example/ns/' },
    })
    expect(said(epcisDocument([extended]))).toBe('')
    expect(saidOf({ epcList: [] })).toBe('')
    expect(saidOf({ epcList: undefined })).toBe('')
    expect(saidOf({ epcList: ['urn:epc:raw:96.x3074257BF7194E4000001A85'] })).toBe('')
  })

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ['no type', { type: undefined }, /type/],
    ['unknown type', { type: 'Sighting' }, /type/],
    ['no action', { action: undefined }, /action/],
    ['no offset', { eventTimeZoneOffset: undefined }, /eventTimeZoneOffset/],
    ['an offset that no place has', { eventTimeZoneOffset: '+25:00' }, /pattern/],
    ['an offset that disagrees', { eventTimeZoneOffset: '+08:00' }, /not the offset/],
    ['a time without zone', { eventTime: '2026-11-23T09:30:00' }, /pattern/],
    ['31 February', { eventTime: '2026-02-31T09:30:00+09:00' }, /no instant/],
    ['the future', { eventTime: '2026-11-23T10:30:00+09:00' }, /future/],
    ['an unknown bizStep', { bizStep: 'teleporting' }, /bizStep/],
    ['an unknown disposition', { disposition: 'lost' }, /disposition/],
    ['a readPoint as text', { readPoint: 'urn:x:y' }, /readPoint/],
    ['no EPC and no sensor', { epcList: undefined, sensorElementList: undefined }, /epcList/],
    ['an EPC twice', { epcList: ['urn:a:b', 'urn:a:b'] }, /duplicate/],
    [
      'an EPC in two spellings',
      { epcList: ['urn:epc:id:sgtin:8806429.021400.1', 'https://id.gs1.org/01/08806429214002/21/1'] },
      /again/,
    ],
    ['a class', { epcList: ['urn:epc:class:lgtin:8806429.021400.LOT'] }, /class/],
    ['an undeclared prefix', { 'example:x': 1 }, /not declared/],
    ['an undeclared prefix deep inside', report({ 'example:x': 1 }), /not declared/],
    ['ilmd without ADD', { ilmd: {} }, /action/],
    [
      'correction without eventID',
      { eventID: undefined, errorDeclaration: { declarationTime: '2026-11-23T00:40:00Z' } },
      /eventID/,
    ],
    [
      'correction before the event',
      { errorDeclaration: { declarationTime: '2026-11-22T00:40:00Z' } },
      /before the event/,
    ],
    ['value without uom', report({ uom: undefined }), /uom/],
    ['uom as a word', report({ uom: 'degrees' }), /uom/],
    ['humidity in degrees', report({ type: 'RelativeHumidity' }), /no unit/],
    ['value as text', report({ value: '5' }), /number/],
    ['nothing measured', report({ value: undefined }), /neither a value/],
    ['minimum above maximum', report({ minValue: 9, maxValue: 2 }), /above maxValue/],
    ['mean outside', report({ minValue: 2, meanValue: 9.5, maxValue: 9 }), /outside/],
    ['unknown alarm word', report({ exception: 'HOT' }), /exception/],
    ['unknown field of a report', report({ unit: 'C' }), /unit/],
    [
      'sensor time after eventTime',
      {
        sensorElementList: [
          {
            sensorMetadata: { time: '2026-11-23T00:31:00Z' },
            sensorReport: [{ type: 'Temperature', value: 1, uom: 'CEL' }],
          },
        ],
      },
      /after eventTime/,
    ],
    [
      'end before start',
      {
        sensorElementList: [
          {
            sensorMetadata: { startTime: '2026-11-23T00:20:00Z', endTime: '2026-11-23T00:10:00Z' },
            sensorReport: [{ type: 'Temperature', value: 1, uom: 'CEL' }],
          },
        ],
      },
      /before startTime/,
    ],
  ]
  it.each(wrong)('refuses %s', (_name, changes, reason) => {
    const changed = objectEvent(changes)
    for (const element of (changed.sensorElementList ?? []) as { sensorReport: Record<string, unknown>[] }[])
      for (const one of element.sensorReport)
        for (const key of Object.keys(one)) if (one[key] === undefined) delete one[key]
    expect(said(epcisDocument([changed]))).toMatch(reason)
  })

  it.each([
    [null, /object/],
    [[], /object/],
    [epcisDocument([objectEvent()], { epcisBody: {} }), /eventList/],
    [epcisDocument([objectEvent()], { '@context': undefined }), /context/],
    [epcisDocument([objectEvent()], { type: 'EPCISQueryDocument' }), /type/],
    [epcisDocument([objectEvent()], { surprise: 1 }), /surprise/],
    [epcisDocument([objectEvent()], { creationDate: 'today' }), /creationDate/],
  ])('refuses document %#', (document, reason) => {
    expect(said(JSON.parse(JSON.stringify(document)))).toMatch(reason)
  })

  it('is bounded in what it says', () => {
    const events = Array.from({ length: 200 }, () => objectEvent({ action: 'SEEN' }))
    expect(checkEpcisDocument(epcisDocument(events), NOW).length).toBeLessThanOrEqual(50)
  })
})

describe('identities', () => {
  it.each([
    'urn:epc:id:sgtin:8806429.021400.1',
    'urn:epc:id:sscc:8806429.0000000001',
    'urn:epc:id:sgln:8800000.00001.0',
    'urn:epc:id:giai:4000001.111',
    'urn:epc:raw:96.x3074257BF7194E4000001A85',
    'https://id.gs1.org/01/08806429214002/21/1',
    'https://id.gs1.org/00/088064290000000018',
    'urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8',
  ])('accepts %s', (uri) => expect(wrongInstance(uri)).toBeUndefined())

  it.each([
    'urn:epc:id:banana:1.2.3',
    'urn:epc:id:sgtin:8806429.21400.1',
    'urn:epc:id:sgtin:8806429.021400.',
    'urn:epc:id:sgtin:88064290000001.02.1',
    'urn:epc:id:sgtin:8806429.021400.a b',
    'urn:epc:id:sgtin:8806429.021400.a/b',
    'urn:epc:id:sscc:8806429.000000001',
    'urn:epc:id:sscc:8806429.0000000001.1',
    'urn:epc:tag:sgtin-96:1.8806429.021400.1',
    'urn:epc:raw:96.x3074',
    'https://id.gs1.org/01/08806429214003/21/1',
    'https://id.gs1.org/01/08806429214002',
    'https://id.gs1.org/01/08806429214002/21/1?17=261231',
  ])('refuses %s', (uri) => expect(wrongInstance(uri)).toBeTypeOf('string'))

  it('knows check digits and spellings', () => {
    expect(checkDigitFits('9521141000014')).toBe(true)
    expect(checkDigitFits('9521141000017')).toBe(false)
    expect(sameSpelling('urn:epc:id:sgtin:8806429.021400.1')).toBe(
      sameSpelling('https://example.com/01/08806429214002/10/LOT/21/1'),
    )
    expect(sameSpelling('urn:epc:id:sscc:8806429.0000000001')).toBe('sscc 088064290000000018')
  })
})
