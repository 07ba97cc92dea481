import type { I2cTarget } from '../buses/types.ts'
import type { Clock } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import type { World } from '../world/types.ts'
import { crc8Sensirion } from './crc.ts'
import { FaultSet } from './fault-set.ts'
import { SHT3X_COMMAND, SHT3X_MEASUREMENTS } from './sht3x-commands.ts'
import type { Part, PartFault, PartOptions } from './types.ts'

/** Times of the datasheet (SHT3x-DIS, table 4), in microseconds: maximum values, so that a driver must wait them out. */
const POWER_UP_MICROSECONDS = 1_000
const SOFT_RESET_MICROSECONDS = 1_500
/** Alert pending and system reset: what status reads after power-up. */
const STATUS_AFTER_RESET = 0x8010
const STATUS_HEATER = 0x2000
const STATUS_COMMAND_FAILED = 0x0002
const STATUS_CLEARABLE = 0x8c10
/** What the heater does to the chip's own temperature; the datasheet says a few degrees. */
const HEATER_CELSIUS = 3

export const SHT3X_FAULTS = [
  /** The temperature word's CRC has one bit wrong; a chance per read of a measurement. */
  'crc-flip',
  /** Both words stay as they were at the first chance, or at `value` °C; a chance per measurement. */
  'stuck-value',
  /** The address is not acknowledged; a chance per start. */
  'nack',
  /** Never answers. */
  'no-answer',
  /** Measures 100 %RH, as under condensation; a chance per measurement. */
  'condensation',
  /** One data bit flipped below a CRC that still belongs to the true value; a chance per read. */
  'bit-flip',
] as const

export interface Sht3xOptions extends PartOptions {
  /** 0x44 or 0x45 (ADDR pin high). */
  address?: number
  /** World channels: degrees Celsius, and %RH (50 % where none is named). */
  temperatureChannel: string
  humidityChannel?: string
  serialNumber?: number
  /** Standard deviation of the noise of one measurement; 0 unless told. */
  noiseCelsius?: number
  powered?: boolean
}

interface Measured {
  temperatureRaw: number
  humidityRaw: number
}

/**
 * Sensirion SHT3x-DIS as its datasheet has it: measurement in the background, no acknowledge while it is at work or
 * when nothing new is there, each word with its CRC-8.
 */
export class Sht3x implements Part, I2cTarget {
  readonly kind = 'sht3x'
  readonly id: string
  readonly faultNames: readonly string[] = SHT3X_FAULTS
  readonly i2cAddress: number
  private readonly options: Sht3xOptions
  private readonly clock: Clock
  private readonly world: World
  private readonly faults: FaultSet
  private readonly serialNumber: number
  private powered = false
  private busyUntil = 0
  /** A single shot at work or waiting to be fetched; `ready` is when its data is there. */
  private single: { ready: number; stretch: boolean } | undefined
  private periodic:
    | { began: number; period: number; duration: number; fetched: number; asked: boolean }
    | undefined
  private command: number[] = []
  private answer: Uint8Array = new Uint8Array(0)
  private answerAt = 0
  private status = STATUS_AFTER_RESET
  private stuck: Measured | undefined

  constructor(options: Sht3xOptions) {
    this.options = options
    this.id = options.id
    this.i2cAddress = options.address ?? 0x44
    this.serialNumber = options.serialNumber ?? options.random.nextUint32()
    if (this.i2cAddress !== 0x44 && this.i2cAddress !== 0x45) {
      throw simError(
        'SIM_PART_INVALID',
        `SHT3x address ${this.i2cAddress}, only 0x44 and 0x45 exist`,
        options.id,
      )
    }
    this.clock = options.clock
    this.world = options.world
    this.faults = new FaultSet(options.id, SHT3X_FAULTS, options.random)
    if (options.powered !== false) this.power(true)
  }

  power(on: boolean): void {
    if (on === this.powered) return
    this.powered = on
    this.restart()
    if (on) this.busyUntil = this.clock.nowMicroseconds() + POWER_UP_MICROSECONDS
  }

  setFault(fault: PartFault): void {
    this.faults.set(fault)
    this.stuck = undefined
  }

  clearFault(name?: string): void {
    this.faults.clear(name)
    this.stuck = undefined
  }

  takeFaultName(): string | undefined {
    return this.faults.takeName()
  }

  start(read: boolean, atMicroseconds: number): boolean {
    if (!this.powered || this.faults.take('no-answer') !== undefined) return false
    if (this.faults.take('nack') !== undefined || atMicroseconds < this.busyUntil) return false
    if (!read) {
      // without clock stretching, the chip answers nothing while it measures (datasheet 4.3)
      if (this.single !== undefined && atMicroseconds < this.single.ready) return false
      this.command = []
      if (this.answerAt > 0) this.dropAnswer()
      return true
    }
    return this.prepareAnswer(atMicroseconds)
  }

  write(byte: number, atMicroseconds: number): boolean {
    this.command.push(byte)
    if (this.command.length < 2) return true
    if (this.command.length > 2) return false
    return this.execute((this.command[0]! << 8) | byte, atMicroseconds)
  }

  /** Past the last byte the bus stays released: FF. */
  read(_masterAcknowledges: boolean): number {
    return this.answer[this.answerAt++] ?? 0xff
  }

