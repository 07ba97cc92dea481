import type { PlacedRecord } from '#gateway/intake/types.ts'
import type { Recorded, SampleValue, TagReadValue } from '#protocol/types.ts'
import type { Effects, Interpreter, NodeState } from './types.ts'

/** UTC of a test node's monotonic zero; the clock is known to ±2 ms. */
export const BOOT_UTC = Date.UTC(2026, 10, 23)

type WithoutHead<One> = One extends Recorded ? Omit<One, 'sequence' | 'bootRef'> : never

/** A second after the last instant that a record tells of, or its turn, whichever is later. */
function arrivalMilliseconds(record: object, index: number): number {
  const { atMilliseconds, startMilliseconds, durationMilliseconds, baseMilliseconds, series } = record as {
    atMilliseconds?: number
    startMilliseconds?: number
    durationMilliseconds?: number
    baseMilliseconds?: number
    series?: { samples: { offsetMilliseconds: number }[] }[]
  }
  const offsets = (series ?? []).flatMap((one) => one.samples.map((sample) => sample.offsetMilliseconds))
  const latest =
    atMilliseconds ??
    (startMilliseconds === undefined
      ? (baseMilliseconds ?? 0) + Math.max(0, ...offsets)
      : startMilliseconds + (durationMilliseconds ?? 0))
  return Math.max(index * 1000, latest) + 500
}

/** Gives records their sequences, as the node's journal does. */
export function placedRecords(records: readonly WithoutHead<Recorded>[], node = 'dock-1'): PlacedRecord[] {
  return records.map((record, index) => ({
    node,
    journalId: 7,
    sequence: index + 1,
    record: { ...record, sequence: index + 1, bootRef: 0 } as Recorded,
    receivedUtcMilliseconds: BOOT_UTC + arrivalMilliseconds(record, index),
    bootId: '0011223344556677',
    utcOf: (monotonic) => ({
      earliestMilliseconds: BOOT_UTC + monotonic - 2,
      latestMilliseconds: BOOT_UTC + monotonic + 2,
    }),
  }))
}

/** SGTIN-96 of the example prefix with this serial. */
export function sgtin(serial: number): Uint8Array {
  const bytes = Uint8Array.from([0x30, 0x34, 0x25, 0x51, 0x1a, 0xd4, 0x0c, 0x0e, 0x40, 0, 0, 0])
  bytes[10] = serial >> 8
  bytes[11] = serial & 0xff
  return bytes
}

export function read(serial: number, first = 0, last = first): TagReadValue {
  return {
    idKind: 0,
    id: sgtin(serial),
    antenna: 1,
    count: 3,
    firstOffsetMilliseconds: first,
    lastOffsetMilliseconds: last,
    rssiMaximumDbm: -50,
    protocolControl: 0x3000,
  }
}

export function reads(startMilliseconds: number, list: TagReadValue[]): WithoutHead<Recorded> {
  return { kind: 'reads', startMilliseconds, durationMilliseconds: 2000, reader: 0, reads: list }
}

/** Temperatures of sensor 0 at monotonic instants; undefined is a CRC fault. */
export function temperatures(
  values: [atMilliseconds: number, milliCelsius: number | undefined][],
): WithoutHead<Recorded> {
  const base = values[0]?.[0] ?? 0
  const samples: SampleValue[] = values.map(([at, value]) => ({
    offsetMilliseconds: at - base,
    value: value ?? 0,
    fault: value === undefined ? 1 : 0,
  }))
  return {
    kind: 'samples',
    baseMilliseconds: base,
    series: [{ sensor: 0, quantity: 1, resolution: 10, samples }],
  }
}

export function health(atMilliseconds: number): WithoutHead<Recorded> {
  return {
    kind: 'health',
    atMilliseconds,
    batteryMillivolts: 3000,
    memoryFreeVariables: 1000,
    queueRecords: 0,
    resets: 0,
    resetReason: 1,
    errorFlags: 0,
    framesSent: 0,
    framesResent: 0,
    recordsDropped: 0,
  }
}

/** Runs records through; `isStored` passes the state through JSON after each, as the store does. */
export function interpretAll(
  interpreter: Interpreter,
  records: readonly PlacedRecord[],
  isStored = false,
): Effects {
  let state: NodeState = interpreter.initialState()
  const all: Effects = { state, events: [], alerts: [], findings: [] }
  for (const record of records) {
    const effects = interpreter.accept(record, state)
    state = isStored ? (JSON.parse(JSON.stringify(effects.state)) as NodeState) : effects.state
    all.events.push(...effects.events)
    all.alerts.push(...effects.alerts)
    all.findings.push(...effects.findings)
  }
  return { ...all, state }
}
