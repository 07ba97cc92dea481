import { describe, expect, it } from 'vitest'
import { Limit } from '#protocol/limits.ts'
import { ErrorFlag } from '#protocol/numbers.ts'
import { FakeClock, hexOf, textOf } from '../drivers/testing/fakes.ts'
import type { Reader, ReaderFault, TagSighting } from '../drivers/types.ts'
import { InventoryTask } from './inventory.ts'
import { createTaskStatus, FakeSink } from './testing/fake-sink.ts'
import { RECORD_BYTES } from './types.ts'

/** Sees what the test puts into `present`, 20 ms after each poll. */
class FakeReader implements Reader {
  onSighting: (sighting: TagSighting) => void = () => {}
  present: { epc: string; rssiDbm: number }[] = []
  fault: ReaderFault = ''
  polls: number[] = []
  roundMilliseconds = 20
  clock: FakeClock
  closed = false
  constructor(clock: FakeClock) {
    this.clock = clock
  }
  configure(): void {}
  poll(done: (fault: ReaderFault) => void): void {
    this.polls.push(this.clock.now)
    this.clock.setTimeout(() => {
      if (this.closed) return
      for (const tag of this.present) {
        this.onSighting({ epc: textOf(tag.epc), rssiDbm: tag.rssiDbm, protocolControl: 0x3000 })
      }
      done(this.fault)
    }, this.roundMilliseconds)
  }
  close(): void {
    this.closed = true
  }
}

function start() {
  const clock = new FakeClock()
  const sink = new FakeSink()
  const status = createTaskStatus()
  const reader = new FakeReader(clock)
  const task = new InventoryTask(clock, sink, status, reader, {
    reader: 3,
    antenna: 1,
    pollMilliseconds: 200,
    intervalMilliseconds: 2000,
    toBytes: (text) => Uint8Array.from(Buffer.from(text, 'latin1')),
  })
  return { clock, sink, status, reader, task }
}

const A = '30751feb705c5904e3d50d70'
const B = 'e200001d7315016521408fc6'
const epcOf = (n: number) => `30751feb705c5904e3d5${n.toString(16).padStart(4, '0')}`

