import { DownMessage } from '#protocol/decode.ts'
import { frameByte, writeHello } from '#protocol/encode.ts'
import { deriveKey, equalBytes, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit, Version } from '#protocol/limits.ts'
import { FrameKind, MessageNumber } from '#protocol/numbers.ts'
import type { HelloBody } from '#protocol/records.ts'
import { CcmSeal, headerCounter, writeHeader } from '#protocol/seal.ts'
import { CborWriter } from '#protocol/writer.ts'
import type { NodeCrypto } from '../crypto.ts'
import { jittered, Timer } from '../guard.ts'
import type { Noise } from '../noise.ts'
import type { NodeStatus, Platform } from '../platform.ts'
import { type Link, SEND_SPARE_BYTES } from './link.ts'
import { ReplayWindow } from './replay-window.ts'

/** First wait for a welcome; doubles up to the maximum. The floor of 1 s is the protocol's. */
const HELLO_FIRST_MILLISECONDS = 2000
const HELLO_MAXIMUM_MILLISECONDS = 30000
/** Largest wait before the first hello after the link came up or a `who` was heard. */
const HELLO_SPREAD_MILLISECONDS = 500
/** A new session is asked for this many frames before the last one that may be sealed. */
const RENEW_FRAMES = 4096
/** Frames that fail to open before the rest of the second is passed over unopened. */
const FAILED_OPENS_A_SECOND = 10
const PLAIN_UP_BYTES = Limit.FRAME_UP_BYTES - Limit.HEADER_BYTES - Limit.TAG_BYTES

/** Who lives on a session. */
export interface SessionHandlers {
  /** A welcome was proven; `welcome` is valid only during the call. */
  onOpen: (welcome: DownMessage) => void
  onClose: () => void
  /** An opened ack or time; valid only during the call. */
  onMessage: (message: DownMessage) => void
}

export interface SessionOptions {
  nodeKey: Uint8Array
  /** Everything of hello that does not change; the rest is filled in for each. */
  hello: HelloBody
  /** Asked at each hello. */
  journalId: () => number
}

/**
 * hello, welcome and sealed frames of one node. Each hello has a fresh random, each welcome fresh keys; while
 * a new welcome is awaited the old session goes on, so that an unauthenticated `who` or a lost answer costs
 * one hello and nothing else.
 */
export class Session {
  platform: Platform
  status: NodeStatus
  link: Link
  crypto: NodeCrypto
  noise: Noise
  options: SessionOptions
  handlers: SessionHandlers | undefined
  helloKey: Uint8Array | undefined
  seal: CcmSeal
  frame: Uint8Array
  writer: CborWriter
  plain: Uint8Array
  message: DownMessage
  window: ReplayWindow
  /** The last hello as it was sent, while its welcome is awaited. */
  helloFrame: Uint8Array | undefined
  helloAt: number
  helloWait: number
  linkUp: boolean
  open: boolean
  sessionId: Uint8Array
  upKey: Uint8Array
  downKey: Uint8Array
  counter: number
  failedOpens: number
  failedSince: number
  helloTimer: Timer
  renewTimer: Timer

  constructor(
    platform: Platform,
    status: NodeStatus,
    link: Link,
    crypto: NodeCrypto,
    noise: Noise,
    options: SessionOptions,
  ) {
    this.platform = platform
    this.status = status
    this.link = link
    this.crypto = crypto
    this.noise = noise
    this.options = options
    this.handlers = undefined
    this.helloKey = deriveKey(crypto.sha256, options.nodeKey, KeyLabel.hello, new Uint8Array(0))
    this.seal = new CcmSeal(crypto.cipher, PLAIN_UP_BYTES)
    this.frame = new Uint8Array(Limit.FRAME_UP_BYTES + SEND_SPARE_BYTES)
    this.writer = new CborWriter(this.frame.subarray(0, Limit.FRAME_UP_BYTES - Limit.TAG_BYTES))
    this.plain = new Uint8Array(Limit.FRAME_DOWN_BYTES)
    this.message = new DownMessage()
    this.window = new ReplayWindow()
    this.helloFrame = undefined
    this.helloAt = -HELLO_MAXIMUM_MILLISECONDS
    this.helloWait = HELLO_FIRST_MILLISECONDS
    this.linkUp = false
    this.open = false
    this.sessionId = new Uint8Array(Limit.SESSION_ID_BYTES)
    this.upKey = new Uint8Array(0)
    this.downKey = new Uint8Array(0)
    this.counter = 0
    this.failedOpens = 0
    this.failedSince = 0
    this.helloTimer = new Timer(platform, status, () => this.sendHello())
    this.renewTimer = new Timer(platform, status, () => this.sendHello())
  }

