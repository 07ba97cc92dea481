import { Limit } from '#protocol/limits.ts'
import { ErrorFlag, IdKind } from '#protocol/numbers.ts'
import type { ReadsBody, TagRead } from '#protocol/records.ts'
import type { Clock } from '../device-api.ts'
import type { Reader, ReaderFault, TagSighting } from '../drivers/types.ts'
import { uintBytes } from './sizes.ts'
import type { RecordSink, TaskStatus } from './types.ts'
import { RECORD_BYTES } from './types.ts'

/** Array heads, number, sequence, bootRef, start, duration and reader, each at its longest. */
const RECORD_HEAD_BYTES = 28
/** Array head, kind, antenna, RSSI and PC of one read, each at its longest. */
const READ_FIXED_BYTES = 9
const COUNT_MAXIMUM = 65535

export interface InventoryOptions {
  /** Number of the reader on the wire. */
  reader: number
  antenna: number
  pollMilliseconds: number
  intervalMilliseconds: number
  /** E.toUint8Array, or what does the same: the bytes of binary text. */
  toBytes: (text: string) => Uint8Array
}

function createRead(): TagRead {
  return {
    idKind: IdKind.epc,
    id: new Uint8Array(0),
    idLength: 0,
    antenna: 0,
    count: 0,
    firstOffsetMilliseconds: 0,
    lastOffsetMilliseconds: 0,
    rssiMaximumDbm: 0,
    protocolControl: 0,
  }
}

/**
 * What tags are here: polls a reader and tells once an interval each tag with its count, first and last time
 * and strongest RSSI, instead of every sighting. An interval with tags makes one record, or several when it
 * does not fit into RECORD_BYTES; the first interval after the tags went away makes one record without tags,
 * so that a stay can be closed; later empty intervals make none. The table holds READS_A_RECORD tags: one
 * more closes the interval early, and the rest of its time is an interval of its own. Nothing is lost.
 */
export class InventoryTask {
  clock: Clock
  sink: RecordSink
  status: TaskStatus
  driver: Reader
  options: InventoryOptions
  body: ReadsBody
  /** EPC texts of the interval, in the order of `table`: compared natively. */
  epcs: string[]
  /** Entries are made once and used again in each interval. */
  table: TagRead[]
  tagCount: number
  startMilliseconds: number
  /** End of the interval under way, whole intervals from the start. */
  dueMilliseconds: number
  pollAtMilliseconds: number
  /** The last interval told had tags. */
  present: boolean
  /** Polls of the interval that the reader answered. */
  answeredPolls: number
  intervalTimer: number
  pollTimer: number
  running: boolean
  onPolled: (fault: ReaderFault) => void
  poll: () => void

  constructor(clock: Clock, sink: RecordSink, status: TaskStatus, driver: Reader, options: InventoryOptions) {
    this.clock = clock
    this.sink = sink
    this.status = status
    this.driver = driver
    this.options = options
    this.body = {
      startMilliseconds: 0,
      durationMilliseconds: 0,
      reader: options.reader,
      readCount: 0,
      reads: [],
    }
    this.epcs = []
    this.table = []
    this.tagCount = 0
    this.startMilliseconds = 0
    this.dueMilliseconds = 0
    this.pollAtMilliseconds = 0
    this.present = false
    this.answeredPolls = 0
    this.intervalTimer = 0
    this.pollTimer = 0
    this.running = false
    this.onPolled = (fault) => {
      this.polled(fault)
    }
    this.poll = () => {
      this.pollTimer = 0
      this.pollAtMilliseconds = this.clock.nowMilliseconds()
      try {
        this.driver.poll(this.onPolled)
      } catch (_error) {
        // A port that throws must not end the polling.
        this.polled('READER_SILENT')
      }
    }
    driver.onSighting = (sighting) => {
      this.sight(sighting)
    }
  }

  send(readCount: number): void {
    this.body.readCount = readCount
    this.sink.addReads(this.body)
  }

  /** @returns encoded bytes of one read at its longest offsets and count */
  cost(read: TagRead): number {
    return (
      READ_FIXED_BYTES +
      uintBytes(read.idLength) +
      read.idLength +
      uintBytes(read.count) +
      uintBytes(read.firstOffsetMilliseconds) +
      uintBytes(read.lastOffsetMilliseconds)
    )
  }

