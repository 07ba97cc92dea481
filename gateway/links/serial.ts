import { Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { Limit } from '#protocol/limits.ts'
import { crc32Node } from '#protocol/seal-node.ts'
import type { Clock, TimerHandle } from '../clock.ts'
import type { SerialLinkConfig } from '../config/types.ts'
import { Backoff } from './backoff.ts'
import type { Link, LinkCounters, LinkEvents, LinkState, SerialChannel, SerialOpener } from './types.ts'

/** Bytes that may wait for a port that does not take them; further frames are dropped and counted. */
export const SERIAL_BACKLOG_BYTES = 16 * 1024
/** Pause after each frame to a board that loses what follows 64 bytes of a burst. */
export const SERIAL_BURST_GAP_MILLISECONDS = 20
/** Frames that may wait for that pause; the oldest are dropped, the protocol repeats them. */
const PACED_FRAMES_MAXIMUM = 16

export interface SerialLinkDeps {
  clock: Clock
  randomBytes(count: number): Uint8Array
  open: SerialOpener
}

/**
 * One serial port: link frames in and out. The port may be missing, vanish and come back at any time;
 * it is opened again with a growing, jittered wait, and nobody else notices.
 */
export class SerialLink implements Link {
  readonly id: string
  readonly kind = 'serial'
  readonly maximumDownWireBytes = frameWireBytes(Limit.FRAME_DOWN_BYTES)
  readonly #config: SerialLinkConfig
  readonly #deps: SerialLinkDeps
  readonly #events: LinkEvents
  readonly #backoff: Backoff
  #deframer: Deframer
  readonly #earlier = { ok: 0, bad: 0, oversize: 0 }
  readonly #work = new Uint8Array(Limit.FRAME_UP_BYTES + 4)
  #channel: SerialChannel | undefined
  #state: LinkState = 'opening'
  #timer: TimerHandle | undefined
  #paceTimer: TimerHandle | undefined
  readonly #paced: Uint8Array[] = []
  #backlogBytes = 0
  #backlogTold = false
  #bytesIn = 0
  #bytesOut = 0
  #ended = false

  constructor(config: SerialLinkConfig, deps: SerialLinkDeps, events: LinkEvents) {
    this.id = `serial:${config.path}`
    this.#config = config
    this.#deps = deps
    this.#events = events
    this.#backoff = new Backoff(deps.randomBytes)
    this.#deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
  }

  wireBytes(frameBytes: number): number {
    return frameWireBytes(frameBytes)
  }

  async start(): Promise<void> {
    this.#timer = undefined
    const { path, baud } = this.#config
    try {
      const channel = await this.#deps.open(path, baud, {
        bytes: (bytes) => this.#take(bytes),
        closed: (reason) => this.#lost(reason),
      })
      if (this.#ended) {
        await channel.close()
        return
      }
      this.#channel = channel
      this.#backlogBytes = 0
      this.#backoff.reset()
      this.#setState('open')
    } catch (error) {
      if (this.#ended) return
      this.#again('SERIAL_OPEN_FAILED', error instanceof Error ? error.message : String(error))
    }
  }

  #again(code: 'SERIAL_OPEN_FAILED' | 'SERIAL_CLOSED', reason: string): void {
    const wait = this.#backoff.nextMilliseconds()
    this.#state = 'opening'
    this.#events.state(this, 'opening', code, `${reason}; again in ${wait} ms`)
    this.#timer = this.#deps.clock.setTimeout(() => void this.start(), wait)
  }

  #lost(reason: string): void {
    if (this.#ended || !this.#channel) return
    const channel = this.#channel
    this.#channel = undefined
    this.#paced.length = 0
    // What was cut off in mid-frame must not be glued to what comes after.
    this.#earlier.ok += this.#deframer.ok
    this.#earlier.bad += this.#deframer.bad
    this.#earlier.oversize += this.#deframer.oversize
    this.#deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
    void channel.close()
    this.#again('SERIAL_CLOSED', reason)
  }

  #take(bytes: Uint8Array): void {
    if (this.#ended) return
    this.#bytesIn += bytes.length
    this.#deframer.push(bytes, (frame) => this.#events.frame(this, undefined, frame))
  }

  #setState(state: LinkState): void {
    this.#state = state
    this.#events.state(this, state)
  }

  send(_node: string | undefined, frame: Uint8Array, paced: boolean): boolean {
    const wire = this.#encode(frame)
    if (!this.#channel || !wire) return false
    if (!paced && this.#paceTimer === undefined) return this.#write(wire)
    if (this.#paceTimer !== undefined) {
      if (this.#paced.length >= PACED_FRAMES_MAXIMUM) this.#paced.shift()
      this.#paced.push(wire)
      return true
    }
    const written = this.#write(wire)
    this.#pace()
    return written
  }

  #pace(): void {
    this.#paceTimer = this.#deps.clock.setTimeout(() => {
      this.#paceTimer = undefined
      const next = this.#paced.shift()
      if (!next) return
      this.#write(next)
      this.#pace()
    }, SERIAL_BURST_GAP_MILLISECONDS)
  }

  #encode(frame: Uint8Array): Uint8Array | undefined {
    if (frame.length > Limit.FRAME_DOWN_BYTES) return undefined
    this.#work.set(frame)
    const out = new Uint8Array(frameWireBytes(frame.length))
    const length = encodeFrame(out, this.#work, frame.length, crc32Node)
    return length < 0 ? undefined : out.subarray(0, length)
  }

  #write(wire: Uint8Array): boolean {
    const channel = this.#channel
    if (!channel) return false
    if (this.#backlogBytes + wire.length > SERIAL_BACKLOG_BYTES) {
      // Told once until it drains: a dead peer would fill the log otherwise.
      if (!this.#backlogTold)
        this.#events.refused(this, undefined, 'SERIAL_BACKLOG', 'the port takes no bytes')
      this.#backlogTold = true
      return false
    }
    this.#backlogBytes += wire.length
    this.#bytesOut += wire.length
    channel.write(wire, () => {
      if (this.#channel !== channel) return
      this.#backlogBytes -= wire.length
      if (this.#backlogBytes === 0) this.#backlogTold = false
    })
    return true
  }

  counters(): LinkCounters[] {
    return [
      {
        link: this.id,
        kind: this.kind,
        peer: this.#config.path,
        bytesIn: this.#bytesIn,
        bytesOut: this.#bytesOut,
        framesOk: this.#earlier.ok + this.#deframer.ok,
        framesBad: this.#earlier.bad + this.#deframer.bad,
        framesOversize: this.#earlier.oversize + this.#deframer.oversize,
        state: this.#state,
      },
    ]
  }

  outstanding(): number {
    return 0
  }

  async close(): Promise<void> {
    this.#ended = true
    if (this.#timer !== undefined) this.#deps.clock.clearTimeout(this.#timer)
    if (this.#paceTimer !== undefined) this.#deps.clock.clearTimeout(this.#paceTimer)
    const channel = this.#channel
    this.#channel = undefined
    await channel?.close()
    this.#state = 'closed'
  }
}
