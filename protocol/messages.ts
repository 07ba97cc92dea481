import { Limit } from './limits.ts'
import { MessageNumber } from './numbers.ts'

/** Largest integer that a double holds exactly: the wire's integers stay within 53 bits. */
export const MAXIMUM_EXACT = Number.MAX_SAFE_INTEGER
const U8 = 255
const U16 = 65535
const U32 = 4294967295
/** 2033-ish is near, year 9999 is the sane end of UTC milliseconds. */
const UTC_MAXIMUM = 253402300799999

export interface IntegerField {
  type: 'integer'
  name: string
  minimum: number
  maximum: number
  optional?: boolean
}

export interface BytesField {
  type: 'bytes'
  name: string
  minimumBytes: number
  maximumBytes: number
  optional?: boolean
}

export interface TextField {
  type: 'text'
  name: string
  maximumBytes: number
  optional?: boolean
}

export interface ListField {
  type: 'list'
  name: string
  /** Name of one item in the documents. */
  item: string
  maximumItems: number
  /** Most items below this list in all, where a list of lists shares one limit. */
  maximumLeaves?: number
  /** Fields of one item, which is a CBOR array. */
  fields: readonly Field[]
  optional?: boolean
}

/** The records of a `records` message: each an array that begins with its own number. */
export interface RecordsField {
  type: 'records'
  name: string
  maximumItems: number
  optional?: boolean
}

export type Field = IntegerField | BytesField | TextField | ListField | RecordsField

export interface MessageRow {
  number: number
  name: string
  /** `record` rows travel inside `records` and begin with sequence and bootRef. */
  role: 'control' | 'record'
  direction: 'up' | 'down'
  sealed: boolean
  fields: readonly Field[]
}

function integer(name: string, minimum: number, maximum: number): IntegerField {
  return { type: 'integer', name, minimum, maximum }
}

function bytes(name: string, minimumBytes: number, maximumBytes: number): BytesField {
  return { type: 'bytes', name, minimumBytes, maximumBytes }
}

function text(name: string): TextField {
  return { type: 'text', name, maximumBytes: Limit.TEXT_BYTES }
}

const RECORD_HEAD: readonly Field[] = [integer('sequence', 1, U32), integer('bootRef', 0, U8)]

const READ_FIELDS: readonly Field[] = [
  integer('idKind', 0, 1),
  bytes('id', 1, Limit.EPC_BYTES),
  integer('antenna', 0, U8),
  integer('count', 1, U16),
  integer('firstOffsetMilliseconds', 0, U32),
  integer('lastOffsetMilliseconds', 0, U32),
  integer('rssiMaximumDbm', -128, 127),
  integer('protocolControl', 0, U16),
]

const SAMPLE_FIELDS: readonly Field[] = [
  integer('offsetMilliseconds', 0, U32),
  integer('value', -2147483648, 2147483647),
  { ...integer('fault', 0, U8), optional: true },
]

const SERIES_FIELDS: readonly Field[] = [
  integer('sensor', 0, U8),
  integer('quantity', 1, U8),
  integer('resolution', 1, U32),
  {
    type: 'list',
    name: 'samples',
    item: 'sample',
    maximumItems: Limit.SAMPLES_A_RECORD,
    fields: SAMPLE_FIELDS,
  },
]

/**
 * THE table: every message and record of the protocol, declared once. Encoders, decoders, the validator
 * and the documents are compared with it by tests.
 */
