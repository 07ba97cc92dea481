import type { DownMessage } from '#protocol/decode.ts'
import { Limit } from '#protocol/limits.ts'
import { jittered, Timer } from '../guard.ts'
import type { Outbox } from '../journal/outbox.ts'
import type { NodeStatus, Platform } from '../platform.ts'
import type { Session } from './session.ts'

const RESEND_FIRST_MILLISECONDS = 2000
const RESEND_MAXIMUM_MILLISECONDS = 300000
/** Records that come together travel together. */
const GATHER_MILLISECONDS = 20
/** Between two frames: sealing takes tens of milliseconds on a Pico, and its UART must be heard meanwhile. */
const FRAME_GAP_MILLISECONDS = 10
/** A usual frame; a single larger record may take one up to the limit. */
const FRAME_BYTES = 240
/** Of the 8 frame slots, so that neither live records nor the backlog can keep the other out. */
const LIVE_SLOTS = 6
const BACKLOG_SLOTS = 6

interface Slot {
  /** Carries records that are not acknowledged. */
  busy: boolean
  live: boolean
  wait: number
  deadline: number
}

/**
 * Takes records from the outbox to the gateway until they are acknowledged: at most 8 frames under way, each
 * sent again after a wait that doubles from 2 s to 5 min with jitter. Records made since the session opened
 * (live) go before those that had waited (backlog); each has at least a quarter of the slots to itself. One
 * frame a callback, so that no callback is long.
 */
export class Delivery {
  platform: Platform
  status: NodeStatus
  outbox: Outbox
  session: Session
  slots: Slot[]
  running: boolean
  /** First sequence that counts as live. */
  liveFrom: number
  turnAt: number
  timer: Timer

  constructor(platform: Platform, status: NodeStatus, outbox: Outbox, session: Session) {
    this.platform = platform
    this.status = status
    this.outbox = outbox
    this.session = session
    this.slots = []
    for (let i = 0; i < Limit.UNACKNOWLEDGED_FRAMES; i++) {
      this.slots.push({ busy: false, live: false, wait: 0, deadline: 0 })
    }
    this.running = false
    this.liveFrom = 1
    this.turnAt = 0
    this.timer = new Timer(platform, status, () => this.turn())
    outbox.onAdded = () => this.plan(GATHER_MILLISECONDS)
  }

  /** A session opened: what the gateway has is freed, all else is sent anew. */
  onOpen(welcome: DownMessage): void {
    this.outbox.confirm(welcome.journalId, welcome.through)
    this.release()
    this.liveFrom = this.outbox.nextSequence
    this.running = true
    this.plan(GATHER_MILLISECONDS)
  }

  onClose(): void {
    this.running = false
    this.timer.clear()
    this.release()
  }

  release(): void {
    this.outbox.releaseAll()
    for (let i = 0; i < this.slots.length; i++) (this.slots[i] as Slot).busy = false
  }

  onAck(message: DownMessage): void {
    if (!this.running || message.journalId !== this.outbox.journalId) return
    const before = this.outbox.count
    // A gateway cannot have what was never made: such an ack is refused whole.
    const made = this.outbox.nextSequence - 1
    if (message.through > made) return
    for (let i = 0; i < message.rangeCount; i++) {
      if ((message.rangeTo[i] as number) > made) return
    }
    if (message.through > 0) this.outbox.free(1, message.through)
    for (let i = 0; i < message.rangeCount; i++) {
      this.outbox.free(message.rangeFrom[i] as number, message.rangeTo[i] as number)
    }
    if (this.outbox.count === before) return
    const now = this.platform.nowMilliseconds()
    for (let i = 0; i < this.slots.length; i++) {
      const slot = this.slots[i] as Slot
      if (slot.busy && this.outbox.slotRecords[i] === 0) slot.busy = false
      // The gateway listens again: what waits for long is tried soon.
      if (slot.busy && slot.wait > RESEND_FIRST_MILLISECONDS) {
        slot.wait = RESEND_FIRST_MILLISECONDS
        slot.deadline = Math.min(slot.deadline, now + jittered(this.platform, slot.wait))
      }
    }
    this.plan(FRAME_GAP_MILLISECONDS)
  }

  /** A turn in `milliseconds`, unless an earlier one is planned. */
  plan(milliseconds: number): void {
    if (!this.running) return
    const at = this.platform.nowMilliseconds() + milliseconds
    if (this.timer.pending && this.turnAt <= at) return
    this.turnAt = at
    this.timer.set(milliseconds)
  }

  /** Sends at most one frame and plans the next turn. */
  turn(): void {
    if (!this.running) return
    // Planned first: an exception below must not end the deliveries.
    this.plan(RESEND_FIRST_MILLISECONDS)
    const now = this.platform.nowMilliseconds()
    let nearest = -1
    let due = -1
    for (let i = 0; i < this.slots.length; i++) {
      const slot = this.slots[i] as Slot
      // Its records may have been dropped by the outbox's policy.
      if (slot.busy && this.outbox.slotRecords[i] === 0) slot.busy = false
      if (slot.busy) {
        if (due < 0 && slot.deadline <= now) due = i
        else if (nearest < 0 || slot.deadline < nearest) nearest = slot.deadline
      }
    }
    if (due >= 0) {
      const slot = this.slots[due] as Slot
      slot.wait = Math.min(slot.wait * 2, RESEND_MAXIMUM_MILLISECONDS)
      slot.deadline = now + jittered(this.platform, slot.wait)
      if (this.sendSlot(due)) this.status.framesResent++
      this.plan(FRAME_GAP_MILLISECONDS)
    } else if (this.sendNew(now)) {
      this.plan(FRAME_GAP_MILLISECONDS)
    } else {
      this.timer.clear()
      if (nearest >= 0) this.plan(nearest - now)
    }
  }

  /** @returns whether a new frame went out */
  sendNew(now: number): boolean {
    let free = -1
    let live = 0
    let backlog = 0
    for (let i = 0; i < this.slots.length; i++) {
      const slot = this.slots[i] as Slot
      if (!slot.busy) free = i
      else if (slot.live) live++
      else backlog++
    }
    if (free < 0) return false
    this.outbox.settleRuns()
    const room = FRAME_BYTES - Limit.HEADER_BYTES - Limit.TAG_BYTES
    const last = this.outbox.nextSequence
    let isLive = true
    let count = 0
    if (live < LIVE_SLOTS) count = this.outbox.claim(free, this.liveFrom, last, room)
    if (count === 0 && backlog < BACKLOG_SLOTS) {
      isLive = false
      count = this.outbox.claim(free, 1, this.liveFrom - 1, room)
    }
    if (count === 0) return false
    const slot = this.slots[free] as Slot
    slot.busy = true
    slot.live = isLive
    slot.wait = RESEND_FIRST_MILLISECONDS
    slot.deadline = now + jittered(this.platform, slot.wait)
    this.sendSlot(free)
    return true
  }

  sendSlot(slot: number): boolean {
    const writer = this.session.begin()
    return this.outbox.writeSlot(writer, slot) && this.session.sendMessage()
  }
}
