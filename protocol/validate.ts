import { Decoder } from 'cbor-x'
import { CodedError } from './coded-error.ts'
import type { ProtocolErrorCode } from './errors.ts'
import { Limit } from './limits.ts'
import { type Field, type ListField, type MessageRow, messageRow } from './messages.ts'
import { MessageNumber } from './numbers.ts'
import { CborReader } from './reader.ts'
import type { Message, RecordsMessage } from './types.ts'

/** Every record begins with it after its number. */
const SEQUENCE: Field = { type: 'integer', name: 'sequence', minimum: 1, maximum: 4294967295 }

const decoder = new Decoder({ useRecords: false, mapsAsObjects: false })

function refuse(code: ProtocolErrorCode, what: string, where?: string): never {
  throw new CodedError(code, what, where === undefined ? {} : { where })
}

/**
 * Refuses what cbor-x would follow too far: other major types than integers, byte strings, text and
 * arrays (tags build objects there), nesting, and counts that the bytes cannot hold.
 */
function checkBounds(bytes: Uint8Array): void {
  const reader = new CborReader()
  reader.start(bytes, 0, bytes.length)
  const walk = (depth: number): void => {
    if (depth > Limit.NESTING) refuse('MESSAGE_MALFORMED', 'arrays are nested too deep')
    const argument = reader.head()
    if (reader.failed) refuse('MESSAGE_MALFORMED', `a CBOR item is cut off or not exact at byte ${reader.at}`)
    if (reader.major === 2 || reader.major === 3) {
      if (reader.at + argument > bytes.length)
        refuse('MESSAGE_MALFORMED', 'a string is longer than its frame')
      reader.at += argument
    } else if (reader.major === 4) {
      if (argument > bytes.length - reader.at)
        refuse('MESSAGE_MALFORMED', 'an array counts more items than bytes')
      for (let i = 0; i < argument; i++) walk(depth + 1)
    } else if (reader.major > 4) {
      refuse('MESSAGE_MALFORMED', `CBOR major type ${reader.major} is not part of the protocol`)
    }
  }
  walk(0)
  if (reader.at !== bytes.length)
    refuse('MESSAGE_TRAILING_BYTES', `${bytes.length - reader.at} bytes follow the message`)
}

function integerOf(value: unknown, path: string): number {
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    refuse('FIELD_OUT_OF_RANGE', 'an integer beyond 53 bits', path)
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) refuse('FIELD_TYPE', 'not an integer', path)
  return value
}

function listOf(field: ListField, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) refuse('FIELD_TYPE', 'not an array', path)
  if (value.length > field.maximumItems) {
    refuse('LIST_TOO_LONG', `${value.length} items, ${field.maximumItems} are allowed`, path)
  }
  let leaves = 0
  const items = value.map((item, index) => {
    if (!Array.isArray(item)) refuse('FIELD_TYPE', 'not an array', `${path}[${index}]`)
    const fields = fieldsOf(field.fields, item, `${path}[${index}]`)
    for (const inner of Object.values(fields)) if (Array.isArray(inner)) leaves += inner.length
    return fields
  })
  if (field.maximumLeaves !== undefined && leaves > field.maximumLeaves) {
    refuse('LIST_TOO_LONG', `${leaves} items in all, ${field.maximumLeaves} are allowed`, path)
  }
  return items
}

function fieldOf(field: Field, value: unknown, path: string): unknown {
  switch (field.type) {
    case 'integer': {
      const number = integerOf(value, path)
      if (number < field.minimum || number > field.maximum) {
        refuse('FIELD_OUT_OF_RANGE', `${number} is outside ${field.minimum}…${field.maximum}`, path)
      }
      return number
    }
    case 'bytes': {
      if (!(value instanceof Uint8Array)) refuse('FIELD_TYPE', 'not a byte string', path)
      if (value.length < field.minimumBytes || value.length > field.maximumBytes) {
        refuse(
          'FIELD_OUT_OF_RANGE',
          `${value.length} bytes, ${field.minimumBytes}…${field.maximumBytes} are allowed`,
          path,
        )
      }
      return new Uint8Array(value)
    }
    case 'text': {
      if (typeof value !== 'string') refuse('FIELD_TYPE', 'not a text', path)
      if (value.length > field.maximumBytes || !/^[\x20-\x7e]+$/.test(value)) {
        refuse('FIELD_OUT_OF_RANGE', `not 1 to ${field.maximumBytes} printable ASCII characters`, path)
      }
      return value
    }
    case 'list':
      return listOf(field, value, path)
    case 'records':
      return refuse('FIELD_TYPE', 'records stand only in a records message', path)
  }
}

/** Of the message under way: decoding is one synchronous call, so one counter serves all depths. */
let skippedFields = 0

