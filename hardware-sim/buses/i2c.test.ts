import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { I2cBus } from './i2c.ts'
import { type Bench, bench } from './testing.ts'
import type { I2cTarget } from './types.ts'

/** A target that notes what the bus does to it. */
function noting(address: number, answers: number[] = []): I2cTarget & { calls: string[] } {
  const calls: string[] = []
  return {
    id: `t${address}`,
    i2cAddress: address,
    calls,
    start: (read) => calls.push(read ? 'SR' : 'SW') > 0,
    write: (byte) => calls.push(`w${byte}`) > 0,
    read: (acknowledged) => {
      calls.push(acknowledged ? 'rA' : 'rN')
      return answers.shift() ?? 0xff
    },
    stop: () => void calls.push('P'),
  }
}

function busOf(b: Bench): I2cBus {
  return new I2cBus({ name: 'i2c1', time: b.time, record: b.record })
}

describe('I2C bus', () => {
  it('writes and reads byte by byte; the last byte read is not acknowledged', () => {
    const bus = busOf(bench())
    const target = noting(0x44, [7, 8])
    bus.attach(target)
    expect(bus.writeTo(0x44, Uint8Array.of(1, 2))).toEqual({ outcome: 'ok', bytes: Uint8Array.of(1, 2) })
    expect(bus.readFrom(0x44, 2)).toEqual({ outcome: 'ok', bytes: Uint8Array.of(7, 8) })
    expect(target.calls).toEqual(['SW', 'w1', 'w2', 'P', 'SR', 'rA', 'rN', 'P'])
  })

  it('keeps the bus for a repeated start', () => {
    const bus = busOf(bench())
    const target = noting(0x44)
    bus.attach(target)
    bus.writeTo(0x44, Uint8Array.of(9), false)
    bus.readFrom(0x44, 1)
    expect(target.calls).toEqual(['SW', 'w9', 'SR', 'rN', 'P'])
  })

  it('reports who does not answer, which byte was refused, and a stuck wire', () => {
    const b = bench()
    const bus = busOf(b)
    bus.attach({ ...noting(0x44), write: (byte) => byte !== 2 })
    expect(bus.writeTo(0x45, Uint8Array.of(1)).outcome).toBe('address-nack')
    expect(bus.readFrom(0x45, 4)).toEqual({ outcome: 'address-nack', bytes: new Uint8Array(0) })
    expect(bus.writeTo(0x44, Uint8Array.of(1, 2, 3))).toEqual({
      outcome: 'data-nack',
      bytes: Uint8Array.of(1),
    })
    bus.faults.stuckLow = 'scl'
    expect(bus.writeTo(0x44, Uint8Array.of(1)).outcome).toBe('bus-stuck')
    bus.faults = { nackAddresses: 1 }
    expect(bus.writeTo(0x44, Uint8Array.of(1)).outcome).toBe('address-nack')
    bus.faults.nackByte = 1
    expect(bus.writeTo(0x44, Uint8Array.of(1, 1, 1)).outcome).toBe('data-nack')
    expect(bus.writeTo(0x44, Uint8Array.of(1, 1, 1)).outcome).toBe('ok')
    expect(b.log.map((entry) => [entry.part, entry.hex, entry.ack, entry.fault])).toEqual([
      ['0x45', '', false, undefined],
      ['0x45', '', false, undefined],
      ['t68', '0102', false, undefined],
      ['0x44', '', false, 'stuck-scl'],
      ['0x44', '', false, undefined],
      ['t68', '0101', false, undefined],
      ['t68', '010101', true, undefined],
    ])
  })

  it('refuses two parts at one address, odd rates, addresses and lengths', () => {
    const bus = busOf(bench())
    bus.attach(noting(0x44))
    expect(() => bus.attach(noting(0x44))).toThrow(/taken by t68/)
    expect(() => bus.setup(0)).toThrow()
    expect(() => bus.writeTo(200, Uint8Array.of(1))).toThrow()
    expect(() => bus.readFrom(0x44, -1)).toThrow()
  })

  it('waits for a target that stretches, but not for ever', () => {
    const b = bench()
    const bus = busOf(b)
    let held = 10_000
    bus.attach({ ...noting(0x44), stretchMicroseconds: () => held })
    expect(bus.readFrom(0x44, 1).outcome).toBe('ok')
    expect(b.time.nowMicroseconds()).toBe(10_000 + 200)
    held = 1_000_000
    expect(bus.readFrom(0x44, 1).outcome).toBe('stretch-timeout')
  })

  it('spends the time of its bits to the microsecond at any rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 1_000_000 }),
        fc.integer({ min: 0, max: 200 }),
        (rate, count) => {
          const b = bench()
          const bus = busOf(b)
          bus.attach(noting(1))
          bus.setup(rate)
          bus.writeTo(1, new Uint8Array(count))
          const exact = ((11 + 9 * count) * 1e6) / rate
          expect(Math.abs(b.time.nowMicroseconds() - exact)).toBeLessThan(1.001)
        },
      ),
    )
  })
})
