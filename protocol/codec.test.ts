import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeRefusal, DownMessage } from './decode.ts'
import { encodeAck, encodeTime, encodeWelcome, encodeWho } from './encode-down.ts'
import { Limit } from './limits.ts'
import { MESSAGES } from './messages.ts'
import { messageArbitrary, recordArbitrary } from './testing/arbitraries.ts'
import { boardEncode } from './testing/board-encode.ts'
import type {
  AckMessage,
  HelloMessage,
  Recorded,
  TimeMessage,
  TimeReceivedMessage,
  TimeRequestMessage,
  WelcomeMessage,
} from './types.ts'
import { decodeMessage } from './validate.ts'
import { CborWriter } from './writer.ts'

/** A fault of 0 and a linkRssiDbm of 0 or more are left out on the wire. */
function normal(record: Recorded): unknown {
  if (record.kind === 'health' && (record.linkRssiDbm ?? 0) >= 0) {
    const { linkRssiDbm: _, ...rest } = record
    return rest
  }
  if (record.kind !== 'samples') return record
  return {
    ...record,
    series: record.series.map((series) => ({
      ...series,
      samples: series.samples.map(({ fault, ...sample }) => (fault ? { ...sample, fault } : sample)),
    })),
  }
}

describe("what the board encodes, the gateway's decoder reads", () => {
  it('records of every kind, field by field', () => {
    fc.assert(
      fc.property(
        fc.array(recordArbitrary(), { maxLength: 3 }),
        fc.integer({ min: 1, max: 4294967295 }),
        (records, journalId) => {
          const bytes = boardEncode({ kind: 'records', journalId, records, unread: [] })
          const message = decodeMessage(bytes)
          expect(message).toEqual({ kind: 'records', journalId, records: records.map(normal), unread: [] })
        },
      ),
    )
  })

  it('hello after its first byte', () => {
    fc.assert(
      fc.property(messageArbitrary<HelloMessage>('hello'), (hello) => {
        const bytes = boardEncode(hello)
        expect(bytes[0]).toBe(0x11)
        expect(decodeMessage(bytes.subarray(1))).toEqual({ ...hello, minorVersion: 0 })
      }),
    )
  })

  it('time requests and receipts', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          messageArbitrary<TimeRequestMessage>('timeRequest'),
          messageArbitrary<TimeReceivedMessage>('timeReceived'),
        ),
        (message) => {
          expect(decodeMessage(boardEncode(message))).toEqual(message)
        },
      ),
    )
  })
})

describe("what cbor-x encodes, the board's decoder reads", () => {
  const down = new DownMessage()

  it('welcome', () => {
    fc.assert(
      fc.property(messageArbitrary<WelcomeMessage>('welcome'), (message) => {
        const bytes = encodeWelcome(message)
        expect(down.decode(bytes, 0, bytes.length)).toBe('')
        expect([...down.sessionId]).toEqual([...message.sessionId])
        expect([...down.randoms]).toEqual([...message.randoms])
        expect([down.utcMilliseconds, down.journalId, down.through]).toEqual([
          message.utcMilliseconds,
          message.journalId,
          message.through,
        ])
      }),
    )
  })

  it('ack with its ranges, time, who', () => {
    fc.assert(
      fc.property(messageArbitrary<AckMessage>('ack'), messageArbitrary<TimeMessage>('time'), (ack, time) => {
        const ranges = ack.ranges.map(({ from, to }) => ({
          from: Math.min(from, to),
          to: Math.max(from, to),
        }))
        const bytes = encodeAck({ ...ack, ranges }, Limit.FRAME_DOWN_BYTES)
        expect(down.decode(bytes, 0, bytes.length)).toBe('')
        expect([down.journalId, down.through, down.rangeCount]).toEqual([
          ack.journalId,
          ack.through,
          ranges.length,
        ])
        ranges.forEach((range, i) => {
          expect([down.rangeFrom[i], down.rangeTo[i]]).toEqual([range.from, range.to])
        })
        const timeBytes = encodeTime(time)
        expect(down.decode(timeBytes, 0, timeBytes.length)).toBe('')
        expect([down.counter, down.utcMilliseconds]).toEqual([time.counter, time.utcMilliseconds])
      }),
    )
    const who = encodeWho({ reason: 2 })
    expect(down.decode(who, 0, who.length)).toBe('')
    expect(down.reason).toBe(2)
  })

  it('refuses unknown, cut, padded and nested messages by code', () => {
    expect(down.decode(Uint8Array.of(0x82, 0x17, 0x01), 0, 3)).toBe(DecodeRefusal.unknown)
    const time = encodeTime({ counter: 5, utcMilliseconds: 1_795_000_000_000 })
    for (let end = 0; end < time.length; end++)
      expect(down.decode(time, 0, end)).toBe(DecodeRefusal.malformed)
    expect(down.decode(Uint8Array.of(...time, 0), 0, time.length + 1)).toBe(DecodeRefusal.trailing)
    const deep = Uint8Array.of(0x83, 0x11, 0x01, ...new Array(20).fill(0x81), 0x01)
    expect(down.decode(deep, 0, deep.length)).toBe(DecodeRefusal.malformed)
    const liar = Uint8Array.of(0x83, 0x11, 0x01, 0x9a, 0xff, 0xff, 0xff, 0xff)
    expect(down.decode(liar, 0, liar.length)).toBe(DecodeRefusal.malformed)
  })

  it('skips and counts fields of a later minor version', () => {
    const later = Uint8Array.of(0x84, 0x11, 0x02, 0x82, 0x01, 0x41, 0x09, 0x20)
    expect(down.decode(later, 0, later.length)).toBe('')
    expect([down.reason, down.skippedFields]).toEqual([2, 2])
  })

  it('never throws or reads past the end on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(typeof down.decode(bytes, 0, bytes.length)).toBe('string')
      }),
    )
  })
})

