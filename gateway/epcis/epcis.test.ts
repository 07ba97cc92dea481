import { describe, expect, it } from 'vitest'
import { checkEvent } from './check.ts'
import { epcisDocument, eventIdOf, localTime, offsetMinutes } from './document.ts'
import type { EpcisEvent, SensorReport } from './types.ts'

const REPORT: SensorReport = { type: 'Temperature', minValue: 2.1, maxValue: 9.4, meanValue: 5.8, uom: 'CEL' }
const EVENT: EpcisEvent = {
  type: 'ObjectEvent',
  eventID: 'urn:uuid:00000000-0000-5000-8000-000000000001',
  eventTime: '2026-11-23T13:10:00.000+09:00',
  eventTimeZoneOffset: '+09:00',
  action: 'OBSERVE',
  bizStep: 'receiving',
  epcList: ['urn:epc:id:sscc:0614141.1234567890'],
  readPoint: { id: 'https://id.gs1.org/414/9521141123454' },
  sensorElementList: [
    {
      sensorMetadata: {
        startTime: '2026-11-23T10:00:00.000+09:00',
        endTime: '2026-11-23T13:10:00.000+09:00',
      },
      sensorReport: [REPORT],
    },
  ],
  'waypost:timeUncertaintyMilliseconds': 4,
  'waypost:source': { node: 'n', journalId: 1, sequences: [1, 2] },
}

function withReport(report: Partial<SensorReport>): EpcisEvent {
  const [element] = EVENT.sensorElementList ?? []
  if (element === undefined) throw new Error('no element')
  return { ...EVENT, sensorElementList: [{ ...element, sensorReport: [{ ...REPORT, ...report }] }] }
}

describe('event ids', () => {
  it('are version 5, the same for the same source and different for another', () => {
    const id = eventIdOf('cold-room-1', 7, [12, 0])
    expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(eventIdOf('cold-room-1', 7, [12, 0])).toBe(id)
    const others = [
      eventIdOf('cold-room-1', 7, [12, 1]),
      eventIdOf('cold-room-1', 71, [2, 0]),
      eventIdOf('c', 7, [12, 0]),
    ]
    expect(new Set([id, ...others]).size).toBe(4)
  })
})

describe('times', () => {
  it('stand in the site’s own offset', () => {
    expect(localTime(Date.UTC(2026, 10, 23, 20), '+09:00')).toBe('2026-11-24T05:00:00.000+09:00')
    expect(localTime(Date.UTC(2026, 10, 23, 2), '-03:30')).toBe('2026-11-22T22:30:00.000-03:30')
    expect(offsetMinutes('+14:01')).toBeUndefined()
    expect(offsetMinutes('+9:00')).toBeUndefined()
  })
})

describe('the self-check', () => {
  it('passes what is sound', () => {
    expect(checkEvent(EVENT)).toEqual([])
    expect(epcisDocument([EVENT], 0).epcisBody.eventList).toEqual([EVENT])
  })

  it('finds each semantic fault that the official schema takes', () => {
    const { sensorElementList, ...bare } = EVENT
    const faulty: [string, EpcisEvent][] = [
      ['minimum above mean', withReport({ minValue: 6 })],
      ['mean above maximum', withReport({ meanValue: 10 })],
      ['no mean', withReport({ meanValue: undefined })],
      ['not finite', withReport({ maxValue: Number.POSITIVE_INFINITY })],
      ['unit of another quantity', withReport({ uom: 'P1' })],
      ['no unit', withReport({ uom: undefined })],
      ['fault with a value', withReport({ exception: 'ERROR_CONDITION', stringValue: 'crc' })],
      ['sensor after event', { ...EVENT, eventTime: '2026-11-23T13:09:59.999+09:00' }],
      ['offset that disagrees', { ...EVENT, eventTimeZoneOffset: '+08:00' }],
      ['EPC twice', { ...EVENT, epcList: ['urn:x:1', 'urn:x:1'] }],
      ['nothing observed', { ...bare, epcList: [] }],
    ]
    expect(sensorElementList).toBeDefined()
    for (const [name, event] of faulty) expect(checkEvent(event), name).not.toEqual([])
  })

  it('finds times and alarms out of order', () => {
    const event = structuredClone(EVENT)
    const [element] = event.sensorElementList ?? []
    if (element === undefined) throw new Error('no element')
    element.sensorMetadata.startTime = '2026-11-23T13:10:00.001+09:00'
    expect(checkEvent(event).map((fault) => fault.message)).toContain('startTime is after endTime')
    element.sensorMetadata.startTime = '2026-11-23T10:00:00.000+09:00'
    element['waypost:alarm'] = {
      rule: 'r',
      start: '2026-11-23T01:00:00Z',
      fired: '2026-11-23T02:00:00Z',
      end: '2026-11-23T01:30:00Z',
      minutes: 60,
      extremeCelsius: 9,
    }
    expect(checkEvent(event)).toHaveLength(1)
  })
})
