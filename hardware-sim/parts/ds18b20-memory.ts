import type { World } from '../world/types.ts'
import { crc8Maxim } from './crc.ts'
import type { FaultSet } from './fault-set.ts'

/**
 * - `genuine`: Maxim's. Conversion time by resolution, 85 °C at power-on, byte 6 counts down with the low nibble.
 * - `clone-12-bit`: keeps 12 bits whatever is written, byte 6 fixed at 0C (the two devices of the sigrok capture).
 * - `clone-519`: converts in 519 ms at every resolution, no 85 °C at power-on: keeps its last value for about
 *   20 minutes, else 25 °C.
 */
export type Ds18b20Variant = 'genuine' | 'clone-12-bit' | 'clone-519'

const FACTORY_EEPROM = [0x4b, 0x46, 0x7f] as const
const POWER_ON_RAW = 0x0550
const CLONE_POWER_ON_RAW = 25 * 16
const CLONE_KEEPS_MICROSECONDS = 20 * 60 * 1e6
const COPY_MICROSECONDS = 10_000
const CONVERSION_12_BIT_MICROSECONDS = 750_000
const CLONE_519_MICROSECONDS = 519_000
const MINIMUM_RAW = -55 * 16
const MAXIMUM_RAW = 125 * 16

export interface Ds18b20MemoryOptions {
  world: World
  temperatureChannel: string
  variant?: Ds18b20Variant
  parasite?: boolean
  eeprom?: readonly [number, number, number]
}

/** Scratchpad, EEPROM and converter of one DS18B20. Temperatures are raw sixteenths of a degree. */
export class Ds18b20Memory {
  readonly parasite: boolean
  private readonly options: Ds18b20MemoryOptions
  private readonly faults: FaultSet
  private readonly variant: Ds18b20Variant
  private readonly eeprom: Uint8Array
  private high = 0
  private low = 0
  private configuration = 0x7f
  private raw = POWER_ON_RAW
  private converted = false
  private conversion: { done: number } | undefined
  private lostPowerAt: number | undefined

  constructor(options: Ds18b20MemoryOptions, faults: FaultSet) {
    this.options = options
    this.faults = faults
    this.variant = options.variant ?? 'genuine'
    this.parasite = options.parasite ?? false
    this.eeprom = Uint8Array.from(options.eeprom ?? FACTORY_EEPROM)
    this.eeprom[2] = configurationByte(this.eeprom[2]!)
  }

  powerOn(at: number): void {
    this.conversion = undefined
    this.recall(at)
    if (this.variant !== 'clone-519') this.toPowerOnValue()
    else if (this.lostPowerAt === undefined || at - this.lostPowerAt > CLONE_KEEPS_MICROSECONDS) {
      this.raw = CLONE_POWER_ON_RAW
    }
  }

  powerOff(at: number): void {
    this.finish(at)
    this.conversion = undefined
    this.lostPowerAt = at
  }

  convert(at: number): void {
    this.finish(at)
    this.conversion = { done: at + this.conversionMicroseconds() }
  }

  converting(at: number): boolean {
    this.finish(at)
    return this.conversion !== undefined
  }

  /** The line went low: a conversion on parasite power without the strong pull-up up to here is lost. */
  lineFell(at: number, strongPullUp: boolean): void {
    if (!this.parasite || this.conversion === undefined) return
    if (strongPullUp && at >= this.conversion.done) {
      this.finish(at)
      return
    }
    this.conversion = undefined
    this.toPowerOnValue()
  }

  /** Nine bytes as sent now, faults included. */
  scratchpadToSend(at: number): Uint8Array {
    this.finish(at)
    const bytes = new Uint8Array(9)
    bytes[0] = this.raw & 0xff
    bytes[1] = (this.raw >> 8) & 0xff
    bytes[2] = this.high
    bytes[3] = this.low
    bytes[4] = this.configuration
    bytes[5] = 0xff
    bytes[6] = this.variant === 'genuine' && this.converted ? 0x10 - (this.raw & 0x0f) : 0x0c
    bytes[7] = 0x10
    bytes[8] = crc8Maxim(bytes, 8)
    if (this.faults.take('crc-flip') !== undefined) bytes[8]! ^= 0x01
    if (this.faults.take('bit-flip') !== undefined) bytes[0]! ^= 0x10
    if (this.faults.take('all-zero') !== undefined) bytes.fill(0)
    return bytes
  }

  /** Byte number 0..2 of a write: TH, TL, configuration. False when it was the last. */
  writeByte(index: number, byte: number): boolean {
    if (index === 0) this.high = byte
    else if (index === 1) this.low = byte
    else if (this.variant !== 'clone-12-bit') this.configuration = configurationByte(byte)
    return index < 2
  }

  /** Copies to EEPROM; gives the time at which it is done. */
  copy(at: number): number {
    this.eeprom[0] = this.high
    this.eeprom[1] = this.low
    this.eeprom[2] = this.configuration
    return at + COPY_MICROSECONDS
  }

  recall(at: number): void {
    this.finish(at)
    this.high = this.eeprom[0]!
    this.low = this.eeprom[1]!
    this.configuration = this.eeprom[2]!
  }

  /** Alarm flag: whole degrees of the last conversion at or above TH, or at or below TL. */
  alarm(at: number): boolean {
    this.finish(at)
    if (!this.converted) return false
    const whole = this.raw >> 4
    return whole >= (this.high << 24) >> 24 || whole <= (this.low << 24) >> 24
  }

  private conversionMicroseconds(): number {
    if (this.variant === 'clone-519') return CLONE_519_MICROSECONDS
    return CONVERSION_12_BIT_MICROSECONDS / (1 << this.missingBits())
  }

  /** Bits below the resolution: 3 at 9 bits, 0 at 12. */
  private missingBits(): number {
    return 3 - ((this.configuration >> 5) & 3)
  }

  private finish(at: number): void {
    if (this.conversion === undefined || at < this.conversion.done) return
    const done = this.conversion.done
    this.conversion = undefined
    if (this.faults.take('power-on-value') !== undefined) {
      this.toPowerOnValue()
      return
    }
    const celsius =
      this.faults.take('stuck-value')?.value ??
      this.options.world.sample(this.options.temperatureChannel, done)
    const full = Math.min(MAXIMUM_RAW, Math.max(MINIMUM_RAW, Math.round(celsius * 16)))
    this.raw = full & ~((1 << this.missingBits()) - 1)
    this.converted = true
  }

  private toPowerOnValue(): void {
    this.raw = POWER_ON_RAW
    this.converted = false
  }
}

/** Only bits 5 and 6 can be written; the others read as 0 and 1F (datasheet, figure 10). */
function configurationByte(byte: number): number {
  return (byte & 0x60) | 0x1f
}