  stretchMicroseconds(atMicroseconds: number): number {
    if (this.single === undefined || !this.single.stretch) return 0
    const held = Math.max(0, this.single.ready - atMicroseconds)
    this.takeSingle()
    return held
  }

  /** An answer not yet begun stays for the next read header; one that was begun is gone. */
  stop(): void {
    this.command = []
    if (this.answerAt > 0) this.dropAnswer()
  }

  private dropAnswer(): void {
    this.answer = new Uint8Array(0)
    this.answerAt = 0
  }

  private restart(): void {
    this.single = undefined
    this.periodic = undefined
    this.command = []
    this.dropAnswer()
    this.status = STATUS_AFTER_RESET
  }

  /** A word command; false = the second byte is not acknowledged. */
  private execute(code: number, at: number): boolean {
    const measurement = SHT3X_MEASUREMENTS.get(code)
    if (measurement !== undefined) {
      this.dropAnswer()
      if (measurement.periodMicroseconds === undefined) {
        if (this.periodic !== undefined) return this.refuse()
        this.single = { ready: at + measurement.durationMicroseconds, stretch: measurement.stretch }
      } else {
        this.single = undefined
        this.periodic = {
          began: at,
          period: measurement.periodMicroseconds,
          duration: measurement.durationMicroseconds,
          fetched: 0,
          asked: false,
        }
      }
      return true
    }
    this.status &= ~STATUS_COMMAND_FAILED
    switch (code) {
      case SHT3X_COMMAND.break:
        this.periodic = undefined
        this.busyUntil = at + POWER_UP_MICROSECONDS
        return true
      case SHT3X_COMMAND.softReset:
        if (this.periodic !== undefined) return this.refuse()
        this.restart()
        this.busyUntil = at + SOFT_RESET_MICROSECONDS
        return true
      case SHT3X_COMMAND.heaterOn:
        this.status |= STATUS_HEATER
        return true
      case SHT3X_COMMAND.heaterOff:
        this.status &= ~STATUS_HEATER
        return true
      case SHT3X_COMMAND.clearStatus:
        this.status &= ~STATUS_CLEARABLE
        return true
      case SHT3X_COMMAND.readStatus:
        this.offer(words(this.status))
        return true
      case SHT3X_COMMAND.serialStretch:
      case SHT3X_COMMAND.serial:
        this.offer(words(this.serialNumber >>> 16, this.serialNumber & 0xffff))
        return true
      case SHT3X_COMMAND.fetch:
        if (this.periodic === undefined) return this.refuse()
        this.periodic.asked = true
        return true
      default:
        return this.refuse()
    }
  }

  private refuse(): false {
    this.status |= STATUS_COMMAND_FAILED
    return false
  }

  private offer(bytes: Uint8Array): void {
    this.answer = bytes
    this.answerAt = 0
    this.single = undefined
  }

  /** The read header: acknowledged when an answer is there. */
  private prepareAnswer(at: number): boolean {
    if (this.answer.length > 0) return this.answerAt === 0
    if (this.periodic !== undefined) {
      const { began, period, duration, fetched, asked } = this.periodic
      const done = Math.floor((at - began - duration) / period) + 1
      this.periodic.asked = false
      if (!asked || done <= fetched) return false
      this.periodic.fetched = done
      this.offer(this.measure(began + (done - 1) * period + duration))
      return true
    }
    if (this.single === undefined) return false
    if (at < this.single.ready) return this.single.stretch
    this.takeSingle()
    return true
  }

  private takeSingle(): void {
    if (this.single !== undefined) this.offer(this.measure(this.single.ready))
  }

  private measure(at: number): Uint8Array {
    const measured = this.measured(at)
    const bytes = words(measured.temperatureRaw, measured.humidityRaw)
    if (this.faults.take('crc-flip') !== undefined) bytes[2]! ^= 1
    if (this.faults.take('bit-flip') !== undefined) bytes[1]! ^= 0x80
    return bytes
  }

  private measured(at: number): Measured {
    const stuck = this.faults.take('stuck-value')
    if (stuck !== undefined && this.stuck !== undefined) return this.stuck
    const { temperatureChannel, humidityChannel, noiseCelsius = 0, random } = this.options
    const heater = (this.status & STATUS_HEATER) !== 0 ? HEATER_CELSIUS : 0
    const noise = noiseCelsius > 0 ? random.normal(noiseCelsius) : 0
    const celsius = stuck?.value ?? this.world.sample(temperatureChannel, at) + heater + noise
    const percent = humidityChannel === undefined ? 50 : this.world.sample(humidityChannel, at)
    const wet = this.faults.take('condensation') !== undefined
    const measured = {
      temperatureRaw: word(((celsius + 45) * 65535) / 175),
      humidityRaw: wet ? 0xffff : word((percent * 65535) / 100),
    }
    if (stuck !== undefined) this.stuck = measured
    return measured
  }
}

function word(value: number): number {
  return Math.min(65535, Math.max(0, Math.round(value)))
}

/** Big-endian words, each with its CRC-8. */
function words(...values: number[]): Uint8Array {
  const out = new Uint8Array(3 * values.length)
  values.forEach((value, i) => {
    out[3 * i] = value >> 8
    out[3 * i + 1] = value & 0xff
    out[3 * i + 2] = crc8Sensirion(out.subarray(3 * i, 3 * i + 2))
  })
  return out
}
