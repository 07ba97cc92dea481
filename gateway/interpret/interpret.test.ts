import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadProfiles } from '#gateway/condition/profiles.ts'
import { evaluateSeries } from '#gateway/condition/series.ts'
import type { ConditionProfile } from '#gateway/condition/types.ts'
import { createInterpreter } from './index.ts'
import {
  BOOT_UTC,
  health,
  interpretAll,
  placedRecords,
  read,
  reads,
  sgtin,
  temperatures,
} from './test-support.ts'
import { EPCS_AN_EVENT_MAXIMUM, type InterpretCheckpoint, OPEN_DWELLS_MAXIMUM } from './types.ts'

const profiles = loadProfiles()
const CHECKPOINT: InterpretCheckpoint = {
  id: 'dock-door',
  readPoint: 'https://id.gs1.org/414/9521141123454/254/DOCK1',
  bizLocation: 'https://id.gs1.org/414/9521141123454',
  bizStep: 'receiving',
  disposition: 'in_progress',
  nodes: [
    {
      node: 'dock-1',
      sensors: [
        { sensor: 0, deviceId: 'https://id.gs1.org/8004/9521141NODE1', profile: 'vaccine.2-8.strict' },
      ],
    },
  ],
  dwell: { lostAfterMilliseconds: 10_000, groupMilliseconds: 5_000, reportEveryMilliseconds: 900_000 },
}
const interpreter = createInterpreter({ timeZoneOffset: '+09:00', checkpoints: [CHECKPOINT], profiles })

describe('a clock that jumped', () => {
  it('is refused: a record tells of no instant that has not come, and the watermark stays', () => {
    const [good, jumped, after] = placedRecords([
      reads(2000, [read(1, 100, 900)]),
      health(90 * 86_400_000),
      reads(6000, [read(1, 0, 500)]),
    ])
    if (!good || !jumped || !after) throw new Error('three records')
    const first = interpreter.accept(good, undefined)
    const early = { ...jumped, receivedUtcMilliseconds: BOOT_UTC + 5000 }
    expect(() => interpreter.accept(early, first.state)).toThrowError(
      expect.objectContaining({ code: 'RECORD_IN_FUTURE' }),
    )
    const then = interpreter.accept(after, first.state)
    expect(then.events).toEqual([])
    expect(Object.keys(then.state.dwells)).toHaveLength(1)
  })
})

