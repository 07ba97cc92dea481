import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorFlag, TombstoneCause } from '#protocol/numbers.ts'
import { readsBodyOf, samplesBodyOf } from '#protocol/testing/bodies.ts'
import type { Recorded } from '#protocol/types.ts'
import { decodeMessage } from '#protocol/validate.ts'
import { CborWriter } from '#protocol/writer.ts'
import { createStatus, type NodeStatus } from '../platform.ts'
import { CHUNK_BYTES, Outbox, RUNS_MAXIMUM, TOMBSTONES_MAXIMUM } from './outbox.ts'

/** Of the outbox of the property test. */
const CHUNKS = 40
const BOOT_ID = new Uint8Array([0, 0, 0, 7, 1, 2, 3, 4])

function make(capacityBytes = 64_000, capacityRecords = 1000): { outbox: Outbox; status: NodeStatus } {
  const status = createStatus()
  const journalId = 77
  return {
    outbox: new Outbox({
      journalId,
      bootId: BOOT_ID,
      resetReason: 1,
      capacityBytes,
      capacityRecords,
      status,
    }),
    status,
  }
}

const sample = (outbox: Outbox): void =>
  outbox.addSamples(
    samplesBodyOf({
      baseMilliseconds: 5_000_000_000,
      series: [
        {
          sensor: 0,
          quantity: 1,
          resolution: 3,
          samples: [{ offsetMilliseconds: 0, value: -1234, fault: 0 }],
        },
      ],
    }),
  )

const contact = (outbox: Outbox): void =>
  outbox.addContact({ atMilliseconds: 9, contact: 0, kind: 0, open: 1, bounces: 2 })

/** Every record that the outbox holds, as the gateway would decode it. */
function held(outbox: Outbox): Recorded[] {
  const all: Recorded[] = []
  outbox.releaseAll()
  for (let from = 1; ; ) {
    const count = outbox.claim(0, from, 1e9, 200)
    if (count === 0) break
    const writer = new CborWriter(new Uint8Array(512))
    expect(outbox.writeSlot(writer, 0)).toBe(true)
    const message = decodeMessage(writer.buffer.subarray(0, writer.length()))
    if (message.kind !== 'records') throw new Error('not records')
    expect(message.journalId).toBe(outbox.journalId)
    expect(message.records).toHaveLength(count)
    all.push(...message.records)
    from = message.records.at(-1)!.sequence + 1
    outbox.releaseAll()
  }
  return all
}

const summary = (outbox: Outbox): string =>
  held(outbox)
    .map((r) => `${r.sequence}${r.kind[0]}`)
    .join(' ')