  /** Opens the link. @param handlers are told from here on */
  start(handlers: SessionHandlers): void {
    this.handlers = handlers
    this.link.open({
      onFrame: (frame) => this.receive(frame),
      onUp: () => {
        this.linkUp = true
        this.helloWait = HELLO_FIRST_MILLISECONDS
        this.planHello(0)
      },
      onDown: () => {
        this.linkUp = false
        this.helloTimer.clear()
        this.renewTimer.clear()
        this.close()
      },
    })
  }

  close(): void {
    if (!this.open) return
    this.open = false
    if (this.handlers) this.handlers.onClose()
  }

  /** At least a second after the last one, spread by jitter; replaces an earlier plan. */
  planHello(wait: number): void {
    const now = this.platform.nowMilliseconds()
    const soonest = this.helloAt + Limit.HELLO_INTERVAL_MILLISECONDS - now
    const spread = Math.round(this.platform.random() * HELLO_SPREAD_MILLISECONDS)
    this.helloTimer.set(Math.max(wait, Math.max(soonest, 0)) + spread)
  }

  sendHello(): void {
    if (!this.linkUp) return
    // Planned first: whatever fails below is tried again.
    this.helloTimer.set(jittered(this.platform, this.helloWait))
    this.helloWait = Math.min(this.helloWait * 2, HELLO_MAXIMUM_MILLISECONDS)
    this.helloFrame = undefined
    this.helloAt = this.platform.nowMilliseconds()
    const random = this.noise.take(Limit.RANDOM_BYTES)
    if (!random || !this.helloKey) return
    const hello = this.options.hello
    hello.nodeRandom = random
    hello.monotonicMilliseconds = this.helloAt
    hello.journalId = this.options.journalId()
    this.writer.reset(0)
    writeHello(this.writer, hello)
    const length = this.writer.length()
    if (length < 1) return
    const body = this.frame.subarray(0, length)
    const mac = shortMac(this.crypto.sha256, this.helloKey, body)
    if (!mac) return
    const sent = joinBytes(body, mac)
    this.frame.set(sent, 0)
    this.helloFrame = sent
    this.link.send(this.frame, sent.length)
  }

  /** The writer for one message; `sendMessage` must follow in the same callback. */
  begin(): CborWriter {
    this.writer.reset(Limit.HEADER_BYTES)
    return this.writer
  }

  /** Seals and sends what was written since `begin`. @returns false when it was certainly not sent */
  sendMessage(): boolean {
    const length = this.writer.length() - Limit.HEADER_BYTES
    if (!this.open || length < 1 || this.counter >= Limit.FRAMES_A_SESSION) return false
    this.counter++
    if (this.counter === Limit.FRAMES_A_SESSION - RENEW_FRAMES) this.planHello(0)
    const first = frameByte(FrameKind.sealed)
    writeHeader(this.frame, first, this.options.hello.suite, this.sessionId, this.counter, length)
    const total = this.seal.seal(this.upKey, this.frame, length)
    if (total < 0 || !this.link.send(this.frame, total)) return false
    this.status.framesSent++
    return true
  }

