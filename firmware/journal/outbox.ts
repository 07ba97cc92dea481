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

/** Records stand in pieces of this size; a boot record or a tombstone takes one. */
export const CHUNK_BYTES = 32
/** Head of a `records` message with up to 32 records. */
const MESSAGE_HEAD_BYTES = 9
/** A record that is longer does not fit a frame: it is dropped and marked like one without room. */
export const RECORD_BYTES_MAXIMUM =
  Limit.FRAME_UP_BYTES - Limit.HEADER_BYTES - Limit.TAG_BYTES - MESSAGE_HEAD_BYTES
/** Spans of dropped records that wait for their tombstone; beyond it the two oldest become one. */
export const RUNS_MAXIMUM = 32
/** Tombstones not yet acknowledged; they stand beside the capacity, or dropping could never be told. */
export const TOMBSTONES_MAXIMUM = 16

/** Boot records and tombstones that may stand beside the capacity. */
const KEPT_MAXIMUM = TOMBSTONES_MAXIMUM + 2

const NO_SLOT = -1
const NO_CHUNK = 65535

/** What may be dropped, and before what. */
const enum Worth {
  /** Dropped first: another follows. */
  sample = 0,
  /** Tags, contacts, health: dropped when no samples are left. */
  event = 1,
  /** Boot records and tombstones are never dropped. */
  kept = 2,
}

type Column = Uint8Array | Int8Array | Uint16Array | Uint32Array

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
  /** For records' bytes, in whole chunks; all of it is taken at once. */
  capacityBytes: number
  capacityRecords: number
  status: NodeStatus
}

function chunksOf(length: number): number {
  return Math.floor((length + CHUNK_BYTES - 1) / CHUNK_BYTES)
}

function moveColumn(column: Column, from: number, to: number, end: number): void {
  column.set(column.subarray(from, end), to)
}

/**
 * The records that the gateway has not confirmed, in RAM, as bytes in order of sequence: a journal that is
 * new with every boot. Only an ack frees a record. When bytes or records are full the oldest samples go
 * first, then the oldest of the rest; a new sample gives way to records that are no samples. What was
 * dropped is counted, told by ErrorFlag.outboxFull and marked by tombstones.
 *
 * Everything is allocated at the start: records in chunks of one area, what is known about them in columns.
 * Records as objects of their own left the board's memory in pieces too small for what the native cipher gives
 * back, and with a full outbox nothing could be sealed and sent any more.
 */
