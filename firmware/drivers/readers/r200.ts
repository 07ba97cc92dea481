import { Limit } from '#protocol/limits.ts'
import type { Clock, SerialPort } from '../../device-api.ts'
import { genibusCrc } from '../crc16.ts'
import type { Reader, ReaderFault, TagSighting } from '../types.ts'
import type { R200Frame } from './r200-frames.ts'
import { R200Command, R200Parser, R200Type, r200Command } from './r200-frames.ts'

/*
 * R200 / YRM100 UHF reader by single polls (command 22): the module transmits only during a round, and on a
 * board that loses what follows 64 bytes of a burst the stream of a multiple poll would not survive.
 *
 * A round ends with error 15 when no tag answered. With tags there is no end mark: notifications come one a
 * tag, and the round is over when the line has been quiet for QUIET_MILLISECONDS. A notification that comes
 * later still counts. The module keeps nothing without power, and a reset of it looks like silence: after
 * SILENT_POLLS rounds without any answer region and power are set again before the next poll.
 *
 * R200 / YRM100 (MagicRF M100). Sources: Invelion Communication Protocol V2.1; EPC Gen2 6.3.2.1.2 for PC and
 * CRC-16.
 */

/** Longest time to the first byte of an answer; a round over eight slots takes about 20 ms. */
const ANSWER_MILLISECONDS = 100
/** Tags of one round come up to 20 ms apart (50–60 tags a second). */
const QUIET_MILLISECONDS = 30
/** A line that never goes quiet (noise, a module left in multiple poll) ends a round all the same. */
const ROUND_MILLISECONDS = 1000
const SILENT_POLLS = 3
/** Tries of one setting, then the configuration counts as failed and the next poll begins it again. */
const SETTING_TRIES = 3
/** RSSI, PC and CRC beside the EPC (protocol V2.1, section 6.2). */
const NOTIFICATION_OVERHEAD_BYTES = 5
/** "Inventory fail": no tag in the field, or its CRC was wrong. */
const ERROR_NO_TAG = 0x15
/** "Hopping timeout": the channel was not free; a round without tags, the module is well. */
const ERROR_CHANNEL_BUSY = 0x20
/** Parser's mark for a text of PC, EPC and CRC whose CRC was found right. */
const MARK_PROVEN = 1

const POLL = r200Command(R200Command.inventory, '')

export interface R200Options {
  clock: Clock
  /** 1 China 900, 2 US, 3 Europe, 4 China 800, 6 Korea. */
  region: number
  /** Hundredths of a dBm: 2000 is 20 dBm. */
  powerCentiDbm: number
}

class R200 implements Reader {
  onSighting: (sighting: TagSighting) => void
  port: SerialPort
  clock: Clock
  options: R200Options
  parser: R200Parser
  sighting: TagSighting
  /** Notifications with a wrong PC length or CRC. */
  refused: number
  configured: boolean
  silentPolls: number
  /** Command whose answer is awaited; 0 between rounds. */
  awaiting: number
  setting: number
  tries: number
  /** Something came since the command was sent. */
  answered: boolean
  timer: number
  /** When the timer fires, and when the wait is over: bytes move the second without touching the first. */
  firesMilliseconds: number
  deadlineMilliseconds: number
  sentMilliseconds: number
  pollAfterwards: boolean
  closed: boolean
  done: ((fault: ReaderFault) => void) | null
  expire: () => void

  constructor(port: SerialPort, options: R200Options) {
    this.onSighting = () => {}
    this.port = port
    this.clock = options.clock
    this.options = options
    this.sighting = { epc: '', protocolControl: 0, rssiDbm: 0 }
    this.refused = 0
    this.configured = false
    this.silentPolls = 0
    this.awaiting = 0
    this.setting = 0
    this.tries = 0
    this.answered = false
    this.timer = 0
    this.firesMilliseconds = 0
    this.deadlineMilliseconds = 0
    this.sentMilliseconds = 0
    this.pollAfterwards = false
    this.closed = false
    this.done = null
    this.parser = new R200Parser((frame) => {
      this.receive(frame)
    })
    this.expire = () => {
      this.timer = 0
      this.onTimer()
    }
    port.on('data', (data) => {
      this.hear(data)
    })
  }

  /** Bytes keep a round open, whole frame or not: the rest of a frame may come in the next piece. */
  hear(data: string): void {
    if (this.closed) return
    this.parser.push(data)
    if (this.awaiting === R200Command.inventory) this.wait(QUIET_MILLISECONDS)
  }

  /** A tag's CRC is a loop over its bytes: done once, then the parser knows its text. */
  isProven(frame: R200Frame): boolean {
    const marks = this.parser.knownMarks
    if (frame.known >= 0 && marks[frame.known] === MARK_PROVEN) return true
    const crcAt = frame.at + frame.length - 2
    const crc = frame.text.charCodeAt(crcAt) * 256 + frame.text.charCodeAt(crcAt + 1)
    if (genibusCrc(frame.text, frame.at + 1, frame.length - 3) !== crc) return false
    if (frame.known >= 0) marks[frame.known] = MARK_PROVEN
    return true
  }

