import { describe, expect, it } from 'vitest'
import { toHex } from '../buses/hex.ts'
import { OneWireBus } from '../buses/one-wire.ts'
import { bench } from '../buses/testing.ts'
import { crc8Maxim } from './crc.ts'
import { Ds18b20, type Ds18b20Options } from './ds18b20.ts'

function wire(seed = 1) {
  const b = bench(seed)
  b.world.addChannel('t', { kind: 'constant', value: 24.125 })
  const bus = new OneWireBus({ name: 'ow', time: b.time, record: b.record, random: b.kernel.random('ow') })
  const add = (id: string, options: Partial<Ds18b20Options> = {}): Ds18b20 => {
    const part = new Ds18b20({
      id,
      clock: b.clock,
      world: b.world,
      random: b.kernel.random(id),
      temperatureChannel: 't',
      ...options,
    })
    bus.attach(part)
    return part
  }
  const scratchpad = (rom: string): string => {
    bus.select(rom)
    bus.write(0xbe)
    return toHex(bus.read(9))
  }
  const convert = (waitMicroseconds: number, power = false): void => {
    bus.reset()
    bus.skip()
    bus.write(0x44, power)
    b.wait(waitMicroseconds)
  }
  return { b, bus, add, scratchpad, convert }
}

const raw = (hex: string): number => {
  const value = Number.parseInt(hex.slice(2, 4) + hex.slice(0, 2), 16)
  return value > 32767 ? value - 65536 : value
}

