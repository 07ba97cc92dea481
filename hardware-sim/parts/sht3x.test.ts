import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../buses/hex.ts'
import { I2cBus } from '../buses/i2c.ts'
import { bench } from '../buses/testing.ts'
import { crc8Sensirion } from './crc.ts'
import { Sht3x, type Sht3xOptions } from './sht3x.ts'

const ADDRESS = 0x44

function table(options: Partial<Sht3xOptions> = {}) {
  const b = bench()
  b.world.addChannel('t', { kind: 'constant', value: 4.5 })
  b.world.addChannel('h', { kind: 'constant', value: 60 })
  const bus = new I2cBus({ name: 'i2c1', time: b.time, record: b.record })
  const part = new Sht3x({
    id: 'sht',
    clock: b.clock,
    world: b.world,
    random: b.kernel.random('sht'),
    temperatureChannel: 't',
    humidityChannel: 'h',
    ...options,
  })
  bus.attach(part)
  const write = (hex: string, stop = true) => bus.writeTo(ADDRESS, fromHex(hex), stop).outcome
  const read = (count = 6) => {
    const { outcome, bytes } = bus.readFrom(ADDRESS, count)
    return outcome === 'ok' ? toHex(bytes) : outcome
  }
  b.wait(2000)
  return { b, bus, part, write, read }
}

const celsius = (hex: string): number => -45 + (175 * Number.parseInt(hex.slice(0, 4), 16)) / 65535
const percent = (hex: string): number => (100 * Number.parseInt(hex.slice(6, 10), 16)) / 65535
const crcRight = (hex: string): boolean => {
  const bytes = fromHex(hex)
  return [0, 3].every((at) => crc8Sensirion(bytes.subarray(at, at + 2)) === bytes[at + 2])
}

describe('SHT3x', () => {
  it('answers not while it measures, then once', () => {
    const { b, write, read } = table()
    expect(read()).toBe('address-nack')
    expect(write('2400')).toBe('ok')
    expect(read()).toBe('address-nack')
    b.wait(15_000)
    expect(read()).toBe('address-nack')
    b.wait(500)
    const answer = read()
    expect(celsius(answer)).toBeCloseTo(4.5, 2)
    expect(percent(answer)).toBeCloseTo(60, 2)
    expect(crcRight(answer)).toBe(true)
    expect(read()).toBe('address-nack')
  })

  it('measures what the world has when the measurement ends', () => {
    const { b, write, read } = table()
    write('2400')
    b.world.setChannel('t', 30, b.time.nowMicroseconds() + 10_000)
    b.wait(20_000)
    expect(celsius(read())).toBeCloseTo(30, 2)
  })

  it('is nearest to every temperature that it can measure, and clamps the rest', () => {
    fc.assert(
      fc.property(fc.double({ min: -60, max: 140, noNaN: true }), (value) => {
        const { b, write, read } = table()
        b.world.setChannel('t', value, 0)
        write('2400')
        b.wait(16_000)
        const shown = celsius(read())
        expect(Math.abs(shown - Math.min(130, Math.max(-45, value)))).toBeLessThanOrEqual(
          175 / 65535 / 2 + 1e-9,
        )
      }),
      { numRuns: 50 },
    )
  })

  it('is faster at lower repeatability and holds SCL when asked to', () => {
    const { b, write, read } = table()
    write('2416')
    b.wait(4600)
    expect(celsius(read())).toBeCloseTo(4.5, 2)
    write('2C06')
    const began = b.time.nowMicroseconds()
    expect(celsius(read())).toBeCloseTo(4.5, 2)
    expect(b.time.nowMicroseconds() - began).toBeGreaterThan(15_000)
    expect(read()).toBe('address-nack')
  })

  it('measures periodically, each result once, until break', () => {
    const { b, write, read } = table()
    write('2130')
    b.wait(20_000)
    expect(read()).toBe('address-nack')
    write('E000')
    expect(celsius(read())).toBeCloseTo(4.5, 2)
    write('E000')
    expect(read()).toBe('address-nack')
    expect(write('30A2')).toBe('data-nack')
    expect(write('2400')).toBe('data-nack')
    b.wait(1_000_000)
    write('E000')
    expect(celsius(read())).toBeCloseTo(4.5, 2)
    write('3093')
    b.wait(2000)
    expect(write('E000')).toBe('data-nack')
  })

  it('has a status, a heater, a serial number and a soft reset', () => {
    const { b, write, read } = table({ serialNumber: 0x0131d266 })
    write('F32D', false)
    expect(read(3).slice(0, 4)).toBe('8010')
    write('3041')
    write('306D')
    write('F32D')
    expect(read(3).slice(0, 4)).toBe('2000')
    write('2400')
    b.wait(16_000)
    expect(celsius(read())).toBeGreaterThan(6)
    write('3780')
    expect(read()).toMatch(/^0131..d266..$/)
    write('30A2')
    expect(write('F32D')).toBe('address-nack')
    b.wait(1600)
    write('F32D')
    expect(read(3).slice(0, 4)).toBe('8010')
    expect(write('1234')).toBe('data-nack')
    write('F32D')
    expect(read(5)).toMatch(/^8010..ffff$/)
  })

  it('is silent without power and wants its time after', () => {
    const { b, part, write, read } = table()
    write('2400')
    part.power(false)
    expect(write('2400')).toBe('address-nack')
    part.power(true)
    expect(write('2400')).toBe('address-nack')
    b.wait(20_000)
    expect(read()).toBe('address-nack')
    expect(write('2400')).toBe('ok')
  })

  it('shows its faults, as often as asked, and nothing after', () => {
    const { b, part, write, read } = table()
    const measure = (): string => {
      if (write('2400') !== 'ok') return 'nack'
      b.wait(16_000)
      return read()
    }
    part.setFault({ name: 'crc-flip', count: 1 })
    expect([crcRight(measure()), crcRight(measure())]).toEqual([false, true])
    part.setFault({ name: 'bit-flip', count: 1 })
    expect([crcRight(measure()), crcRight(measure())]).toEqual([false, true])
    part.setFault({ name: 'nack', count: 2 })
    expect([measure(), measure(), celsius(measure()) > 4]).toEqual(['nack', 'nack', true])
    part.setFault({ name: 'condensation' })
    expect(percent(measure())).toBe(100)
    part.clearFault('condensation')
    part.setFault({ name: 'stuck-value' })
    const before = measure()
    b.world.setChannel('t', 20, 0)
    expect(measure()).toBe(before)
    part.setFault({ name: 'stuck-value', value: 8 })
    expect(celsius(measure())).toBeCloseTo(8, 2)
    part.clearFault()
    expect(celsius(measure())).toBeCloseTo(20, 2)
    part.setFault({ name: 'no-answer' })
    expect(measure()).toBe('nack')
    expect(() => part.setFault({ name: 'sulks' })).toThrow(/known: crc-flip/)
    expect(b.log.some((entry) => entry.fault === 'crc-flip')).toBe(true)
  })

  it('exists only at two addresses', () => expect(() => table({ address: 0x46 })).toThrow())
})