describe('dwells', () => {
  it('tags that leave together share one event, at the last sight, with the climate of their stay', () => {
    const { events, state } = interpretAll(
      interpreter,
      placedRecords([
        temperatures([
          [0, 5000],
          [60_000, 5200],
        ]),
        reads(60_000, [read(1, 100, 1900), read(2, 200, 1500)]),
        reads(62_000, [read(1, 0, 1000)]),
        temperatures([[63_000, 5400]]),
        reads(64_000, []),
        health(100_000),
      ]),
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      type: 'ObjectEvent',
      action: 'OBSERVE',
      bizStep: 'receiving',
      disposition: 'in_progress',
      eventTime: '2026-11-23T09:01:03.000+09:00',
      eventTimeZoneOffset: '+09:00',
      readPoint: { id: CHECKPOINT.readPoint },
      sensorElementList: [
        {
          sensorMetadata: {
            startTime: '2026-11-23T09:01:00.100+09:00',
            endTime: '2026-11-23T09:01:03.000+09:00',
            deviceID: 'https://id.gs1.org/8004/9521141NODE1',
            bizRules: 'https://id.gs1.org/253/9521141000014VAC28STRICT',
          },
          sensorReport: [{ type: 'Temperature', minValue: 5.4, maxValue: 5.4, meanValue: 5.4, uom: 'CEL' }],
        },
      ],
      'waypost:timeUncertaintyMilliseconds': 2,
      'waypost:source': { node: 'dock-1', journalId: 7, sequences: [2, 6] },
    })
    expect(events[0]?.epcList).toHaveLength(2)
    expect(state.dwells).toEqual({})
  })

  it('holds the last sample when none fell into the stay', () => {
    const { events } = interpretAll(
      interpreter,
      placedRecords([temperatures([[0, 5000]]), reads(60_000, [read(1)]), health(90_000)]),
    )
    expect(events[0]?.sensorElementList?.[0]).toMatchObject({
      sensorMetadata: {
        startTime: '2026-11-23T09:00:00.000+09:00',
        endTime: '2026-11-23T09:01:00.000+09:00',
      },
      sensorReport: [{ minValue: 5, maxValue: 5, meanValue: 5 }],
    })
  })

  it('a tag that comes back after lostAfter dwells anew, and sooner does not', () => {
    const count = (pause: number) =>
      interpretAll(
        interpreter,
        placedRecords([reads(0, [read(1)]), reads(pause, [read(1)]), health(pause + 60_000)]),
      ).events.length
    expect(count(10_000)).toBe(1)
    expect(count(10_001)).toBe(2)
  })

  it('a record of another kind does not close a dwell that the interval under way still prolongs', () => {
    // The inventory tells an interval at its end: health at 11.5 s knows nothing of the reads at 10.8 s.
    for (const between of [health(11_500), temperatures([[11_500, 5000]])]) {
      const { events } = interpretAll(
        interpreter,
        placedRecords([
          reads(0, [read(1, 1000)]),
          between,
          reads(10_000, [read(1, 800)]),
          reads(12_000, []),
          health(60_000),
        ]),
      )
      const withEpcs = events.filter((event) => event.epcList !== undefined)
      expect(withEpcs.map((event) => event.eventTime)).toEqual(['2026-11-23T09:00:10.800+09:00'])
    }
  })

  it('a group is not told while an interval under way may still bring one of its tags back', () => {
    const { events } = interpretAll(
      interpreter,
      placedRecords([
        reads(0, [read(1, 0), read(2, 0)]),
        reads(4_000, [read(2, 1000)]),
        health(15_500),
        reads(14_000, [read(2, 900)]),
        health(60_000),
      ]),
    )
    expect(events.flatMap((event) => event.epcList ?? []).toSorted()).toHaveLength(2)
  })

  it('time is the node’s: nothing closes until one of its records shows that time has passed', () => {
    // lostAfter, groupMilliseconds, and the interval that the inventory may still have to tell.
    const start = interpretAll(interpreter, placedRecords([reads(0, [read(1)]), health(17_000)]))
    expect(start.events).toHaveLength(0)
    expect(
      interpretAll(interpreter, placedRecords([reads(0, [read(1)]), health(17_001)])).events,
    ).toHaveLength(1)
  })

  it('keeps tags apart that leave further apart than groupMilliseconds', () => {
    const { events } = interpretAll(
      interpreter,
      placedRecords([reads(0, [read(1, 0), read(2, 5000), read(3, 5001)]), health(60_000)]),
    )
    expect(events.map((event) => event.epcList?.length)).toEqual([2, 1])
  })

  it('splits more EPCs than an event may have', () => {
    const list = Array.from({ length: EPCS_AN_EVENT_MAXIMUM + 1 }, (_, index) => read(index))
    const records = [0, 64, 128, 192].map((from) => reads(0, list.slice(from, from + 64)))
    const { events } = interpretAll(interpreter, placedRecords([...records, health(60_000)]))
    expect(events.map((event) => event.epcList?.length)).toEqual([EPCS_AN_EVENT_MAXIMUM, 1])
  })

  it('closes the dwell seen longest ago when there are too many, and counts it', () => {
    const records = Array.from({ length: OPEN_DWELLS_MAXIMUM / 64 + 1 }, (_, index) =>
      reads(
        index,
        Array.from({ length: 64 }, (_, one) => read(index * 64 + one)),
      ),
    )
    const { state, events } = interpretAll(interpreter, placedRecords([...records, health(60_000)]))
    expect(state.counters.earlyCloses).toBe(64)
    expect(events.flatMap((event) => event.epcList ?? [])).toHaveLength(OPEN_DWELLS_MAXIMUM + 64)
  })

  it('never makes an event of a phantom or a truncated read; raw tags are kept and noted', () => {
    const phantom = { ...read(1), id: new Uint8Array(12) }
    const truncated = { ...read(1), id: sgtin(1).subarray(0, 11) }
    const foreign = { ...read(1), id: Uint8Array.from([0xe2, ...sgtin(1).subarray(1)]) }
    const { events, findings, state } = interpretAll(
      interpreter,
      placedRecords([reads(0, [phantom, truncated, foreign]), health(60_000)]),
    )
    expect(events).toHaveLength(1)
    expect(events[0]?.epcList).toEqual([expect.stringMatching(/^urn:epc:raw:96\.xE2/)])
    expect(findings.map((finding) => finding.rule)).toEqual([
      'EPC_PHANTOM',
      'EPC_TRUNCATED',
      'EPC_HEADER_UNKNOWN',
    ])
    expect(state.counters.refusedEpcs).toBe(2)
  })

  it('a node without a checkpoint has no effects', () => {
    const effects = interpretAll(
      interpreter,
      placedRecords([reads(0, [read(1)]), health(60_000)], 'stranger'),
    )
    expect(effects.events).toEqual([])
  })
})

const steps = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 9000, max: 30_000 })),
    tags: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }),
    celsius: fc.integer({ min: -3000, max: 12_000 }),
  }),
  { maxLength: 40 },
)