  /** Tells the interval under way, in as many records as its tags need, and begins the next one. */
  closeInterval(nowMilliseconds: number): void {
    const body = this.body
    body.startMilliseconds = this.startMilliseconds
    body.durationMilliseconds = nowMilliseconds - this.startMilliseconds
    let bytes = RECORD_HEAD_BYTES
    let readCount = 0
    for (let i = 0; i < this.tagCount; i++) {
      const read = this.table[i]!
      const cost = this.cost(read)
      if (readCount > 0 && bytes + cost > RECORD_BYTES) {
        this.send(readCount)
        readCount = 0
        bytes = RECORD_HEAD_BYTES
      }
      body.reads[readCount] = read
      readCount++
      bytes += cost
    }
    // A reader that did not answer has not seen that the tags are gone.
    const known = this.tagCount > 0 || this.answeredPolls > 0
    if (readCount > 0 || (this.present && known)) this.send(readCount)
    if (known) this.present = this.tagCount > 0
    this.answeredPolls = 0
    this.epcs = []
    this.tagCount = 0
    this.startMilliseconds = nowMilliseconds
  }

  insert(sighting: TagSighting, offsetMilliseconds: number): void {
    if (this.table.length === this.tagCount) this.table.push(createRead())
    const read = this.table[this.tagCount]!
    this.epcs.push(sighting.epc)
    this.tagCount++
    read.id = this.options.toBytes(sighting.epc)
    read.idLength = sighting.epc.length
    read.antenna = this.options.antenna
    read.count = 1
    read.firstOffsetMilliseconds = offsetMilliseconds
    read.lastOffsetMilliseconds = offsetMilliseconds
    read.rssiMaximumDbm = sighting.rssiDbm
    read.protocolControl = sighting.protocolControl
  }

  sight(sighting: TagSighting): void {
    if (!this.running) return
    const now = this.clock.nowMilliseconds()
    const index = this.epcs.indexOf(sighting.epc)
    if (index < 0) {
      if (this.tagCount >= Limit.READS_A_RECORD) this.closeInterval(now)
      this.insert(sighting, now - this.startMilliseconds)
      return
    }
    const read = this.table[index]!
    if (read.count < COUNT_MAXIMUM) read.count++
    read.lastOffsetMilliseconds = now - this.startMilliseconds
    if (sighting.rssiDbm > read.rssiMaximumDbm) read.rssiMaximumDbm = sighting.rssiDbm
    // The PC may change while the tag is here (user memory indicator); the last one counts.
    read.protocolControl = sighting.protocolControl
  }

  polled(fault: ReaderFault): void {
    if (fault === '') this.answeredPolls++
    else this.status.errorFlags = this.status.errorFlags | ErrorFlag.readerSilent
    if (!this.running) return
    const left = this.pollAtMilliseconds + this.options.pollMilliseconds - this.clock.nowMilliseconds()
    this.pollTimer = this.clock.setTimeout(this.poll, Math.max(1, left))
  }

  nextInterval(): void {
    const now = this.clock.nowMilliseconds()
    const interval = this.options.intervalMilliseconds
    // Whole intervals from the start: a late callback does not move the ones after it.
    const late = Math.max(0, Math.floor((now - this.dueMilliseconds) / interval))
    this.dueMilliseconds += (late + 1) * interval
    this.intervalTimer = this.clock.setTimeout(() => {
      this.nextInterval()
    }, this.dueMilliseconds - now)
    this.closeInterval(now)
  }

  start(): void {
    const now = this.clock.nowMilliseconds()
    this.running = true
    this.startMilliseconds = now
    this.dueMilliseconds = now + this.options.intervalMilliseconds
    this.intervalTimer = this.clock.setTimeout(() => {
      this.nextInterval()
    }, this.options.intervalMilliseconds)
    this.poll()
  }

  /** Ends polling; what was seen is told. */
  stop(): void {
    if (!this.running) return
    this.running = false
    if (this.intervalTimer) this.clock.clearTimeout(this.intervalTimer)
    if (this.pollTimer) this.clock.clearTimeout(this.pollTimer)
    this.intervalTimer = 0
    this.pollTimer = 0
    this.driver.close()
    this.closeInterval(this.clock.nowMilliseconds())
  }
}
