import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type CaptureServer, type CaptureServerOptions, startCaptureServer } from './capture-server.ts'
import { epcisDocument, objectEvent } from './testing.ts'

const NOW = Date.parse('2026-11-23T01:00:00Z')
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: CaptureServerOptions = {}): Promise<CaptureServer> {
  const server = await startCaptureServer({ clock: { utcMilliseconds: () => NOW }, ...options })
  closers.push(() => server.close())
  return server
}
const post = (
  server: CaptureServer,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${server.url}/capture`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const event = (number: number, changes: Record<string, unknown> = {}): Record<string, unknown> =>
  objectEvent({
    eventID: `urn:uuid:${number}`,
    epcList: [`urn:epc:id:sgtin:8806429.021400.${number}`],
    ...changes,
  })
const job = async (server: CaptureServer, answer: Response): Promise<Record<string, unknown>> =>
  (await (await fetch(server.url + answer.headers.get('Location')!)).json()) as Record<string, unknown>

describe('capture server stand-in', () => {
  it('tells its limits and versions', async () => {
    const server = await start({ eventsMaximum: 7, bytesMaximum: 1024 })
    const answer = await fetch(`${server.url}/capture`, { method: 'OPTIONS' })
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'gs1-epcis-version': '2.0.0',
      'gs1-cbv-version': '2.0.0',
      'gs1-epcis-capture-limit': '7',
      'gs1-epcis-capture-file-size-limit': '1024',
      'gs1-capture-error-behaviour': 'all',
    })
  })

  it('takes a document, shows the job running, then done, and gives the event back', async () => {
    const server = await start({ runningPolls: 2 })
    const answer = await post(server, epcisDocument([event(1)]))
    expect(answer.status).toBe(202)
    expect(await job(server, answer)).toMatchObject({ running: true, success: true, errors: [] })
    expect(await job(server, answer)).toMatchObject({ running: true })
    expect(await job(server, answer)).toMatchObject({
      running: false,
      success: true,
      captureErrorBehaviour: 'rollback',
      finishedAt: '2026-11-23T01:00:00.000Z',
    })
    const single = await fetch(`${server.url}/events/${encodeURIComponent('urn:uuid:1')}`)
    expect(await single.json()).toEqual(event(1))
    expect((await fetch(`${server.url}/events/urn:uuid:9`)).status).toBe(404)
    expect((await fetch(`${server.url}/capture/job9`)).status).toBe(404)
  })

  it('lets a job run for a time too', async () => {
    let now = NOW
    const server = await start({
      clock: { utcMilliseconds: () => now },
      runningPolls: 0,
      runningMilliseconds: 500,
    })
    const answer = await post(server, epcisDocument([event(1)]))
    expect(await job(server, answer)).toMatchObject({ running: true })
    now += 500
    expect(await job(server, answer)).toMatchObject({ running: false, success: true })
  })

  it('keeps the order of arrival over documents', async () => {
    const server = await start()
    await post(server, epcisDocument([event(3), event(1)]))
    await post(server, epcisDocument([event(2)]))
    const listed = (await (await fetch(`${server.url}/events`)).json()) as {
      epcisBody: { queryResults: { resultsBody: { eventList: { eventID: string }[] } } }
    }
    expect(listed.epcisBody.queryResults.resultsBody.eventList.map((stored) => stored.eventID)).toEqual([
      'urn:uuid:3',
      'urn:uuid:1',
      'urn:uuid:2',
    ])
  })

  it('fails the job of an event that it holds already, and stores nothing of a rollback', async () => {
    const server = await start({ runningPolls: 0 })
    await post(server, epcisDocument([event(1)]))
    const again = await job(server, await post(server, epcisDocument([event(2), event(1)])))
    expect(again).toMatchObject({
      running: false,
      success: false,
      errors: [{ type: 'epcisException:ResourceAlreadyExistsException', status: 409, detail: 'urn:uuid:1' }],
    })
    expect(server.events().map((stored) => stored.eventID)).toEqual(['urn:uuid:1'])
    const proceed = await post(server, epcisDocument([event(2), event(1)]), {
      'GS1-Capture-Error-Behaviour': 'proceed',
    })
    expect(await job(server, proceed)).toMatchObject({ success: false, captureErrorBehaviour: 'proceed' })
    expect(server.events().map((stored) => stored.eventID)).toEqual(['urn:uuid:1', 'urn:uuid:2'])
  })

  it('takes one event twice in a document for what it is', async () => {
    const server = await start({ runningPolls: 0 })
    expect(await job(server, await post(server, epcisDocument([event(1), event(1)])))).toMatchObject({
      success: false,
    })
    expect(server.events()).toHaveLength(0)
  })

  it('takes an errorDeclaration of a stored event, once', async () => {
    const server = await start({ runningPolls: 0 })
    const declared = event(1, {
      errorDeclaration: { declarationTime: '2026-11-23T00:45:00Z', reason: 'incorrect_data' },
    })
    await post(server, epcisDocument([event(1)]))
    expect(await job(server, await post(server, epcisDocument([declared])))).toMatchObject({ success: true })
    expect(await job(server, await post(server, epcisDocument([declared])))).toMatchObject({ success: false })
    expect(server.events()).toHaveLength(2)
  })

  it('gives an event without eventID one', async () => {
    const server = await start()
    await post(server, epcisDocument([event(1, { eventID: undefined })]))
    expect(server.events()[0]?.eventID).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
  })

  it.each([
    ['not JSON', '{', 400],
    ['no document', '{}', 400],
    ['no events', epcisDocument([]), 400],
    ['an unknown field', epcisDocument([event(1, { colour: 'red' })]), 400],
    ['one bad event among good ones', epcisDocument([event(1), event(2, { action: 'SEEN' })]), 400],
    ['a wrong version', epcisDocument([event(1)], { schemaVersion: '1.2' }), 400],
    ['more events than the limit', epcisDocument([event(1), event(2), event(3), event(4)]), 413],
    ['more bytes than the limit', epcisDocument([event(1, { 'example:x': 'x'.repeat(9_000) })]), 413],
  ])('refuses %s', async (_name, body, status) => {
    const server = await start({ eventsMaximum: 3, bytesMaximum: 8_192 })
    const answer = await post(server, body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json')
    const problem = (await answer.json()) as Record<string, unknown>
    expect(problem).toMatchObject({ status })
    expect(problem.type).toBe(
      status === 400 ? 'epcisException:ValidationException' : 'epcisException:CaptureLimitExceededException',
    )
    expect(server.events()).toHaveLength(0)
    expect(server.jobs()).toHaveLength(0)
    expect(server.refused()).toHaveLength(1)
  })

  it('refuses other media types, versions, error behaviours and strangers', async () => {
    const server = await start({ bearerToken: 'secret' })
    const good = epcisDocument([event(1)])
    const authorization = 'Bearer secret'
    expect((await post(server, good)).status).toBe(401)
    expect((await post(server, good, { authorization, 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await post(server, good, { authorization, 'GS1-Capture-Error-Behaviour': 'maybe' })).status).toBe(
      400,
    )
    expect((await post(server, good, { authorization, 'GS1-EPCIS-Version': '1.2' })).status).toBe(400)
    expect((await post(server, good, { authorization, 'GS1-EPCIS-Version': '2.0.0' })).status).toBe(202)
  })

  it('misbehaves as told, for as many requests as told', async () => {
    const server = await start()
    const good = epcisDocument([event(1)])
    for (const status of [400, 409, 413, 500]) server.misbehave({ kind: 'status', status })
    for (const status of [400, 409, 413, 500]) expect((await post(server, good)).status).toBe(status)
    server.misbehave({ kind: 'reset' })
    await expect(post(server, good)).rejects.toThrow()
    server.misbehave({ kind: 'garbage' })
    expect((await post(server, good)).headers.get('Content-Type')).toContain('text/html')
    server.misbehave({ kind: 'nothing' })
    const abort = AbortSignal.timeout(150)
    await expect(
      fetch(`${server.url}/capture`, { method: 'POST', body: '{}', signal: abort }),
    ).rejects.toThrow()
    expect(server.events()).toHaveLength(0)
    expect((await post(server, good)).status).toBe(202)
    expect(server.events()).toHaveLength(1)
  })

  it('may do the work and lose the answer: the second try cannot store it again', async () => {
    const server = await start({ runningPolls: 0 })
    server.misbehave({ kind: 'loseAnswer' })
    await expect(post(server, epcisDocument([event(1)]))).rejects.toThrow()
    expect(server.events()).toHaveLength(1)
    expect(await job(server, await post(server, epcisDocument([event(1)])))).toMatchObject({ success: false })
    expect(server.events()).toHaveLength(1)
  })

  it('waits on the clock that it is given', async () => {
    let release = (): void => {}
    const waited: number[] = []
    const server = await start({
      wait: (milliseconds) => {
        waited.push(milliseconds)
        return new Promise((resolve) => {
          release = resolve
        })
      },
    })
    server.misbehave({ kind: 'slow', milliseconds: 30_000 })
    const answer = post(server, epcisDocument([event(1)]))
    await expect.poll(() => waited).toEqual([30_000])
    // Virtual time must be able to go on, or the wait would never end.
    expect(server.outstanding()).toBe(0)
    release()
    expect((await answer).status).toBe(202)
    await expect.poll(() => server.outstanding()).toBe(0)
  })

  it('lets polls fail and jobs end badly, and forgets it when told', async () => {
    const server = await start({ runningPolls: 0 })
    server.failJobs(500)
    const failed = await post(server, epcisDocument([event(1)]))
    server.misbehaveOnPoll({ kind: 'status', status: 500 })
    expect((await fetch(server.url + failed.headers.get('Location')!)).status).toBe(500)
    expect(await job(server, failed)).toMatchObject({
      running: false,
      success: false,
      errors: [{ status: 500 }],
    })
    expect(server.events()).toHaveLength(0)
    server.failJobs(500)
    server.misbehave({ kind: 'reset' })
    server.recover()
    expect(await job(server, await post(server, epcisDocument([event(1)])))).toMatchObject({ success: true })
  })

  it('keeps jobs and events over a restart, also when the last line was torn', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-capture-'))
    closers.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'capture.jsonl')
    const first = await startCaptureServer({ file, runningPolls: 0, clock: { utcMilliseconds: () => NOW } })
    await post(first, epcisDocument([event(1), event(2)]))
    await first.close()
    appendFileSync(file, '{"job":{"captureID":"jo')
    const second = await start({ file, runningPolls: 0 })
    expect(second.events().map((stored) => stored.eventID)).toEqual(['urn:uuid:1', 'urn:uuid:2'])
    expect((await fetch(`${second.url}/capture/job1`)).status).toBe(200)
    expect(await job(second, await post(second, epcisDocument([event(2)])))).toMatchObject({ success: false })
    expect(await job(second, await post(second, epcisDocument([event(3)])))).toMatchObject({ success: true })
    await second.close()
    const third = await start({ file })
    expect(third.events()).toHaveLength(3)
  })

  it('says which file cannot be used', async () => {
    await expect(startCaptureServer({ file: '/nowhere/at/all.jsonl' })).rejects.toMatchObject({
      code: 'STAND_IN_FILE',
    })
  })
})