function walked(list: { pause: number; tags: number[]; celsius: number }[]) {
  let at = 0
  const records = list.flatMap((step) => {
    at += step.pause + 2000
    return [
      reads(
        at,
        step.tags.map((tag) => read(tag, 0, 1500)),
      ),
      temperatures([[at + 1900, step.celsius]]),
    ]
  })
  return placedRecords([...records, health(at + 120_000)])
}

/** The dwells of each tag by the definition: runs of sights not further apart than lostAfter. */
function dwellsByDefinition(records: ReturnType<typeof walked>): number {
  const last = new Map<string, number>()
  let dwells = 0
  for (const { record } of records) {
    if (record.kind !== 'reads') continue
    for (const one of record.reads) {
      const key = one.id.join()
      const first = record.startMilliseconds + one.firstOffsetMilliseconds
      if (first - (last.get(key) ?? Number.NEGATIVE_INFINITY) > CHECKPOINT.dwell.lostAfterMilliseconds)
        dwells++
      last.set(key, record.startMilliseconds + one.lastOffsetMilliseconds)
    }
  }
  return dwells
}

describe('for any walk of tags', () => {
  it('each EPC of a dwell is in exactly one event', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const records = walked(list)
        const { events, state } = interpretAll(interpreter, records)
        expect(events.flatMap((event) => event.epcList ?? [])).toHaveLength(dwellsByDefinition(records))
        expect([Object.keys(state.dwells), state.closing]).toEqual([[], []])
        expect(new Set(events.map((event) => event.eventID)).size).toBe(events.length)
      }),
    )
  })

  it('a replay, and one with the state stored between any two records, gives the same events and alerts', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const records = walked(list)
        const first = interpretAll(interpreter, records)
        const { state, ...rest } = interpretAll(interpreter, records, true)
        expect(rest).toEqual({ events: first.events, alerts: first.alerts, findings: first.findings })
        expect(state).toEqual(JSON.parse(JSON.stringify(first.state)))
      }),
    )
  })

  it('accept changes nothing of the state it is given', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let state = interpreter.initialState()
        for (const record of walked(list)) {
          const before = JSON.stringify(state)
          const effects = interpreter.accept(record, state)
          expect(JSON.stringify(state)).toBe(before)
          state = effects.state
        }
      }),
    )
  })
})

