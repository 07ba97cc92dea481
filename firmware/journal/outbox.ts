import {
  writeBoot,
  writeContact,
  writeHealth,
  writeReads,
  writeRecordsHead,
  writeSamples,
  writeTombstone,
} from '#protocol/encode.ts'
import { Limit } from '#protocol/limits.ts'
import { ErrorFlag, TombstoneCause } from '#protocol/numbers.ts'
import type { ContactBody, HealthBody, ReadsBody, SamplesBody } from '#protocol/records.ts'
import { CborWriter } from '#protocol/writer.ts'
import type { NodeStatus } from '../platform.ts'
import type { RecordSink } from '../tasks/types.ts'

/** What a kept record costs beside its bytes: the list's object and the array's head on the board. */
export const RECORD_COST_BYTES = 96
/** Head of a `records` message with up to 32 records. */
const MESSAGE_HEAD_BYTES = 9
/** A record that is longer does not fit a frame: it is dropped and marked like one without room. */
export const RECORD_BYTES_MAXIMUM =
  Limit.FRAME_UP_BYTES - Limit.HEADER_BYTES - Limit.TAG_BYTES - MESSAGE_HEAD_BYTES
/** Spans of dropped records that wait for their tombstone; beyond it the two oldest become one. */
export const RUNS_MAXIMUM = 32
/** Tombstones not yet acknowledged; they stand beside the capacity, or dropping could never be told. */
export const TOMBSTONES_MAXIMUM = 16

const NO_SLOT = -1

/** What may be dropped, and before what. */
const enum Worth {
  /** Dropped first: another follows. */
  sample = 0,
  /** Tags, contacts, health: dropped when no samples are left. */
  event = 1,
  /** Boot records and tombstones are never dropped. */
  kept = 2,
}

interface Kept {
  sequence: number
  worth: number
  bytes: Uint8Array
  /** Frame slot of the delivery that carries it, or NO_SLOT. */
  slot: number
}

/** Dropped records. What the gateway does not have between `from` and `to` is gone. */
interface Run {
  from: number
  to: number
  count: number
  cause: number
}

export interface OutboxOptions {
  journalId: number
  bootId: Uint8Array
  /** ResetReason */
  resetReason: number
  /** For records' bytes and RECORD_COST_BYTES each. */
  capacityBytes: number
  capacityRecords: number
  status: NodeStatus
}

/**
 * The records that the gateway has not confirmed, in RAM, as bytes in order of sequence: a journal that is
 * new with every boot. Only an ack frees a record. When bytes or records are full the oldest samples go
 * first, then the oldest of the rest; a new sample gives way to records that are no samples. What was
 * dropped is counted, told by ErrorFlag.outboxFull and marked by tombstones.
 */
export class Outbox implements RecordSink {
  journalId: number
  bootId: Uint8Array
  resetReason: number
  capacityBytes: number
  capacityRecords: number
  status: NodeStatus
  records: Kept[]
  runs: Run[]
  nextSequence: number
  usedBytes: number
  samples: number
  tombstones: number
  dropped: number
  /** Records in each frame slot. */
  slotRecords: number[]
  writer: CborWriter
  /** The delivery's: something new is there. */
  onAdded: () => void

  constructor(options: OutboxOptions) {
    this.journalId = options.journalId
    this.bootId = options.bootId
    this.resetReason = options.resetReason
    this.capacityBytes = options.capacityBytes
    this.capacityRecords = options.capacityRecords
    this.status = options.status
    this.records = []
    this.runs = []
    this.nextSequence = 1
    this.usedBytes = 0
    this.samples = 0
    this.tombstones = 0
    this.dropped = 0
    this.slotRecords = []
    for (let i = 0; i < Limit.UNACKNOWLEDGED_FRAMES; i++) this.slotRecords.push(0)
    this.writer = new CborWriter(new Uint8Array(RECORD_BYTES_MAXIMUM))
    this.onAdded = () => {}
    this.start()
    writeBoot(this.writer, 1, 0, options.bootId, options.resetReason)
    this.finish(Worth.kept)
  }

  addReads(body: ReadsBody): void {
    this.start()
    writeReads(this.writer, this.nextSequence, 0, body)
    this.finish(Worth.event)
  }

  addSamples(body: SamplesBody): void {
    this.start()
    writeSamples(this.writer, this.nextSequence, 0, body)
    this.finish(Worth.sample)
  }

