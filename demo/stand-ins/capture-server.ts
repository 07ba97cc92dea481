import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type CaptureJob, CaptureJobs, type Problem, type StoredEvent } from './capture-jobs.ts'
import { checkEpcisDocument } from './epcis-check.ts'
import { createApp, openApp, realWait, type StandInOptions } from './http-stand-in.ts'
import { breakOff, type Misbehaviour, MisbehaviourPlan, problemTypeOf } from './misbehaviour.ts'

export type { CaptureJob, Problem, StoredEvent } from './capture-jobs.ts'

export interface CaptureServerOptions extends StandInOptions {
  /** How many polls a job shows `running` (default 1). */
  runningPolls?: number
  /** … and for at least how long (default 0). */
  runningMilliseconds?: number
  /** GS1-EPCIS-Capture-Limit: events a document. */
  eventsMaximum?: number
  /** GS1-EPCIS-Capture-File-Size-Limit: bytes a document. */
  bytesMaximum?: number
  /** Ask for `Authorization: Bearer …`; none by default, as the standard leaves it to the deployment. */
  bearerToken?: string
  onEvent?: (stored: StoredEvent) => void
}

export interface CaptureServer {
  /** Base URL; documents go to `${url}/capture`. */
  url: string
  /** All stored events in order of arrival; what came twice stands twice. */
  events(): readonly StoredEvent[]
  jobs(): readonly CaptureJob[]
  /** Documents answered with 4xx because of what they are, with the reasons. */
  refused(): readonly Problem[]
  /** Lets the next POSTs of a document meet something else than a working server. */
  misbehave(what: Misbehaviour, times?: number): void
  /** The same for polls of a job. */
  misbehaveOnPoll(what: Misbehaviour, times?: number): void
  /** Lets the next jobs end without success. */
  failJobs(status: number, times?: number): void
  /** Forgets all planned misbehaviour. */
  recover(): void
  outstanding(): number
  close(): Promise<void>
}

export const EVENTS_MAXIMUM_DEFAULT = 100
export const BYTES_MAXIMUM_DEFAULT = 1_048_576
const REFUSALS_MAXIMUM = 1_000

/**
 * Stand-in for the national distribution network: the capture side of the EPCIS 2.0 REST binding
 * (clause 12). It checks what it is given as strictly as it can and never stores one event twice.
 */
