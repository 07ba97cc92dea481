import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bench, bench } from './testing.ts'
import { connectUart, disconnectUart, SimulatedUartPort, UART_QUEUE_BYTES_MAXIMUM } from './uart.ts'
import { receivedByte } from './uart-bits.ts'

function pair(b: Bench, options: { baud?: number; fifoBytes?: number; burstBytes?: number } = {}) {
  const make = (name: string) =>
    new SimulatedUartPort({
      name,
      clock: b.clock,
      baud: 115_200,
      random: b.kernel.random(name),
      record: b.record,
      ...options,
    })
  const a = make('a')
  const c = make('c')
  connectUart(a, c)
  return { a, c }
}

const bytesOf = (port: SimulatedUartPort): number[] => port.read().map(({ byte }) => byte)

describe('UART', () => {
  it('times each byte by ten bits from the start of the burst, without drift', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1200, 9600, 19_200, 57_600, 115_200, 921_600),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
        fc.nat(1_000_000),
        (baud, chunks, from) => {
          const b = bench()
          const { a, c } = pair(b, { baud })
          b.waitUntil(from)
          for (const chunk of chunks) a.write(new Uint8Array(chunk).fill(0xa5))
          const total = chunks.reduce((sum, chunk) => sum + chunk, 0)
          while (b.clock.step());
          const seen = c.read()
          expect(seen).toHaveLength(total)
          seen.forEach(({ atMicroseconds }, i) => {
            expect(Math.abs(atMicroseconds - from - ((i + 1) * 1e7) / baud)).toBeLessThanOrEqual(0.5)
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('starts no byte before its write, even when an earlier write is still queued', () => {
    const b = bench()
    const { a, c } = pair(b, { baud: 9600 })
    a.write(Uint8Array.of(1))
    expect(a.write(Uint8Array.of(2), 100_000)).toBe(101_042)
    while (b.clock.step());
    expect(c.read().map((byte) => byte.atMicroseconds)).toEqual([1042, 101_042])
  })

  it('carries both directions at once and counts', () => {
    const b = bench()
    const { a, c } = pair(b)
    a.write(Uint8Array.of(1, 2, 3))
    c.write(Uint8Array.of(9))
    expect(a.pendingBytes).toBe(3)
    while (b.clock.step());
    expect([bytesOf(c), bytesOf(a), a.pendingBytes]).toEqual([[1, 2, 3], [9], 0])
    expect([a.counters.sent, c.counters.received]).toEqual([3, 3])
    expect(b.log.map(({ bus, hex }) => [bus, hex])).toEqual([
      ['a', '010203'],
      ['c', '09'],
    ])
  })

  it('loses what does not fit into the FIFO, says so once, and goes on', () => {
    const b = bench()
    const { a, c } = pair(b, { fifoBytes: 4 })
    a.write(Uint8Array.of(1, 2, 3, 4, 5, 6))
    while (b.clock.step());
    expect(c.counters.overflowed).toBe(2)
    expect([c.takeOverflow(), c.takeOverflow()]).toEqual([true, false])
    expect(bytesOf(c)).toEqual([1, 2, 3, 4])
    a.write(Uint8Array.of(7))
    while (b.clock.step());
    expect(bytesOf(c)).toEqual([7])
  })

  it('loses bytes past the 64th of a burst where the board has that defect', () => {
    const b = bench()
    const { a, c } = pair(b, { burstBytes: 64 })
    a.write(new Uint8Array(70))
    while (b.clock.step());
    expect(c.available).toBe(64)
    b.wait(1000)
    a.write(new Uint8Array(64))
    while (b.clock.step());
    expect(c.available).toBe(128)
  })

  it('gives framing errors or other bytes at a wrong rate, true bytes within a few percent', () => {
    expect(receivedByte(0x55, 9600, 9600)).toEqual({ byte: 0x55, error: 'none' })
    for (let byte = 0; byte < 256; byte++) {
      for (const ratio of [0.96, 0.98, 1.02, 1.04]) {
        expect(receivedByte(byte, 9600, 9600 * ratio)).toEqual({ byte, error: 'none' })
      }
    }
    expect(receivedByte(0x00, 9600, 19_200).error).toBe('framing')
    expect(receivedByte(0x00, 9600, 115_200)).toEqual({ byte: 0, error: 'framing' })
    expect(receivedByte(0x00, 115_200, 9600)).toEqual({ byte: 0xff, error: 'none' })
    const b = bench()
    const { a, c } = pair(b)
    c.setBaud(9600)
    a.write(Uint8Array.of(0xbb, 0x7e))
    while (b.clock.step());
    expect(bytesOf(c)).not.toEqual([0xbb, 0x7e])
  })

  it('damages by the seed and by nothing else', () => {
    const damaged = (seed: number) => {
      const b = bench(seed)
      const { a, c } = pair(b)
      c.faults = {
        lostProbability: 0.1,
        flipProbability: 0.1,
        duplicateProbability: 0.1,
        insertProbability: 0.1,
      }
      a.write(new Uint8Array(500).fill(0x42))
      while (b.clock.step());
      return { bytes: bytesOf(c), faulted: c.counters.faulted }
    }
    expect(damaged(1)).toEqual(damaged(1))
    expect(damaged(1)).not.toEqual(damaged(2))
    expect(damaged(1).faulted).toBeGreaterThan(100)
    expect(damaged(1).bytes).toContain(0x42)
  })

  it('cuts, filters and disconnects', () => {
    const b = bench()
    const { a, c } = pair(b)
    c.faults = { filter: (byte) => (byte === 2 ? [] : [byte, byte]) }
    a.write(Uint8Array.of(1, 2))
    while (b.clock.step());
    expect(bytesOf(c)).toEqual([1, 1])
    c.faults = { cut: true }
    a.write(Uint8Array.of(3))
    while (b.clock.step());
    c.faults = {}
    disconnectUart(c)
    a.write(Uint8Array.of(4))
    while (b.clock.step());
    expect(bytesOf(c)).toEqual([])
    expect(b.log.filter((entry) => entry.fault !== undefined).map(({ hex, fault }) => [hex, fault])).toEqual([
      ['0101', 'filter'],
      ['', 'filter'],
      ['', 'cut'],
    ])
    connectUart(a, c)
    expect(() => connectUart(a, c)).toThrow(/cannot be joined/)
  })

  it('refuses more than its queue holds, and forgets all on clear', () => {
    const b = bench()
    const { a, c } = pair(b)
    a.write(new Uint8Array(UART_QUEUE_BYTES_MAXIMUM))
    expect(() => a.write(Uint8Array.of(1))).toThrow(/65536 bytes wait/)
    a.clear()
    expect(a.pendingBytes).toBe(0)
    expect(a.write(Uint8Array.of(5))).toBe(87)
    while (b.clock.step());
    expect(bytesOf(c)).toEqual([5])
  })
})
