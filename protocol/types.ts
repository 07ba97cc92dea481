/** Messages as the host holds them after validation: the table's field names, plain numbers and bytes. */
export interface HelloMessage {
  kind: 'hello'
  minorVersion: number
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

export interface TimeRequestMessage {
  kind: 'timeRequest'
  counter: number
  monotonicMilliseconds: number
}

export interface TimeReceivedMessage {
  kind: 'timeReceived'
  counter: number
  monotonicMilliseconds: number
}

export interface RecordsMessage {
  kind: 'records'
  journalId: number
  records: Recorded[]
  /** Records that were not understood but can be named; the others of the batch stand. */
  unread: UnreadRecord[]
}

/**
 * A record of a number that this version does not know, or with a field that the table refuses. It has a
 * sequence, so it can be kept aside and acknowledged: one bad record must not be sent for ever, nor hold
 * back its neighbours.
 */
export interface UnreadRecord {
  number: number
  sequence: number
  /** RECORD_UNKNOWN, FIELD_MISSING, FIELD_TYPE, FIELD_OUT_OF_RANGE or LIST_TOO_LONG. */
  code: string
  what: string
  /** The record's own CBOR; empty when only decoded values were at hand. */
  bytes: Uint8Array
}

export interface RecordHead {
  sequence: number
  bootRef: number
}

export interface TagReadValue {
  idKind: number
  id: Uint8Array
  antenna: number
  count: number
  firstOffsetMilliseconds: number
  lastOffsetMilliseconds: number
  rssiMaximumDbm: number
  protocolControl: number
}

export interface ReadsRecord extends RecordHead {
  kind: 'reads'
  startMilliseconds: number
  durationMilliseconds: number
  reader: number
  reads: TagReadValue[]
}

export interface SampleValue {
  offsetMilliseconds: number
  value: number
  /** SensorFault; absent on the wire means 0. */
  fault?: number
}

export interface SampleSeriesValue {
  sensor: number
  quantity: number
  resolution: number
  samples: SampleValue[]
}

export interface SamplesRecord extends RecordHead {
  kind: 'samples'
  baseMilliseconds: number
  series: SampleSeriesValue[]
}

export interface ContactRecord extends RecordHead {
  kind: 'contact'
  atMilliseconds: number
  contact: number
  contactKind: number
  open: number
  bounces: number
}

export interface HealthRecord extends RecordHead {
  kind: 'health'
  atMilliseconds: number
  batteryMillivolts: number
  memoryFreeVariables: number
  queueRecords: number
  resets: number
  resetReason: number
  errorFlags: number
  framesSent: number
  framesResent: number
  recordsDropped: number
  linkRssiDbm?: number
}

export interface TombstoneRecord extends RecordHead {
  kind: 'tombstone'
  from: number
  to: number
  count: number
  cause: number
}

export interface BootRecord extends RecordHead {
  kind: 'boot'
  bootId: Uint8Array
  resetReason: number
}

export type Recorded =
  | ReadsRecord
  | SamplesRecord
  | ContactRecord
  | HealthRecord
  | TombstoneRecord
  | BootRecord

export interface WelcomeMessage {
  kind: 'welcome'
  sessionId: Uint8Array
  /** gateway random (8) ‖ first 4 bytes of the node's random */
  randoms: Uint8Array
  utcMilliseconds: number
  journalId: number
  through: number
}

export interface WhoMessage {
  kind: 'who'
  reason: number
}

export interface AckRange {
  from: number
  to: number
}

export interface AckMessage {
  kind: 'ack'
  journalId: number
  through: number
  ranges: AckRange[]
}

export interface TimeMessage {
  kind: 'time'
  counter: number
  utcMilliseconds: number
}

export type UpMessage = HelloMessage | TimeRequestMessage | TimeReceivedMessage | RecordsMessage
export type DownMessageValue = WelcomeMessage | WhoMessage | AckMessage | TimeMessage
export type Message = UpMessage | DownMessageValue
