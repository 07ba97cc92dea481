import { Quantity, SensorFault } from '#protocol/numbers.ts'
import type { Clock, OneWireBus } from '../../device-api.ts'
import { oneWireCrc } from '../crc8.ts'
import type { Sensor, SensorChannel } from '../types.ts'

/*
 * Maxim DS18B20 and its clones on a 1-Wire bus, powered by its own wire (parasite power is not supported:
 * the bus is not driven during the conversion).
 *
 * What must never become a value, because in a cold room 0 °C and 85 °C are both alarms or both hide one:
 * - nine zeros: a bus held low; their CRC is 0 and so "right" → stuckBus
 * - nine FF: nobody there → noAnswer
 * - a configuration byte that the chip cannot have → outOfRange
 * - 85.0 °C (raw 0x0550), the power-on value: see `isPowerOn`.
 *
 * Sources: Maxim DS18B20 data sheet 19-7487; sigrok owfs and ds18b20 captures; cpetrich/counterfeit_DS18B20.
 */

const CONVERT = 0x44
const READ_SCRATCHPAD = 0xbe
const FAMILY = '28'
const SCRATCHPAD_BYTES = 9
const ROM_CHARACTERS = 16
/** Raw value, in sixteenths of a degree, that stands in the scratchpad after power-on: 85.0 °C. */
const POWER_ON_RAW = 0x0550
/** Byte 6 of the scratchpad after power-on (data sheet, figure 9 and golden bytes). */
const POWER_ON_RESERVED = 0x0c
/** Conversions in one sample: the first, and one more after a power-on value. */
const CONVERSIONS = 2
/** Reads of one conversion: a bit error on a long cable is not a reason to convert again. */
const READS = 2
/**
 * The data sheet allows 94, 188 and 375 ms for the coarser configurations. Some clones take 519 ms for all of
 * them and would give the value before: the longest time is waited whatever the configuration byte says.
 */
const CONVERT_MILLISECONDS = 750
/** Half, quarter, eighth and sixteenth of a degree, rounded up to whole thousandths. */
const RESOLUTION_MILLICELSIUS = [500, 250, 125, 63]

export interface Ds18b20Options {
  clock: Clock
  /** 16 hex characters, family first; '' takes the only DS18B20 on the bus. */
  rom: string
}

/** @returns bits of resolution over 9, or -1 when the chip cannot have this configuration byte */
function resolutionIndex(configuration: number): number {
  return (configuration & 0x9f) === 0x1f ? (configuration >> 5) & 3 : -1
}

/** Raw sixteenths of a degree with the undefined low bits of a coarser resolution cleared. */
function rawOf(scratchpad: Uint8Array, index: number): number {
  let raw = scratchpad[1]! * 256 + scratchpad[0]!
  raw -= raw & ((8 >> index) - 1)
  return raw >= 32768 ? raw - 65536 : raw
}

/**
 * @param raw sixteenths of a degree, signed
 * @returns milli-degrees, a half rounded away from zero (62.5 a step)
 */
export function temperatureMilliCelsiusOf(raw: number): number {
  if (raw < 0) return -Math.floor((-raw * 125 + 1) / 2)
  return Math.floor((raw * 125 + 1) / 2)
}

/**
 * The power-on rule. A raw value of exactly 85.0 °C is never taken from the first conversion. The second
 * one counts whatever it says, with one exception: 85.0 °C again with the reserved byte of power-on, which
 * is a chip that loses its supply in every conversion. So a true 85.0 °C is told by a chip that changes
 * that byte as it converts; a clone that does not gives a fault there, and right values everywhere else.
 */
function isPowerOn(scratchpad: Uint8Array, raw: number, conversions: number): boolean {
  if (raw !== POWER_ON_RAW) return false
  return conversions < CONVERSIONS || scratchpad[6] === POWER_ON_RESERVED
}

function isAll(bytes: Uint8Array, value: number): boolean {
  for (let i = 0; i < SCRATCHPAD_BYTES; i++) {
    if (bytes[i] !== value) return false
  }
  return true
}

/** @returns SensorFault of the bytes as such, before their meaning */
function scratchpadFault(bytes: Uint8Array): number {
  if (!bytes || bytes.length !== SCRATCHPAD_BYTES) return SensorFault.noAnswer
  if (isAll(bytes, 0)) return SensorFault.stuckBus
  if (isAll(bytes, 255)) return SensorFault.noAnswer
  if (oneWireCrc(bytes, SCRATCHPAD_BYTES) !== 0) return SensorFault.crc
  if (resolutionIndex(bytes[4]!) < 0) return SensorFault.outOfRange
  return SensorFault.none
}

