/** Documents for the tests of the stand-ins: valid ones, of which each test breaks one thing. */

/** A valid CAP 1.2 alert, in order of its elements, as [name, content] pairs that a test may change. */
export const CAP_ELEMENTS: readonly (readonly [string, string])[] = [
  ['identifier', 'waypost-demo-0001'],
  ['sender', 'waypost@demo.example'],
  ['sent', '2026-11-23T09:30:00+09:00'],
  ['status', 'Exercise'],
  ['msgType', 'Alert'],
  ['scope', 'Restricted'],
  ['restriction', 'cold-chain staff of the site'],
  [
    'info',
    '<language>en-GB</language><category>Health</category><event>Cold-chain excursion</event>' +
      '<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>' +
      '<headline>Too warm</headline>' +
      '<area><areaDesc>Demo site</areaDesc><circle>37.5665,126.978 0.5</circle></area>',
  ],
]

/** Builds the alert with some elements replaced (`undefined` removes one) and others appended at the end. */
export function capDocument(
  changes: Record<string, string | undefined> = {},
  append: readonly (readonly [string, string])[] = [],
): string {
  const elements = [...CAP_ELEMENTS, ...append].flatMap(([name, content]) => {
    const now = name in changes ? changes[name] : content
    return now === undefined ? [] : [`<${name}>${now}</${name}>`]
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">\n${elements.join('\n')}\n</alert>\n`
}

/** A plausible ObjectEvent as the gateway makes them. */
export function objectEvent(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const event: Record<string, unknown> = {
    eventID: 'urn:uuid:6ba7b810-9dad-51d1-80b4-00c04fd430c8',
    type: 'ObjectEvent',
    eventTime: '2026-11-23T09:30:00.000+09:00',
    eventTimeZoneOffset: '+09:00',
    epcList: ['urn:epc:id:sgtin:8806429.021400.1'],
    action: 'OBSERVE',
    bizStep: 'receiving',
    disposition: 'in_progress',
    readPoint: { id: 'https://id.gs1.org/414/9521141000014/254/DOCK1' },
    bizLocation: { id: 'https://id.gs1.org/414/9521141000014' },
    sensorElementList: [
      {
        sensorMetadata: {
          startTime: '2026-11-23T09:00:00.000+09:00',
          endTime: '2026-11-23T09:30:00.000+09:00',
          deviceID: 'https://id.gs1.org/8004/9521141NODE1',
          bizRules: 'https://id.gs1.org/253/9521141000014COLD1',
        },
        sensorReport: [{ type: 'Temperature', minValue: 2.1, meanValue: 5.8, maxValue: 9.4, uom: 'CEL' }],
      },
    ],
    ...changes,
  }
  for (const key of Object.keys(event)) if (event[key] === undefined) delete event[key]
  return event
}

/** An EPCISDocument around events. */
export function epcisDocument(
  events: readonly Record<string, unknown>[],
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-11-23T09:30:01.000+09:00',
    epcisBody: { eventList: events },
    ...changes,
  }
}
