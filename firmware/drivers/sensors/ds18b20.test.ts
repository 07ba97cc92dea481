import { describe, expect, it } from 'vitest'
import { SensorFault } from '#protocol/numbers.ts'
import { oneWireCrc } from '../crc8.ts'
import { bytesOf, FakeClock, FakeOneWire, hexOf } from '../testing/fakes.ts'
import { connect, isRom, temperatureMilliCelsiusOf } from './ds18b20.ts'

const ROM = '28ee94f72716018d'
const OTHER_ROM = '28ee875425160233'
const GOLDEN = '82014b467fff0c10e1'
const POWER_ON = '50054b467fff0c101c'

function start(rom = ROM) {
  const clock = new FakeClock()
  const bus = new FakeOneWire()
  const sensor = connect(bus, { clock, rom })
  let dones = 0
  const sample = () => sensor.sample(() => dones++)
  const settle = () => {
    expect(sample()).toBe(true)
    clock.advance(3000)
    const channel = sensor.channels[0]
    return [channel?.value, channel?.fault]
  }
  return { clock, bus, sensor, sample, settle, dones: () => dones }
}

/** Eight bytes and their CRC. */
function scratchpad(hex: string): string {
  return hex + hexOf(oneWireCrc(bytesOf(hex), 8))
}

describe('DS18B20', () => {
  it.each([
    [GOLDEN, 24125],
    ['81014b467fff0c1024', 24063],
    ['ac014b467fff041086', 26750],
    [scratchpad('7fff4b467fff0110'), -8063],
    [scratchpad('f8ff4b467fff0810'), -500],
    [scratchpad('00004b467fff0010'), 0],
  ])('reads %s as %i m°C', (bytes, value) => {
    const { bus, settle, dones } = start()
    bus.scratchpads = [bytes]
    expect(settle()).toEqual([value, SensorFault.none])
    expect(dones()).toBe(1)
  })

  it('addresses by ROM, converts, waits 750 ms without blocking and reads nine bytes', () => {
    const { clock, bus, sample, dones } = start()
    bus.scratchpads = [GOLDEN]
    sample()
    clock.advance(700)
    expect(bus.log).toEqual(['reset', `select ${ROM}`, 'write 44'])
    clock.advance(60)
    expect(bus.log.slice(3)).toEqual(['reset', `select ${ROM}`, 'write be', 'read 9'])
    expect(dones()).toBe(1)
  })

  it.each([
    ['1f', 500, '87', 24000],
    ['3f', 250, '87', 24250],
    ['5f', 125, '87', 24375],
    ['7f', 63, '87', 24438],
  ])(
    'with configuration %s has a resolution of %i and drops the undefined bits',
    (byte, resolution, low, value) => {
      const { bus, sensor, settle } = start()
      bus.scratchpads = [scratchpad(`${low}014b46${byte}ff0c10`)]
      expect(settle()).toEqual([value, SensorFault.none])
      expect(sensor.channels[0]?.resolution).toBe(resolution)
    },
  )

  it.each([
    ['nine zeros, whose CRC is right', '00'.repeat(9), SensorFault.stuckBus],
    ['nine FF', 'ff'.repeat(9), SensorFault.noAnswer],
    ['a wrong CRC', '82014b467fff0c10e0', SensorFault.crc],
    ['an impossible configuration byte', scratchpad('82014b4600ff0c10'), SensorFault.outOfRange],
    ['an impossible configuration byte', scratchpad('82014b46ffff0c10'), SensorFault.outOfRange],
    ['too hot', scratchpad('e0074b467fff0c10'), SensorFault.outOfRange],
  ])('makes %s a fault', (_name, bytes, fault) => {
    const { bus, settle, dones } = start()
    bus.scratchpads = [bytes, bytes]
    expect(settle()).toEqual([0, fault])
    expect(dones()).toBe(1)
  })

  it('reads once more after a bit error, without a new conversion', () => {
    const { bus, settle } = start()
    bus.scratchpads = ['82014b467fff0c10e0', GOLDEN]
    expect(settle()).toEqual([24125, SensorFault.none])
    expect(bus.log.filter((each) => each === 'write 44')).toHaveLength(1)
  })

  it('says noAnswer without presence', () => {
    const { bus, settle } = start()
    bus.present = false
    expect(settle()).toEqual([0, SensorFault.noAnswer])
  })
})