  addContact(body: ContactBody): void {
    this.start()
    writeContact(this.writer, this.nextSequence, 0, body)
    this.finish(Worth.event)
  }

  /** Adds the flags that stand in every report, e.g. of a boot counter that is not kept. */
  addHealth(body: HealthBody): void {
    body.errorFlags = body.errorFlags | this.status.heldFlags
    this.start()
    writeHealth(this.writer, this.nextSequence, 0, body)
    this.finish(Worth.event)
  }

  start(): void {
    this.writer.reset(0)
  }

  /** Keeps what stands in the writer under the next sequence, or notes it as dropped. */
  finish(worth: number): void {
    const sequence = this.nextSequence
    const length = this.writer.length()
    this.nextSequence++
    if (length < 1 || (worth !== Worth.kept && !this.makeRoom(length + RECORD_COST_BYTES, worth))) {
      this.noteDropped(sequence)
    } else {
      this.records.push(this.keep(sequence, worth, length))
      this.onAdded()
    }
  }

  /** The writer's bytes as a record that is accounted for. */
  keep(sequence: number, worth: number, length: number): Kept {
    const bytes = new Uint8Array(length)
    const source = this.writer.buffer
    bytes.set(new Uint8Array(source.buffer, source.byteOffset, length), 0)
    this.usedBytes += length + RECORD_COST_BYTES
    if (worth === Worth.sample) this.samples++
    return { sequence: sequence, worth: worth, bytes: bytes, slot: NO_SLOT }
  }

  /** Takes `count` records from index `at` out of all accounts. */
  remove(at: number, count: number): void {
    for (let i = at; i < at + count; i++) {
      const record = this.records[i] as Kept
      this.usedBytes -= record.bytes.length + RECORD_COST_BYTES
      if (record.worth === Worth.sample) this.samples--
      if (record.worth === Worth.kept && record.sequence > 1) this.tombstones--
      if (record.slot !== NO_SLOT) (this.slotRecords[record.slot] as number)--
    }
    if (count > 0) this.records.splice(at, count)
  }

  /** @returns index of the oldest record of that worth, one that no frame carries if there is any, or -1 */
  oldest(worth: number): number {
    let flying = -1
    for (let i = 0; i < this.records.length; i++) {
      const record = this.records[i] as Kept
      if (record.worth === worth) {
        if (record.slot === NO_SLOT) return i
        if (flying < 0) flying = i
      }
    }
    return flying
  }

  /** Drops by policy until `cost` bytes and one record fit. @returns false when the new one has to go */
  makeRoom(cost: number, worth: number): boolean {
    while (this.usedBytes + cost > this.capacityBytes || this.records.length >= this.capacityRecords) {
      let at = this.samples > 0 ? this.oldest(Worth.sample) : -1
      if (at < 0) {
        if (worth === Worth.sample) return false
        at = this.oldest(Worth.event)
      }
      if (at < 0) return false
      const sequence = (this.records[at] as Kept).sequence
      this.remove(at, 1)
      this.noteDropped(sequence)
    }
    return true
  }

  noteDropped(sequence: number): void {
    this.dropped++
    this.status.errorFlags = this.status.errorFlags | ErrorFlag.outboxFull
    const runs = this.runs
    let i = runs.length
    while (i > 0 && (runs[i - 1] as Run).from > sequence) i--
    const before = i > 0 ? runs[i - 1] : undefined
    const after = i < runs.length ? runs[i] : undefined
    if (before && before.to + 1 === sequence) {
      before.to = sequence
      before.count++
      if (after && after.from === sequence + 1) this.joinRuns(i - 1)
    } else if (after && after.from === sequence + 1) {
      after.from = sequence
      after.count++
    } else {
      const run: Run = { from: sequence, to: sequence, count: 1, cause: TombstoneCause.outboxFull }
      const tail = runs.splice(i, runs.length - i)
      runs.push(run)
      for (let k = 0; k < tail.length; k++) runs.push(tail[k] as Run)
      if (runs.length > RUNS_MAXIMUM) this.joinOldestRuns()
    }
  }

  /** Makes one of run `i` and the next. */
  joinRuns(i: number): void {
    const first = this.runs[i] as Run
    const second = this.runs[i + 1] as Run
    first.to = second.to
    first.count += second.count
    this.runs.splice(i + 1, 1)
  }

