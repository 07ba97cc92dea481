import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import schema from './epcis.schema.json' with { type: 'json' }
import { checkEventMeaning, type EpcisJson, type EpcisReason } from './epcis-meaning.ts'

export type { EpcisJson, EpcisReason } from './epcis-meaning.ts'

export const EPCIS_REASONS_MAXIMUM = 50

let validators: { document: ValidateFunction; event: ValidateFunction } | undefined

/** Compiled on first use: it costs some ten milliseconds that a process without captures need not pay. */
function compiled(): { document: ValidateFunction; event: ValidateFunction } {
  if (validators === undefined) {
    const ajv = new Ajv({ allErrors: false, strict: true, strictRequired: false, strictTypes: false })
    ajv.addSchema(schema, 'epcis')
    validators = {
      document: ajv.getSchema('epcis') as ValidateFunction,
      event: ajv.getSchema('epcis#/definitions/event') as ValidateFunction,
    }
  }
  return validators
}

/**
 * Judges an EPCISDocument: our schema, then what no schema can hold.
 *
 * @param document decoded JSON
 * @param nowUtcMilliseconds when it came in, against which a time in the future is seen
 * @returns reasons, empty when it is good; bounded by EPCIS_REASONS_MAXIMUM
 */
export function checkEpcisDocument(document: unknown, nowUtcMilliseconds: number): EpcisReason[] {
  const { document: validate, event: validateEvent } = compiled()
  if (!validate(document)) return schemaReasons('', validate.errors)
  const whole = document as { '@context': unknown; epcisBody: { eventList: EpcisJson[] } }
  const reasons: EpcisReason[] = []
  whole.epcisBody.eventList.forEach((event, index) => {
    if (reasons.length >= EPCIS_REASONS_MAXIMUM) return
    const path = `/epcisBody/eventList/${index}`
    if (!validateEvent(event)) reasons.push(...schemaReasons(path, validateEvent.errors))
    else reasons.push(...checkEventMeaning(event, path, whole['@context'], nowUtcMilliseconds))
  })
  return reasons.slice(0, EPCIS_REASONS_MAXIMUM)
}

function schemaReasons(path: string, errors: ErrorObject[] | null | undefined): EpcisReason[] {
  // The first error is the deepest; those of if/then and anyOf around it only repeat that it is there.
  const [first] = errors ?? []
  if (first === undefined) return [{ path, message: 'does not fit the schema' }]
  const detail =
    'additionalProperty' in first.params
      ? ` (${String(first.params.additionalProperty)})`
      : 'allowedValues' in first.params
        ? ` (${(first.params.allowedValues as unknown[]).slice(0, 6).join(', ')}…)`
        : ''
  return [{ path: `${path}${first.instancePath}`, message: `${first.message ?? 'is wrong'}${detail}` }]
}