export async function startCaptureServer(options: CaptureServerOptions = {}): Promise<CaptureServer> {
  const now = (): number => options.clock?.utcMilliseconds() ?? Date.now()
  const eventsMaximum = options.eventsMaximum ?? EVENTS_MAXIMUM_DEFAULT
  const bytesMaximum = options.bytesMaximum ?? BYTES_MAXIMUM_DEFAULT
  const wait = options.wait ?? realWait
  const plan = new MisbehaviourPlan(wait)
  const pollPlan = new MisbehaviourPlan(wait)
  const refused: Problem[] = []
  const jobs = new CaptureJobs({
    now,
    runningPolls: options.runningPolls ?? 1,
    runningMilliseconds: options.runningMilliseconds ?? 0,
    file: options.file,
    newEventId: () => `urn:uuid:${randomUUID()}`,
    onEvent: (stored) => options.onEvent?.(stored),
  })
  const { app, inFlight } = createApp(bytesMaximum)
  const outstanding = (): number => inFlight() - plan.parked - pollPlan.parked

  const refuse = (reply: FastifyReply, status: number, title: string, detail?: string): FastifyReply => {
    const problem: Problem = {
      type: problemTypeOf(status),
      title,
      status,
      ...(detail === undefined ? {} : { detail }),
    }
    if (refused.length < REFUSALS_MAXIMUM) refused.push(problem)
    return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
  }
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'GS1-EPCIS-Version': '2.0.0', 'GS1-CBV-Version': '2.0.0' })
    const { bearerToken } = options
    if (bearerToken !== undefined && request.headers.authorization !== `Bearer ${bearerToken}`) {
      refuse(reply, 401, 'Not allowed')
      return
    }
    done()
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error.statusCode === 413) return refuse(reply, 413, `More than ${bytesMaximum} bytes`)
    return refuse(reply, error.statusCode ?? 500, error.message)
  })
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'No such resource'))

  app.options('/capture', async (_request, reply) =>
    reply
      .headers({
        'GS1-EPCIS-Min': '2.0.0',
        'GS1-EPCIS-Max': '2.0.0',
        'GS1-CBV-Min': '2.0.0',
        'GS1-CBV-Max': '2.0.0',
        'GS1-EPCIS-Capture-Limit': String(eventsMaximum),
        'GS1-EPCIS-Capture-File-Size-Limit': String(bytesMaximum),
        'GS1-Capture-Error-Behaviour': 'all',
        Allow: 'GET, OPTIONS, POST',
      })
      .code(204)
      .send(),
  )

  app.post('/capture', async (request, reply) => {
    const met = await plan.meet(request, reply)
    if (met === 'answered') return reply
    const read = readDocument(request, eventsMaximum, now())
    if ('status' in read) return refuse(reply, read.status, read.title, read.detail)
    if (jobs.full) return refuse(reply, 500, 'The stand-in is full')
    const job = jobs.take(read.events, read.behaviour)
    if (met === 'loseAnswer') {
      breakOff(request, reply)
      return reply
    }
    return reply.code(202).header('Location', `/capture/${job.captureID}`).send()
  })
  app.get('/capture', async () => jobs.list())
  app.get('/capture/:captureID', async (request, reply) => {
    const met = await pollPlan.meet(request, reply)
    if (met === 'answered') return reply
    if (met === 'loseAnswer') {
      breakOff(request, reply)
      return reply
    }
    const job = jobs.look((request.params as { captureID: string }).captureID)
    return job === undefined ? refuse(reply, 404, 'No such capture job') : reply.send(job)
  })
  app.get('/events', async () => ({
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISQueryDocument',
    schemaVersion: '2.0',
    creationDate: new Date(now()).toISOString(),
    epcisBody: {
      queryResults: {
        queryName: 'SimpleEventQuery',
        resultsBody: { eventList: jobs.events().map((stored) => stored.event) },
      },
    },
  }))
  app.get('/events/:eventID', async (request, reply) => {
    const stored = jobs.event((request.params as { eventID: string }).eventID)
    return stored === undefined ? refuse(reply, 404, 'No such event') : reply.send(stored.event)
  })

  const open = await openApp(app, options)
  return {
    url: open.url,
    events: () => jobs.events(),
    jobs: () => jobs.list(),
    refused: () => refused,
    misbehave: (what, times) => plan.add(what, times),
    misbehaveOnPoll: (what, times) => pollPlan.add(what, times),
    failJobs: (status, times = 1) => jobs.failJobs(status, times),
    recover: () => {
      plan.clear()
      pollPlan.clear()
      jobs.forgetFailures()
    },
    outstanding,
    close: async () => {
      await open.close()
      jobs.close()
    },
  }
}

type ReadDocument =
  | { events: Record<string, unknown>[]; behaviour: 'rollback' | 'proceed' }
  | { status: number; title: string; detail?: string }

/** Everything about a capture request that can be refused before a job is made of it. */
function readDocument(request: FastifyRequest, eventsMaximum: number, now: number): ReadDocument {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (mediaType !== 'application/json' && mediaType !== 'application/ld+json')
    return { status: 415, title: `Send application/json, not "${mediaType}"` }
  const behaviour = request.headers['gs1-capture-error-behaviour'] ?? 'rollback'
  if (behaviour !== 'rollback' && behaviour !== 'proceed')
    return { status: 400, title: 'GS1-Capture-Error-Behaviour is rollback or proceed' }
  const version = request.headers['gs1-epcis-version'] ?? '2.0.0'
  if (!/^2\.0(\.0)?$/.test(String(version)))
    return { status: 400, title: `GS1-EPCIS-Version ${String(version)} is not spoken here` }
  let document: unknown
  try {
    document = JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '')
  } catch (error) {
    return { status: 400, title: 'Not JSON', detail: (error as Error).message }
  }
  const reasons = checkEpcisDocument(document, now)
  if (reasons.length > 0)
    return {
      status: 400,
      title: 'Not a valid EPCIS 2.0 document',
      detail: reasons.map((reason) => `${reason.path || '/'}: ${reason.message}`).join('\n'),
    }
  const events = (document as { epcisBody: { eventList: Record<string, unknown>[] } }).epcisBody.eventList
  if (events.length > eventsMaximum)
    return { status: 413, title: `${events.length} events, more than ${eventsMaximum}` }
  return { events, behaviour }
}
