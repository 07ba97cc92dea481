import type { Clock } from '#gateway/clock.ts'
import { epcisDocument } from '#gateway/epcis/document.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import type { Outbox, OutboxItem } from '#gateway/store/types.ts'
import { readCaptureJob } from './capture-job.ts'
import { compareHeld } from './event-lookup.ts'
import { authorization, outcomeOfFailure, reasonOf } from './responses.ts'
import type { DeliveryTarget, HttpClient, HttpResponse, Outcome } from './types.ts'

/** Events of one document at most, whatever the network would take. */
export const EVENTS_A_DOCUMENT_MAXIMUM = 100
/** Octets of one document where the network names no limit. */
export const DOCUMENT_BYTES_DEFAULT = 1024 * 1024
/** Longest pause between two looks at a job. */
export const POLL_LONGEST_MILLISECONDS = 30_000
/** A job that runs for longer is given up and its events are looked up one by one. */
export const JOB_LONGEST_MILLISECONDS = 3_600_000
/** How long what OPTIONS said is believed. */
export const LIMITS_KEPT_MILLISECONDS = 3_600_000

/** What delivery remembers with each item of a batch, so that a restart goes on where it stood. */
interface BatchNote {
  /** posting: sent or about to be, answer not seen; job: answer seen, the job decides. */
  state: 'posting' | 'job'
  /** Id of the batch's first item: tells batches apart. */
  batch: number
  jobUrl?: string
  sinceUtcMilliseconds: number
}

interface Limits {
  events: number
  bytes: number
  readAtMilliseconds: number
}

export interface DistributionOptions {
  /** Root of the EPCIS 2.0 REST binding, without /capture. */
  url: string
  bearerTokenFile?: string
  pollMilliseconds: number
  outbox: Outbox<EpcisEvent>
  http: HttpClient
  clock: Clock
}

function noteOf(item: OutboxItem<EpcisEvent>): BatchNote | undefined {
  return (item.note ?? undefined) as BatchNote | undefined
}

function positive(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,11}$/.test(text.trim()) ? Number(text) : undefined
}

/**
 * The distribution network: EPCIS 2.0, POST /capture with rollback, then the capture job until it is over.
 * An event leaves the outbox when its job finished with success, or when GET /events/{eventID} shows that
 * the network holds the same content.
 */
export class DistributionTarget implements DeliveryTarget<EpcisEvent> {
  readonly batchMaximum = EVENTS_A_DOCUMENT_MAXIMUM
  readonly #options: DistributionOptions
  readonly #root: string
  #limits: Limits | undefined
  #polls = 0

  constructor(options: DistributionOptions) {
    this.#options = options
    this.#root = options.url.replace(/\/+$/, '')
  }