describe('conditions', () => {
  const MINUTE = 60_000
  /** Batches of five samples, one a minute. */
  function batches(celsius: (number | undefined)[]) {
    const records = []
    for (let from = 0; from < celsius.length; from += 5) {
      const part = celsius.slice(from, from + 5)
      records.push(
        temperatures(
          part.map((value, index) => [
            (from + index) * MINUTE,
            value === undefined ? undefined : Math.round(value * 1000),
          ]),
        ),
      )
    }
    return records
  }
  const warm = [
    ...new Array<number>(10).fill(5),
    ...new Array<number>(70).fill(9.4),
    ...new Array<number>(10).fill(5),
  ]

  it('an alarm is told at once when it fires and when it ends, with limit, exception and alert', () => {
    const { events, alerts, findings } = interpretAll(
      interpreter,
      placedRecords([reads(0, [read(1)]), ...batches(warm)]),
    )
    const alarmed = events.filter((event) => event.sensorElementList?.[0]?.['waypost:alarm'] !== undefined)
    expect(alarmed.map((event) => event.sensorElementList?.[0]?.['waypost:alarm'])).toEqual([
      {
        rule: 'high-single',
        start: '2026-11-23T00:10:00Z',
        fired: '2026-11-23T01:10:00Z',
        end: null,
        minutes: 60,
        extremeCelsius: 9.4,
      },
      expect.objectContaining({ fired: '2026-11-23T01:10:00Z', end: '2026-11-23T01:20:00Z', minutes: 70 }),
    ])
    for (const event of alarmed) {
      expect(event).toMatchObject({
        bizStep: 'sensor_reporting',
        sensorElementList: [
          {
            sensorMetadata: { bizRules: 'https://id.gs1.org/253/9521141000014VAC28STRICT' },
            sensorReport: [{ exception: 'ALARM_CONDITION', minValue: 9.4, maxValue: 9.4 }],
          },
        ],
      })
      expect(event.epcList).toBeUndefined()
    }
    expect(alerts.map((alert) => [alert.messageType, alert.references?.identifier])).toEqual([
      ['Alert', undefined],
      ['Update', alerts[0]?.identifier],
    ])
    expect(findings.filter((finding) => finding.check === 'C1').map((finding) => finding.severity)).toEqual([
      'block',
      'note',
    ])
  })

  it('the far end says the same as the series judged at once, for any series and batches', () => {
    const profile = profiles.get('vaccine.2-8.shipment') as ConditionProfile
    const sites = [
      { ...CHECKPOINT, nodes: [{ node: 'dock-1', sensors: [{ sensor: 0, profile: profile.id }] }] },
    ]
    const shipment = createInterpreter({ timeZoneOffset: '+09:00', checkpoints: sites, profiles })
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(0.5, 1.9, 2, 5, 8.0007, 8.1, 12)),
          {
            maxLength: 40,
          },
        ),
        (runs) => {
          const celsius = runs.flatMap(([length, value]) => new Array<number>(length).fill(value))
          const { events } = interpretAll(shipment, placedRecords(batches(celsius)), true)
          const latest = new Map<string, unknown>()
          for (const event of events) {
            const alarm = event.sensorElementList?.[0]?.['waypost:alarm']
            if (alarm === undefined) continue
            const { rule, start, fired, end } = alarm
            latest.set(`${rule} ${start}`, { rule, start, fired, end })
          }
          const series = celsius.map((value, index) => ({
            utcMilliseconds: BOOT_UTC + index * MINUTE,
            temperatureMilliCelsius: Math.round(value * 1000),
          }))
          const facts = evaluateSeries(profile, series).alarms.map(({ rule, start, fired, end }) => ({
            rule,
            start,
            fired,
            end,
          }))
          const sorted = (list: unknown[]) => list.map((one) => JSON.stringify(one)).sort()
          expect(sorted([...latest.values()])).toEqual(sorted(facts))
        },
      ),
    )
  })

  it('samples are told once a window, as minimum, maximum and mean', () => {
    const celsius = Array.from({ length: 40 }, (_, minute) => (minute === 3 ? 4 : 5))
    const { events } = interpretAll(interpreter, placedRecords(batches(celsius)))
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({
      bizStep: 'sensor_reporting',
      eventTime: '2026-11-23T09:14:00.000+09:00',
      sensorElementList: [{ sensorReport: [{ minValue: 4, maxValue: 5, meanValue: 4.933 }] }],
    })
  })

  it('a window that no sample ends is told when the node has been without one for two windows', () => {
    const records = placedRecords([...batches([5, 5, 5]), health(1_799_999), health(1_800_000)])
    expect(interpretAll(interpreter, records.slice(0, 2)).events).toHaveLength(0)
    expect(interpretAll(interpreter, records).events).toHaveLength(1)
  })

  it('a fault is an ERROR_CONDITION without a value, told once, and neither within nor beyond', () => {
    const { events } = interpretAll(
      interpreter,
      placedRecords(batches([5, undefined, undefined, undefined, 5])),
    )
    expect(events).toHaveLength(1)
    expect(events[0]?.sensorElementList).toEqual([
      {
        sensorMetadata: {
          time: '2026-11-23T09:01:00.000+09:00',
          deviceID: 'https://id.gs1.org/8004/9521141NODE1',
        },
        sensorReport: [{ type: 'Temperature', exception: 'ERROR_CONDITION', stringValue: 'crc' }],
      },
    ])
  })

  it('goods that stood there during an alarm are marked in their own event', () => {
    const present = warm.map((_, minute) => reads(minute * MINUTE + 30_000, [read(1)]))
    const minutely = warm.map((value, minute) => temperatures([[minute * MINUTE, Math.round(value * 1000)]]))
    const records = present.flatMap((one, minute) => [minutely[minute] as typeof one, one])
    const patient = [{ ...CHECKPOINT, dwell: { ...CHECKPOINT.dwell, lostAfterMilliseconds: 90_000 } }]
    const { events } = interpretAll(
      createInterpreter({ timeZoneOffset: '+09:00', checkpoints: patient, profiles }),
      placedRecords([...records, health(100 * MINUTE + 30_000)]),
    )
    const goods = events.filter((event) => event.epcList !== undefined)
    expect(goods).toHaveLength(1)
    expect(goods[0]).toMatchObject({
      persistentDisposition: { set: ['non_conformant'] },
      sensorElementList: [{ sensorReport: [{ minValue: 5, maxValue: 9.4, exception: 'ALARM_CONDITION' }] }],
    })
  })

  it('refuses a configuration that names no profile', () => {
    const nodes = [{ node: 'a', sensors: [{ sensor: 0, profile: 'none' }] }]
    expect(() =>
      createInterpreter({ timeZoneOffset: '+09:00', checkpoints: [{ ...CHECKPOINT, nodes }], profiles }),
    ).toThrow(expect.objectContaining({ code: 'INTERPRET_CONFIG' }))
  })
})