  receive(frame: Uint8Array): void {
    const first = frame.length > 0 ? (frame[0] as number) : 0
    let taken = false
    if (first >> 4 === Version.MAJOR) {
      const kind = first & 15
      if (kind === FrameKind.sealed) taken = this.receiveSealed(frame)
      else if (kind === FrameKind.welcome) taken = this.receiveWelcome(frame)
      else if (kind === FrameKind.who) taken = this.receiveWho(frame)
    }
    if (!taken) this.status.framesRefused++
  }

  /** Unauthenticated: all that it can cause is a hello, and only when none is under way. */
  receiveWho(frame: Uint8Array): boolean {
    const m = this.message
    if (m.decode(frame, 1, frame.length) !== '' || m.number !== MessageNumber.who) return false
    if (this.helloFrame === undefined && this.linkUp) this.planHello(0)
    return true
  }

  receiveWelcome(frame: Uint8Array): boolean {
    const hello = this.helloFrame
    const end = frame.length - Limit.MAC_BYTES
    if (!hello || !this.helloKey || end < 2) return false
    const body = frame.subarray(0, end)
    const mac = shortMac(this.crypto.sha256, this.helloKey, joinBytes(hello, body))
    const given = frame.subarray(end, end + Limit.MAC_BYTES)
    if (!mac || !equalBytes(mac, given)) return false
    const m = this.message
    if (m.decode(frame, 1, end) !== '' || m.number !== MessageNumber.welcome) return false
    const random = this.options.hello.nodeRandom
    for (let i = 0; i < 4; i++) {
      if (m.randoms[Limit.RANDOM_BYTES + i] !== random[i]) return false
    }
    const gatewayRandom = m.randoms.subarray(0, Limit.RANDOM_BYTES)
    const context = joinBytes(joinBytes(this.options.hello.bootId, random), gatewayRandom)
    const sha256 = this.crypto.sha256
    const upKey = deriveKey(sha256, this.options.nodeKey, KeyLabel.up, context)
    const downKey = deriveKey(sha256, this.options.nodeKey, KeyLabel.down, context)
    if (!upKey || !downKey) return false
    this.helloFrame = undefined
    this.helloTimer.clear()
    this.helloWait = HELLO_FIRST_MILLISECONDS
    this.upKey = upKey
    this.downKey = downKey
    this.sessionId.set(m.sessionId, 0)
    this.counter = 0
    this.window.reset()
    this.renewTimer.set(Limit.SESSION_SECONDS * 1000)
    if (this.open && this.handlers) this.handlers.onClose()
    this.open = true
    if (this.handlers) this.handlers.onOpen(m)
    return true
  }

  receiveSealed(frame: Uint8Array): boolean {
    if (!this.open || frame.length <= Limit.HEADER_BYTES + Limit.TAG_BYTES) return false
    if (frame.length > Limit.FRAME_DOWN_BYTES || frame[1] !== this.options.hello.suite) return false
    for (let i = 0; i < Limit.SESSION_ID_BYTES; i++) {
      if (frame[2 + i] !== this.sessionId[i]) return false
    }
    const counter = headerCounter(frame)
    if (!this.window.accepts(counter)) return false
    const now = this.platform.nowMilliseconds()
    if (now - this.failedSince >= 1000) {
      this.failedSince = now
      this.failedOpens = 0
    }
    if (this.failedOpens >= FAILED_OPENS_A_SECOND) return false
    const length = this.seal.open(this.downKey, frame, this.plain)
    if (length < 1) {
      this.failedOpens++
      return false
    }
    this.window.mark(counter)
    if (this.window.highest >= Limit.FRAMES_A_SESSION - RENEW_FRAMES && !this.helloFrame) this.planHello(0)
    const m = this.message
    if (m.decode(this.plain, 0, length) !== '') return false
    if (m.number !== MessageNumber.ack && m.number !== MessageNumber.time) return false
    if (this.handlers) this.handlers.onMessage(m)
    return true
  }
}