  /**
   * Drops what stands between the two oldest runs that no record which must be kept separates. There are
   * fewer such records than runs, so a pair is always found.
   */
  joinOldestRuns(): void {
    for (let i = 0; i + 1 < this.runs.length; i++) {
      const first = this.indexFrom((this.runs[i] as Run).to)
      const end = this.indexFrom((this.runs[i + 1] as Run).from)
      let free = true
      for (let k = first; k < end; k++) {
        if ((this.records[k] as Kept).worth === Worth.kept) free = false
      }
      if (free) {
        this.dropped += end - first
        ;(this.runs[i] as Run).count += end - first
        this.remove(first, end - first)
        this.joinRuns(i)
        return
      }
    }
  }

  /** Index of the first record with that sequence or a higher one. */
  indexFrom(sequence: number): number {
    let low = 0
    let high = this.records.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.records[middle] as Kept).sequence < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  /** All sequences from `from` to `to` are durable at the gateway. */
  free(from: number, to: number): void {
    const at = this.indexFrom(from)
    this.remove(at, this.indexFrom(to + 1) - at)
    // A dropped record may have arrived before it was dropped; what is durable needs no tombstone.
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i] as Run
      if (run.from >= from && run.to <= to) this.runs.splice(i, 1)
    }
  }

  /** Turns spans of dropped records into tombstones, as many as may be there. */
  settleRuns(): void {
    while (this.runs.length > 0 && this.tombstones < TOMBSTONES_MAXIMUM) {
      const run = this.runs[0] as Run
      this.runs.splice(0, 1)
      this.tombstones++
      this.start()
      writeTombstone(this.writer, this.nextSequence, 0, run)
      this.finish(Worth.kept)
    }
  }

  /**
   * The journal id that the gateway confirmed or assigned, and how far it has it. Under another id nothing is
   * known there: the boot record comes again in a freed place before the first record, and every hole is
   * marked as wiped.
   */
  confirm(journalId: number, through: number): void {
    if (journalId === this.journalId) {
      if (through > 0) this.free(1, through)
      return
    }
    this.journalId = journalId
    const first = this.records[0]
    const firstSequence = first ? first.sequence : this.nextSequence
    if (firstSequence > 1) {
      this.start()
      writeBoot(this.writer, firstSequence - 1, 0, this.bootId, this.resetReason)
      const boot = this.keep(firstSequence - 1, Worth.kept, this.writer.length())
      // `remove` takes a kept record beyond sequence 1 for a tombstone.
      if (boot.sequence > 1) this.tombstones++
      this.records.unshift(boot)
    }
    this.runs = []
    let expected = 1
    for (let i = 0; i <= this.records.length; i++) {
      const record = this.records[i]
      const sequence = record ? record.sequence : this.nextSequence
      if (sequence > expected) {
        const cause = TombstoneCause.journalWiped
        this.runs.push({ from: expected, to: sequence - 1, count: sequence - expected, cause: cause })
      }
      expected = sequence + 1
    }
  }

  /**
   * Claims records for a frame: those that no frame carries, in order, from sequence `from` to `to`.
   * @param bytes room in the message; a first record that is larger is taken alone
   * @returns how many were claimed for `slot`
   */
  claim(slot: number, from: number, to: number, bytes: number): number {
    let room = bytes - MESSAGE_HEAD_BYTES
    let count = 0
    for (let i = this.indexFrom(from); i < this.records.length; i++) {
      const record = this.records[i] as Kept
      if (record.sequence > to || count === Limit.RECORDS_A_MESSAGE) return count
      if (record.slot === NO_SLOT) {
        if (count > 0 && record.bytes.length > room) return count
        record.slot = slot
        ;(this.slotRecords[slot] as number)++
        room -= record.bytes.length
        count++
      }
    }
    return count
  }

  /** Writes the `records` message of what `slot` holds. @returns false when it holds nothing */
  writeSlot(writer: CborWriter, slot: number): boolean {
    const count = this.slotRecords[slot] as number
    if (count < 1) return false
    writeRecordsHead(writer, this.journalId, count)
    for (let i = 0; i < this.records.length; i++) {
      const record = this.records[i] as Kept
      if (record.slot === slot) writer.copy(record.bytes, record.bytes.length)
    }
    return true
  }

  /** Nothing is under way any more: all records wait for a frame again. */
  releaseAll(): void {
    for (let i = 0; i < this.records.length; i++) (this.records[i] as Kept).slot = NO_SLOT
    for (let i = 0; i < this.slotRecords.length; i++) this.slotRecords[i] = 0
  }
}
