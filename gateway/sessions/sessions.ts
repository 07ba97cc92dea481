import { CodedError } from '#protocol/coded-error.ts'
import { encodeAck, encodeTime } from '#protocol/encode-down.ts'
import { Limit, Version } from '#protocol/limits.ts'
import { Capability, FrameKind, WhoReason } from '#protocol/numbers.ts'
import { headerCounter } from '#protocol/seal.ts'
import type { RecordsMessage } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'
import type { Clock } from '../clock.ts'
import type { Intake } from '../intake/intake.ts'
import type { Journals } from '../intake/journals.ts'
import type { Quarantine } from '../intake/quarantine.ts'
import type { Sequences } from '../intake/ranges.ts'
import type { Link } from '../links/types.ts'
import type { Logger } from '../log.ts'
import type { Observer } from '../observe.ts'
import type { Boots } from './boots.ts'
import type { FailedOpens } from './failed-opens.ts'
import { helloIsGenuine, readHello, sessionKeys, welcomeFrame, whoFrame } from './hello.ts'
import { Limiter } from './limiter.ts'
import type { NodeKeys } from './node-keys.ts'
import { Session } from './session.ts'

/** Welcomes of one node that wait for their first frame; the oldest is forgotten. */
const PENDING_SESSIONS_A_NODE = 4
/** The node spaces hellos by a second on its own clock, which may run a little fast. */
const HELLO_SLACK_MILLISECONDS = 100
const WHO_INTERVAL_MILLISECONDS = 1000

/** Ends the handling of one frame; never leaves this file. */
class Refusal extends Error {
  readonly code: string
  readonly node: string | undefined
  /** Whether the frame's first bytes are worth keeping. */
  readonly kept: boolean

  constructor(code: string, reason: string, node: string | undefined, kept: boolean) {
    super(reason)
    this.code = code
    this.node = node
    this.kept = kept
  }
}

export interface SessionsDeps {
  keys: NodeKeys
  boots: Boots
  journals: Journals
  intake: Intake
  quarantine: Quarantine
  observer: Observer
  failedOpens: FailedOpens
  clock: Clock
  log: Logger
  randomBytes(count: number): Uint8Array
  /** A node's clock became known, or better known. */
  clockChanged(node: string): void
}

/**
 * Who is talking: hello and welcome, sealed frames of both directions, replay and forgery limits. Sessions
 * live only here, in memory; after a restart every node meets `who` and says hello again.
 */
export class Sessions {
  readonly #deps: SessionsDeps
  /** Active and pending, by session id in hex. */
  readonly #sessions = new Map<string, Session>()
  readonly #active = new Map<string, Session>()
  readonly #pending = new Map<string, Session[]>()
  readonly #hellos = new Limiter(1, Limit.HELLO_INTERVAL_MILLISECONDS - HELLO_SLACK_MILLISECONDS)
  readonly #whos = new Limiter(1, WHO_INTERVAL_MILLISECONDS)

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  /** Nodes with a session whose first frame has opened. */
  activeCount(): number {
    return this.#active.size
  }

  /**
   * One frame from a link. Never throws: whatever is wrong with it is coded, counted and stays its own.
   * @param linkNode the node that the link authenticated, if it does
   */
  frame(link: Link, linkNode: string | undefined, frame: Uint8Array): void {
    try {
      this.#take(link, linkNode, frame)
    } catch (error) {
      if (error instanceof Refusal) {
        this.refuse(link, error.node, error.code, error.message, error.kept ? frame : undefined)
      } else if (error instanceof CodedError) {
        this.refuse(link, linkNode, error.code, error.message, frame)
      } else {
        this.#deps.log.error({ link: link.id, error }, 'a frame failed in an unexpected way')
        this.refuse(link, linkNode, 'MESSAGE_MALFORMED', String(error), frame)
      }
    }
  }

