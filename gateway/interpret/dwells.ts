import { decodeEpc, decodeUid } from '#gateway/gs1/epc.ts'
import { IdKind } from '#protocol/numbers.ts'
import type { ReadsRecord, TagReadValue } from '#protocol/types.ts'
import { measuredOver } from './buckets.ts'
import type { Work } from './context.ts'
import { type SensorPart, sensorElements } from './sensor-elements.ts'
import {
  type Dwell,
  EPCS_AN_EVENT_MAXIMUM,
  OPEN_DWELLS_MAXIMUM,
  READS_SPAN_MAXIMUM_MILLISECONDS,
  type SensorState,
} from './types.ts'

function note(work: Work, rule: string, message: string, epcs: string[]): void {
  work.findings.push({
    check: 'I1',
    severity: 'note',
    epcs,
    epcsInAll: epcs.length,
    events: [],
    rule,
    confidence: 1,
    message,
    node: work.record.node,
    checkpoint: work.checkpoint.id,
    atUtcMilliseconds: work.state.watermarkMilliseconds ?? work.record.receivedUtcMilliseconds,
  })
}

/** The EPC of a read, or undefined for what must never become an event (noted). */
function epcOf(work: Work, read: TagReadValue): string | undefined {
  const decoded = read.idKind === IdKind.uid ? decodeUid(read.id) : decodeEpc(read.id, read.protocolControl)
  if (!decoded.ok) {
    work.state.counters.refusedEpcs++
    note(work, decoded.code, decoded.reason, [])
    return undefined
  }
  const isNew = work.state.dwells[decoded.uri] === undefined
  if (decoded.note !== undefined && isNew) {
    note(work, decoded.note, 'kept as it was read, not decoded', [decoded.uri])
  }
  return decoded.uri
}

/** Moves an open dwell to those that wait for their group. */
function close(work: Work, dwell: Dwell): void {
  delete work.state.dwells[dwell.epc]
  work.state.closing.push(dwell)
}

function closeOldest(work: Work): void {
  let oldest: Dwell | undefined
  for (const dwell of Object.values(work.state.dwells)) {
    if (oldest === undefined || dwell.lastMilliseconds < oldest.lastMilliseconds) oldest = dwell
  }
  if (oldest === undefined) return
  close(work, oldest)
  work.state.counters.earlyCloses++
}

/** Opens or prolongs the dwells of a reads record. A tag unread for longer than lostAfter dwells anew. */
export function takeReads(work: Work, record: ReadsRecord): void {
  const { sequence, journalId } = work.record
  const lostAfter = work.checkpoint.dwell.lostAfterMilliseconds
  const span = Math.min(record.durationMilliseconds, READS_SPAN_MAXIMUM_MILLISECONDS)
  work.state.readsSpanMilliseconds = Math.max(work.state.readsSpanMilliseconds, span)
  for (const read of record.reads) {
    const epc = epcOf(work, read)
    if (epc === undefined) continue
    const first = work.instant(record.startMilliseconds + read.firstOffsetMilliseconds)
    const last = work.instant(record.startMilliseconds + read.lastOffsetMilliseconds)
    const uncertainty = Math.max(first.uncertaintyMilliseconds, last.uncertaintyMilliseconds)
    const open = work.state.dwells[epc]
    if (open !== undefined && first.milliseconds - open.lastMilliseconds <= lostAfter) {
      work.state.dwells[epc] = {
        ...open,
        firstMilliseconds: Math.min(open.firstMilliseconds, first.milliseconds),
        lastMilliseconds: Math.max(open.lastMilliseconds, last.milliseconds),
        uncertaintyMilliseconds: Math.max(open.uncertaintyMilliseconds, uncertainty),
        lastSequence: sequence,
      }
      continue
    }
    if (open !== undefined) close(work, open)
    if (Object.keys(work.state.dwells).length >= OPEN_DWELLS_MAXIMUM) closeOldest(work)
    work.state.dwells[epc] = {
      epc,
      firstMilliseconds: first.milliseconds,
      lastMilliseconds: Math.max(first.milliseconds, last.milliseconds),
      uncertaintyMilliseconds: uncertainty,
      journalId,
      firstSequence: sequence,
      lastSequence: sequence,
    }
  }
}

