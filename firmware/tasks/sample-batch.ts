import { Limit } from '#protocol/limits.ts'
import type { SampleSeries, SamplesBody } from '#protocol/records.ts'
import { SampleTable } from '#protocol/tables.ts'
import type { Clock } from '../device-api.ts'
import type { Sensor, SensorChannel } from '../drivers/types.ts'
import { intBytes, uintBytes } from './sizes.ts'
import type { RecordSink } from './types.ts'
import { RECORD_BYTES } from './types.ts'

/** Array heads, number, sequence, bootRef and base, each at its longest. */
const RECORD_HEAD_BYTES = 20
/** Array heads, sensor, quantity and resolution of a series, at their longest. */
const SERIES_HEAD_BYTES = 12

export interface SensorSlot {
  /** Number of the sensor on the wire. */
  sensor: number
  driver: Sensor
}

/** A driver with the series that its channels fill. */
export interface Station {
  driver: Sensor
  /** One series for each of the driver's channels. */
  series: SampleSeries[]
  /** The round whose answer is still out; 0 when none. */
  pendingRound: number
}

function createSeries(sensor: number, channel: SensorChannel): SampleSeries {
  return {
    sensor: sensor,
    quantity: channel.quantity,
    resolution: channel.resolution,
    sampleCount: 0,
    firstSample: 0,
    lastSample: 0,
  }
}

export function createStation(slot: SensorSlot): Station {
  const series: SampleSeries[] = []
  const channels = slot.driver.channels
  for (let i = 0; i < channels.length; i++) series.push(createSeries(slot.sensor, channels[i]!))
  return { driver: slot.driver, series: series, pendingRound: 0 }
}

/**
 * The samples record under way. It is closed when its batch time is over, when it holds SAMPLES_A_RECORD
 * samples or SERIES_A_RECORD series, when the next sample might not fit into RECORD_BYTES, or when a sensor's
 * resolution changes.
 */
export class SampleBatch {
  clock: Clock
  sink: RecordSink
  stations: Station[]
  /** 0 closes a record after each round. */
  batchMilliseconds: number
  body: SamplesBody
  sampleCount: number
  openSeries: number
  recordBytes: number
  timer: number

  constructor(clock: Clock, sink: RecordSink, stations: Station[], batchMilliseconds: number) {
    this.clock = clock
    this.sink = sink
    this.stations = stations
    this.batchMilliseconds = batchMilliseconds
    this.body = {
      baseMilliseconds: 0,
      seriesCount: 0,
      series: [],
      samples: new SampleTable(Limit.SAMPLES_A_RECORD),
    }
    this.sampleCount = 0
    this.openSeries = 0
    this.recordBytes = RECORD_HEAD_BYTES
    this.timer = 0
  }

  gather(station: Station): void {
    const body = this.body
    for (let i = 0; i < station.series.length; i++) {
      const series = station.series[i]!
      if (series.sampleCount > 0) {
        body.series[body.seriesCount] = series
        body.seriesCount++
      }
    }
  }

  /** Closes the record under way, if there is one. */
  flush(): void {
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.timer = 0
    if (this.sampleCount === 0) return
    const body = this.body
    body.seriesCount = 0
    for (let i = 0; i < this.stations.length; i++) this.gather(this.stations[i]!)
    this.sink.addSamples(body)
    this.sampleCount = 0
    this.openSeries = 0
    this.recordBytes = RECORD_HEAD_BYTES
    for (let i = 0; i < body.seriesCount; i++) body.series[i]!.sampleCount = 0
  }

  endRound(): void {
    if (this.batchMilliseconds <= 0) this.flush()
  }

  begin(atMilliseconds: number): void {
    this.body.baseMilliseconds = atMilliseconds
    if (this.batchMilliseconds <= 0) return
    // From the first sample's own time, which lies before now when the sensors are slow.
    const left = atMilliseconds + this.batchMilliseconds - this.clock.nowMilliseconds()
    this.timer = this.clock.setTimeout(
      () => {
        this.timer = 0
        this.flush()
      },
      Math.max(1, left),
    )
  }

  /** @returns the encoded bytes that one more sample takes, its series' head included when it is the first */
  cost(series: SampleSeries, offsetMilliseconds: number, value: number): number {
    const head = series.sampleCount === 0 ? SERIES_HEAD_BYTES : 0
    return head + 2 + uintBytes(offsetMilliseconds) + intBytes(value)
  }

  mustClose(series: SampleSeries, channel: SensorChannel, atMilliseconds: number): boolean {
    if (this.sampleCount === 0) return false
    if (this.sampleCount >= Limit.SAMPLES_A_RECORD) return true
    if (series.sampleCount === 0 && this.openSeries >= Limit.SERIES_A_RECORD) return true
    // A series has one resolution.
    if (series.sampleCount > 0 && series.resolution !== channel.resolution) return true
    const offset = atMilliseconds - this.body.baseMilliseconds
    return this.recordBytes + this.cost(series, offset, channel.value) > RECORD_BYTES
  }

  /** @param atMilliseconds when the sample's round was due; never before the record's first */
  add(series: SampleSeries, channel: SensorChannel, atMilliseconds: number): void {
    if (this.mustClose(series, channel, atMilliseconds)) this.flush()
    if (this.sampleCount === 0) this.begin(atMilliseconds)
    const offset = atMilliseconds - this.body.baseMilliseconds
    this.recordBytes += this.cost(series, offset, channel.value)
    const table = this.body.samples
    const row = this.sampleCount
    table.offsetMilliseconds[row] = offset
    table.value[row] = channel.value
    table.fault[row] = channel.fault
    if (series.sampleCount === 0) {
      this.openSeries++
      series.firstSample = row
    } else table.next[series.lastSample] = row
    series.lastSample = row
    series.resolution = channel.resolution
    this.sampleCount++
    series.sampleCount++
  }
}
