import type { Clock } from '#gateway/clock.ts'
import type { EpcisEvent } from '#gateway/epcis/types.ts'
import type { Outbox, OutboxItem, SetAsideItem } from '#gateway/store/types.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './types.ts'

/** A clock for tests: timers fire only in `advance`. */
export class TestClock implements Clock {
  now = Date.UTC(2026, 10, 23)
  #timers: { at: number; id: number; callback: () => void }[] = []
  #nextId = 1

  utcMilliseconds(): number {
    return this.now
  }

  monotonicMilliseconds(): number {
    return this.now
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    const id = this.#nextId++
    this.#timers.push({ at: this.now + milliseconds, id, callback })
    return id
  }

  clearTimeout(handle: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== handle)
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  next(): number | undefined {
    const at = Math.min(...this.#timers.map((timer) => timer.at))
    return Number.isFinite(at) ? at - this.now : undefined
  }

  /** Fires the next timer. */
  step(): void {
    const next = this.#timers.reduce((a, b) => (b.at < a.at ? b : a))
    this.#timers = this.#timers.filter((timer) => timer !== next)
    this.now = next.at
    next.callback()
  }
}

/** An outbox in memory with the store's contract. */
export class MemoryOutbox<Body> implements Outbox<Body> {
  readonly name: string
  items: OutboxItem<Body>[] = []
  aside: SetAsideItem<Body>[] = []
  /** Each call that changes something, in order. */
  readonly log: string[] = []
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  #nextId = 1

  constructor(name: string, clock: Clock) {
    this.name = name
    this.#clock = clock
  }

  append(body: Body): number {
    const id = this.#nextId++
    this.items.push({ id, body, appendedUtcMilliseconds: this.#clock.utcMilliseconds() })
    for (const listener of this.#listeners) listener()
    return id
  }

  peek(maximum: number): OutboxItem<Body>[] {
    return this.items.slice(0, maximum).map((item) => ({ ...item }))
  }

  async remove(ids: readonly number[]): Promise<void> {
    this.log.push(`remove ${ids.join(',')}`)
    this.items = this.items.filter((item) => !ids.includes(item.id))
  }

  async annotate(ids: readonly number[], note: unknown): Promise<void> {
    const state = note === null ? 'clear' : (note as { state: string }).state
    this.log.push(`${state} ${ids.join(',')}`)
    for (const item of this.items) if (ids.includes(item.id)) item.note = note
  }

  async setAside(id: number, code: string, reason: string): Promise<void> {
    this.log.push(`aside ${id}`)
    const item = this.items.find((one) => one.id === id)
    if (item === undefined) return
    this.items = this.items.filter((one) => one !== item)
    this.aside.push({ ...item, code, reason, setAsideUtcMilliseconds: this.#clock.utcMilliseconds() })
  }

  listSetAside(maximum: number): SetAsideItem<Body>[] {
    return this.aside.slice(0, maximum)
  }

  async retrySetAside(): Promise<void> {}

  size(): number {
    return this.items.length
  }

  setAsideSize(): number {
    return this.aside.length
  }

  oldestUtcMilliseconds(): number | undefined {
    return this.items[0]?.appendedUtcMilliseconds
  }

  isFull(): boolean {
    return false
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

export function response(
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): HttpResponse {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    status,
    header: (name) => lower.get(name.toLowerCase()),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** An EPCIS repository as the REST binding describes it, with faults that a test switches on. */
export class FakeRepository {
  readonly events = new Map<string, EpcisEvent>()
  readonly requests: HttpRequest[] = []
  /** eventIDs that no job takes. */
  poison = new Set<string>()
  /** Answers for the next requests of a method, instead of the real one; 'lost' stores and then breaks. */
  next: { method: string; answer: HttpResponse | 'lost' | 'broken' }[] = []
  runningPolls = 1
  captureLimit = 50
  fileSizeLimit = 1_000_000
  isRelative = true
  readonly #jobs = new Map<string, { events: EpcisEvent[]; polls: number }>()

  readonly http: HttpClient = async (request) => {
    this.requests.push(request)
    await Promise.resolve()
    const index = this.next.findIndex((one) => one.method === request.method)
    const answer = index < 0 ? undefined : this.next.splice(index, 1)[0]?.answer
    if (answer === 'broken') throw new Error('socket hang up')
    if (answer === 'lost') {
      this.#answer(request)
      throw new Error('socket hang up')
    }
    return answer ?? this.#answer(request)
  }

  posts(): number {
    return this.requests.filter((request) => request.method === 'POST').length
  }

  #answer(request: HttpRequest): HttpResponse {
    const path = new URL(request.url).pathname
    if (request.method === 'OPTIONS') {
      return response(204, '', {
        'GS1-EPCIS-Capture-Limit': String(this.captureLimit),
        'GS1-EPCIS-Capture-File-Size-Limit': String(this.fileSizeLimit),
      })
    }
    if (request.method === 'POST') {
      const document = JSON.parse(request.body as string) as { epcisBody: { eventList: EpcisEvent[] } }
      const list = document.epcisBody.eventList
      if (list.length > this.captureLimit || (request.body as string).length > this.fileSizeLimit) {
        return response(413, { type: 'epcisException:CaptureLimitExceededException' })
      }
      const id = `job${this.#jobs.size + 1}`
      this.#jobs.set(id, { events: list, polls: 0 })
      const isBad = list.some((event) => this.poison.has(event.eventID) || this.events.has(event.eventID))
      if (!isBad) for (const event of list) this.events.set(event.eventID, event)
      return response(202, '', {
        Location: this.isRelative ? `/capture/${id}` : `http://net.example/capture/${id}`,
      })
    }
    const job = this.#jobs.get(path.split('/').at(-1) as string)
    if (path.includes('/capture/')) {
      if (job === undefined) return response(404)
      const isRunning = job.polls++ < this.runningPolls
      const success = job.events.every(
        (event) => this.events.has(event.eventID) && !this.poison.has(event.eventID),
      )
      const stored = success && job.events.every((event) => this.events.get(event.eventID) === event)
      return response(200, {
        running: isRunning,
        success: stored,
        errors: stored ? [] : [{ title: 'rolled back' }],
      })
    }
    const held = this.events.get(decodeURIComponent(path.split('/').at(-1) as string))
    return held === undefined ? response(404) : response(200, { ...held, recordTime: '2026-11-23T00:00:00Z' })
  }
}

export function testEvent(number: number): EpcisEvent {
  return {
    type: 'ObjectEvent',
    eventID: `urn:uuid:00000000-0000-5000-8000-${String(number).padStart(12, '0')}`,
    eventTime: '2026-11-23T09:00:00.000+09:00',
    eventTimeZoneOffset: '+09:00',
    action: 'OBSERVE',
    bizStep: 'receiving',
    epcList: [`urn:epc:id:sgtin:9521141.012345.${number}`],
    readPoint: { id: 'https://id.gs1.org/414/9521141123454' },
    'waypost:timeUncertaintyMilliseconds': 4,
    'waypost:source': { node: 'n', journalId: 1, sequences: [number, number] },
  }
}

/** Lets pending promises run until the delivery rests. */
export async function rest(delivery: { outstanding(): number }): Promise<void> {
  for (let turn = 0; turn < 5000; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (delivery.outstanding() === 0) return
  }
  throw new Error('the delivery does not come to rest')
}