  /** The rest of a batch that was begun, else new events within the network's limits. */
  choose(items: readonly OutboxItem<EpcisEvent>[], maximum: number): OutboxItem<EpcisEvent>[] {
    const first = noteOf(items[0] as OutboxItem<EpcisEvent>)
    if (first !== undefined) return items.filter((item) => noteOf(item)?.batch === first.batch)
    const most = Math.min(maximum, this.#limits?.events ?? EVENTS_A_DOCUMENT_MAXIMUM)
    const bytesMaximum = this.#limits?.bytes ?? DOCUMENT_BYTES_DEFAULT
    const chosen: OutboxItem<EpcisEvent>[] = []
    let bytes = Buffer.byteLength(JSON.stringify(epcisDocument([], 0)))
    for (const item of items) {
      if (noteOf(item) !== undefined || chosen.length >= most) break
      bytes += Buffer.byteLength(JSON.stringify(item.body)) + 1
      // One event alone is tried even above the limit: the network's own 413 is what counts.
      if (chosen.length > 0 && bytes > bytesMaximum) break
      chosen.push(item)
    }
    return chosen
  }

  async deliver(batch: readonly OutboxItem<EpcisEvent>[]): Promise<Outcome> {
    const note = noteOf(batch[0] as OutboxItem<EpcisEvent>)
    if (note?.state === 'job' && note.jobUrl !== undefined) return await this.#poll(batch, note, note.jobUrl)
    if (note !== undefined) return await this.#lookUp(batch)
    if (!this.#hasLimits()) {
      await this.#readLimits()
      // The batch was chosen without them: nothing is settled, choose again.
      return { kind: 'settled', delivered: [], refused: [] }
    }
    return await this.#post(batch)
  }

  #headers(url: string): Record<string, string> {
    // The token is for the configured network only, wherever a Location may point.
    const isOwn = new URL(url).origin === new URL(this.#root).origin
    return {
      accept: 'application/json, application/problem+json;q=0.9, */*;q=0.1',
      'GS1-EPCIS-Version': '2.0.0',
      'GS1-CBV-Version': '2.0.0',
      ...(isOwn ? authorization(this.#options.bearerTokenFile) : {}),
    }
  }

  async #get(url: string): Promise<HttpResponse> {
    return await this.#options.http({ method: 'GET', url, headers: this.#headers(url) })
  }

  #hasLimits(): boolean {
    const now = this.#options.clock.monotonicMilliseconds()
    return this.#limits !== undefined && now - this.#limits.readAtMilliseconds < LIMITS_KEPT_MILLISECONDS
  }

  /** OPTIONS /capture; a network that says nothing gets the defaults. */
  async #readLimits(): Promise<void> {
    const url = `${this.#root}/capture`
    const response = await this.#options.http({ method: 'OPTIONS', url, headers: this.#headers(url) })
    const isTold = response.status >= 200 && response.status < 300
    const read = (name: string) => (isTold ? positive(response.header(name)) : undefined)
    this.#limits = {
      events: Math.min(
        EVENTS_A_DOCUMENT_MAXIMUM,
        read('GS1-EPCIS-Capture-Limit') ?? EVENTS_A_DOCUMENT_MAXIMUM,
      ),
      bytes: read('GS1-EPCIS-Capture-File-Size-Limit') ?? DOCUMENT_BYTES_DEFAULT,
      readAtMilliseconds: this.#options.clock.monotonicMilliseconds(),
    }
  }

  async #post(batch: readonly OutboxItem<EpcisEvent>[]): Promise<Outcome> {
    const { outbox, clock } = this.#options
    const url = `${this.#root}/capture`
    const headers = this.#headers(url)
    const ids = batch.map((item) => item.id)
    const posting: BatchNote = {
      state: 'posting',
      batch: ids[0] as number,
      sinceUtcMilliseconds: clock.utcMilliseconds(),
    }
    // Durable before the first byte leaves: after a crash the events are looked up, not sent blindly.
    await outbox.annotate(ids, posting)
    const document = epcisDocument(
      batch.map((item) => item.body),
      clock.utcMilliseconds(),
    )
    const response = await this.#options.http({
      method: 'POST',
      url,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'GS1-Capture-Error-Behaviour': 'rollback',
      },
      body: JSON.stringify(document),
    })
    if (response.status >= 200 && response.status < 300) {
      const location = response.header('location')
      if (location === undefined) {
        return { kind: 'retry', code: 'NETWORK_ANSWER', reason: `status ${response.status} without Location` }
      }
      const jobUrl = new URL(location, url).href
      await outbox.annotate(ids, { ...posting, state: 'job', jobUrl } satisfies BatchNote)
      this.#polls = 0
      return { kind: 'wait', afterMilliseconds: this.#options.pollMilliseconds }
    }
    const outcome = outcomeOfFailure(response)
    // A server error leaves open whether it was stored: the note stays, and the events are looked up.
    if (outcome.kind === 'retry') return outcome
    return await this.#refused(batch, outcome)
  }

  /** A refusal is an answer: the batch is no longer under way. One event alone may be there already. */
  async #refused(batch: readonly OutboxItem<EpcisEvent>[], outcome: Outcome): Promise<Outcome> {
    if (outcome.kind === 'refused' && batch.length === 1) {
      const item = batch[0] as OutboxItem<EpcisEvent>
      const held = await this.#held(item.body)
      if (held === 'identical') return { kind: 'settled', delivered: [item.id], refused: [] }
      if (held === 'different') {
        return {
          kind: 'refused',
          code: 'NETWORK_CONFLICT',
          reason: `${item.body.eventID} is held with other content`,
        }
      }
    }
    await this.#options.outbox.annotate(
      batch.map((item) => item.id),
      null,
    )
    return outcome
  }

  async #poll(batch: readonly OutboxItem<EpcisEvent>[], note: BatchNote, jobUrl: string): Promise<Outcome> {
    const { outbox, clock, pollMilliseconds } = this.#options
    const ids = batch.map((item) => item.id)
    const giveUp = async (reason: string): Promise<Outcome> => {
      await outbox.annotate(ids, { ...note, state: 'posting' } satisfies BatchNote)
      return { kind: 'retry', code: 'NETWORK_JOB_LOST', reason }
    }
    const response = await this.#get(jobUrl)
    if (response.status === 404 || response.status === 410) return await giveUp(reasonOf(response))
    if (response.status !== 200) {
      const outcome = outcomeOfFailure(response)
      // The job's answer is about the job: no event is judged by it.
      return outcome.kind === 'refused' ? await giveUp(outcome.reason) : outcome
    }
    const job = readCaptureJob(response.body)
    if (job === undefined)
      return { kind: 'retry', code: 'NETWORK_ANSWER', reason: 'the answer is no capture job' }
    if (job.isRunning) {
      const age = clock.utcMilliseconds() - note.sinceUtcMilliseconds
      if (age > JOB_LONGEST_MILLISECONDS) return await giveUp('the job did not finish in an hour')
      const pause = pollMilliseconds * 2 ** Math.min(this.#polls, 16)
      this.#polls++
      return { kind: 'wait', afterMilliseconds: Math.min(pause, POLL_LONGEST_MILLISECONDS) }
    }
    this.#polls = 0
    if (job.isSuccess) return { kind: 'settled', delivered: ids, refused: [] }
    const reason = job.reason === '' ? 'the capture job failed' : `the capture job failed: ${job.reason}`
    return await this.#refused(batch, { kind: 'refused', code: 'NETWORK_REFUSED', reason })
  }

  /** Whether the network holds this event. @throws CodedError when it does not answer */
  async #held(event: EpcisEvent): Promise<'identical' | 'different' | 'absent' | 'unknown'> {
    const response = await this.#get(`${this.#root}/events/${encodeURIComponent(event.eventID)}`)
    if (response.status === 200) return compareHeld(response.body, event)
    return response.status === 404 || response.status === 410 ? 'absent' : 'unknown'
  }

  /** After a POST whose answer was never seen: what is there is delivered, what is not is free again. */
  async #lookUp(batch: readonly OutboxItem<EpcisEvent>[]): Promise<Outcome> {
    const delivered: number[] = []
    const refused: { id: number; code: string; reason: string }[] = []
    const absent: number[] = []
    for (const item of batch) {
      const response = await this.#get(`${this.#root}/events/${encodeURIComponent(item.body.eventID)}`)
      if (response.status === 200) {
        const held = compareHeld(response.body, item.body)
        if (held === 'identical') delivered.push(item.id)
        else if (held === 'different') {
          const reason = `${item.body.eventID} is held with other content`
          refused.push({ id: item.id, code: 'NETWORK_CONFLICT', reason })
        } else absent.push(item.id)
        continue
      }
      const isAbsent = [404, 405, 410, 501].includes(response.status)
      if (!isAbsent) {
        const outcome = outcomeOfFailure(response)
        return outcome.kind === 'refused'
          ? { kind: 'retry', code: 'NETWORK_ANSWER', reason: outcome.reason }
          : outcome
      }
      absent.push(item.id)
    }
    if (absent.length > 0) await this.#options.outbox.annotate(absent, null)
    return { kind: 'settled', delivered, refused }
  }
}
