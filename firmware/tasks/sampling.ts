import { ErrorFlag, SensorFault } from '#protocol/numbers.ts'
import type { Clock, Gpio, PinValue } from '../device-api.ts'
import type { SensorChannel } from '../drivers/types.ts'
import type { SensorSlot, Station } from './sample-batch.ts'
import { createStation, SampleBatch } from './sample-batch.ts'
import type { RecordSink, TaskStatus } from './types.ts'

/** After this a driver that does not answer is given up for the round: faults, and the round goes on. */
const ROUND_MILLISECONDS = 5000
/** Rounds asked for while one is under way; more are dropped, with ErrorFlag.sensorFault. */
const WAITING_MAXIMUM = 8

export type { SensorSlot } from './sample-batch.ts'

export interface SamplingOptions {
  intervalMilliseconds: number
  /** A record is closed this long after its first sample; 0 closes it after each round. */
  batchMilliseconds: number
  /** null samples by interval. */
  triggerPin: PinValue | null
}

/**
 * Samples every sensor at once, by interval or at each rising edge of a trigger pin, and batches the samples
 * into records. A sample carries the time at which its round was asked for: the edge's own time, or when the
 * interval's callback ran. A fault is a sample with a fault code.
 */
export class SamplingTask {
  clock: Clock
  gpio: Gpio
  status: TaskStatus
  options: SamplingOptions
  stations: Station[]
  batch: SampleBatch
  round: number
  roundMilliseconds: number
  outstanding: number
  /** Times of the rounds that wait for the one under way. */
  waiting: number[]
  dueMilliseconds: number
  watch: number
  intervalTimer: number
  roundTimer: number
  running: boolean

  constructor(
    clock: Clock,
    gpio: Gpio,
    sink: RecordSink,
    status: TaskStatus,
    slots: SensorSlot[],
    options: SamplingOptions,
  ) {
    this.clock = clock
    this.gpio = gpio
    this.status = status
    this.options = options
    this.stations = []
    for (let i = 0; i < slots.length; i++) this.stations.push(createStation(slots[i]!))
    this.batch = new SampleBatch(clock, sink, this.stations, options.batchMilliseconds)
    this.round = 0
    this.roundMilliseconds = 0
    this.outstanding = 0
    this.waiting = []
    this.dueMilliseconds = 0
    this.watch = 0
    this.intervalTimer = 0
    this.roundTimer = 0
    this.running = false
  }

  add(station: Station, index: number, channel: SensorChannel): void {
    this.batch.add(station.series[index]!, channel, this.roundMilliseconds)
    if (channel.fault !== SensorFault.none) {
      this.status.errorFlags = this.status.errorFlags | ErrorFlag.sensorFault
    }
  }

  collect(station: Station, round: number): void {
    if (station.pendingRound !== round) return
    station.pendingRound = 0
    const channels = station.driver.channels
    for (let i = 0; i < channels.length; i++) this.add(station, i, channels[i]!)
    this.outstanding--
    if (this.outstanding === 0) this.endRound()
  }

  /** Stores a fault for every channel of a driver that refused or did not answer. */
  giveUp(station: Station): void {
    station.pendingRound = 0
    const channels = station.driver.channels
    for (let i = 0; i < channels.length; i++) {
      channels[i]!.value = 0
      channels[i]!.fault = SensorFault.noAnswer
      this.add(station, i, channels[i]!)
    }
    this.outstanding--
  }

  endRound(): void {
    if (this.roundTimer) this.clock.clearTimeout(this.roundTimer)
    this.roundTimer = 0
    this.batch.endRound()
    if (this.running && this.waiting.length > 0) this.beginRound(this.waiting.shift()!)
  }

  /**
   * A function of its own: loops share one binding on the board. A driver that throws (a native bus error that
   * it did not expect) is a fault and does not stop the others.
   */
  ask(station: Station, round: number): void {
    let taken = false
    try {
      taken = station.driver.sample(() => {
        this.collect(station, round)
      })
    } catch (_error) {
      taken = false
    }
    if (!taken) this.giveUp(station)
  }

  expire(): void {
    this.roundTimer = 0
    for (let i = 0; i < this.stations.length; i++) {
      if (this.stations[i]!.pendingRound !== 0) this.giveUp(this.stations[i]!)
    }
    this.endRound()
  }

  beginRound(atMilliseconds: number): void {
    this.round++
    this.roundMilliseconds = atMilliseconds
    this.outstanding = this.stations.length
    if (this.outstanding === 0) return
    this.roundTimer = this.clock.setTimeout(() => {
      this.expire()
    }, ROUND_MILLISECONDS)
    for (let i = 0; i < this.stations.length; i++) this.stations[i]!.pendingRound = this.round
    for (let i = 0; i < this.stations.length; i++) this.ask(this.stations[i]!, this.round)
    if (this.outstanding === 0) this.endRound()
  }

  /** A round is due; behind one that is under way it waits with its own time. */
  due(atMilliseconds: number): void {
    if (this.outstanding === 0) this.beginRound(atMilliseconds)
    else if (this.waiting.length < WAITING_MAXIMUM) this.waiting.push(atMilliseconds)
    else this.status.errorFlags = this.status.errorFlags | ErrorFlag.sensorFault
  }

  nextInterval(): void {
    const now = this.clock.nowMilliseconds()
    const interval = this.options.intervalMilliseconds
    const at = this.dueMilliseconds
    // Whole intervals from the start: a late callback does not move the ones after it.
    this.dueMilliseconds += (Math.floor((now - at) / interval) + 1) * interval
    this.intervalTimer = this.clock.setTimeout(() => {
      this.nextInterval()
    }, this.dueMilliseconds - now)
    this.due(now)
  }

  start(): void {
    this.running = true
    const pin = this.options.triggerPin
    if (pin === null) {
      this.dueMilliseconds = this.clock.nowMilliseconds()
      this.nextInterval()
      return
    }
    // A wire that is cut must not trigger by noise.
    this.gpio.pinMode(pin, 'input_pulldown')
    this.watch = this.gpio.setWatch(
      (event) => {
        this.due(Math.round(event.time * 1000))
      },
      pin,
      { repeat: true, edge: 'rising', debounce: 0 },
    )
  }

  /** Ends sampling; what was sampled is told. */
  stop(): void {
    this.running = false
    if (this.watch) this.gpio.clearWatch(this.watch)
    if (this.intervalTimer) this.clock.clearTimeout(this.intervalTimer)
    if (this.roundTimer) this.clock.clearTimeout(this.roundTimer)
    this.watch = 0
    this.intervalTimer = 0
    this.roundTimer = 0
    for (let i = 0; i < this.stations.length; i++) this.stations[i]!.driver.close()
    this.batch.flush()
  }
}
