import {
  writeBoot,
  writeContact,
  writeHealth,
  writeHello,
  writeReads,
  writeRecordsHead,
  writeSamples,
  writeTimeReceived,
  writeTimeRequest,
  writeTombstone,
} from '../encode.ts'
import type { Recorded, RecordsMessage, UpMessage } from '../types.ts'
import { CborWriter } from '../writer.ts'
import { readsBodyOf, samplesBodyOf } from './bodies.ts'

/** Runs the board's record encoder on a host-side record. */
export function writeRecord(w: CborWriter, record: Recorded): void {
  const { sequence, bootRef } = record
  switch (record.kind) {
    case 'reads':
      writeReads(w, sequence, bootRef, readsBodyOf(record))
      break
    case 'samples':
      writeSamples(w, sequence, bootRef, samplesBodyOf(record))
      break
    case 'contact':
      writeContact(w, sequence, bootRef, { ...record, kind: record.contactKind })
      break
    case 'health':
      writeHealth(w, sequence, bootRef, { linkRssiDbm: 0, ...record })
      break
    case 'tombstone':
      writeTombstone(w, sequence, bootRef, record)
      break
    case 'boot':
      writeBoot(w, sequence, bootRef, record.bootId, record.resetReason)
  }
}

/** Bytes that the board's encoder makes of a message; hello comes without its MAC but with its first byte. */
export function boardEncode(message: UpMessage): Uint8Array {
  const w = new CborWriter(new Uint8Array(65536))
  if (message.kind === 'hello') writeHello(w, message)
  else if (message.kind === 'timeRequest') writeTimeRequest(w, message.counter, message.monotonicMilliseconds)
  else if (message.kind === 'timeReceived')
    writeTimeReceived(w, message.counter, message.monotonicMilliseconds)
  else writeRecordsMessage(w, message)
  if (w.length() < 0) throw new Error('does not fit')
  return new Uint8Array(w.buffer.subarray(0, w.length()))
}

function writeRecordsMessage(w: CborWriter, message: RecordsMessage): void {
  writeRecordsHead(w, message.journalId, message.records.length)
  for (const record of message.records) writeRecord(w, record)
}