export const MESSAGES: readonly MessageRow[] = [
  {
    number: MessageNumber.hello,
    name: 'hello',
    role: 'control',
    direction: 'up',
    sealed: false,
    fields: [
      integer('minorVersion', 0, U8),
      text('node'),
      integer('keyEpoch', 0, U32),
      integer('suite', 1, U8),
      bytes('bootId', Limit.BOOT_ID_BYTES, Limit.BOOT_ID_BYTES),
      bytes('nodeRandom', Limit.RANDOM_BYTES, Limit.RANDOM_BYTES),
      text('board'),
      text('firmware'),
      integer('capabilities', 0, U32),
      integer('monotonicMilliseconds', 0, MAXIMUM_EXACT),
      integer('journalId', 0, U32),
      integer('resetReason', 0, U8),
    ],
  },
  {
    number: MessageNumber.timeRequest,
    name: 'timeRequest',
    role: 'control',
    direction: 'up',
    sealed: true,
    fields: [integer('counter', 0, U32), integer('monotonicMilliseconds', 0, MAXIMUM_EXACT)],
  },
  {
    number: MessageNumber.timeReceived,
    name: 'timeReceived',
    role: 'control',
    direction: 'up',
    sealed: true,
    fields: [integer('counter', 0, U32), integer('monotonicMilliseconds', 0, MAXIMUM_EXACT)],
  },
  {
    number: MessageNumber.records,
    name: 'records',
    role: 'control',
    direction: 'up',
    sealed: true,
    fields: [
      integer('journalId', 1, U32),
      { type: 'records', name: 'records', maximumItems: Limit.RECORDS_A_MESSAGE },
    ],
  },
  {
    number: MessageNumber.reads,
    name: 'reads',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      integer('startMilliseconds', 0, MAXIMUM_EXACT),
      integer('durationMilliseconds', 0, U32),
      integer('reader', 0, U8),
      { type: 'list', name: 'reads', item: 'read', maximumItems: Limit.READS_A_RECORD, fields: READ_FIELDS },
    ],
  },
  {
    number: MessageNumber.samples,
    name: 'samples',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      integer('baseMilliseconds', 0, MAXIMUM_EXACT),
      {
        type: 'list',
        name: 'series',
        item: 'sampleSeries',
        maximumItems: Limit.SERIES_A_RECORD,
        maximumLeaves: Limit.SAMPLES_A_RECORD,
        fields: SERIES_FIELDS,
      },
    ],
  },
  {
    number: MessageNumber.contact,
    name: 'contact',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      integer('atMilliseconds', 0, MAXIMUM_EXACT),
      integer('contact', 0, U8),
      integer('contactKind', 0, U8),
      integer('open', 0, 1),
      integer('bounces', 0, U16),
    ],
  },
  {
    number: MessageNumber.health,
    name: 'health',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      integer('atMilliseconds', 0, MAXIMUM_EXACT),
      integer('batteryMillivolts', 0, U16),
      integer('memoryFreeVariables', 0, U32),
      integer('queueRecords', 0, U16),
      integer('resets', 0, U32),
      integer('resetReason', 0, U8),
      integer('errorFlags', 0, U32),
      integer('framesSent', 0, U32),
      integer('framesResent', 0, U32),
      integer('recordsDropped', 0, U32),
      { ...integer('linkRssiDbm', -128, 127), optional: true },
    ],
  },
  {
    number: MessageNumber.tombstone,
    name: 'tombstone',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      integer('from', 1, U32),
      integer('to', 1, U32),
      integer('count', 1, U32),
      integer('cause', 1, U8),
    ],
  },
  {
    number: MessageNumber.boot,
    name: 'boot',
    role: 'record',
    direction: 'up',
    sealed: true,
    fields: [
      ...RECORD_HEAD,
      bytes('bootId', Limit.BOOT_ID_BYTES, Limit.BOOT_ID_BYTES),
      integer('resetReason', 0, U8),
    ],
  },
  {
    number: MessageNumber.welcome,
    name: 'welcome',
    role: 'control',
    direction: 'down',
    sealed: false,
    fields: [
      bytes('sessionId', Limit.SESSION_ID_BYTES, Limit.SESSION_ID_BYTES),
      bytes('randoms', Limit.RANDOM_BYTES + 4, Limit.RANDOM_BYTES + 4),
      integer('utcMilliseconds', 0, UTC_MAXIMUM),
      integer('journalId', 1, U32),
      integer('through', 0, U32),
    ],
  },
  {
    number: MessageNumber.who,
    name: 'who',
    role: 'control',
    direction: 'down',
    sealed: false,
    fields: [integer('reason', 0, U8)],
  },
  {
    number: MessageNumber.ack,
    name: 'ack',
    role: 'control',
    direction: 'down',
    sealed: true,
    fields: [
      integer('journalId', 1, U32),
      integer('through', 0, U32),
      {
        type: 'list',
        name: 'ranges',
        item: 'range',
        maximumItems: Limit.ACK_RANGES,
        fields: [integer('from', 1, U32), integer('to', 1, U32)],
      },
    ],
  },
  {
    number: MessageNumber.time,
    name: 'time',
    role: 'control',
    direction: 'down',
    sealed: true,
    fields: [integer('counter', 0, U32), integer('utcMilliseconds', 0, UTC_MAXIMUM)],
  },
]

/** The table's row of a number, or undefined. */
export function messageRow(number: number): MessageRow | undefined {
  return MESSAGES.find((row) => row.number === number)
}
