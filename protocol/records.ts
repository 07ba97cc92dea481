/**
 * The shapes of what a board puts on the wire. Tasks fill one such object again and again; the encoder
 * reads it. Counts stand beside preallocated lists because a list's length is not to be set on the board.
 */

/** One tag in one inventory interval. */
export interface TagRead {
  /** IdKind */
  idKind: number
  id: Uint8Array
  /** Bytes of `id` that count. */
  idLength: number
  antenna: number
  count: number
  firstOffsetMilliseconds: number
  lastOffsetMilliseconds: number
  /** Strongest of the interval. */
  rssiMaximumDbm: number
  /** PC word of the tag (Gen2, 6.3.2.1.2.2); 0 for a UID. */
  protocolControl: number
}

export interface ReadsBody {
  startMilliseconds: number
  durationMilliseconds: number
  reader: number
  readCount: number
  reads: TagRead[]
}

export interface Sample {
  offsetMilliseconds: number
  /** In the series' quantity; 0 when `fault` is set. */
  value: number
  /** SensorFault */
  fault: number
}

export interface SampleSeries {
  sensor: number
  /** Quantity */
  quantity: number
  /** Smallest step of the sensor in the quantity's unit. */
  resolution: number
  sampleCount: number
  samples: Sample[]
}

export interface SamplesBody {
  baseMilliseconds: number
  seriesCount: number
  series: SampleSeries[]
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
