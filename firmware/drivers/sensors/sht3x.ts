import { Quantity, SensorFault } from '#protocol/numbers.ts'
import type { Clock, I2cBus } from '../../device-api.ts'
import { sensirionWordCrc } from '../crc8.ts'
import type { Sensor, SensorChannel } from '../types.ts'

/*
 * Sensirion SHT3x-DIS (data sheet version 7): temperature and humidity over I2C, two words with a CRC each.
 *
 * Single shots of high repeatability without clock stretching: a chip that holds the clock would stop the
 * whole interpreter. While it measures it does not acknowledge its address, so an early read is an exception
 * and the one retry is for that and for a burst of noise.
 *
 * Source: Sensirion SHT3x-DIS data sheet, sections 4.3, 4.12 and 4.13.
 */

/** 15.5 ms at most (data sheet, table 4), and the timer's own millisecond. */
const MEASURE_MILLISECONDS = 17
/** After a reset the chip is idle in 1.5 ms (data sheet, table 4). */
const RESET_MILLISECONDS = 2
const TRIES = 2
const READ_BYTES = 6

const SINGLE_SHOT_HIGH = new Uint8Array([0x24, 0x00])
const BREAK = new Uint8Array([0x30, 0x93])
const SOFT_RESET = new Uint8Array([0x30, 0xa2])

export interface Sht3xOptions {
  clock: Clock
  /** 7-bit: 0x44 or 0x45. */
  address: number
}

/** A whole number of `scale` parts of a raw word, rounded to the nearest; the range is 65,535 steps. */
function scaled(raw: number, scale: number): number {
  // 175,000 × 65,535 is beyond 31 bits but far below 2^53: a division and no bit operators.
  return Math.floor((raw * scale * 2 + 65535) / 131070)
}

/** @returns milli-degrees Celsius of a raw word (data sheet, 4.13): -45 + 175 × raw / 65,535, rounded */
export function temperatureMilliCelsiusOf(raw: number): number {
  return scaled(raw, 175000) - 45000
}