describe('outbox', () => {
  it('begins with the boot record and keeps records as bytes that the gateway decodes', () => {
    const { outbox } = make()
    sample(outbox)
    contact(outbox)
    const records = held(outbox)
    expect(records.map((r) => r.kind)).toEqual(['boot', 'samples', 'contact'])
    expect(records.map((r) => r.sequence)).toEqual([1, 2, 3])
    expect(records[0]).toMatchObject({ bootRef: 0, resetReason: 1 })
    expect(outbox.dropped).toBe(0)
  })

  it('frees only what was acknowledged', () => {
    const { outbox } = make()
    for (let i = 0; i < 9; i++) contact(outbox)
    outbox.free(1, 3)
    outbox.free(6, 7)
    outbox.free(100, 200)
    expect(summary(outbox)).toBe('4c 5c 8c 9c 10c')
    outbox.free(1, 10)
    expect(outbox.count).toBe(0)
    expect(outbox.usedChunks).toBe(0)
    expect(outbox.nextSequence).toBe(11)
  })

  it('drops samples before the rest and the oldest first, and marks each span', () => {
    const { outbox, status } = make(64_000, 6)
    contact(outbox)
    sample(outbox)
    contact(outbox)
    sample(outbox)
    contact(outbox)
    contact(outbox)
    expect(status.errorFlags).toBe(ErrorFlag.outboxFull)
    contact(outbox)
    // No samples left: a new one gives way, then the oldest of the rest goes.
    sample(outbox)
    contact(outbox)
    expect(outbox.dropped).toBe(4)
    outbox.settleRuns()
    expect(summary(outbox)).toBe('1b 4c 6c 7c 8c 10c 11t 12t 13t')
    expect(held(outbox).filter((r) => r.kind === 'tombstone')).toMatchObject([
      { from: 2, to: 3, count: 2, cause: TombstoneCause.outboxFull },
      { from: 5, to: 5, count: 1 },
      { from: 9, to: 9, count: 1 },
    ])
  })

  it('keeps within its bytes, and drops a record that fits no frame instead of sending it', () => {
    const { outbox } = make(10 * CHUNK_BYTES, 1000)
    for (let i = 0; i < 100; i++) sample(outbox)
    expect(outbox.usedChunks).toBe(10)
    expect(outbox.count).toBe(10)
    const other = make().outbox
    const id = new Uint8Array(62)
    const read = { idKind: 0, id, antenna: 1, count: 1, firstOffsetMilliseconds: 0 }
    const reads = Array.from({ length: 20 }, () => ({
      ...read,
      lastOffsetMilliseconds: 1,
      rssiMaximumDbm: -40,
      protocolControl: 0,
    }))
    other.addReads(readsBodyOf({ startMilliseconds: 1, durationMilliseconds: 2, reader: 0, reads }))
    contact(other)
    other.settleRuns()
    expect(summary(other)).toBe('1b 3c 4t')
  })

  it('prefers to drop what no frame carries', () => {
    const { outbox } = make(64_000, 4)
    sample(outbox)
    sample(outbox)
    sample(outbox)
    expect(outbox.claim(3, 1, 2, 500)).toBe(2)
    contact(outbox)
    expect(outbox.slotRecords[3]).toBe(2)
    contact(outbox)
    contact(outbox)
    expect(outbox.slotRecords[3]).toBe(1)
    expect(summary(outbox)).toBe('1b 5c 6c 7c')
  })

  it('needs no tombstone for what turned out to be durable', () => {
    const { outbox } = make(64_000, 3)
    for (let i = 0; i < 8; i++) contact(outbox)
    expect(outbox.runs).toHaveLength(1)
    outbox.free(1, 7)
    expect(outbox.runs).toHaveLength(0)
  })

  it('goes on under another journal id: boot record again, holes marked', () => {
    const { outbox } = make()
    for (let i = 0; i < 9; i++) contact(outbox)
    outbox.free(1, 3)
    outbox.free(6, 7)
    outbox.confirm(77, 4)
    expect(summary(outbox)).toBe('5c 8c 9c 10c')
    outbox.confirm(99, 0)
    outbox.settleRuns()
    expect(summary(outbox)).toBe('4b 5c 8c 9c 10c 11t 12t')
    expect(held(outbox).slice(-2)).toMatchObject([
      { from: 1, to: 3, cause: TombstoneCause.journalWiped },
      { from: 6, to: 7, cause: TombstoneCause.journalWiped },
    ])
    outbox.free(1, 12)
    expect(outbox.tombstones).toBe(0)
    expect(outbox.usedChunks).toBe(0)
  })

  it('accounts for every sequence: held, acknowledged or under a tombstone (property)', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('s' as const) },
      { weight: 5, arbitrary: fc.constant('c' as const) },
      { weight: 1, arbitrary: fc.constant('t' as const) },
      fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 6 })),
      fc.tuple(fc.constant('claim' as const), fc.integer({ min: 0, max: 7 })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 3, max: 60 }), (steps, capacity) => {
        const { outbox } = make(CHUNKS * CHUNK_BYTES, capacity)
        const known = new Set<number>()
        const absorb = (sequence: number): void => {
          const record = held(outbox).find((r) => r.sequence === sequence)
          if (!record) return
          known.add(sequence)
          if (record.kind === 'tombstone') for (let s = record.from; s <= record.to; s++) known.add(s)
        }
        for (const s of steps) {
          if (s === 's') sample(outbox)
          else if (s === 'c') contact(outbox)
          else if (s === 't') outbox.settleRuns()
          else if (s[0] === 'claim') {
            outbox.releaseAll()
            outbox.claim(s[1], 1, 1e9, 200)
          } else {
            const from = outbox.sequenceAt(0) + (s[0] as number)
            const to = from + s[1]
            for (let q = from; q <= to; q++) absorb(q)
            // An ack says what the gateway has, be it because it came before it was dropped here.
            for (let q = from; q <= to && q < outbox.nextSequence; q++) known.add(q)
            outbox.free(from, to)
          }
          expect(outbox.usedChunks).toBeLessThanOrEqual(CHUNKS + TOMBSTONES_MAXIMUM + 1)
          expect(outbox.fresh).toBeLessThanOrEqual(CHUNKS + TOMBSTONES_MAXIMUM + 2)
          expect(outbox.count).toBeLessThanOrEqual(capacity + TOMBSTONES_MAXIMUM)
          expect(outbox.runs.length).toBeLessThanOrEqual(RUNS_MAXIMUM)
          expect(outbox.samples).toBe(
            outbox.worths.subarray(0, outbox.count).filter((worth) => worth === 0).length,
          )
          const lengths = [...outbox.lengths.subarray(0, outbox.count)]
          const chunks = lengths.reduce((sum, length) => sum + Math.ceil(length / CHUNK_BYTES), 0)
          expect(outbox.usedChunks).toBe(chunks)
        }
        const made = outbox.nextSequence - 1
        for (let turns = 0; turns < 10 && outbox.count + outbox.runs.length > 0; turns++) {
          outbox.settleRuns()
          for (const r of held(outbox)) absorb(r.sequence)
          outbox.free(1, outbox.nextSequence - 1)
        }
        for (let q = 1; q <= made; q++) if (!known.has(q)) expect(`sequence ${q} of ${made}`).toBe('known')
      }),
      { numRuns: 150 },
    )
  })
})
