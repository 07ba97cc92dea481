import { writeReads, writeSamples } from '#protocol/encode.ts'
import type { ContactBody, HealthBody, ReadsBody, SamplesBody } from '#protocol/records.ts'
import { CborWriter } from '#protocol/writer.ts'
import type { RecordSink, TaskStatus } from '../types.ts'

/** Copies what it is given, as an outbox does by encoding, and notes the encoded size at its longest. */
export class FakeSink implements RecordSink {
  reads: ReadsBody[] = []
  samples: SamplesBody[] = []
  contacts: ContactBody[] = []
  health: HealthBody[] = []
  bytes: number[] = []
  writer = new CborWriter(new Uint8Array(512))

  addReads(body: ReadsBody): void {
    this.writer.reset(0)
    writeReads(this.writer, 4294967295, 255, body)
    this.bytes.push(this.writer.length())
    this.reads.push(structuredClone({ ...body, reads: body.reads.slice(0, body.readCount) }))
  }

  addSamples(body: SamplesBody): void {
    this.writer.reset(0)
    writeSamples(this.writer, 4294967295, 255, body)
    this.bytes.push(this.writer.length())
    const series = body.series
      .slice(0, body.seriesCount)
      .map((each) => ({ ...each, samples: each.samples.slice(0, each.sampleCount) }))
    this.samples.push(structuredClone({ ...body, series }))
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