describe('DS18B20', () => {
  it('is present, found, and shows 85 °C until it has converted', () => {
    const { bus, add, scratchpad, convert } = wire()
    const part = add('a')
    expect(bus.reset()).toBe(true)
    expect(bus.search()).toEqual([part.romHex])
    expect(scratchpad(part.romHex)).toBe('50054b467fff0c101c')
    convert(751_000)
    const after = scratchpad(part.romHex)
    expect(after.slice(0, 4)).toBe('8201')
    expect(crc8Maxim(Buffer.from(after, 'hex'), 8)).toBe(Number.parseInt(after.slice(16), 16))
  })

  it('counts byte 6 down as a genuine one does (capture: AC 01 4B 46 7F FF 04 10 86)', () => {
    const { b, add, scratchpad, convert } = wire()
    const part = add('a', { rom: '289bcfc80000003f' })
    b.world.setChannel('t', 26.75, 0)
    convert(800_000)
    expect(scratchpad('289bcfc80000003f')).toBe('ac014b467fff041086')
    expect(part.romHex).toBe('289bcfc80000003f')
  })

  it('gives 0 while it converts and 1 after', () => {
    const { b, bus, add } = wire()
    add('a')
    bus.reset()
    bus.skip()
    bus.write(0x44)
    expect([bus.readBit(), bus.readBit()]).toEqual([0, 0])
    b.wait(748_000)
    expect(bus.readBit()).toBe(0)
    b.wait(3_000)
    expect(bus.readBit()).toBe(1)
  })

  it('keeps the old value when it is read too early', () => {
    const { add, scratchpad, convert } = wire()
    const part = add('a')
    convert(700_000)
    expect(raw(scratchpad(part.romHex))).toBe(0x550)
    convert(760_000)
    expect(raw(scratchpad(part.romHex))).toBe(386)
  })

  it('finds many devices, each once, whatever their ROMs', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { bus, add } = wire(seed)
      const roms = Array.from({ length: 8 }, (_, i) => add(`d${i}`).romHex)
      const found = bus.search()
      expect(found.toSorted()).toEqual(roms.toSorted())
      for (const rom of found) {
        bus.select(rom)
        bus.write(0xbe)
        expect(toHex(bus.read(9))).toBe('50054b467fff0c101c')
      }
    }
  })

  it('goes below zero, to its ends, and to lower resolutions in less time', () => {
    const { b, bus, add, scratchpad, convert } = wire()
    const { romHex } = add('a')
    for (const [celsius, sixteenths] of [
      [-10.125, -162],
      [-80, -880],
      [200, 2000],
      [0, 0],
    ] as const) {
      b.world.setChannel('t', celsius, b.time.nowMicroseconds())
      convert(751_000)
      expect(raw(scratchpad(romHex))).toBe(sixteenths)
    }
    bus.select(romHex)
    bus.write(Uint8Array.of(0x4e, 0x10, 0x05, 0x1f))
    b.world.setChannel('t', 10.4, b.time.nowMicroseconds())
    convert(94_000)
    expect(scratchpad(romHex)).toMatch(/^a00010051fff/)
  })

  it('forgets the scratchpad but keeps the EEPROM over a power cut', () => {
    const { bus, add, scratchpad } = wire()
    const part = add('a')
    bus.select(part.romHex)
    bus.write(Uint8Array.of(0x4e, 1, 2, 0x3f))
    part.power(false)
    expect(bus.reset()).toBe(false)
    part.power(true)
    expect(scratchpad(part.romHex).slice(4, 10)).toBe('4b467f')
    bus.select(part.romHex)
    bus.write(Uint8Array.of(0x4e, 1, 2, 0x3f, 0))
    bus.select(part.romHex)
    bus.write(0x48)
    expect(bus.readBit()).toBe(0)
    part.power(false)
    part.power(true)
    expect(scratchpad(part.romHex).slice(4, 10)).toBe('01023f')
  })

  it('answers an alarm search only when its value is outside its limits', () => {
    const { b, bus, add, convert } = wire()
    const part = add('a', { eeprom: [20, 5, 0x7f] })
    expect(bus.search(0xec)).toEqual([])
    convert(760_000)
    expect(bus.search(0xec)).toEqual([part.romHex])
    b.world.setChannel('t', 10, b.time.nowMicroseconds())
    convert(760_000)
    expect(bus.search(0xec)).toEqual([])
  })

  it('on parasite power converts only under the strong pull-up', () => {
    const { bus, add, scratchpad, convert } = wire()
    const { romHex } = add('a', { parasite: true })
    bus.reset()
    bus.skip()
    bus.write(0xb4)
    expect(bus.readBit()).toBe(0)
    convert(760_000, false)
    expect(raw(scratchpad(romHex))).toBe(0x550)
    convert(760_000, true)
    expect(raw(scratchpad(romHex))).toBe(386)
    convert(100_000, true)
    expect(raw(scratchpad(romHex))).toBe(0x550)
  })

  it('comes as clones: 519 ms and no 85 °C, or always 12 bits', () => {
    const { b, bus, add, scratchpad, convert } = wire()
    const quick = add('quick', { variant: 'clone-519' })
    const fixed = add('fixed', { variant: 'clone-12-bit' })
    expect(raw(scratchpad(quick.romHex))).toBe(400)
    convert(520_000)
    expect(raw(scratchpad(quick.romHex))).toBe(386)
    expect(raw(scratchpad(fixed.romHex))).toBe(0x550)
    quick.power(false)
    b.wait(60_000_000)
    quick.power(true)
    expect(raw(scratchpad(quick.romHex))).toBe(386)
    bus.select(fixed.romHex)
    bus.write(Uint8Array.of(0x4e, 1, 2, 0x1f))
    expect(scratchpad(fixed.romHex).slice(4, 10)).toBe('01027f')
  })

  it('shows its faults', () => {
    const { bus, add, scratchpad, convert } = wire()
    const part = add('a')
    const crcOk = (hex: string): boolean => crc8Maxim(Buffer.from(hex, 'hex')) === 0
    part.setFault({ name: 'crc-flip', count: 1 })
    expect([crcOk(scratchpad(part.romHex)), crcOk(scratchpad(part.romHex))]).toEqual([false, true])
    part.setFault({ name: 'bit-flip', count: 1 })
    expect(crcOk(scratchpad(part.romHex))).toBe(false)
    part.setFault({ name: 'all-zero', count: 1 })
    expect(scratchpad(part.romHex)).toBe('000000000000000000')
    part.setFault({ name: 'stuck-value', value: 5 })
    convert(760_000)
    expect(raw(scratchpad(part.romHex))).toBe(80)
    part.setFault({ name: 'power-on-value', count: 1 })
    convert(760_000)
    expect(raw(scratchpad(part.romHex))).toBe(0x550)
    part.setFault({ name: 'no-answer' })
    expect([bus.reset(), bus.readByte(), bus.search()]).toEqual([false, 0xff, []])
    part.clearFault()
    expect(bus.reset()).toBe(true)
  })

  it('has a ROM of its family with a right CRC', () => {
    const { add } = wire()
    expect(() => add('a', { rom: '28ee94f72716018c' })).toThrow(/CRC/)
    expect(() => add('b', { rom: '10ee94f72716018d' })).toThrow()
    expect(add('c').romHex).toMatch(/^28.{8}0000..$/)
  })
})
