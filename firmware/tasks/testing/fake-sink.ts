import { writeReads, writeSamples } from '#protocol/encode.ts'
import type { ContactBody, HealthBody, ReadsBody, SampleSeries, SamplesBody } from '#protocol/records.ts'
import type { SampleTable } from '#protocol/tables.ts'
import { CborWriter } from '#protocol/writer.ts'
import type { RecordSink, TaskStatus } from '../types.ts'

/** One row of the columns, for a test to compare. */
export interface SeenRead {
  idKind: number
  id: Uint8Array
  antenna: number
  count: number
  firstOffsetMilliseconds: number
  lastOffsetMilliseconds: number
  rssiMaximumDbm: number
  protocolControl: number
}

export interface SeenReads extends Omit<ReadsBody, 'reads' | 'firstRead'> {
  reads: SeenRead[]
}

export interface SeenSamples extends Omit<SamplesBody, 'series' | 'samples'> {
  series: (Omit<SampleSeries, 'firstSample' | 'lastSample'> & { samples: SampleValue[] })[]
}

interface SampleValue {
  offsetMilliseconds: number
  value: number
  fault: number
}

/** The rows that a record tells. */
function rowsOf({ reads, firstRead, readCount }: ReadsBody): SeenRead[] {
  return Array.from({ length: readCount }, (_, index) => {
    const row = firstRead + index
    return {
      idKind: reads.idKind[row] ?? 0,
      id: new Uint8Array(reads.toBytes(reads.ids[row] ?? '')),
      antenna: reads.antenna[row] ?? 0,
      count: reads.count[row] ?? 0,
      firstOffsetMilliseconds: reads.firstOffsetMilliseconds[row] ?? 0,
      lastOffsetMilliseconds: reads.lastOffsetMilliseconds[row] ?? 0,
      rssiMaximumDbm: reads.rssiMaximumDbm[row] ?? 0,
      protocolControl: reads.protocolControl[row] ?? 0,
    }
  })
}

/** The samples that a series chains. */
function samplesOf(table: SampleTable, series: SampleSeries): SampleValue[] {
  let row = series.firstSample
  return Array.from({ length: series.sampleCount }, () => {
    const sample = {
      offsetMilliseconds: table.offsetMilliseconds[row] ?? 0,
      value: table.value[row] ?? 0,
      fault: table.fault[row] ?? 0,
    }
    row = table.next[row] ?? 0
    return sample
  })
}

/** Copies what it is given, as an outbox does by encoding, and notes the encoded size at its longest. */
export class FakeSink implements RecordSink {
  reads: SeenReads[] = []
  samples: SeenSamples[] = []
  contacts: ContactBody[] = []
  health: HealthBody[] = []
  bytes: number[] = []
  writer = new CborWriter(new Uint8Array(512))

  addReads(body: ReadsBody): void {
    this.writer.reset(0)
    writeReads(this.writer, 4294967295, 255, body)
    this.bytes.push(this.writer.length())
    const { firstRead: _, ...rest } = body
    this.reads.push({ ...rest, reads: rowsOf(body) })
  }

  addSamples(body: SamplesBody): void {
    this.writer.reset(0)
    writeSamples(this.writer, 4294967295, 255, body)
    this.bytes.push(this.writer.length())
    const series = body.series.slice(0, body.seriesCount).map((each) => {
      const { firstSample: _, lastSample: __, ...rest } = each
      return { ...rest, samples: samplesOf(body.samples, each) }
    })
    const { baseMilliseconds, seriesCount } = body
    this.samples.push({ baseMilliseconds, seriesCount, series })
  }

  addContact(body: ContactBody): void {
    this.contacts.push({ ...body })
  }

  addHealth(body: HealthBody): void {
    this.health.push({ ...body })
  }
}

export function createTaskStatus(): TaskStatus {
  return { errorFlags: 0, framesSent: 0, framesResent: 0 }
}