describe('inventory', () => {
  it('tells a tag once an interval with first, last, count and strongest RSSI', () => {
    const { clock, sink, reader, task } = start()
    task.start()
    clock.advance(300)
    reader.present = [{ epc: A, rssiDbm: -60 }]
    clock.advance(300)
    reader.present = [{ epc: A, rssiDbm: -52 }]
    clock.advance(200)
    reader.present = [
      { epc: A, rssiDbm: -70 },
      { epc: B, rssiDbm: -41 },
    ]
    clock.advance(1300)
    expect(sink.reads).toHaveLength(1)
    const body = sink.reads[0]
    expect(body).toMatchObject({
      startMilliseconds: 1000,
      durationMilliseconds: 2000,
      reader: 3,
      readCount: 2,
    })
    expect(body?.reads.map((read) => ({ ...read, id: hexOf(read.id) }))).toEqual([
      {
        idKind: 0,
        id: A,
        antenna: 1,
        count: 8,
        firstOffsetMilliseconds: 420,
        lastOffsetMilliseconds: 1820,
        rssiMaximumDbm: -52,
        protocolControl: 0x3000,
      },
      {
        idKind: 0,
        id: B,
        antenna: 1,
        count: 6,
        firstOffsetMilliseconds: 820,
        lastOffsetMilliseconds: 1820,
        rssiMaximumDbm: -41,
        protocolControl: 0x3000,
      },
    ])
  })

  it('makes one empty record when the tags went away, and none for an empty field', () => {
    const { clock, sink, reader, task } = start()
    task.start()
    clock.advance(6000)
    expect(sink.reads).toEqual([])
    reader.present = [{ epc: A, rssiDbm: -60 }]
    clock.advance(4000)
    reader.present = []
    clock.advance(20000)
    expect(sink.reads.map((each) => [each.startMilliseconds, each.readCount])).toEqual([
      [7000, 1],
      [9000, 1],
      [11000, 0],
    ])
    reader.present = [{ epc: A, rssiDbm: -60 }]
    clock.advance(2000)
    expect(sink.reads.at(-1)?.readCount).toBe(1)
  })

  it('does not take silence of the reader for tags that went away', () => {
    const { clock, sink, status, reader, task } = start()
    task.start()
    reader.present = [{ epc: A, rssiDbm: -60 }]
    clock.advance(2000)
    reader.present = []
    reader.fault = 'READER_SILENT'
    clock.advance(8000)
    expect(sink.reads).toHaveLength(1)
    expect(status.errorFlags).toBe(ErrorFlag.readerSilent)
    reader.fault = ''
    clock.advance(4000)
    expect(sink.reads.map((each) => each.readCount)).toEqual([1, 0])
  })

  it('splits an interval so that each record fits, and loses none', () => {
    const { clock, sink, reader, task } = start()
    task.start()
    reader.present = Array.from({ length: 40 }, (_, i) => ({ epc: epcOf(i), rssiDbm: -60 }))
    clock.advance(2000)
    const ids = sink.reads.flatMap((body) => body.reads.map((read) => hexOf(read.id)))
    expect(ids).toEqual(reader.present.map((tag) => tag.epc))
    expect(sink.reads.length).toBeGreaterThan(1)
    expect(new Set(sink.reads.map((body) => body.startMilliseconds)).size).toBe(1)
    for (const bytes of sink.bytes) expect(bytes).toBeLessThanOrEqual(RECORD_BYTES)
    expect(Math.max(...sink.bytes)).toBeGreaterThan(RECORD_BYTES - 40)
  })

  it('fits an EPC of 62 bytes, at the highest times and counts', () => {
    const { clock, sink, reader, task } = start()
    clock.now = 2 ** 40
    task.start()
    reader.present = [0, 1, 2].map((n) => ({ epc: `${'ab'.repeat(61)}0${n}`, rssiDbm: -127 }))
    clock.advance(2000)
    expect(sink.reads.flatMap((body) => body.reads)).toHaveLength(3)
    for (const bytes of sink.bytes) expect(bytes).toBeLessThanOrEqual(RECORD_BYTES)
  })

  it('closes the interval early when the table is full', () => {
    const { clock, sink, reader, task } = start()
    task.start()
    reader.present = Array.from({ length: 150 }, (_, i) => ({ epc: epcOf(i), rssiDbm: -60 }))
    clock.advance(190)
    const early = sink.reads.flatMap((body) => body.reads)
    expect(early).toHaveLength(2 * Limit.READS_A_RECORD)
    reader.present = []
    clock.advance(1810)
    const all = sink.reads.flatMap((body) => body.reads.map((read) => hexOf(read.id)))
    expect(new Set(all).size).toBe(150)
    expect(all).toHaveLength(150)
  })

  it('polls at its own pace, and not before a long round has ended', () => {
    const { clock, reader, task } = start()
    task.start()
    clock.advance(1000)
    expect(reader.polls).toEqual([1000, 1200, 1400, 1600, 1800, 2000])
    reader.roundMilliseconds = 450
    clock.advance(1000)
    expect(reader.polls.slice(6)).toEqual([2200, 2651])
  })

  it('keeps whole intervals when a callback was late', () => {
    const { clock, sink, reader, task } = start()
    reader.present = [{ epc: A, rssiDbm: -60 }]
    task.start()
    clock.advance(1500)
    clock.now += 1700
    clock.advance(5000)
    expect(sink.reads.map((each) => each.startMilliseconds + each.durationMilliseconds)).toEqual([
      4200, 5000, 7000, 9000,
    ])
  })

  it('tells what was seen when it stops, and nothing after', () => {
    const { clock, sink, reader, task } = start()
    task.start()
    reader.present = [{ epc: A, rssiDbm: -60 }]
    clock.advance(500)
    task.stop()
    task.stop()
    expect(sink.reads.map((each) => each.durationMilliseconds)).toEqual([500])
    reader.onSighting({ epc: textOf(B), rssiDbm: -1, protocolControl: 0 })
    clock.advance(10000)
    expect(sink.reads).toHaveLength(1)
    expect(clock.timers).toHaveLength(0)
  })
})