describe('the gateway refuses by code and path', () => {
  const codeOf = (bytes: Uint8Array): string => {
    try {
      decodeMessage(bytes)
      return 'accepted'
    } catch (error) {
      return `${(error as { code: string }).code} ${(error as { where?: string }).where ?? ''}`.trim()
    }
  }
  it('each kind of damage', () => {
    expect(codeOf(Uint8Array.of())).toBe('MESSAGE_MALFORMED')
    expect(codeOf(Uint8Array.of(0x81, 0x18, 0x63))).toBe('MESSAGE_UNKNOWN')
    expect(codeOf(Uint8Array.of(0x82, 0x02, 0x05))).toBe('FIELD_MISSING timeRequest')
    expect(codeOf(Uint8Array.of(0x83, 0x02, 0x41, 0x00, 0x05))).toBe('FIELD_TYPE timeRequest.counter')
    expect(codeOf(Uint8Array.of(0x83, 0x02, 0x20, 0x05))).toBe('FIELD_OUT_OF_RANGE timeRequest.counter')
    expect(codeOf(Uint8Array.of(0x83, 0x02, 0x05, 0x05, 0x00))).toBe('MESSAGE_TRAILING_BYTES')
    expect(codeOf(Uint8Array.of(0xc1, 0x1a, 0x00, 0x00, 0x00, 0x00))).toBe('MESSAGE_MALFORMED')
    expect(codeOf(Uint8Array.of(0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))).toBe(
      'MESSAGE_MALFORMED',
    )
    expect(codeOf(Uint8Array.of(0x83, 0x03, 0x01, 0x81, 0x83, 0x02, 0x01, 0x01))).toBe(
      'MESSAGE_UNKNOWN records.records[0]',
    )
  })

  it('but keeps records of a later version identifiable', () => {
    expect(decodeMessage(Uint8Array.of(0x83, 0x03, 0x07, 0x81, 0x83, 0x18, 0x40, 0x09, 0x00))).toEqual({
      kind: 'records',
      journalId: 7,
      records: [],
      unread: [
        {
          number: 64,
          sequence: 9,
          code: 'RECORD_UNKNOWN',
          what: 'record 9 has the number 64',
          bytes: Uint8Array.of(0x83, 0x18, 0x40, 0x09, 0x00),
        },
      ],
    })
  })

  it('skips and counts fields of a later minor version, at any depth', () => {
    const skipped: number[] = []
    const later = Uint8Array.of(0x83, 3, 7, 0x81, 0x89, 6, 1, 0, 5, 0, 0, 1, 0, 0x18, 0x2a)
    const message = decodeMessage(later, (fields) => skipped.push(fields))
    expect(message).toMatchObject({ records: [{ kind: 'contact', open: 1, bounces: 0 }] })
    decodeMessage(Uint8Array.of(0x83, 2, 5, 5), (fields) => skipped.push(fields))
    expect(skipped).toEqual([1])
  })

  it('sets a bad record aside with its bytes and takes its neighbours', () => {
    const contact = (sequence: number, open: number) => [0x88, 6, sequence, 0, 5, 0, 0, open, 0]
    const bytes = Uint8Array.of(0x83, 3, 7, 0x83, ...contact(1, 1), ...contact(2, 9), ...contact(3, 0))
    const message = decodeMessage(bytes)
    expect(message).toMatchObject({
      records: [{ sequence: 1 }, { sequence: 3 }],
      unread: [{ sequence: 2, code: 'FIELD_OUT_OF_RANGE', bytes: Uint8Array.from(contact(2, 9)) }],
    })
    const nameless = Uint8Array.of(0x83, 3, 7, 0x81, 0x82, 6, 0x20)
    expect(codeOf(nameless)).toBe('FIELD_OUT_OF_RANGE records.records[0].sequence')
  })

  it('and never throws anything without a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(codeOf(bytes)).not.toMatch(/^undefined/)
      }),
    )
  })
})

describe('the writer', () => {
  it('says so when a message does not fit, and writes nothing past the end', () => {
    const buffer = new Uint8Array(8)
    const w = new CborWriter(buffer)
    w.array(3)
    w.bytes(new Uint8Array(9).fill(7), 9)
    expect(w.length()).toBe(-1)
    expect(buffer[7]).toBe(0)
  })

  it('numbers of the table are unique and the whole list ever given', () => {
    expect(MESSAGES.map((row) => `${row.number} ${row.name}`).sort()).toEqual(
      [
        '1 hello',
        '2 timeRequest',
        '3 records',
        '4 reads',
        '5 samples',
        '6 contact',
        '7 health',
        '8 tombstone',
        '9 boot',
        '10 timeReceived',
        '16 welcome',
        '17 who',
        '18 ack',
        '19 time',
      ].sort(),
    )
  })
})