  /** A notification: RSSI, PC, EPC, CRC. What is not exactly right is counted and dropped. */
  sight(frame: R200Frame): void {
    const text = frame.text
    const at = frame.at
    const epcBytes = frame.length - NOTIFICATION_OVERHEAD_BYTES
    // PC, bits 15 to 11: words of the EPC (Gen2, 6.3.2.1.2.2).
    if (
      epcBytes < 2 ||
      epcBytes > Limit.EPC_BYTES ||
      (text.charCodeAt(at + 1) >> 3) * 2 !== epcBytes ||
      !this.isProven(frame)
    ) {
      this.refused++
      return
    }
    const rssi = text.charCodeAt(at)
    const sighting = this.sighting
    sighting.rssiDbm = rssi > 127 ? rssi - 256 : rssi
    sighting.protocolControl = text.charCodeAt(at + 1) * 256 + text.charCodeAt(at + 2)
    sighting.epc = text.substring(at + 3, at + 3 + epcBytes)
    this.onSighting(sighting)
  }

  receive(frame: R200Frame): void {
    this.answered = true
    if (frame.type === R200Type.notification) {
      if (frame.command !== R200Command.inventory) return
      this.sight(frame)
      return
    }
    if (this.awaiting === 0 || frame.length < 1) return
    const code = frame.text.charCodeAt(frame.at)
    if (frame.command === R200Command.error) this.refuse(code)
    else if (frame.command === this.awaiting && frame.command !== R200Command.inventory) {
      // The document's own examples end a setting with parameter 00.
      if (code === 0) this.settingDone()
      else this.finish('READER_REFUSED')
    }
  }

  refuse(code: number): void {
    if (this.awaiting === R200Command.inventory) {
      const quiet = code === ERROR_NO_TAG || code === ERROR_CHANNEL_BUSY
      if (!quiet) this.configured = false
      this.finish(quiet ? '' : 'READER_REFUSED')
      return
    }
    // The end of a round that was still under way when the setting was sent.
    if (code !== ERROR_NO_TAG) this.finish('READER_REFUSED')
  }

  /** A pending timer that fires early enough is left: it finds the later deadline and goes on. */
  wait(milliseconds: number): void {
    const now = this.clock.nowMilliseconds()
    const latest = this.sentMilliseconds + ROUND_MILLISECONDS
    const deadline = Math.min(now + milliseconds, latest)
    this.deadlineMilliseconds = deadline
    if (this.timer && this.firesMilliseconds <= deadline) return
    this.stopTimer()
    this.firesMilliseconds = deadline
    this.timer = this.clock.setTimeout(this.expire, Math.max(1, deadline - now))
  }

  send(command: number, frame: string): void {
    this.awaiting = command
    this.answered = false
    this.stopTimer()
    this.sentMilliseconds = this.clock.nowMilliseconds()
    this.port.write(frame)
    this.wait(ANSWER_MILLISECONDS)
  }

  sendSetting(): void {
    this.tries++
    if (this.setting === 0) {
      const region = String.fromCharCode(this.options.region)
      this.send(R200Command.setRegion, r200Command(R200Command.setRegion, region))
      return
    }
    const power = this.options.powerCentiDbm
    const parameters = String.fromCharCode(power >> 8, power & 255)
    this.send(R200Command.setPower, r200Command(R200Command.setPower, parameters))
  }

  sendPoll(): void {
    this.send(R200Command.inventory, POLL)
  }

  settingDone(): void {
    this.setting++
    this.tries = 0
    if (this.setting < 2) {
      this.sendSetting()
      return
    }
    this.configured = true
    this.silentPolls = 0
    if (this.pollAfterwards) this.sendPoll()
    else this.finish('')
  }

  onTimer(): void {
    if (this.awaiting === 0 || this.closed) return
    const left = this.deadlineMilliseconds - this.clock.nowMilliseconds()
    if (left > 0) {
      this.wait(left)
      return
    }
    this.parser.idle()
    // A frame inside a damaged piece may have ended the round or answered the setting.
    if (this.awaiting === 0 || this.timer) return
    if (this.awaiting === R200Command.inventory) this.endRound()
    else if (this.tries < SETTING_TRIES) this.sendSetting()
    else this.finish('READER_SILENT')
  }

  endRound(): void {
    if (this.answered) {
      this.silentPolls = 0
      this.finish('')
      return
    }
    this.silentPolls++
    if (this.silentPolls >= SILENT_POLLS) this.configured = false
    this.finish('READER_SILENT')
  }

  stopTimer(): void {
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.timer = 0
  }

  finish(fault: ReaderFault): void {
    const done = this.done
    this.stopTimer()
    this.awaiting = 0
    this.done = null
    if (done && !this.closed) done(fault)
  }

  begin(done: (fault: ReaderFault) => void, poll: boolean): void {
    if (this.awaiting !== 0 || this.closed) {
      done('READER_BUSY')
      return
    }
    this.done = done
    this.pollAfterwards = poll
    if (poll && this.configured) {
      this.sendPoll()
      return
    }
    this.setting = 0
    this.tries = 0
    this.sendSetting()
  }

  configure(done: (fault: ReaderFault) => void): void {
    this.begin(done, false)
  }

  poll(done: (fault: ReaderFault) => void): void {
    this.begin(done, true)
  }

  close(): void {
    this.closed = true
    this.stopTimer()
    this.awaiting = 0
    this.port.removeAllListeners('data')
  }
}

/**
 * @param port set up already, 115,200 8N1; nobody else listens on it
 * @returns a reader that says each valid tag to `onSighting`
 */
export function connect(port: SerialPort, options: R200Options): Reader {
  return new R200(port, options)
}
