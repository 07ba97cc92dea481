import { JournalFile } from './journal-file.ts'
import { problemTypeOf } from './misbehaviour.ts'

export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  instance?: string
}

/** A capture job as the REST binding shows it (EPCIS 2.0 clause 12, CaptureJob). */
export interface CaptureJob {
  captureID: string
  createdAt: string
  finishedAt?: string
  running: boolean
  success: boolean
  captureErrorBehaviour: 'rollback' | 'proceed'
  errors: Problem[]
}

export interface StoredEvent {
  eventID: string
  event: Record<string, unknown>
  captureID: string
}

interface JobRecord {
  job: CaptureJob
  events: StoredEvent[]
}

export interface CaptureJobsOptions {
  now: () => number
  /** A job shows `running` for so many polls after it was taken in. */
  runningPolls: number
  /** … and for at least so long. */
  runningMilliseconds: number
  file: string | undefined
  newEventId: () => string
  onEvent: (stored: StoredEvent) => void
}

export const JOBS_MAXIMUM = 1_000_000
export const EVENTS_MAXIMUM = 1_000_000

/**
 * Jobs and the events that they stored. What a job does is decided, and on disk, before its 202 is
 * sent; `running` is only what is shown for a while, so that nobody can mistake the 202 for the receipt.
 */
export class CaptureJobs {
  private readonly options: CaptureJobsOptions
  private readonly journal: JournalFile
  private readonly jobs = new Map<string, { job: CaptureJob; polls: number; startedAt: number }>()
  private readonly arrival: StoredEvent[] = []
  private readonly byId = new Map<string, StoredEvent>()
  private readonly identities = new Set<string>()
  private failNext: Problem[] = []

  constructor(options: CaptureJobsOptions) {
    this.options = options
    this.journal = new JournalFile(options.file, (value) => this.remember(value as JobRecord))
  }

  /** Lets the next `times` jobs end without success although their documents are good. */
  failJobs(status: number, times: number): void {
    for (let index = 0; index < times; index += 1)
      this.failNext.push({ type: problemTypeOf(status), title: 'as told', status })
  }

  forgetFailures(): void {
    this.failNext = []
  }

  get full(): boolean {
    return this.jobs.size >= JOBS_MAXIMUM || this.arrival.length >= EVENTS_MAXIMUM
  }

  /** Takes checked events in and decides their job. An eventID that is held already is never stored again. */
  take(events: readonly Record<string, unknown>[], behaviour: 'rollback' | 'proceed'): CaptureJob {
    const captureID = `job${this.jobs.size + 1}`
    const errors: Problem[] = []
    const good: StoredEvent[] = []
    const here = new Set<string>()
    for (const event of events) {
      const eventID = (event.eventID as string | undefined) ?? this.options.newEventId()
      const identity = identityOf(eventID, event)
      if (this.identities.has(identity) || here.has(identity)) {
        errors.push({
          type: problemTypeOf(409),
          title: 'An event with this eventID is stored already',
          status: 409,
          detail: eventID,
          instance: eventID,
        })
      } else {
        here.add(identity)
        good.push({ eventID, event: { ...event, eventID }, captureID })
      }
    }
    const told = this.failNext.shift()
    if (told !== undefined) errors.push(told)
    const stored = errors.length > 0 && (behaviour === 'rollback' || told !== undefined) ? [] : good
    const job: CaptureJob = {
      captureID,
      createdAt: new Date(this.options.now()).toISOString(),
      running: true,
      success: errors.length === 0,
      captureErrorBehaviour: behaviour,
      errors,
    }
    const record: JobRecord = { job, events: stored }
    this.journal.append(record)
    this.remember(record)
    for (const event of stored) this.options.onEvent(event)
    return job
  }

  /** What a GET of the job shows; each look counts as one poll. While it runs it does not tell its outcome. */
  look(captureID: string): CaptureJob | undefined {
    const entry = this.jobs.get(captureID)
    if (entry === undefined) return undefined
    entry.polls += 1
    const now = this.options.now()
    const due =
      entry.polls > this.options.runningPolls && now - entry.startedAt >= this.options.runningMilliseconds
    if (entry.job.finishedAt === undefined && due) {
      entry.job.running = false
      entry.job.finishedAt = new Date(now).toISOString()
    }
    if (entry.job.running) return { ...entry.job, success: true, errors: [] }
    return entry.job
  }

  list(): CaptureJob[] {
    return [...this.jobs.values()].map((entry) => entry.job)
  }

  /** Everything that was stored, in order of arrival, as it came: nothing is folded together. */
  events(): readonly StoredEvent[] {
    return this.arrival
  }

  event(eventID: string): StoredEvent | undefined {
    return this.byId.get(eventID)
  }

  close(): void {
    this.journal.close()
  }

  private remember(record: JobRecord): void {
    this.jobs.set(record.job.captureID, {
      job: record.job,
      polls: 0,
      startedAt: Date.parse(record.job.createdAt),
    })
    for (const stored of record.events) {
      this.arrival.push(stored)
      this.byId.set(stored.eventID, stored)
      this.identities.add(identityOf(stored.eventID, stored.event))
    }
  }
}

/** An errorDeclaration carries the eventID of the event that it declares wrong, and is another thing. */
function identityOf(eventID: string, event: Record<string, unknown>): string {
  const declaration = event.errorDeclaration as { declarationTime?: string } | undefined
  return declaration === undefined ? eventID : `${eventID} declared ${declaration.declarationTime ?? ''}`
}
