import { describe, expect, it } from 'vitest'
import { Limit } from '#protocol/limits.ts'
import { ErrorFlag, Quantity, SensorFault } from '#protocol/numbers.ts'
import { FakeClock, FakeGpio } from '../drivers/testing/fakes.ts'
import type { Sensor, SensorChannel } from '../drivers/types.ts'
import { type SamplingOptions, SamplingTask } from './sampling.ts'
import { createTaskStatus, FakeSink } from './testing/fake-sink.ts'
import { RECORD_BYTES } from './types.ts'

class FakeSensor implements Sensor {
  channels: SensorChannel[]
  clock: FakeClock
  value = 4000
  fault = 0
  milliseconds: number
  silent = false
  busy = false
  samples = 0
  constructor(clock: FakeClock, quantities: number[], milliseconds = 17) {
    this.clock = clock
    this.milliseconds = milliseconds
    this.channels = quantities.map((quantity) => ({ quantity, resolution: 3, value: 0, fault: 0 }))
  }
  configure(): void {}
  sample(done: () => void): boolean {
    if (this.busy) return false
    this.samples++
    if (this.silent) {
      this.busy = true
      return true
    }
    this.clock.setTimeout(() => {
      for (const channel of this.channels) {
        channel.value = this.fault ? 0 : this.value
        channel.fault = this.fault
      }
      done()
    }, this.milliseconds)
    return true
  }
  close(): void {}
}

const BOTH = [Quantity.temperatureMilliCelsius, Quantity.relativeHumidityMilliPercent]

function start(options: Partial<SamplingOptions>, make?: (clock: FakeClock) => FakeSensor[]) {
  const clock = new FakeClock()
  const gpio = new FakeGpio(clock)
  const sink = new FakeSink()
  const status = createTaskStatus()
  const sensors = make ? make(clock) : [new FakeSensor(clock, BOTH)]
  const task = new SamplingTask(
    clock,
    gpio,
    sink,
    status,
    sensors.map((driver, i) => ({ sensor: i, driver })),
    { intervalMilliseconds: 60000, batchMilliseconds: 300000, triggerPin: null, ...options },
  )
  return { clock, gpio, sink, status, sensors, task, sensor: sensors[0] as FakeSensor }
}

const offsets = (sink: FakeSink) =>
  sink.samples.flatMap((body) =>
    (body.series[0]?.samples ?? []).map((sample) => body.baseMilliseconds + sample.offsetMilliseconds),
  )

describe('sampling by interval', () => {
  it('batches rounds of all channels into a record', () => {
    const { clock, sink, sensor, task } = start({})
    task.start()
    for (let i = 0; i < 5; i++) {
      sensor.value = 4000 + i
      clock.advance(60000)
    }
    clock.advance(10)
    expect(sink.samples).toHaveLength(1)
    const body = sink.samples[0]
    expect(body).toMatchObject({ baseMilliseconds: 1000, seriesCount: 2 })
    expect(
      body?.series.map((each) => [each.sensor, each.quantity, each.resolution, each.sampleCount]),
    ).toEqual([
      [0, 1, 3, 5],
      [0, 2, 3, 5],
    ])
    expect(body?.series[0]?.samples).toEqual(
      [0, 1, 2, 3, 4].map((i) => ({ offsetMilliseconds: i * 60000, value: 4000 + i, fault: 0 })),
    )
  })

  it('closes a record after each round when there is no batch time', () => {
    const { clock, sink, task } = start({ batchMilliseconds: 0 })
    task.start()
    clock.advance(180000)
    expect(sink.samples.map((body) => [body.baseMilliseconds, body.series[0]?.sampleCount])).toEqual([
      [1000, 1],
      [61000, 1],
      [121000, 1],
    ])
  })

  it('keeps to the grid when a callback was late, with the time that it really was', () => {
    const { clock, sink, task } = start({ batchMilliseconds: 0 })
    task.start()
    clock.advance(59000)
    clock.now += 4000
    clock.advance(120000)
    expect(offsets(sink)).toEqual([1000, 64000, 121000, 181000])
  })

  it('starts a new record before one is too long, whatever the values', () => {
    const { clock, sink, sensor, task } = start({ intervalMilliseconds: 1000, batchMilliseconds: 86400000 })
    clock.now = 2 ** 40
    task.start()
    for (let i = 0; i < 600; i++) {
      sensor.value = i % 2 ? -70000 : i
      sensor.fault = i % 7 ? 0 : SensorFault.crc
      clock.advance(1000)
    }
    task.stop()
    expect(offsets(sink)).toEqual(Array.from({ length: 600 }, (_, i) => 2 ** 40 + i * 1000))
    for (const bytes of sink.bytes) expect(bytes).toBeLessThanOrEqual(RECORD_BYTES)
    for (const body of sink.samples) {
      expect(body.series.reduce((sum, each) => sum + each.sampleCount, 0)).toBeLessThanOrEqual(
        Limit.SAMPLES_A_RECORD,
      )
      expect(body.series.every((each) => each.sampleCount > 0)).toBe(true)
    }
  })
})