  /** Counts a refusal, and keeps its first bytes when it is worth looking at. */
  refuse(link: Link, node: string | undefined, code: string, reason: string, sample?: Uint8Array): void {
    this.#deps.observer.refused(link.id, node, code, reason)
    this.#deps.log.debug({ code, link: link.id, node, reason }, 'refused')
    if (sample) this.#deps.quarantine.offer({ code, reason, link: link.id, node, sample })
  }

  #take(link: Link, linkNode: string | undefined, frame: Uint8Array): void {
    if (frame.length < 2) throw new CodedError('FRAME_TOO_SHORT', `a frame of ${frame.length} bytes`)
    if (frame.length > Limit.FRAME_UP_BYTES) throw new CodedError('FRAME_TOO_LONG', `${frame.length} bytes`)
    const first = frame[0] as number
    if (first >> 4 !== Version.MAJOR) {
      this.#who(link, linkNode, WhoReason.badVersion)
      throw new CodedError('FRAME_VERSION', `major version ${first >> 4}, ${Version.MAJOR} is spoken here`)
    }
    const kind = first & 15
    if (kind === FrameKind.hello) this.#hello(link, linkNode, frame)
    else if (kind === FrameKind.sealed) this.#sealed(link, linkNode, frame)
    else throw new CodedError('FRAME_KIND', `frame kind ${kind} does not travel upwards`)
  }

  #who(link: Link, node: string | undefined, reason: WhoReason): void {
    const now = this.#deps.clock.monotonicMilliseconds()
    if (!this.#whos.take(`${link.id}|${node ?? ''}`, now)) return
    // Paced as for the most sensitive board: it is not known who listens.
    link.send(node, whoFrame(reason), true)
  }

  #hello(link: Link, linkNode: string | undefined, frame: Uint8Array): void {
    const { clock, keys, boots, journals, failedOpens } = this.#deps
    const now = clock.monotonicMilliseconds()
    const hello = readHello(frame)
    const from = linkNode ?? hello.node
    if (linkNode !== undefined && hello.node !== linkNode) {
      throw new Refusal('HELLO_WRONG_LINK', `hello of ${hello.node} from the client ${linkNode}`, from, true)
    }
    const enrolled = keys.get(hello.node)
    if (!enrolled) {
      this.#who(link, linkNode, WhoReason.unknownNode)
      throw new Refusal('HELLO_UNKNOWN_NODE', `node ${hello.node} is not in the key file`, from, true)
    }
    // Before any cryptography (WIRE.md). Per link, so that nobody is kept out from elsewhere.
    if (!this.#hellos.take(`${link.id}|${hello.node}`, now)) {
      throw new Refusal('HELLO_TOO_FAST', 'more than one hello a second', from, false)
    }
    const origin = originOf(link, linkNode)
    if (!failedOpens.allows(origin, now)) {
      throw new Refusal('FRAME_RATE', 'too many frames that do not verify', from, false)
    }
    if (hello.suite !== enrolled.suite) {
      this.#who(link, linkNode, WhoReason.badSuite)
      throw new Refusal('SUITE_UNKNOWN', `suite ${hello.suite}, enrolled with ${enrolled.suite}`, from, true)
    }
    if (hello.keyEpoch !== enrolled.keyEpoch) {
      throw new Refusal(
        'HELLO_KEY_EPOCH',
        `key epoch ${hello.keyEpoch}, the key file has ${enrolled.keyEpoch}`,
        from,
        true,
      )
    }
    if (!helloIsGenuine(frame, enrolled.helloKey)) {
      failedOpens.count(origin, enrolled, now)
      throw new Refusal('HELLO_MAC', 'the hello does not verify under the key of this node', from, true)
    }
    const bootId = Buffer.from(hello.bootId).toString('hex')
    const survivesBoots = (hello.capabilities & Capability.journalFlash) !== 0
    const isSameBoot = boots.isSame(hello.node, bootId, hello.monotonicMilliseconds)
    const { journalId, through } = journals.welcome(
      hello.node,
      hello.journalId,
      bootId,
      survivesBoots,
      isSameBoot,
    )
    const gatewayRandom = this.#deps.randomBytes(Limit.RANDOM_BYTES)
    const helloUtcMilliseconds = clock.utcMilliseconds()
    const session = new Session(
      {
        id: this.#freshId(),
        enrolled,
        hello,
        bootId,
        isSameBoot,
        journalId,
        keys: sessionKeys(enrolled.key, hello, gatewayRandom),
        link,
        helloUtcMilliseconds,
        helloMonotonicMilliseconds: now,
      },
      enrolled.uartBurst64 || (hello.capabilities & Capability.uartBurst64) !== 0,
    )
    this.#addPending(session)
    const sessionId = session.parts.id
    const fields = { sessionId, gatewayRandom, utcMilliseconds: helloUtcMilliseconds, journalId, through }
    link.send(hello.node, welcomeFrame(frame, hello, enrolled.helloKey, fields), session.burst64)
  }

  #freshId(): Uint8Array {
    for (;;) {
      const id = this.#deps.randomBytes(Limit.SESSION_ID_BYTES)
      if (!this.#sessions.has(Buffer.from(id).toString('hex'))) return id
    }
  }

  #addPending(session: Session): void {
    const pending = this.#pending.get(session.node) ?? []
    pending.push(session)
    if (pending.length > PENDING_SESSIONS_A_NODE) {
      const oldest = pending.shift()
      if (oldest) this.#sessions.delete(oldest.key)
    }
    this.#pending.set(session.node, pending)
    this.#sessions.set(session.key, session)
  }

  #sealed(link: Link, linkNode: string | undefined, frame: Uint8Array): void {
    const { clock, failedOpens } = this.#deps
    if (frame.length <= Limit.HEADER_BYTES + Limit.TAG_BYTES) {
      throw new CodedError('FRAME_TOO_SHORT', `a sealed frame of ${frame.length} bytes`)
    }
    const now = clock.monotonicMilliseconds()
    const id = Buffer.from(frame.subarray(2, 2 + Limit.SESSION_ID_BYTES)).toString('hex')
    const session = this.#sessions.get(id)
    if (!session || (linkNode !== undefined && session.node !== linkNode)) {
      this.#who(link, linkNode, WhoReason.unknownSession)
      throw new Refusal('SESSION_UNKNOWN', `session ${id}`, linkNode, false)
    }
    const { node } = session
    const counter = headerCounter(frame)
    if (session.expired(now)) {
      this.#drop(session)
      this.#who(link, linkNode, WhoReason.unknownSession)
      throw new Refusal('SESSION_EXPIRED', `session ${id}`, node, false)
    }
    // Not opened yet, so it may be forged: it must not end the session.
    if (counter > Limit.FRAMES_A_SESSION) {
      throw new Refusal('SESSION_EXPIRED', `counter ${counter}`, node, true)
    }
    if (frame[1] !== session.parts.enrolled.suite) {
      throw new Refusal('SUITE_UNKNOWN', `suite ${frame[1]} in a frame`, node, true)
    }
    if (!session.window.accepts(counter)) {
      throw new Refusal('FRAME_REPLAYED', `counter ${counter}`, node, true)
    }
    const origin = originOf(link, linkNode)
    if (!failedOpens.allows(origin, now)) {
      throw new Refusal('FRAME_RATE', 'too many frames that do not open', node, false)
    }
    let plain: Uint8Array
    try {
      plain = session.open(frame)
    } catch (error) {
      failedOpens.count(origin, session.parts.enrolled, now)
      const { code, message } = error as CodedError
      throw new Refusal(code ?? 'SEAL_INVALID', message, node, true)
    }
    const missing = session.window.missing
    session.window.mark(counter)
    session.link = link
    if (this.#active.get(node) !== session) this.#activate(session)
    this.#deps.observer.frame(node, link.id, link.kind, session.window.missing - missing)
    this.#opened(session, plain)
  }

  /** The first frame of a new session has opened: only now the old one ends. */
  #activate(session: Session): void {
    const { node, bootId, journalId, link, parts } = session
    const old = this.#active.get(node)
    if (old) this.#sessions.delete(old.key)
    for (const other of this.#pending.get(node) ?? []) {
      if (other !== session) this.#sessions.delete(other.key)
    }
    this.#pending.delete(node)
    this.#active.set(node, session)
    const { hello, helloUtcMilliseconds, isSameBoot } = parts
    this.#deps.boots.confirm(node, bootId, helloUtcMilliseconds, hello.monotonicMilliseconds, isSameBoot)
    this.#deps.intake.use(node, journalId, bootId)
    this.#deps.observer.session(link.id, link.kind, parts.hello, bootId, journalId)
    this.#deps.log.info({ node, link: link.id, bootId, journalId, board: parts.hello.board }, 'session')
    this.#deps.clockChanged(node)
  }

  #drop(session: Session): void {
    this.#sessions.delete(session.key)
    if (this.#active.get(session.node) === session) this.#active.delete(session.node)
    const pending = this.#pending.get(session.node)?.filter((other) => other !== session)
    if (pending) this.#pending.set(session.node, pending)
  }

  #opened(session: Session, plain: Uint8Array): void {
    const { clock } = this.#deps
    try {
      const message = decodeMessage(plain, (fields) => this.#deps.observer.skipped(session.node, fields))
      switch (message.kind) {
        case 'records':
          this.#records(session, message)
          return
        case 'timeRequest': {
          const utcMilliseconds = clock.utcMilliseconds()
          session.timeAsked(message.counter, message.monotonicMilliseconds, utcMilliseconds)
          session.send(encodeTime({ counter: message.counter, utcMilliseconds }))
          return
        }
        case 'timeReceived':
          this.#exchanged(session, message.counter, message.monotonicMilliseconds)
          return
        default:
          throw new CodedError('MESSAGE_UNKNOWN', `${message.kind} does not travel upwards sealed`)
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      throw new Refusal(error.code, error.message, session.node, true)
    }
  }

  #exchanged(session: Session, counter: number, receivedMilliseconds: number): void {
    const piece = session.timeReceived(counter, receivedMilliseconds)
    if (!piece) return
    const { node, bootId } = session
    this.#deps.boots.exchange(node, bootId, piece)
    const { earliestMilliseconds, latestMilliseconds } = piece
    const middle = (earliestMilliseconds + latestMilliseconds) / 2
    this.#deps.observer.clock(node, middle, (latestMilliseconds - earliestMilliseconds) / 2)
    this.#deps.clockChanged(node)
  }

  #records(session: Session, message: RecordsMessage): void {
    const { node, bootId, link } = session
    const { journalId } = message
    if (journalId !== session.journalId) {
      const reason = `journal ${journalId}, welcomed with ${session.journalId}`
      throw new Refusal('JOURNAL_MISMATCH', reason, node, true)
    }
    const durable = (sequences: Sequences) => this.#ack(session, sequences)
    if (!this.#deps.intake.take({ node, link: link.id, journalId, bootId, message, durable })) {
      this.refuse(link, node, 'INTAKE_BUSY', 'too many frames wait for the disk')
    }
  }

  #ack(session: Session, sequences: Sequences): void {
    // The session may have ended while the disk worked; the node learns `through` from its next welcome.
    if (this.#active.get(session.node) !== session) return
    const ranges = sequences.ranges.slice(0, Limit.ACK_RANGES).map(([from, to]) => ({ from, to }))
    const { journalId } = session
    session.send(encodeAck({ journalId, through: sequences.through, ranges }, session.downBudgetBytes()))
  }
}

/** Who is limited together: a serial line, or one authenticated MQTT client. */
function originOf(link: Link, linkNode: string | undefined): string {
  return linkNode === undefined ? link.id : `${link.id}|${linkNode}`
}
