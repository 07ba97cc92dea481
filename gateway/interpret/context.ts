import type { Finding } from '#gateway/checks/types.ts'
import { checkEvent } from '#gateway/epcis/check.ts'
import { eventIdOf, localTime } from '#gateway/epcis/document.ts'
import type { EpcisEvent, SensorElement } from '#gateway/epcis/types.ts'
import type { PlacedRecord } from '#gateway/intake/types.ts'
import type { CapAlert } from '#gateway/safety/types.ts'
import { CodedError } from '#protocol/coded-error.ts'
import type { InterpretCheckpoint, InterpretOptions, NodeState } from './types.ts'

/** An instant as events carry it: the middle of its interval and half its width, rounded up. */
export interface Instant {
  milliseconds: number
  uncertaintyMilliseconds: number
}

export interface EventParts {
  atMilliseconds: number
  uncertaintyMilliseconds: number
  journalId: number
  firstSequence: number
  bizStep: string
  disposition?: string
  isNonConformant?: boolean
  epcs?: string[]
  sensorElements: SensorElement[]
}

/** One `accept` at work: where its effects gather. */
export class Work {
  readonly events: EpcisEvent[] = []
  readonly alerts: CapAlert[] = []
  readonly findings: Finding[] = []
  readonly record: PlacedRecord
  readonly state: NodeState
  readonly options: InterpretOptions
  readonly checkpoint: InterpretCheckpoint
  /** Clock uncertainty of the record's latest instant. */
  instantUncertainty = 0

  constructor(
    record: PlacedRecord,
    state: NodeState,
    options: InterpretOptions,
    checkpoint: InterpretCheckpoint,
  ) {
    this.record = record
    this.state = state
    this.options = options
    this.checkpoint = checkpoint
  }

  /** Places an instant of the record's boot in UTC. */
  instant(monotonicMilliseconds: number): Instant {
    const { earliestMilliseconds, latestMilliseconds } = this.record.utcOf(monotonicMilliseconds)
    return {
      milliseconds: Math.round((earliestMilliseconds + latestMilliseconds) / 2),
      uncertaintyMilliseconds: Math.ceil((latestMilliseconds - earliestMilliseconds) / 2),
    }
  }

  /** UTC milliseconds in the site's own offset. */
  time(milliseconds: number): string {
    return localTime(milliseconds, this.options.timeZoneOffset)
  }

  /**
   * Adds an event. Its id comes from the record that brought it about and its place among that record's
   * events, so that every interpretation of the same journal gives it the same name.
   * @throws CodedError EVENT_UNSOUND when the event breaks a rule of ours; nothing of it leaves
   */
  emit(parts: EventParts): EpcisEvent {
    const { node, journalId, sequence } = this.record
    // What began in an earlier journal rests on this one from its beginning.
    const firstSequence = parts.journalId === journalId ? parts.firstSequence : 1
    const { checkpoint } = this
    const event: EpcisEvent = {
      type: 'ObjectEvent',
      eventID: eventIdOf(node, journalId, [sequence, this.events.length]),
      eventTime: this.time(parts.atMilliseconds),
      eventTimeZoneOffset: this.options.timeZoneOffset,
      action: 'OBSERVE',
      bizStep: parts.bizStep,
      ...(parts.disposition === undefined ? {} : { disposition: parts.disposition }),
      ...(parts.isNonConformant === true ? { persistentDisposition: { set: ['non_conformant'] } } : {}),
      ...(parts.epcs === undefined ? {} : { epcList: parts.epcs }),
      readPoint: { id: checkpoint.readPoint },
      ...(checkpoint.bizLocation === undefined ? {} : { bizLocation: { id: checkpoint.bizLocation } }),
      ...(parts.sensorElements.length === 0 ? {} : { sensorElementList: parts.sensorElements }),
      'waypost:timeUncertaintyMilliseconds': parts.uncertaintyMilliseconds,
      'waypost:source': { node, journalId, sequences: [firstSequence, sequence] },
    }
    const fault = checkEvent(event)[0]
    if (fault !== undefined) {
      throw new CodedError('EVENT_UNSOUND', fault.message, { where: `${event.eventID}${fault.path}` })
    }
    this.events.push(event)
    return event
  }
}