/** @returns thousandths of a percent of relative humidity (data sheet, 4.13): 100 × raw / 65,535, rounded */
export function relativeHumidityMilliPercentOf(raw: number): number {
  return scaled(raw, 100000)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

/** All six bytes alike and 00 or FF: nobody drives the bus, or somebody holds it. */
function isStuck(bytes: Uint8Array): boolean {
  const first = bytes[0]!
  if (first !== 0 && first !== 255) return false
  for (let i = 1; i < READ_BYTES; i++) {
    if (bytes[i] !== first) return false
  }
  return true
}

class Sht3x implements Sensor {
  channels: SensorChannel[]
  bus: I2cBus
  clock: Clock
  address: number
  /** Tries made for the sample under way. */
  tries: number
  timer: number
  busy: boolean
  closed: boolean
  /** The chip may be in a state that we did not put it in: reset it before the next sample. */
  suspect: boolean
  done: (() => void) | null
  measure: () => void
  collect: () => void

  constructor(bus: I2cBus, options: Sht3xOptions) {
    this.channels = [
      {
        quantity: Quantity.temperatureMilliCelsius,
        // 175,000 / 65,535 is 2.67.
        resolution: 3,
        value: 0,
        fault: SensorFault.notConfigured,
      },
      {
        quantity: Quantity.relativeHumidityMilliPercent,
        // 100,000 / 65,535 is 1.53.
        resolution: 2,
        value: 0,
        fault: SensorFault.notConfigured,
      },
    ]
    this.bus = bus
    this.clock = options.clock
    this.address = options.address
    this.tries = 0
    this.timer = 0
    this.busy = false
    this.closed = false
    this.suspect = true
    this.done = null
    this.measure = () => {
      this.startMeasuring()
    }
    this.collect = () => {
      this.readMeasured()
    }
  }

  /** @returns false when the chip did not acknowledge; error texts differ per board and are not looked at */
  command(bytes: Uint8Array): boolean {
    try {
      this.bus.writeTo(this.address, bytes)
      return true
    } catch (_error) {
      return false
    }
  }

  /** Ends a periodic mode that somebody left on, and a heater: then the soft reset is taken. */
  reset(): boolean {
    this.command(BREAK)
    return this.command(SOFT_RESET)
  }

  configure(done: (fault: number) => void): void {
    const answered = this.reset()
    this.suspect = !answered
    this.timer = this.clock.setTimeout(() => {
      this.timer = 0
      done(answered ? SensorFault.none : SensorFault.noAnswer)
    }, RESET_MILLISECONDS)
  }

  sample(done: () => void): boolean {
    if (this.busy || this.closed) return false
    this.busy = true
    this.done = done
    this.tries = 0
    if (this.suspect) {
      this.reset()
      this.timer = this.clock.setTimeout(this.measure, RESET_MILLISECONDS)
    } else this.startMeasuring()
    return true
  }

  startMeasuring(): void {
    this.tries++
    if (!this.command(SINGLE_SHOT_HIGH)) {
      this.retry(SensorFault.noAnswer, SensorFault.noAnswer)
      return
    }
    this.timer = this.clock.setTimeout(this.collect, MEASURE_MILLISECONDS)
  }

  readMeasured(): void {
    let bytes: Uint8Array
    try {
      bytes = this.bus.readFrom(this.address, READ_BYTES)
    } catch (_error) {
      this.retry(SensorFault.noAnswer, SensorFault.noAnswer)
      return
    }
    if (!bytes || bytes.length !== READ_BYTES) {
      this.retry(SensorFault.noAnswer, SensorFault.noAnswer)
      return
    }
    if (isStuck(bytes)) {
      this.retry(SensorFault.stuckBus, SensorFault.stuckBus)
      return
    }
    const temperatureGood = sensirionWordCrc(bytes, 0) === bytes[2]
    const humidityGood = sensirionWordCrc(bytes, 3) === bytes[5]
    this.set(0, temperatureMilliCelsiusOf(word(bytes, 0)), temperatureGood)
    this.set(1, relativeHumidityMilliPercentOf(word(bytes, 3)), humidityGood)
    if (temperatureGood && humidityGood) this.finish(false)
    else this.retry(this.channels[0]!.fault, this.channels[1]!.fault)
  }

  set(index: number, value: number, good: boolean): void {
    const channel = this.channels[index]!
    channel.value = good ? value : 0
    channel.fault = good ? SensorFault.none : SensorFault.crc
    // Outside what the chip is specified for (data sheet, table 2) the word is not a measurement.
    if (good && index === 0 && (value < -40000 || value > 125000)) {
      channel.value = 0
      channel.fault = SensorFault.outOfRange
    }
  }

  /** Measures once more, or ends the sample with these faults. */
  retry(temperatureFault: number, humidityFault: number): void {
    if (this.tries < TRIES) {
      this.timer = this.clock.setTimeout(this.measure, MEASURE_MILLISECONDS)
      return
    }
    this.fail(0, temperatureFault)
    this.fail(1, humidityFault)
    this.finish(true)
  }

  fail(index: number, fault: number): void {
    const channel = this.channels[index]!
    channel.fault = fault
    if (fault !== SensorFault.none) channel.value = 0
  }

  finish(suspect: boolean): void {
    const done = this.done
    this.suspect = suspect
    this.busy = false
    this.done = null
    this.timer = 0
    if (done && !this.closed) done()
  }

  close(): void {
    this.closed = true
    if (this.timer) this.clock.clearTimeout(this.timer)
    this.timer = 0
  }
}

/**
 * @param bus set up already
 * @returns a sensor with the channels temperature (milli-degrees Celsius) and relative humidity (thousandths
 * of a percent)
 */
export function connect(bus: I2cBus, options: Sht3xOptions): Sensor {
  return new Sht3x(bus, options)
}
