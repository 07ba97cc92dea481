import { v5 as uuidV5 } from 'uuid'
import type { EpcisDocument, EpcisEvent } from './types.ts'

export const EPCIS_CONTEXT = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'
/** Namespace of our own fields. */
export const WAYPOST_NAMESPACE = 'https://waypost.example/ns/'
/** UUID namespace of our event ids: UUIDv5 of WAYPOST_NAMESPACE in the URL namespace. */
const EVENT_ID_NAMESPACE = uuidV5(WAYPOST_NAMESPACE, uuidV5.URL)

/**
 * A name for an event that every interpretation of the same records finds again.
 * @param node node id
 * @param journalId the node's journal
 * @param discriminator what else tells the events of a journal apart: kind, sequences, index
 */
export function eventIdOf(
  node: string,
  journalId: number,
  discriminator: readonly (string | number)[],
): string {
  return `urn:uuid:${uuidV5(JSON.stringify([node, journalId, ...discriminator]), EVENT_ID_NAMESPACE)}`
}

/** `+09:00` → minutes; undefined when it is no EPCIS time zone offset. */
export function offsetMinutes(offset: string): number | undefined {
  const match = /^([+-])(0\d|1[0-4]):([0-5]\d)$/.exec(offset)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3])
  if (minutes > 14 * 60) return undefined
  return match[1] === '-' ? -minutes : minutes
}

/** UTC milliseconds → `2026-11-23T13:10:00.000+09:00` in the site's own offset. */
export function localTime(utcMilliseconds: number, offset: string): string {
  const shifted = Math.round(utcMilliseconds) + (offsetMinutes(offset) ?? 0) * 60_000
  return new Date(shifted).toISOString().replace('Z', offset)
}

/**
 * An EPCISDocument around events, as POST /capture takes it.
 * @param utcMilliseconds when the document is made
 */
export function epcisDocument(events: readonly EpcisEvent[], utcMilliseconds: number): EpcisDocument {
  return {
    '@context': [EPCIS_CONTEXT, { waypost: WAYPOST_NAMESPACE }],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: new Date(utcMilliseconds).toISOString(),
    epcisBody: { eventList: [...events] },
  }
}
