import { Limit, Version } from './limits.ts'
import { FrameKind, MessageNumber } from './numbers.ts'
import type { ContactBody, HealthBody, HelloBody, ReadsBody, SamplesBody, TombstoneBody } from './records.ts'
import type { ReadTable } from './tables.ts'
import type { CborWriter } from './writer.ts'

/*
 * The board's encoders. Each appends one message or record to a writer over a caller's buffer and leaves
 * `writer.overflow` set when it did not fit; the caller then splits. Field order is the table's
 * (messages.ts); a property test compares the two through an independent decoder.
 */

/** First byte of every frame: the major version and what kind of frame it is. */
export function frameByte(kind: number): number {
  return Version.MAJOR * 16 + kind
}

function recordHead(w: CborWriter, fields: number, number: number, sequence: number, bootRef: number): void {
  w.array(fields)
  w.uint(number)
  w.uint(sequence)
  w.uint(bootRef)
}

/** hello up to, not including, its MAC: the frame's first byte, then CBOR. */
export function writeHello(w: CborWriter, hello: HelloBody): void {
  if (w.at < w.buffer.length) {
    w.buffer[w.at] = frameByte(FrameKind.hello)
    w.at++
  } else w.overflow = true
  w.array(13)
  w.uint(MessageNumber.hello)
  w.uint(Version.MINOR)
  w.text(hello.node)
  w.uint(hello.keyEpoch)
  w.uint(hello.suite)
  w.bytes(hello.bootId, Limit.BOOT_ID_BYTES)
  w.bytes(hello.nodeRandom, Limit.RANDOM_BYTES)
  w.text(hello.board)
  w.text(hello.firmware)
  w.uint(hello.capabilities)
  w.uint(hello.monotonicMilliseconds)
  w.uint(hello.journalId)
  w.uint(hello.resetReason)
}

export function writeTimeRequest(w: CborWriter, counter: number, monotonicMilliseconds: number): void {
  w.array(3)
  w.uint(MessageNumber.timeRequest)
  w.uint(counter)
  w.uint(monotonicMilliseconds)
}

/** @param monotonicMilliseconds when the answer arrived */
export function writeTimeReceived(w: CborWriter, counter: number, monotonicMilliseconds: number): void {
  w.array(3)
  w.uint(MessageNumber.timeReceived)
  w.uint(counter)
  w.uint(monotonicMilliseconds)
}

/** Head of a `records` message; exactly `recordCount` encoded records must follow by `copy`. */
export function writeRecordsHead(w: CborWriter, journalId: number, recordCount: number): void {
  w.array(3)
  w.uint(MessageNumber.records)
  w.uint(journalId)
  w.array(recordCount)
}

function writeTagRead(w: CborWriter, table: ReadTable, row: number): void {
  const id = table.toBytes(table.ids[row] as string)
  w.array(8)
  w.uint(table.idKind[row] as number)
  w.bytes(id, id.length)
  w.uint(table.antenna[row] as number)
  w.uint(table.count[row] as number)
  w.uint(table.firstOffsetMilliseconds[row] as number)
  w.uint(table.lastOffsetMilliseconds[row] as number)
  w.int(table.rssiMaximumDbm[row] as number)
  w.uint(table.protocolControl[row] as number)
}

export function writeReads(w: CborWriter, sequence: number, bootRef: number, body: ReadsBody): void {
  recordHead(w, 7, MessageNumber.reads, sequence, bootRef)
  w.uint(body.startMilliseconds)
  w.uint(body.durationMilliseconds)
  w.uint(body.reader)
  w.array(body.readCount)
  for (let i = 0; i < body.readCount; i++) writeTagRead(w, body.reads, body.firstRead + i)
}

export function writeSamples(w: CborWriter, sequence: number, bootRef: number, body: SamplesBody): void {
  recordHead(w, 5, MessageNumber.samples, sequence, bootRef)
  const table = body.samples
  w.uint(body.baseMilliseconds)
  w.array(body.seriesCount)
  for (let i = 0; i < body.seriesCount; i++) {
    const series = body.series[i]
    if (!series) return
    w.array(4)
    w.uint(series.sensor)
    w.uint(series.quantity)
    w.uint(series.resolution)
    w.array(series.sampleCount)
    let row = series.firstSample
    for (let j = 0; j < series.sampleCount; j++) {
      const fault = table.fault[row] as number
      w.array(fault > 0 ? 3 : 2)
      w.uint(table.offsetMilliseconds[row] as number)
      w.int(table.value[row] as number)
      if (fault > 0) w.uint(fault)
      row = table.next[row] as number
    }
  }
}

export function writeContact(w: CborWriter, sequence: number, bootRef: number, body: ContactBody): void {
  recordHead(w, 8, MessageNumber.contact, sequence, bootRef)
  w.uint(body.atMilliseconds)
  w.uint(body.contact)
  w.uint(body.kind)
  w.uint(body.open)
  w.uint(body.bounces)
}

export function writeHealth(w: CborWriter, sequence: number, bootRef: number, body: HealthBody): void {
  const radio = body.linkRssiDbm < 0
  recordHead(w, radio ? 14 : 13, MessageNumber.health, sequence, bootRef)
  w.uint(body.atMilliseconds)
  w.uint(body.batteryMillivolts)
  w.uint(body.memoryFreeVariables)
  w.uint(body.queueRecords)
  w.uint(body.resets)
  w.uint(body.resetReason)
  w.uint(body.errorFlags)
  w.uint(body.framesSent)
  w.uint(body.framesResent)
  w.uint(body.recordsDropped)
  if (radio) w.int(body.linkRssiDbm)
}

export function writeTombstone(w: CborWriter, sequence: number, bootRef: number, body: TombstoneBody): void {
  recordHead(w, 7, MessageNumber.tombstone, sequence, bootRef)
  w.uint(body.from)
  w.uint(body.to)
  w.uint(body.count)
  w.uint(body.cause)
}

export function writeBoot(
  w: CborWriter,
  sequence: number,
  bootRef: number,
  bootId: Uint8Array,
  resetReason: number,
): void {
  recordHead(w, 5, MessageNumber.boot, sequence, bootRef)
  w.bytes(bootId, Limit.BOOT_ID_BYTES)
  w.uint(resetReason)
}
