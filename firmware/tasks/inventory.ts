import { Limit } from '#protocol/limits.ts'
import { ErrorFlag } from '#protocol/numbers.ts'
import type { ReadsBody } from '#protocol/records.ts'
import { ReadTable } from '#protocol/tables.ts'
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
  /** The interval under way; its texts are compared natively. */
  table: ReadTable
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
    this.table = new ReadTable(Limit.READS_A_RECORD, options.toBytes)
    this.body = {
      startMilliseconds: 0,
      durationMilliseconds: 0,
      reader: options.reader,
      firstRead: 0,
      readCount: 0,
      reads: this.table,
    }
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

  send(firstRead: number, end: number): void {
    this.body.firstRead = firstRead
    this.body.readCount = end - firstRead
    this.sink.addReads(this.body)
  }

  /** @returns encoded bytes of one row */
  cost(row: number): number {
    const table = this.table
    const idLength = (table.ids[row] as string).length
    return (
      READ_FIXED_BYTES +
      uintBytes(idLength) +
      idLength +
      uintBytes(table.count[row] as number) +
      uintBytes(table.firstOffsetMilliseconds[row] as number) +
      uintBytes(table.lastOffsetMilliseconds[row] as number)
    )
  }

  /** Tells the interval under way, in as many records as its tags need, and begins the next one. */
  closeInterval(nowMilliseconds: number): void {
    const body = this.body
    body.startMilliseconds = this.startMilliseconds
    body.durationMilliseconds = nowMilliseconds - this.startMilliseconds
    let bytes = RECORD_HEAD_BYTES
    let first = 0
    for (let i = 0; i < this.tagCount; i++) {
      const cost = this.cost(i)
      if (i > first && bytes + cost > RECORD_BYTES) {
        this.send(first, i)
        first = i
        bytes = RECORD_HEAD_BYTES
      }
      bytes += cost
    }
    // A reader that did not answer has not seen that the tags are gone.
    const known = this.tagCount > 0 || this.answeredPolls > 0
    if (this.tagCount > 0 || (this.present && known)) this.send(first, this.tagCount)
    if (known) this.present = this.tagCount > 0
    this.answeredPolls = 0
    this.table.ids = []
    this.tagCount = 0
    this.startMilliseconds = nowMilliseconds
  }

  insert(sighting: TagSighting, offsetMilliseconds: number): void {
    const table = this.table
    const row = this.tagCount
    this.tagCount++
    table.ids.push(sighting.epc)
    table.antenna[row] = this.options.antenna
    table.count[row] = 1
    table.firstOffsetMilliseconds[row] = offsetMilliseconds
    table.lastOffsetMilliseconds[row] = offsetMilliseconds
    table.rssiMaximumDbm[row] = sighting.rssiDbm
    table.protocolControl[row] = sighting.protocolControl
  }

  sight(sighting: TagSighting): void {
    if (!this.running) return
    const table = this.table
    const now = this.clock.nowMilliseconds()
    const row = table.ids.indexOf(sighting.epc)
    if (row < 0) {
      if (this.tagCount >= Limit.READS_A_RECORD) this.closeInterval(now)
      this.insert(sighting, now - this.startMilliseconds)
      return
    }
    const count = table.count[row] as number
    if (count < COUNT_MAXIMUM) table.count[row] = count + 1
    table.lastOffsetMilliseconds[row] = now - this.startMilliseconds
    if (sighting.rssiDbm > (table.rssiMaximumDbm[row] as number)) table.rssiMaximumDbm[row] = sighting.rssiDbm
    // The PC may change while the tag is here (user memory indicator); the last one counts.
    table.protocolControl[row] = sighting.protocolControl
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