function fieldsOf(fields: readonly Field[], values: unknown[], path: string): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  skippedFields += Math.max(0, values.length - fields.length)
  fields.forEach((field, index) => {
    if (index >= values.length) {
      if (!field.optional) refuse('FIELD_MISSING', `ends before ${field.name}`, path)
      return
    }
    out[field.name] = fieldOf(field, values[index], `${path}.${field.name}`)
  })
  return out
}

function rowOf(
  value: unknown,
  path: string,
): { row: MessageRow | undefined; values: unknown[]; number: number } {
  if (!Array.isArray(value) || value.length === 0)
    refuse('MESSAGE_MALFORMED', 'not an array with a number', path)
  const number = integerOf(value[0], `${path}[0]`)
  return { row: messageRow(number), values: value.slice(1), number }
}

function recordsOf(journalId: number, value: unknown, slices: readonly Uint8Array[]): RecordsMessage {
  if (!Array.isArray(value)) refuse('FIELD_TYPE', 'not an array', 'records.records')
  if (value.length > Limit.RECORDS_A_MESSAGE) {
    refuse(
      'LIST_TOO_LONG',
      `${value.length} records, ${Limit.RECORDS_A_MESSAGE} are allowed`,
      'records.records',
    )
  }
  const message: RecordsMessage = { kind: 'records', journalId, records: [], unread: [] }
  value.forEach((item, index) => {
    const path = `records.records[${index}]`
    const { row, values, number } = rowOf(item, path)
    if (row !== undefined && row.role !== 'record')
      refuse('MESSAGE_UNKNOWN', `${row.name} is not a record`, path)
    // Without a sequence nobody could ever acknowledge it: then the whole message is refused.
    const sequence = fieldOf(SEQUENCE, values[0], `${path}.sequence`) as number
    const unread = (code: string, what: string): void => {
      message.unread.push({ number, sequence, code, what, bytes: slices[index] ?? new Uint8Array(0) })
    }
    if (row === undefined) {
      unread('RECORD_UNKNOWN', `record ${sequence} has the number ${number}`)
      return
    }
    try {
      message.records.push({
        kind: row.name,
        ...fieldsOf(row.fields, values, `${path}.${row.name}`),
      } as never)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      unread(error.code, error.message)
    }
  })
  return message
}

/** The bytes of each record of a `records` message; empty for any other. Call only after `checkBounds`. */
function recordSlices(bytes: Uint8Array): Uint8Array[] {
  const reader = new CborReader()
  reader.start(bytes, 0, bytes.length)
  if (reader.array(Limit.RECORDS_A_MESSAGE) < 3 || reader.head() !== MessageNumber.records) return []
  reader.skip(1)
  const count = reader.array(Limit.RECORDS_A_MESSAGE)
  const slices: Uint8Array[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const from = reader.at
    reader.skip(Limit.NESTING)
    slices.push(bytes.slice(from, reader.at))
  }
  return reader.failed ? [] : slices
}

/**
 * Checks decoded CBOR against the table. A record that is refused stands in `unread`, its neighbours are
 * taken; any other refusal is of the whole message.
 * @param decoded what a CBOR decoder made of a frame's plaintext
 * @param slices the bytes of each record, for `unread`
 * @returns the message with the table's field names; unknown trailing fields are left out
 * @throws CodedError MESSAGE_MALFORMED, MESSAGE_UNKNOWN, FIELD_MISSING, FIELD_TYPE, FIELD_OUT_OF_RANGE,
 *   LIST_TOO_LONG, with the path of the field in `where`
 */
export function validateMessage(decoded: unknown, slices: readonly Uint8Array[] = []): Message {
  const { row, values, number } = rowOf(decoded, 'message')
  if (row === undefined || row.role !== 'control') refuse('MESSAGE_UNKNOWN', `message number ${number}`)
  if (row.number === MessageNumber.records) {
    if (values.length < 2) refuse('FIELD_MISSING', 'ends before records', 'records')
    const journalId = fieldOf(row.fields[0] as Field, values[0], 'records.journalId') as number
    return recordsOf(journalId, values[1], slices)
  }
  return { kind: row.name, ...fieldsOf(row.fields, values, row.name) } as unknown as Message
}

/**
 * Decodes one message with cbor-x, within bounds, and validates it.
 * @param onSkipped told how many fields of later minor versions were skipped, if any
 * @throws CodedError as `validateMessage`, and MESSAGE_TRAILING_BYTES
 */
export function decodeMessage(bytes: Uint8Array, onSkipped?: (fields: number) => void): Message {
  checkBounds(bytes)
  let decoded: unknown
  try {
    decoded = decoder.decode(bytes)
  } catch (cause) {
    throw new CodedError('MESSAGE_MALFORMED', 'not CBOR', { cause })
  }
  skippedFields = 0
  const message = validateMessage(decoded, recordSlices(bytes))
  if (skippedFields > 0) onSkipped?.(skippedFields)
  return message
}