describe('the power-on value of 85 °C', () => {
  it('is not told when a second conversion gives the truth', () => {
    const { bus, settle } = start()
    bus.scratchpads = [POWER_ON, GOLDEN]
    expect(settle()).toEqual([24125, SensorFault.none])
    expect(bus.log.filter((each) => each === 'write 44')).toHaveLength(2)
  })

  it('is not taken from a first conversion, whatever the reserved byte says', () => {
    const { bus, settle } = start()
    bus.scratchpads = [scratchpad('50054b467fff1010'), GOLDEN]
    expect(settle()).toEqual([24125, SensorFault.none])
  })

  it('is a fault when the chip loses its supply at each conversion', () => {
    const { bus, settle } = start()
    bus.scratchpads = [POWER_ON, POWER_ON, GOLDEN]
    expect(settle()).toEqual([0, SensorFault.powerOn])
    expect(bus.scratchpads).toHaveLength(1)
  })

  it('is a value when two conversions say it and the chip has converted', () => {
    const { bus, settle } = start()
    const hot = scratchpad('50054b467fff1010')
    bus.scratchpads = [hot, hot]
    expect(settle()).toEqual([85000, SensorFault.none])
  })
})

describe('several on one bus', () => {
  it('finds the only one by search, and again when it does not answer', () => {
    const { bus, settle } = start('')
    bus.roms = [ROM]
    bus.scratchpads = [GOLDEN]
    expect(settle()).toEqual([24125, SensorFault.none])
    bus.scratchpads = []
    expect(settle()).toEqual([0, SensorFault.noAnswer])
    bus.roms = [OTHER_ROM]
    bus.scratchpads = [GOLDEN]
    expect(settle()).toEqual([24125, SensorFault.none])
    expect(bus.log).toContain(`select ${OTHER_ROM}`)
  })

  it('does not guess between two', () => {
    const { bus, settle } = start('')
    bus.roms = [ROM, OTHER_ROM]
    expect(settle()).toEqual([0, SensorFault.notConfigured])
    expect(bus.log).toEqual(['search'])
  })

  it('passes over other families and ROM codes with a wrong CRC', () => {
    const { bus, settle, sensor, clock } = start('')
    bus.roms = ['01ee94f72716018d', '28ee94f72716018e', ROM]
    bus.scratchpads = [GOLDEN]
    const faults: number[] = []
    sensor.configure((fault) => faults.push(fault))
    clock.advance(5)
    expect(faults).toEqual([SensorFault.none])
    expect(settle()).toEqual([24125, SensorFault.none])
  })

  it('lets two sensors convert at the same time', () => {
    const clock = new FakeClock()
    const bus = new FakeOneWire()
    const first = connect(bus, { clock, rom: ROM })
    const second = connect(bus, { clock, rom: OTHER_ROM })
    let dones = 0
    bus.scratchpads = [GOLDEN, '81014b467fff0c1024']
    first.sample(() => dones++)
    second.sample(() => dones++)
    clock.advance(800)
    expect(dones).toBe(2)
    expect([first.channels[0]?.value, second.channels[0]?.value]).toEqual([24125, 24063])
  })

  it('knows a ROM code', () => {
    expect([ROM, OTHER_ROM, '289bcfc80000003f'].map(isRom)).toEqual([true, true, true])
    expect(
      ['', '28ee94f72716018e', '10ee94f72716018d', '28ee94f72716018dff', 'zzee94f72716018d'].map(isRom),
    ).toEqual([false, false, false, false, false])
  })
})

describe('rounding', () => {
  it('takes a half away from zero', () => {
    expect([1, -1, 2, -2, 385, -385].map(temperatureMilliCelsiusOf)).toEqual([
      63, -63, 125, -125, 24063, -24063,
    ])
  })
})