/** Whether a fired alarm of the sensor stood at some time within [from, to]. */
function wasAlarmed(sensor: SensorState, from: number, to: number): boolean {
  return sensor.alarmSpans.some(
    (span) => span.fromMilliseconds <= to && (span.toMilliseconds === null || span.toMilliseconds >= from),
  )
}

function emitGroup(work: Work, group: readonly Dwell[]): void {
  const from = Math.min(...group.map((dwell) => dwell.firstMilliseconds))
  const to = Math.max(...group.map((dwell) => dwell.lastMilliseconds))
  const parts: SensorPart[] = []
  for (const sensor of Object.values(work.state.sensors)) {
    const bucket = measuredOver(sensor, from, to)
    if (bucket === undefined) continue
    parts.push({ sensor, bucket, ...(wasAlarmed(sensor, from, to) ? { exception: 'ALARM_CONDITION' } : {}) })
  }
  const isSameJournal = group.every((dwell) => dwell.journalId === work.record.journalId)
  work.emit({
    atMilliseconds: to,
    uncertaintyMilliseconds: Math.max(...group.map((dwell) => dwell.uncertaintyMilliseconds)),
    journalId: isSameJournal ? work.record.journalId : 0,
    firstSequence: Math.min(...group.map((dwell) => dwell.firstSequence)),
    bizStep: work.checkpoint.bizStep,
    ...(work.checkpoint.disposition === undefined ? {} : { disposition: work.checkpoint.disposition }),
    isNonConformant: parts.some((part) => part.exception !== undefined),
    epcs: group.map((dwell) => dwell.epc).sort(),
    sensorElements: sensorElements(work, parts),
  })
}

/** Splits what closes together into events: no EPC twice in one, no more than the maximum. */
function emitAll(work: Work, together: readonly Dwell[]): void {
  let rest = [...together]
  while (rest.length > 0) {
    const inEvent = new Map<string, Dwell>()
    const later: Dwell[] = []
    for (const dwell of rest) {
      const isRoom = inEvent.size < EPCS_AN_EVENT_MAXIMUM && !inEvent.has(dwell.epc)
      if (isRoom) inEvent.set(dwell.epc, dwell)
      else later.push(dwell)
    }
    emitGroup(work, [...inEvent.values()])
    rest = later
  }
}

/**
 * Closes the dwells that the watermark has left behind by more than lostAfter, and emits each group once
 * nothing can join it any more: everything last seen within groupMilliseconds of its first member. The
 * interval under way counts as not seen yet: samples or health that overtake it say nothing of its reads.
 */
export function closeDwells(work: Work): void {
  const { state } = work
  const { lostAfterMilliseconds, groupMilliseconds } = work.checkpoint.dwell
  if (state.watermarkMilliseconds === null) return
  const watermark = state.watermarkMilliseconds - state.readsSpanMilliseconds
  for (const dwell of Object.values(state.dwells)) {
    if (watermark - dwell.lastMilliseconds > lostAfterMilliseconds) close(work, dwell)
  }
  const byEnd = (a: Dwell, b: Dwell) =>
    a.lastMilliseconds - b.lastMilliseconds || (a.epc < b.epc ? -1 : a.epc > b.epc ? 1 : 0)
  state.closing.sort(byEnd)
  while (state.closing.length > 0) {
    const until = (state.closing[0] as Dwell).lastMilliseconds + groupMilliseconds
    if (watermark - until <= lostAfterMilliseconds) return
    const together = state.closing.filter((dwell) => dwell.lastMilliseconds <= until)
    state.closing = state.closing.filter((dwell) => dwell.lastMilliseconds > until)
    emitAll(work, together)
  }
}
