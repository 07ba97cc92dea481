/*
 * Frames of the R200 / YRM100 / JRD-100 family (MagicRF M100/QM100), "Communication Protocol V2.1":
 *
 *   BB TYPE CMD PLhi PLlo parameters[PL] SUM 7E
 *
 * SUM is the low byte of the sum from TYPE to the last parameter. Nothing is escaped: BB and 7E occur inside,
 * so only PL says where a frame ends. Everything is kept as binary text because the UART delivers text and
 * the interpreter searches and cuts text natively, while a byte loop costs 0.25 ms a byte.
 */

export const enum R200Type {
  command = 0x00,
  response = 0x01,
  notification = 0x02,
}

export const enum R200Command {
  setRegion = 0x07,
  inventory = 0x22,
  setPower = 0xb6,
  error = 0xff,
}

const HEAD = String.fromCharCode(0xbb)
const END_CODE = 0x7e
/** BB TYPE CMD PL PL … SUM 7E. */
const OVERHEAD_BYTES = 7
/** The longest of what we ask for: RSSI, PC, EPC of 62 bytes, CRC; with room for an error with PC and EPC. */
export const R200_PARAMETERS_MAXIMUM = 72
/** What waits for the rest of a frame is less than one frame. */
export const R200_WAITING_MAXIMUM = R200_PARAMETERS_MAXIMUM + OVERHEAD_BYTES

/**
 * What stands behind a notification's RSSI (PC, EPC, CRC) is the same for each sighting of a tag. Its sum is
 * taken once and then known by its text, which the interpreter compares natively: a third of a sighting's cost
 * (0.23 to 0.16 ms on the Linux build, which is about a hundred times faster than a Pico).
 */
const KNOWN_MAXIMUM = 64
/** Shorter parameters are summed at once. */
const KNOWN_BYTES_MINIMUM = 8

/** A frame as it stands in `text`: parameters are characters `at` to `at + length`. Reused by the parser. */
export interface R200Frame {
  type: number
  command: number
  text: string
  at: number
  length: number
  /** Position in the parser's list of known texts; -1 for a short frame. */
  known: number
}

function sumOf(text: string, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += text.charCodeAt(i)
  return sum
}

/** @returns a whole command frame. @param parameters binary text */
export function r200Command(command: number, parameters: string): string {
  const length = parameters.length
  let sum = command + (length >> 8) + (length & 255)
  for (let i = 0; i < length; i++) sum += parameters.charCodeAt(i)
  return (
    HEAD +
    String.fromCharCode(R200Type.command, command, length >> 8, length & 255) +
    parameters +
    String.fromCharCode(sum & 255, END_CODE)
  )
}

/**
 * Finds frames in what the UART delivers, in whatever pieces. After anything that is not a frame it looks
 * on from the byte behind the false start, so that a frame inside the damaged piece is still found.
 */
export class R200Parser {
  onFrame: (frame: R200Frame) => void
  frame: R200Frame
  /** The beginning of a frame whose rest has not come. */
  waiting: string
  good: number
  /** Bytes that belonged to no frame. */
  discarded: number
  /** Parameters behind the first one, of frames whose checksum was right. */
  known: string[]
  knownSums: number[]
  /** The user's mark for each known text; 0 when it is new. */
  knownMarks: number[]
  /** Which one is replaced next when the list is full. */
  knownNext: number
  lastKnown: number

  constructor(onFrame: (frame: R200Frame) => void) {
    this.onFrame = onFrame
    this.frame = { type: 0, command: 0, text: '', at: 0, length: 0, known: -1 }
    this.waiting = ''
    this.good = 0
    this.discarded = 0
    this.known = []
    this.knownSums = []
    this.knownMarks = []
    this.knownNext = 0
    this.lastKnown = -1
  }

  remember(text: string, sum: number): number {
    const at = this.knownNext
    if (this.known.length < KNOWN_MAXIMUM) {
      this.known.push(text)
      this.knownSums.push(sum)
      this.knownMarks.push(0)
    } else {
      this.known[at] = text
      this.knownSums[at] = sum
      this.knownMarks[at] = 0
    }
    this.knownNext = (at + 1) % KNOWN_MAXIMUM
    return at
  }

  /** Whether the checksum of a frame at `at` with `length` parameters is right. */
  isSumRight(text: string, at: number, length: number): boolean {
    const end = at + 5 + length
    const checksum = text.charCodeAt(end)
    this.lastKnown = -1
    if (length < KNOWN_BYTES_MINIMUM) return (sumOf(text, at + 1, end) & 255) === checksum
    const rest = text.substring(at + 6, end)
    // TYPE, CMD, PL and the first parameter, written out: a loop of five costs a millisecond.
    const head =
      text.charCodeAt(at + 1) +
      text.charCodeAt(at + 2) +
      (length >> 8) +
      (length & 255) +
      text.charCodeAt(at + 5)
    const index = this.known.indexOf(rest)
    const restSum = index < 0 ? sumOf(rest, 0, rest.length) : this.knownSums[index]!
    if (((head + restSum) & 255) !== checksum) return false
    this.lastKnown = index < 0 ? this.remember(rest, restSum) : index
    return true
  }

  /**
   * @returns length of the frame at `at`; 0 when more bytes are needed to tell; -1 when there is none
   */
  measure(text: string, at: number): number {
    const left = text.length - at
    if (left < 2) return 0
    const type = text.charCodeAt(at + 1)
    if (type !== R200Type.response && type !== R200Type.notification) return -1
    if (left < 5) return 0
    const length = text.charCodeAt(at + 3) * 256 + text.charCodeAt(at + 4)
    if (length > R200_PARAMETERS_MAXIMUM) return -1
    const total = length + OVERHEAD_BYTES
    if (left < total) return 0
    if (text.charCodeAt(at + total - 1) !== END_CODE) return -1
    return this.isSumRight(text, at, length) ? total : -1
  }

  deliver(text: string, at: number, total: number): void {
    const frame = this.frame
    frame.type = text.charCodeAt(at + 1)
    frame.command = text.charCodeAt(at + 2)
    frame.text = text
    frame.at = at + 5
    frame.length = total - OVERHEAD_BYTES
    frame.known = this.lastKnown
    this.good++
    this.onFrame(frame)
  }

  /** Delivers every frame in `text` and keeps the beginning of an unfinished one. Each turn goes forward. */
  scan(text: string, nothingFollows: boolean): void {
    const length = text.length
    let at = 0
    this.waiting = ''
    while (at < length) {
      const start = text.indexOf(HEAD, at)
      if (start < 0) {
        this.discarded += length - at
        return
      }
      this.discarded += start - at
      const total = this.measure(text, start)
      if (total > 0) {
        this.deliver(text, start, total)
        at = start + total
      } else if (total === 0 && !nothingFollows) {
        this.waiting = text.substring(start)
        return
      } else {
        this.discarded++
        at = start + 1
      }
    }
  }

  /** @param data binary text as the UART delivers it */
  push(data: string): void {
    this.scan(this.waiting.length > 0 ? this.waiting + data : data, false)
  }

  /** The line has gone quiet: what waits for its rest is damaged; a frame inside it still counts. */
  idle(): void {
    if (this.waiting.length > 0) this.scan(this.waiting, true)
  }
}
