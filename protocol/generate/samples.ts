import { writeBoot, writeContact, writeHealth, writeReads, writeSamples, writeTombstone } from '../encode.ts'
import type { ContactBody, HealthBody, HelloBody, ReadsBody, SamplesBody, TombstoneBody } from '../records.ts'
import { ReadTable, SampleTable } from '../tables.ts'
import type { CborWriter } from '../writer.ts'

// `Uint8Array.of` is missing on the board, where a test encodes these same samples.
/** The hello of the vectors. */
export const SAMPLE_HELLO: HelloBody = {
  node: 'cold-room-1',
  keyEpoch: 1,
  suite: 1,
  bootId: new Uint8Array([0, 0, 0, 5, 0xde, 0xad, 0xbe, 0xef]),
  nodeRandom: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
  board: 'PICO',
  firmware: '0.1.0',
  capabilities: 26,
  monotonicMilliseconds: 4_294_967_296,
  journalId: 0x01020304,
  resetReason: 1,
}

type SampleRecord =
  | { kind: 'boot'; bootId: Uint8Array; resetReason: number }
  | ({ kind: 'reads' } & ReadsBody)
  | ({ kind: 'samples' } & SamplesBody)
  | { kind: 'contact'; body: ContactBody }
  | ({ kind: 'health' } & HealthBody)
  | ({ kind: 'tombstone' } & TombstoneBody)

/** The EPC of the R200 vendor document's notification example. */
const SAMPLE_EPC = new Uint8Array([0x30, 0x75, 0x1f, 0xeb, 0x70, 0x5c, 0x59, 0x04, 0xe3, 0xd5, 0x0d, 0x70])

function sampleReads(): ReadTable {
  const table = new ReadTable(1, () => SAMPLE_EPC)
  table.ids.push('')
  table.antenna[0] = 1
  table.count[0] = 7
  table.firstOffsetMilliseconds[0] = 40
  table.lastOffsetMilliseconds[0] = 1830
  table.rssiMaximumDbm[0] = -55
  table.protocolControl[0] = 0x3400
  return table
}

function sampleSamples(): SampleTable {
  const table = new SampleTable(3)
  table.offsetMilliseconds.set([0, 60_000, 120_000])
  table.value.set([4500, -250, 0])
  table.fault.set([0, 0, 1])
  table.next.set([1, 2, 0])
  return table
}

/** One record of each kind; the sequence is the position. */
export const SAMPLE_RECORDS: readonly SampleRecord[] = [
  { kind: 'boot', bootId: SAMPLE_HELLO.bootId, resetReason: 1 },
  {
    kind: 'reads',
    startMilliseconds: 61_000,
    durationMilliseconds: 2000,
    reader: 0,
    firstRead: 0,
    readCount: 1,
    reads: sampleReads(),
  },
  {
    kind: 'samples',
    baseMilliseconds: 60_000,
    seriesCount: 1,
    series: [{ sensor: 0, quantity: 1, resolution: 3, sampleCount: 3, firstSample: 0, lastSample: 2 }],
    samples: sampleSamples(),
  },
  { kind: 'contact', body: { atMilliseconds: 62_500, contact: 0, kind: 0, open: 1, bounces: 3 } },
  {
    kind: 'health',
    atMilliseconds: 120_000,
    batteryMillivolts: 3300,
    memoryFreeVariables: 3000,
    queueRecords: 4,
    resets: 5,
    resetReason: 1,
    errorFlags: 0,
    framesSent: 12,
    framesResent: 0,
    recordsDropped: 0,
    linkRssiDbm: -61,
  },
  { kind: 'tombstone', from: 3, to: 9, count: 7, cause: 1 },
]

/** Encodes a sample record with the board's encoder. */
export function writeSampleRecord(w: CborWriter, record: SampleRecord): void {
  const sequence = SAMPLE_RECORDS.indexOf(record) + 1
  if (record.kind === 'boot') writeBoot(w, sequence, 0, record.bootId, record.resetReason)
  else if (record.kind === 'reads') writeReads(w, sequence, 0, record)
  else if (record.kind === 'samples') writeSamples(w, sequence, 0, record)
  else if (record.kind === 'contact') writeContact(w, sequence, 0, record.body)
  else if (record.kind === 'health') writeHealth(w, sequence, 0, record)
  else writeTombstone(w, sequence, 0, record)
}
