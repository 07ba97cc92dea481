import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { capDocument, capTime, checkSafetyProfile } from './cap.ts'
import type { CapAlert, SafetyProfile } from './types.ts'

const ALERT: CapAlert = {
  messageType: 'Alert',
  identifier: 'waypost-1',
  sentUtcMilliseconds: Date.UTC(2026, 10, 23, 1, 2, 3, 456),
  checkpoint: 'cold & <dark>',
  readPoint: 'https://id.gs1.org/414/9521141123454',
  node: 'cold-room-1',
  sensor: 0,
  profile: 'vaccine.2-8.strict',
  profileTitle: 'Vaccines',
  limitUri: 'https://id.gs1.org/253/9521141000014VAC28STRICT',
  rule: 'high-single',
  side: 'high',
  limitMilliCelsius: 8000,
  start: '2026-11-22T22:00:00Z',
  fired: '2026-11-22T23:00:00Z',
  end: null,
  minutes: 60,
  extremeCelsius: 9.4,
}
const RESTRICTED: SafetyProfile = {
  sender: 'waypost@demo.example',
  scope: 'Restricted',
  restriction: 'health authorities',
  areaDescription: 'Demo\u0001 site',
  circle: { latitudeDegrees: 37.5, longitudeDegrees: 1e-7, radiusKilometres: 0.5 },
}

function parsed(xml: string): Record<string, Record<string, unknown>> {
  return new XMLParser({ parseTagValue: false }).parse(xml).alert
}

describe('CAP 1.2 alerts', () => {
  it('write times without Z and fractions', () => {
    expect(capTime(ALERT.sentUtcMilliseconds)).toBe('2026-11-23T01:02:03-00:00')
    expect(parsed(capDocument(ALERT, RESTRICTED)).sent).toBe('2026-11-23T01:02:03-00:00')
  })

  it('stand in the order of the schema, escaped, without control characters and exponents', () => {
    const alert = parsed(capDocument(ALERT, RESTRICTED))
    expect(Object.keys(alert)).toEqual([
      'identifier',
      'sender',
      'sent',
      'status',
      'msgType',
      'scope',
      'restriction',
      'info',
    ])
    expect(alert.info?.category).toBe('Health')
    expect(alert.info?.description).toContain('cold & <dark>')
    expect(alert.info?.area).toEqual({ areaDesc: 'Demo site', circle: '37.50000,0.00000 0.500' })
  })

  it('an Update names the Alert that it ends', () => {
    const first = { identifier: 'waypost-0', sentUtcMilliseconds: Date.UTC(2026, 10, 23) }
    const update: CapAlert = {
      ...ALERT,
      messageType: 'Update',
      references: first,
      end: '2026-11-23T00:30:00Z',
    }
    expect(parsed(capDocument(update, RESTRICTED)).references).toBe(
      'waypost@demo.example,waypost-0,2026-11-23T00:00:00-00:00',
    )
    const { references, ...without } = update
    expect(references).toBeDefined()
    expect(() => capDocument(without, RESTRICTED)).toThrow(
      expect.objectContaining({ code: 'CAP_REFERENCE_MISSING' }),
    )
  })

  it('refuse what no schema refuses', () => {
    const cases: [Partial<SafetyProfile>, string][] = [
      [{ sender: 'a b' }, 'CAP_SENDER_INVALID'],
      [{ restriction: ' ' }, 'CAP_SCOPE_INVALID'],
      [{ scope: 'Private' }, 'CAP_SCOPE_INVALID'],
      [{ scope: 'Public' }, 'CAP_SCOPE_INVALID'],
      [{ areaDescription: '' }, 'CAP_AREA_INVALID'],
      [{ circle: { latitudeDegrees: 91, longitudeDegrees: 0, radiusKilometres: 1 } }, 'CAP_AREA_INVALID'],
    ]
    for (const [change, code] of cases) {
      expect(() => checkSafetyProfile({ ...RESTRICTED, ...change })).toThrow(
        expect.objectContaining({ code }),
      )
    }
    expect(() => capDocument({ ...ALERT, identifier: 'a,b' }, RESTRICTED)).toThrow(
      expect.objectContaining({ code: 'CAP_SENDER_INVALID' }),
    )
    expect(
      parsed(capDocument(ALERT, { ...RESTRICTED, scope: 'Private', addresses: 'police@demo.example' }))
        .addresses,
    ).toBe('police@demo.example')
  })
})