describe('several sensors', () => {
  it('convert at the same time and carry one time', () => {
    const { clock, sink, task } = start({ batchMilliseconds: 0 }, (c) => [
      new FakeSensor(c, BOTH),
      new FakeSensor(c, [Quantity.temperatureMilliCelsius], 750),
    ])
    task.start()
    clock.advance(760)
    expect(sink.samples).toHaveLength(1)
    expect(sink.samples[0]?.series.map((each) => [each.sensor, each.samples[0]?.offsetMilliseconds])).toEqual(
      [
        [0, 0],
        [0, 0],
        [1, 0],
      ],
    )
  })

  it('one that never answers is a fault and does not hold up the others', () => {
    const { clock, sink, status, sensors, task } = start({ batchMilliseconds: 0 }, (c) => [
      new FakeSensor(c, BOTH),
      new FakeSensor(c, [Quantity.temperatureMilliCelsius]),
    ])
    ;(sensors[1] as FakeSensor).silent = true
    task.start()
    clock.advance(130000)
    expect(sink.samples).toHaveLength(3)
    for (const body of sink.samples) {
      expect(body.series.map((each) => each.samples[0]?.fault)).toEqual([0, 0, SensorFault.noAnswer])
    }
    expect(status.errorFlags).toBe(ErrorFlag.sensorFault)
  })

  it('one that throws is a fault and does not hold up the others', () => {
    const { clock, sink, sensors, task } = start({ batchMilliseconds: 0 }, (c) => [
      new FakeSensor(c, [1]),
      new FakeSensor(c, [1]),
    ])
    ;(sensors[0] as FakeSensor).sample = () => {
      throw new Error('native')
    }
    task.start()
    clock.advance(60100)
    expect(sink.samples.map((body) => body.series.map((each) => each.samples[0]?.fault))).toEqual([
      [SensorFault.noAnswer, 0],
      [SensorFault.noAnswer, 0],
    ])
  })

  it('more than a record may have series of are spread', () => {
    const { clock, sink, task } = start({}, (c) => Array.from({ length: 20 }, () => new FakeSensor(c, [1])))
    task.start()
    clock.advance(10)
    clock.advance(100)
    task.stop()
    expect(sink.samples.reduce((sum, body) => sum + body.seriesCount, 0)).toBe(20)
    for (const body of sink.samples) expect(body.seriesCount).toBeLessThanOrEqual(Limit.SERIES_A_RECORD)
    for (const bytes of sink.bytes) expect(bytes).toBeLessThanOrEqual(RECORD_BYTES)
  })
})