/** @returns whether a ROM code is a DS18B20's and its CRC is right */
export function isRom(rom: string): boolean {
  if (rom.length !== ROM_CHARACTERS || rom.substring(0, 2) !== FAMILY) return false
  const bytes = new Uint8Array(8)
  for (let i = 0; i < 8; i++) {
    const byte = parseInt(rom.substring(i * 2, i * 2 + 2), 16)
    if (!(byte >= 0)) return false
    bytes[i] = byte
  }
  return oneWireCrc(bytes, 8) === 0
}

class Ds18b20 implements Sensor {
  channels: SensorChannel[]
  bus: OneWireBus
  clock: Clock
  /** '' until the only sensor on the bus has been found. */
  rom: string
  /** The ROM code was found, not given: it is looked for again when the sensor does not answer. */
  searched: boolean
  conversions: number
  reads: number
  timer: number
  busy: boolean
  closed: boolean
  done: (() => void) | null
  collect: () => void
  convertAgain: () => void

  constructor(bus: OneWireBus, options: Ds18b20Options) {
    this.channels = [
      {
        quantity: Quantity.temperatureMilliCelsius,
        resolution: RESOLUTION_MILLICELSIUS[3]!,
        value: 0,
        fault: SensorFault.notConfigured,
      },
    ]
    this.bus = bus
    this.clock = options.clock
    this.rom = options.rom
    this.searched = !options.rom
    this.conversions = 0
    this.reads = 0
    this.timer = 0
    this.busy = false
    this.closed = false
    this.done = null
    this.collect = () => {
      this.readConverted()
    }
    this.convertAgain = () => {
      this.convert()
    }
  }

  /** @returns SensorFault; finds the sensor when its ROM code was not given */
  find(): number {
    if (this.rom) return SensorFault.none
    const roms = this.bus.search()
    let found = ''
    for (let i = 0; i < roms.length; i++) {
      const rom = roms[i]!
      if (isRom(rom)) {
        // Two of them and no ROM code given: which one is meant cannot be guessed.
        if (found) return SensorFault.notConfigured
        found = rom
      }
    }
    if (!found) return SensorFault.noAnswer
    this.rom = found
    return SensorFault.none
  }

  configure(done: (fault: number) => void): void {
    const fault = this.find()
    this.timer = this.clock.setTimeout(() => {
      this.timer = 0
      done(fault)
    }, 1)
  }

  sample(done: () => void): boolean {
    if (this.busy || this.closed) return false
    this.busy = true
    this.done = done
    this.conversions = 0
    this.timer = this.clock.setTimeout(this.convertAgain, 1)
    return true
  }

  /** Reset and ROM command. @returns false when nobody showed presence */
  address(): boolean {
    if (!this.bus.reset()) return false
    this.bus.select(this.rom)
    return true
  }

  convert(): void {
    const fault = this.find()
    if (fault !== SensorFault.none) {
      this.finish(fault)
      return
    }
    this.conversions++
    this.reads = 0
    if (!this.address()) {
      this.finish(SensorFault.noAnswer)
      return
    }
    this.bus.write(CONVERT)
    this.timer = this.clock.setTimeout(this.collect, CONVERT_MILLISECONDS)
  }

  readConverted(): void {
    this.reads++
    if (!this.address()) {
      this.finish(SensorFault.noAnswer)
      return
    }
    this.bus.write(READ_SCRATCHPAD)
    const bytes = this.bus.read(SCRATCHPAD_BYTES)
    const fault = scratchpadFault(bytes)
    if (fault !== SensorFault.none) {
      if (this.reads < READS) this.timer = this.clock.setTimeout(this.collect, 1)
      else this.finish(fault)
      return
    }
    this.accept(bytes)
  }

  /** Bytes that are whole; their meaning is judged here. */
  accept(bytes: Uint8Array): void {
    const index = resolutionIndex(bytes[4]!)
    const raw = rawOf(bytes, index)
    if (isPowerOn(bytes, raw, this.conversions)) {
      if (this.conversions < CONVERSIONS) this.timer = this.clock.setTimeout(this.convertAgain, 1)
      else this.finish(SensorFault.powerOn)
      return
    }
    const value = temperatureMilliCelsiusOf(raw)
    const channel = this.channels[0]!
    channel.resolution = RESOLUTION_MILLICELSIUS[index]!
    if (value < -55000 || value > 125000) {
      this.finish(SensorFault.outOfRange)
      return
    }
    channel.value = value
    this.finish(SensorFault.none)
  }

  finish(fault: number): void {
    const channel = this.channels[0]!
    const done = this.done
    channel.fault = fault
    if (fault !== SensorFault.none) channel.value = 0
    if (fault === SensorFault.noAnswer && this.searched) this.rom = ''
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
 * @param bus the pin's bus; several sensors may share it, each with its own ROM code: a conversion of one
 * goes on while another is addressed
 * @returns a sensor with one channel, temperature (milli-degrees Celsius); its resolution follows the chip's
 * configuration byte
 */
export function connect(bus: OneWireBus, options: Ds18b20Options): Sensor {
  return new Ds18b20(bus, options)
}
