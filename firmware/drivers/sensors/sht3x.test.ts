import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SensorFault } from '#protocol/numbers.ts'
import { FakeClock, FakeI2c } from '../testing/fakes.ts'
import { connect, relativeHumidityMilliPercentOf, temperatureMilliCelsiusOf } from './sht3x.ts'

function start() {
  const clock = new FakeClock()
  const bus = new FakeI2c()
  const sensor = connect(bus, { clock, address: 0x45 })
  let dones = 0
  const sample = () => sensor.sample(() => dones++)
  const settle = () => {
    expect(sample()).toBe(true)
    clock.advance(500)
    return sensor.channels.map((channel) => [channel.value, channel.fault])
  }
  return { clock, bus, sensor, sample, settle, dones: () => dones }
}

// Real bytes of a SHT31 (sigrok-dumps, sensirion_sht3x), as the parts page has them.
const GOLDEN: [string, number, number][] = [
  ['67a2e4487fe9', 25844, 28319],
  ['67adca485485', 25873, 28254],
  ['67b7524833a9', 25900, 28203],
  ['67c25f47fd68', 25929, 28121],
  ['67d21c47ddee', 25972, 28072],
]

describe('SHT3x', () => {
  it.each(GOLDEN)('reads %s as %i m°C and %i m%%', (bytes, temperature, humidity) => {
    const { bus, settle, dones } = start()
    bus.answers = [bytes]
    expect(settle()).toEqual([
      [temperature, SensorFault.none],
      [humidity, SensorFault.none],
    ])
    expect(bus.written.at(-1)).toBe('45:2400')
    expect(dones()).toBe(1)
  })

  it('waits longer than the slowest measurement, and calls done from a timer', () => {
    const { clock, bus, sensor, sample, dones } = start()
    sensor.configure(() => {})
    clock.advance(5)
    bus.answers = ['67a2e4487fe9']
    sample()
    clock.advance(15)
    expect(bus.answers).toHaveLength(1)
    expect(dones()).toBe(0)
    clock.advance(3)
    expect(dones()).toBe(1)
  })

  it('ends periodic mode and resets before the first sample only', () => {
    const { bus, settle } = start()
    bus.answers = ['67a2e4487fe9', '67a2e4487fe9']
    settle()
    settle()
    expect(bus.written).toEqual(['45:3093', '45:30a2', '45:2400', '45:2400'])
  })

  it('retries once after no acknowledgement, whatever the text of the error', () => {
    const { bus, settle } = start()
    bus.answers = [new Error('I2C Write Error 33282'), '67a2e4487fe9']
    expect(settle()[0]).toEqual([25844, SensorFault.none])
  })

  it('tells noAnswer after the second refusal, and once', () => {
    const { bus, settle, dones } = start()
    bus.refuseWrites = 9
    expect(settle()).toEqual([
      [0, SensorFault.noAnswer],
      [0, SensorFault.noAnswer],
    ])
    expect(bus.written.filter((each) => each === '45:2400')).toHaveLength(2)
    expect(dones()).toBe(1)
  })

  it('makes a wrong CRC a fault of its own channel only', () => {
    const { bus, settle } = start()
    bus.answers = ['67a2e4487fe8', '67a2e4487fe8']
    expect(settle()).toEqual([
      [25844, SensorFault.none],
      [0, SensorFault.crc],
    ])
    bus.answers = ['67a3e4487fe9', '67a3e4487fe9']
    expect(settle()).toEqual([
      [0, SensorFault.crc],
      [28319, SensorFault.none],
    ])
  })

  it('forgets a value of before when the sensor is gone', () => {
    const { bus, settle } = start()
    bus.answers = ['67a2e4487fe9']
    settle()
    bus.answers = []
    expect(settle()[0]).toEqual([0, SensorFault.noAnswer])
  })

  it.each(['ffffffffffff', '000000000000'])('calls %s a stuck bus', (bytes) => {
    const { bus, settle } = start()
    bus.answers = [bytes, bytes]
    expect(settle()[0]).toEqual([0, SensorFault.stuckBus])
  })

  it('refuses what the chip is not specified for', () => {
    const { bus, settle } = start()
    // Raw 0 is -45 °C; its CRC is 81.
    bus.answers = ['000081487fe9']
    expect(settle()).toEqual([
      [0, SensorFault.outOfRange],
      [28319, SensorFault.none],
    ])
  })

  it('refuses a second sample while one is under way, and any after close', () => {
    const { clock, sensor, sample, dones } = start()
    expect(sample()).toBe(true)
    expect(sample()).toBe(false)
    sensor.close()
    clock.advance(1000)
    expect(dones()).toBe(0)
    expect(sample()).toBe(false)
  })

  it('says so when configuration meets nobody', () => {
    const { clock, bus, sensor } = start()
    const faults: number[] = []
    sensor.configure((fault) => faults.push(fault))
    bus.refuseWrites = 9
    clock.advance(10)
    sensor.configure((fault) => faults.push(fault))
    clock.advance(10)
    expect(faults).toEqual([SensorFault.none, SensorFault.noAnswer])
  })
})

describe('SHT3x value maths', () => {
  it('is the data sheet formula, rounded to the nearest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), (raw) => {
        expect(
          Math.abs(temperatureMilliCelsiusOf(raw) - (-45000 + (175000 * raw) / 65535)),
        ).toBeLessThanOrEqual(0.5)
        expect(Math.abs(relativeHumidityMilliPercentOf(raw) - (100000 * raw) / 65535)).toBeLessThanOrEqual(
          0.5,
        )
      }),
    )
    expect(temperatureMilliCelsiusOf(0)).toBe(-45000)
    expect(temperatureMilliCelsiusOf(65535)).toBe(130000)
    expect(relativeHumidityMilliPercentOf(65535)).toBe(100000)
  })
})