describe('a record of many series', () => {
  it('is closed before it is too long', () => {
    const clock = new FakeClock()
    const sink = new FakeSink()
    const slots = Array.from({ length: 16 }, (_, i) => {
      const driver = new FakeSensor(clock, [1])
      driver.value = -70000
      for (const channel of driver.channels) channel.resolution = 65535
      return { sensor: 240 + i, driver }
    })
    const options = { intervalMilliseconds: 1000, batchMilliseconds: 0, triggerPin: null }
    new SamplingTask(clock, new FakeGpio(clock), sink, createTaskStatus(), slots, options).start()
    clock.advance(500)
    expect(sink.samples.reduce((sum, body) => sum + body.seriesCount, 0)).toBe(16)
    expect(sink.samples.length).toBeGreaterThan(1)
    for (const bytes of sink.bytes) expect(bytes).toBeLessThanOrEqual(RECORD_BYTES)
  })
})

describe('a fault', () => {
  it('is a sample with a code, never a gap', () => {
    const { clock, sink, status, sensor, task } = start({ batchMilliseconds: 120000 })
    sensor.fault = SensorFault.crc
    task.start()
    clock.advance(120100)
    expect(sink.samples[0]?.series[0]?.samples).toEqual([
      { offsetMilliseconds: 0, value: 0, fault: SensorFault.crc },
      { offsetMilliseconds: 60000, value: 0, fault: SensorFault.crc },
    ])
    expect(status.errorFlags).toBe(ErrorFlag.sensorFault)
  })
})

describe('a resolution that changed', () => {
  it('begins a record of its own', () => {
    const { clock, sink, sensor, task } = start({}, (c) => [new FakeSensor(c, [1])])
    task.start()
    clock.advance(30000)
    const channel = sensor.channels[0]
    if (channel) channel.resolution = 500
    clock.advance(60000)
    task.stop()
    expect(sink.samples.map((body) => body.series[0]?.resolution)).toEqual([3, 500])
  })
})

describe('sampling by trigger', () => {
  it('carries the time of the rising edge and pulls the pin down', () => {
    const { clock, gpio, sink, task } = start({ triggerPin: 'B5', batchMilliseconds: 0 })
    task.start()
    expect(gpio.modes.get('B5')).toBe('input_pulldown')
    clock.advance(100000)
    expect(sink.samples).toEqual([])
    for (const wait of [1000, 299000, 300000]) {
      clock.advance(wait)
      gpio.set('B5', 1)
      clock.advance(1)
      gpio.set('B5', 0)
    }
    clock.advance(1000)
    expect(offsets(sink)).toEqual([102000, 401001, 701002])
  })

  it('takes the time from the edge although the callback comes late', () => {
    const { clock, gpio, sink, task } = start({ triggerPin: 'B5', batchMilliseconds: 0 })
    task.start()
    for (const watch of gpio.watches.values()) {
      watch.callback({ state: true, time: 0.98765, lastTime: Number.NaN })
    }
    clock.advance(100)
    expect(offsets(sink)).toEqual([988])
  })

  it('keeps edges that come while a slow sensor converts, each with its own time, up to a limit', () => {
    const { clock, gpio, sink, status, task } = start({ triggerPin: 'B5', batchMilliseconds: 0 }, (c) => [
      new FakeSensor(c, [1], 750),
    ])
    task.start()
    for (let i = 0; i < 12; i++) {
      gpio.set('B5', 1)
      gpio.set('B5', 0)
      clock.advance(10)
    }
    clock.advance(20000)
    expect(offsets(sink)).toEqual([1000, 1010, 1020, 1030, 1040, 1050, 1060, 1070, 1080])
    expect(status.errorFlags).toBe(ErrorFlag.sensorFault)
  })

  it('closes the last record by its batch time although no edge comes', () => {
    const { clock, gpio, sink, task } = start({ triggerPin: 'B5' })
    task.start()
    gpio.set('B5', 1)
    clock.advance(299000)
    expect(sink.samples).toEqual([])
    clock.advance(1001)
    expect(offsets(sink)).toEqual([1000])
    task.stop()
    expect(gpio.watches.size).toBe(0)
    expect(clock.timers).toHaveLength(0)
  })
})
