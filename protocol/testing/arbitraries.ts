import fc from 'fast-check'
import { Limit } from '../limits.ts'
import { type Field, MESSAGES, type MessageRow } from '../messages.ts'
import type { Message, Recorded } from '../types.ts'

const ascii = fc
  .array(fc.integer({ min: 32, max: 126 }), { minLength: 1, maxLength: Limit.TEXT_BYTES })
  .map((codes) => String.fromCharCode(...codes))

/** Integers that sit on the heads' edges more often than chance would. */
function integers(minimum: number, maximum: number): fc.Arbitrary<number> {
  const edges = [0, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296, -1, -24, -25, -256, -257].filter(
    (edge) => edge >= minimum && edge <= maximum,
  )
  const any = fc.integer({ min: minimum, max: maximum })
  return edges.length > 0 ? fc.oneof(any, fc.constantFrom(...edges, minimum, maximum)) : any
}

function arbitraryOf(field: Field): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'integer':
      return integers(field.minimum, field.maximum)
    case 'bytes':
      return fc.uint8Array({ minLength: field.minimumBytes, maxLength: field.maximumBytes })
    case 'text':
      return ascii
    case 'list':
      return fc.array(objectOf(field.fields), { maxLength: Math.min(field.maximumItems, 4) })
    case 'records':
      return fc.array(recordArbitrary(), { maxLength: 3 })
  }
}

function objectOf(fields: readonly Field[]): fc.Arbitrary<Record<string, unknown>> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {}
  for (const field of fields) shape[field.name] = arbitraryOf(field)
  return fc.record(shape)
}

function messageOf(row: MessageRow): fc.Arbitrary<Record<string, unknown>> {
  return objectOf(row.fields).map((fields) => ({ kind: row.name, ...fields }))
}

/** Any record of the table, every optional field present. */
export function recordArbitrary(): fc.Arbitrary<Recorded> {
  const rows = MESSAGES.filter((row) => row.role === 'record')
  return fc.oneof(...rows.map(messageOf)) as unknown as fc.Arbitrary<Recorded>
}

/** Any control message of the table by name. */
export function messageArbitrary<M extends Message>(name: M['kind']): fc.Arbitrary<M> {
  const row = MESSAGES.find((candidate) => candidate.name === name)
  if (row === undefined) throw new Error(`no row ${name}`)
  return messageOf(row) as unknown as fc.Arbitrary<M>
}
