import type { ReadTable, SampleTable } from './tables.ts'

/*
 * The shapes of what a board puts on the wire. Tasks fill one such object again and again; the encoder
 * reads it. Counts stand beside preallocated lists because a list's length is not to be set on the board.
 */

export interface ReadsBody {
  startMilliseconds: number
  durationMilliseconds: number
  reader: number
  /** First row of `reads` that this record tells, and how many from there. */
  firstRead: number
  readCount: number
  reads: ReadTable
}

export interface SampleSeries {
  sensor: number
  /** Quantity */
  quantity: number
  /** Smallest step of the sensor in the quantity's unit. */
  resolution: number
  sampleCount: number
  /** Rows of the first and the newest sample in the body's table, chained by its `next`. */
  firstSample: number
  lastSample: number
}

export interface SamplesBody {
  baseMilliseconds: number
  seriesCount: number
  series: SampleSeries[]
  samples: SampleTable
}

export interface ContactBody {
  atMilliseconds: number
  contact: number
  /** ContactKind */
  kind: number
  /** 1 open, 0 closed */
  open: number
  /** Edges that were swallowed before the level was steady. */
  bounces: number
}

export interface HealthBody {
  atMilliseconds: number
  /** 0 when the board cannot tell. */
  batteryMillivolts: number
  memoryFreeVariables: number
  queueRecords: number
  /** Boot counter: how often the board started. */
  resets: number
  /** ResetReason */
  resetReason: number
  /** ErrorFlag bits */
  errorFlags: number
  framesSent: number
  framesResent: number
  recordsDropped: number
  /** 0 when the link has no radio; the field is then left out. */
  linkRssiDbm: number
}

export interface TombstoneBody {
  from: number
  to: number
  count: number
  /** TombstoneCause */
  cause: number
}

export interface HelloBody {
  node: string
  keyEpoch: number
  suite: number
  bootId: Uint8Array
  nodeRandom: Uint8Array
  board: string
  firmware: string
  capabilities: number
  monotonicMilliseconds: number
  journalId: number
  resetReason: number
}
