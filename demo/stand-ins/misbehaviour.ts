import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * What a network may do instead of its work. `loseAnswer` does the work and then breaks the connection:
 * the sender cannot know, sends again, and must not thereby store anything twice.
 */
export type Misbehaviour =
  | { kind: 'status'; status: number; retryAfterSeconds?: number }
  | { kind: 'nothing' }
  | { kind: 'reset' }
  | { kind: 'loseAnswer' }
  | { kind: 'slow'; milliseconds: number }
  | { kind: 'garbage' }

export const MISBEHAVIOURS_MAXIMUM = 10_000

/** A queue of misbehaviours: each POST takes the next one; when it is empty the stand-in works. */
export class MisbehaviourPlan {
  private readonly queue: Misbehaviour[] = []
  private readonly wait: (milliseconds: number) => Promise<void>
  /** Requests that are being made to wait on purpose: nobody may wait for them with virtual time standing still. */
  parked = 0

  constructor(wait: (milliseconds: number) => Promise<void>) {
    this.wait = wait
  }

  /** Lets the next `times` requests meet `what`. Beyond the maximum it throws: a test asked for nonsense. */
  add(what: Misbehaviour, times = 1): void {
    if (this.queue.length + times > MISBEHAVIOURS_MAXIMUM) throw new RangeError('too many misbehaviours')
    for (let index = 0; index < times; index += 1) this.queue.push(what)
  }

  clear(): void {
    this.queue.length = 0
  }

  get length(): number {
    return this.queue.length
  }

  /**
   * Takes the next misbehaviour and acts it out as far as it comes before the work.
   *
   * @returns 'answered' when nothing more may be done with the request, 'loseAnswer' when the work is to
   *   be done and then `breakOff` called, 'work' otherwise.
   */
  async meet(request: FastifyRequest, reply: FastifyReply): Promise<'answered' | 'loseAnswer' | 'work'> {
    const next = this.queue.shift()
    switch (next?.kind) {
      case 'status':
        if (next.retryAfterSeconds !== undefined) reply.header('Retry-After', String(next.retryAfterSeconds))
        await reply
          .code(next.status)
          .type('application/problem+json')
          .send(JSON.stringify({ type: problemTypeOf(next.status), title: 'as told', status: next.status }))
        return 'answered'
      case 'nothing':
        reply.hijack()
        this.parked += 1
        reply.raw.once('close', () => {
          this.parked -= 1
        })
        return 'answered'
      case 'reset':
        breakOff(request, reply)
        return 'answered'
      case 'garbage':
        await reply.code(200).type('text/html').send('<html>Welcome to the hotel network</html>')
        return 'answered'
      case 'slow':
        this.parked += 1
        try {
          await this.wait(next.milliseconds)
        } finally {
          this.parked -= 1
        }
        return 'work'
      case 'loseAnswer':
        return 'loseAnswer'
      case undefined:
        return 'work'
    }
  }
}

/** Cuts the connection without an answer. */
export function breakOff(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  request.raw.socket.destroy()
}

/** The exception of the EPCIS 2.0 REST binding that belongs to a status. */
export function problemTypeOf(status: number): string {
  switch (status) {
    case 400:
      return 'epcisException:ValidationException'
    case 401:
    case 403:
      return 'epcisException:SecurityException'
    case 404:
      return 'epcisException:NoSuchResourceException'
    case 406:
      return 'epcisException:NotAcceptableException'
    case 409:
      return 'epcisException:ResourceAlreadyExistsException'
    case 413:
      return 'epcisException:CaptureLimitExceededException'
    case 415:
      return 'epcisException:UnsupportedMediaTypeException'
    default:
      return 'epcisException:ImplementationException'
  }
}
