import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormatsModule from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { epcisDocument } from '#gateway/epcis/document.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import { everythingEmitted } from './emitted.ts'
import { referencePath, referenceText } from './reference-folder.ts'

const addFormats = addFormatsModule.default
let validate: ValidateFunction

beforeAll(() => {
  // strict does not compile: the official schema requires properties that it does not define.
  const ajv = new Ajv({ strict: false, allErrors: false })
  addFormats(ajv)
  validate = ajv.compile(JSON.parse(referenceText('epcis', 'schema', 'EPCIS-JSON-Schema.json')) as object)
})

function isValid(document: unknown): boolean {
  return validate(document)
}

function documentsBelow(...parts: string[]): string[] {
  const root = referencePath(...parts)
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonld'))
    .map((name) => join(...parts, name))
}

interface Negative {
  name: string
  officialSchemaAccepts: boolean
  event: Record<string, unknown>
}

/** An event with its own context → a document around it. */
function around(event: Record<string, unknown>): unknown {
  const { '@context': context, ...rest } = event
  return {
    '@context': context,
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-11-23T00:00:00Z',
    epcisBody: { eventList: [rest] },
  }
}

describe('the official EPCIS 2.0 schema', () => {
  it('takes every official valid example', () => {
    const names = documentsBelow('epcis', 'examples-valid')
    expect(names.length).toBeGreaterThanOrEqual(40)
    for (const name of names) expect(isValid(JSON.parse(referenceText(name))), name).toBe(true)
  })

  it('takes and refuses the negatives as they are labelled', () => {
    const negatives = JSON.parse(referenceText('epcis-negatives', 'semantic-negatives.json')) as Negative[]
    expect(negatives.length).toBeGreaterThan(10)
    const judged = negatives.map((one) => [one.name, isValid(around(one.event))])
    expect(judged).toEqual(negatives.map((one) => [one.name, one.officialSchemaAccepts]))
  })

  it('takes the example of a cold-chain violation', () => {
    const examples = JSON.parse(referenceText('epcis-negatives', 'violation-event-examples.json')) as Record<
      string,
      Record<string, unknown>
    >
    for (const [name, event] of Object.entries(examples)) expect(isValid(around(event)), name).toBe(true)
  })
})

describe('what the gateway emits', () => {
  const KINDS: [string, (event: EpcisEvent) => boolean][] = [
    [
      'a dwell with its climate',
      (event) => event.epcList !== undefined && event.sensorElementList !== undefined,
    ],
    ['a dwell under an alarm', (event) => event.persistentDisposition !== undefined],
    ['raw tags and UIDs', (event) => (event.epcList ?? []).some((epc) => !epc.startsWith('urn:epc:id:'))],
    ['a report window', (event) => event.bizStep === 'sensor_reporting'],
    ['an alarm that fires', (event) => event.sensorElementList?.[0]?.['waypost:alarm']?.end === null],
    [
      'an alarm that ends',
      (event) => typeof event.sensorElementList?.[0]?.['waypost:alarm']?.end === 'string',
    ],
    [
      'a sensor fault',
      (event) => event.sensorElementList?.[0]?.sensorReport[0]?.exception === 'ERROR_CONDITION',
    ],
    ['humidity', (event) => JSON.stringify(event).includes('RelativeHumidity')],
  ]

  for (const offset of ['+09:00', '+00:00', '-03:30']) {
    it(`is valid, every kind of it, at ${offset}`, () => {
      const { events } = everythingEmitted(offset)
      for (const [name, is] of KINDS) expect(events.some(is), name).toBe(true)
      for (const event of events) {
        const isOne = isValid(epcisDocument([event], Date.UTC(2026, 10, 23)))
        expect(isOne, `${JSON.stringify(event)} ${JSON.stringify(validate.errors)}`).toBe(true)
      }
      expect(isValid(epcisDocument(events, Date.UTC(2026, 10, 23)))).toBe(true)
    })
  }

  it('is judged: the same with one unknown word is refused', () => {
    const [event] = everythingEmitted('+09:00').events
    expect(isValid(epcisDocument([{ ...event, colour: 'red' } as unknown as EpcisEvent], 0))).toBe(false)
  })
})
