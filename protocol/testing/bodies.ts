import type { ReadsBody, SamplesBody } from '../records.ts'
import { ReadTable, SampleTable } from '../tables.ts'
import type { ReadsRecord, SamplesRecord } from '../types.ts'

/** The board's columns of what a host-side record tells. */
export function readsBodyOf(record: Omit<ReadsRecord, 'kind' | 'sequence' | 'bootRef'>): ReadsBody {
  const table = new ReadTable(record.reads.length, (text) => new Uint8Array(Buffer.from(text, 'latin1')))
  record.reads.forEach((read, row) => {
    table.ids.push(Buffer.from(read.id).toString('latin1'))
    table.idKind[row] = read.idKind
    table.antenna[row] = read.antenna
    table.count[row] = read.count
    table.firstOffsetMilliseconds[row] = read.firstOffsetMilliseconds
    table.lastOffsetMilliseconds[row] = read.lastOffsetMilliseconds
    table.rssiMaximumDbm[row] = read.rssiMaximumDbm
    table.protocolControl[row] = read.protocolControl
  })
  return { ...record, firstRead: 0, readCount: record.reads.length, reads: table }
}

/** The board's columns and chains of what a host-side record tells. */
export function samplesBodyOf(record: Omit<SamplesRecord, 'kind' | 'sequence' | 'bootRef'>): SamplesBody {
  const table = new SampleTable(record.series.reduce((sum, series) => sum + series.samples.length, 0))
  let row = 0
  const series = record.series.map(({ samples, ...rest }) => {
    const firstSample = row
    for (const sample of samples) {
      table.offsetMilliseconds[row] = sample.offsetMilliseconds
      table.value[row] = sample.value
      table.fault[row] = sample.fault ?? 0
      table.next[row] = row + 1
      row++
    }
    return { ...rest, sampleCount: samples.length, firstSample, lastSample: Math.max(firstSample, row - 1) }
  })
  return { baseMilliseconds: record.baseMilliseconds, seriesCount: series.length, series, samples: table }
}
