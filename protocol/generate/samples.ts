import { writeBoot, writeContact, writeHealth, writeReads, writeSamples, writeTombstone } from '../encode.ts'
import type { ContactBody, HealthBody, HelloBody, ReadsBody, SamplesBody, TombstoneBody } from '../records.ts'
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

/** One record of each kind; the sequence is the position. */
export const SAMPLE_RECORDS: readonly SampleRecord[] = [
  { kind: 'boot', bootId: SAMPLE_HELLO.bootId, resetReason: 1 },
  {
    kind: 'reads',
    startMilliseconds: 61_000,
    durationMilliseconds: 2000,
    reader: 0,
    readCount: 1,
    reads: [
      {
        idKind: 0,
        // The EPC of the R200 vendor document's notification example.
        id: new Uint8Array([0x30, 0x75, 0x1f, 0xeb, 0x70, 0x5c, 0x59, 0x04, 0xe3, 0xd5, 0x0d, 0x70]),
        idLength: 12,
        antenna: 1,
        count: 7,
        firstOffsetMilliseconds: 40,
        lastOffsetMilliseconds: 1830,
        rssiMaximumDbm: -55,
        protocolControl: 0x3400,
      },
    ],
  },
  {
    kind: 'samples',
    baseMilliseconds: 60_000,
    seriesCount: 1,
    series: [
      {
        sensor: 0,
        quantity: 1,
        resolution: 3,
        sampleCount: 3,
        samples: [
          { offsetMilliseconds: 0, value: 4500, fault: 0 },
          { offsetMilliseconds: 60_000, value: -250, fault: 0 },
          { offsetMilliseconds: 120_000, value: 0, fault: 1 },
        ],
      },
    ],
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