export class Outbox implements RecordSink {
  journalId: number
  bootId: Uint8Array
  resetReason: number
  capacityChunks: number
  capacityRecords: number
  status: NodeStatus
  /** Records held, in order of sequence: row `i` of the columns. */
  count: number
  sequences: Uint32Array
  lengths: Uint16Array
  /** Worth */
  worths: Uint8Array
  /** Frame slot of the delivery that carries it, or NO_SLOT. */
  carriers: Int8Array
  /** First chunk of each record. */
  chunks: Uint16Array
  area: Uint8Array
  /** For each chunk the next one of its record, or of the freed ones. */
  following: Uint16Array
  freed: number
  /** Chunks from here on were never used. */
  fresh: number
  usedChunks: number
  runs: Run[]
  nextSequence: number
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
    const chunks = Math.floor(options.capacityBytes / CHUNK_BYTES)
    const rows = options.capacityRecords + KEPT_MAXIMUM
    this.capacityChunks = chunks
    this.capacityRecords = options.capacityRecords
    this.status = options.status
    this.count = 0
    this.sequences = new Uint32Array(rows)
    this.lengths = new Uint16Array(rows)
    this.worths = new Uint8Array(rows)
    this.carriers = new Int8Array(rows)
    this.chunks = new Uint16Array(rows)
    this.area = new Uint8Array((chunks + KEPT_MAXIMUM) * CHUNK_BYTES)
    this.following = new Uint16Array(chunks + KEPT_MAXIMUM)
    this.freed = NO_CHUNK
    this.fresh = 0
    this.usedChunks = 0
    this.runs = []
    this.nextSequence = 1
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
    if (length < 1 || (worth !== Worth.kept && !this.makeRoom(chunksOf(length), worth))) {
      this.noteDropped(sequence)
    } else {
      this.keep(this.count, sequence, worth, length)
      this.onAdded()
    }
  }

  /** The writer's bytes as the record of row `at`. */
  keep(at: number, sequence: number, worth: number, length: number): void {
    if (at < this.count) this.moveRows(at, at + 1)
    this.count++
    this.sequences[at] = sequence
    this.lengths[at] = length
    this.worths[at] = worth
    this.carriers[at] = NO_SLOT
    if (worth === Worth.sample) this.samples++
    let before = NO_CHUNK
    for (let from = 0; from < length; from += CHUNK_BYTES) {
      const chunk = this.takeChunk()
      if (before === NO_CHUNK) this.chunks[at] = chunk
      else this.following[before] = chunk
      this.area.set(
        this.writer.buffer.subarray(from, Math.min(from + CHUNK_BYTES, length)),
        chunk * CHUNK_BYTES,
      )
      before = chunk
    }
  }

  takeChunk(): number {
    let chunk = this.freed
    if (chunk === NO_CHUNK) {
      chunk = this.fresh
      this.fresh++
    } else this.freed = this.following[chunk] as number
    this.usedChunks++
    return chunk
  }

  /** Rows from `from` on move so that the first one stands at `to`. */
  moveRows(from: number, to: number): void {
    const end = this.count
    moveColumn(this.sequences, from, to, end)
    moveColumn(this.lengths, from, to, end)
    moveColumn(this.worths, from, to, end)
    moveColumn(this.carriers, from, to, end)
    moveColumn(this.chunks, from, to, end)
  }

  /** Frees the chunks of row `at` and takes it out of all accounts but the columns. */
  release(at: number): void {
    const worth = this.worths[at] as number
    const slot = this.carriers[at] as number
    let chunk = this.chunks[at] as number
    for (let left = chunksOf(this.lengths[at] as number); left > 0; left--) {
      const next = this.following[chunk] as number
      this.following[chunk] = this.freed
      this.freed = chunk
      this.usedChunks--
      chunk = next
    }
    if (worth === Worth.sample) this.samples--
    if (worth === Worth.kept && (this.sequences[at] as number) > 1) this.tombstones--
    if (slot !== NO_SLOT) (this.slotRecords[slot] as number)--
  }

  /** Takes `count` records from row `at` out of everything. */
  remove(at: number, count: number): void {
    if (count < 1) return
    for (let i = at; i < at + count; i++) this.release(i)
    this.moveRows(at + count, at)
    this.count -= count
  }

  /** @returns row of the oldest record of that worth, one that no frame carries if there is any, or -1 */
  oldest(worth: number): number {
    let flying = -1
    for (let i = 0; i < this.count; i++) {
      if (this.worths[i] === worth) {
        if (this.carriers[i] === NO_SLOT) return i
        if (flying < 0) flying = i
      }
    }
    return flying
  }

  /** Drops by policy until so many chunks and one record fit. @returns false when the new one has to go */
  makeRoom(chunks: number, worth: number): boolean {
    while (this.usedChunks + chunks > this.capacityChunks || this.count >= this.capacityRecords) {
      let at = this.samples > 0 ? this.oldest(Worth.sample) : -1
      if (at < 0) {
        if (worth === Worth.sample) return false
        at = this.oldest(Worth.event)
      }
      if (at < 0) return false
      const sequence = this.sequences[at] as number
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
        if (this.worths[k] === Worth.kept) free = false
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

  /** Row of the first record with that sequence or a higher one. */
  indexFrom(sequence: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.sequences[middle] as number) < sequence) low = middle + 1
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

  /** Sequence of a row; behind the last one the next that will be given. */
  sequenceAt(row: number): number {
    return row < this.count ? (this.sequences[row] as number) : this.nextSequence
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
    const firstSequence = this.sequenceAt(0)
    if (firstSequence > 1) {
      this.start()
      writeBoot(this.writer, firstSequence - 1, 0, this.bootId, this.resetReason)
      this.keep(0, firstSequence - 1, Worth.kept, this.writer.length())
      // `release` takes a kept record beyond sequence 1 for a tombstone.
      if (firstSequence > 2) this.tombstones++
    }
    this.runs = []
    let expected = 1
    for (let i = 0; i <= this.count; i++) {
      const sequence = this.sequenceAt(i)
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
    for (let i = this.indexFrom(from); i < this.count; i++) {
      if ((this.sequences[i] as number) > to || count === Limit.RECORDS_A_MESSAGE) return count
      if (this.carriers[i] === NO_SLOT) {
        const length = this.lengths[i] as number
        if (count > 0 && length > room) return count
        this.carriers[i] = slot
        ;(this.slotRecords[slot] as number)++
        room -= length
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
    for (let i = 0; i < this.count; i++) {
      if (this.carriers[i] === slot) this.copyRecord(writer, i)
    }
    return true
  }

  copyRecord(writer: CborWriter, row: number): void {
    let chunk = this.chunks[row] as number
    for (let left = this.lengths[row] as number; left > 0; left -= CHUNK_BYTES) {
      const at = chunk * CHUNK_BYTES
      const length = Math.min(left, CHUNK_BYTES)
      writer.copy(this.area.subarray(at, at + length), length)
      chunk = this.following[chunk] as number
    }
  }

  /** Nothing is under way any more: all records wait for a frame again. */
  releaseAll(): void {
    this.carriers.fill(NO_SLOT)
    for (let i = 0; i < this.slotRecords.length; i++) this.slotRecords[i] = 0
  }
}
