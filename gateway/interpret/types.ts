import type { Finding } from '#gateway/checks/types.ts'
import type { ConditionProfile, ConditionState } from '#gateway/condition/types.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import type { PlacedRecord } from '#gateway/intake/types.ts'
import type { CapAlert } from '#gateway/safety/types.ts'

/** Open dwells of a node; at the maximum the one seen longest ago is closed early. */
export const OPEN_DWELLS_MAXIMUM = 4096
/** EPCs in one event; more become further events. */
export const EPCS_AN_EVENT_MAXIMUM = 200
/** Remembered stretches of a sensor's values; at the maximum the older half is merged in pairs. */
export const BUCKETS_A_SENSOR_MAXIMUM = 256
/** Remembered alarms of a sensor, for the dwells that they overlap; the oldest is forgotten. */
export const ALARM_SPANS_A_SENSOR_MAXIMUM = 32
/** A sample stands for the time after it for so long, where no later one is there. */
export const HOLD_MILLISECONDS = 900_000
/** Longest interval of an inventory that the closing of dwells waits for. */
export const READS_SPAN_MAXIMUM_MILLISECONDS = 60_000
/** Sensors of a node whose samples are interpreted; those of further ones are counted and left out. */
export const SENSORS_A_NODE_MAXIMUM = 64

/** What interpret needs of the site's configuration; config's types fit. */
export interface InterpretCheckpoint {
  id: string
  readPoint: string
  bizLocation?: string
  bizStep: string
  disposition?: string
  nodes: { node: string; sensors: { sensor: number; deviceId?: string; profile?: string }[] }[]
  dwell: { lostAfterMilliseconds: number; groupMilliseconds: number; reportEveryMilliseconds: number }
}

export interface InterpretOptions {
  /** ±hh:mm */
  timeZoneOffset: string
  checkpoints: readonly InterpretCheckpoint[]
  profiles: ReadonlyMap<string, ConditionProfile>
}

/** One EPC at one read point, from its first read on. Times are UTC milliseconds, interval midpoints. */
export interface Dwell {
  epc: string
  firstMilliseconds: number
  lastMilliseconds: number
  uncertaintyMilliseconds: number
  journalId: number
  firstSequence: number
  lastSequence: number
}

/** What a sensor measured over a stretch of time. Integers of the quantity's unit. */
export interface Bucket {
  fromMilliseconds: number
  toMilliseconds: number
  minimum: number
  maximum: number
  sum: number
  count: number
}

export interface AlarmSpan {
  rule: string
  fromMilliseconds: number
  /** null while it runs. */
  toMilliseconds: number | null
}

/** One sensor and quantity of a node. */
export interface SensorState {
  sensor: number
  quantity: number
  /** The profile that `condition` belongs to: id and rule ids; another one starts anew. */
  profileKey: string | null
  condition: ConditionState | null
  /** Kept while a dwell may still need them. */
  buckets: Bucket[]
  /** The report window's values so far. */
  window: Bucket | null
  alarmSpans: AlarmSpan[]
  /** The alert of each running alarm, by rule. */
  alerts: Record<string, { identifier: string; sentUtcMilliseconds: number }>
  reportedFault: number
  reportedFaultMilliseconds: number
}

/** What interpret remembers of a node between records: plain JSON, bounded. */
export interface NodeState {
  version: 1
  /** Latest time of any of the node's records. */
  watermarkMilliseconds: number | null
  /**
   * Longest interval that a reads record of the node has covered. An inventory is told at its end, so reads
   * of so long before the watermark may still come.
   */
  readsSpanMilliseconds: number
  /** By EPC. */
  dwells: Record<string, Dwell>
  /** Closed, waiting for those that close with them. */
  closing: Dwell[]
  /** By `sensor/quantity`. */
  sensors: Record<string, SensorState>
  /** The report window of all sensors of the node. */
  window: { startMilliseconds: number; journalId: number; firstSequence: number } | null
  counters: {
    refusedEpcs: number
    /** Dwells closed early at OPEN_DWELLS_MAXIMUM. */
    earlyCloses: number
    /** Samples of sensors beyond SENSORS_A_NODE_MAXIMUM or of unknown quantities. */
    ignoredSamples: number
  }
}

export interface Effects {
  state: NodeState
  events: EpcisEvent[]
  alerts: CapAlert[]
  findings: Finding[]
}

export interface Interpreter {
  initialState(): NodeState
  /** Pure: the same state and record give the same effects; the state given is not changed. */
  accept(record: PlacedRecord, state: NodeState | undefined): Effects
}
