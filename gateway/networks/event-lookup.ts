import type { EpcisEvent } from '#gateway/epcis/types.ts'

/** Fields that a repository adds or rewrites. */
const REPOSITORY_FIELDS = new Set(['@context', 'recordTime', 'captureID'])
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Equal values; instants are equal in whatever zone they are written. */
function isSame(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === 'string' && typeof theirs === 'string' && ours !== theirs) {
    return INSTANT.test(ours) && INSTANT.test(theirs) && Date.parse(ours) === Date.parse(theirs)
  }
  if (Array.isArray(ours)) {
    return (
      Array.isArray(theirs) &&
      ours.length === theirs.length &&
      ours.every((one, index) => isSame(one, theirs[index]))
    )
  }
  if (!isRecord(ours)) return ours === theirs
  if (!isRecord(theirs)) return false
  const theirKeys = Object.keys(theirs).filter((key) => !REPOSITORY_FIELDS.has(key))
  const ourKeys = Object.keys(ours)
  return ourKeys.length === theirKeys.length && ourKeys.every((key) => isSame(ours[key], theirs[key]))
}

/** Every event in whatever shape a repository wraps its answer. */
function eventsIn(value: unknown, depth = 0): Record<string, unknown>[] {
  if (!isRecord(value) || depth > 4) return []
  if (typeof value.eventID === 'string') return [value]
  const list = value.eventList ?? value.member
  if (Array.isArray(list)) return list.filter(isRecord)
  return [value.epcisBody, value.queryResults, value.resultsBody, value.event].flatMap((one) =>
    eventsIn(one, depth + 1),
  )
}

/**
 * Judges the answer of GET /events/{eventID}.
 * @returns identical: it holds our event; different: another content under our id; unknown: not understood
 */
export function compareHeld(body: string, ours: EpcisEvent): 'identical' | 'different' | 'unknown' {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return 'unknown'
  }
  const held = eventsIn(parsed).find((event) => event.eventID === ours.eventID)
  if (held === undefined) return 'unknown'
  return isSame(JSON.parse(JSON.stringify(ours)), held) ? 'identical' : 'different'
}
