import type { LocalTime } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import { toHex } from './hex.ts'
import type { BusOptions, I2cBusFaults, I2cMaster, I2cOutcome, I2cResult, I2cTarget } from './types.ts'

const TARGETS_MAXIMUM = 112
export const I2C_TRANSFER_BYTES_MAXIMUM = 65_536
/** Longest hold of SCL that a master waits for; Espruino's boards give up between 20 and 100 ms. */
const STRETCH_MICROSECONDS_MAXIMUM = 50_000
/** Rate of Espruino's I2C when `setup` names none. */
const DEFAULT_BITRATE = 100_000
const BITRATE_MAXIMUM = 1_000_000

/**
 * An I2C bus with its master: start, address, bytes with their acknowledge bits, repeated start, stop, each spending
 * its bits' time on the processor. Targets are asked by address; who does not answer is a missing acknowledge.
 */
export class I2cBus implements I2cMaster {
  faults: I2cBusFaults = {}
  private readonly options: BusOptions
  private readonly time: LocalTime
  private readonly targets: I2cTarget[] = []
  private bitrate = DEFAULT_BITRATE
  private bitRemainder = 0
  private addressed: I2cTarget | undefined

  constructor(options: BusOptions & { time: LocalTime }) {
    this.options = options
    this.time = options.time
  }

  setup(bitrate: number): void {
    if (!(bitrate > 0 && bitrate <= BITRATE_MAXIMUM)) throw simError('SIM_BUS_INVALID', `bit rate ${bitrate}`)
    this.bitrate = bitrate
  }

  /** SIM_BUS_CONFLICT when the address is taken. */
  attach(target: I2cTarget): void {
    const holder = this.targets.find((other) => other.i2cAddress === target.i2cAddress)
    if (holder !== undefined || this.targets.length >= TARGETS_MAXIMUM) {
      throw simError(
        'SIM_BUS_CONFLICT',
        `${target.id} at address 0x${target.i2cAddress.toString(16)}, taken by ${holder?.id ?? 'a full bus'}`,
        this.options.name,
      )
    }
    this.targets.push(target)
  }

  detach(target: I2cTarget): void {
    const at = this.targets.indexOf(target)
    if (at >= 0) this.targets.splice(at, 1)
    if (this.addressed === target) this.addressed = undefined
  }

  /** Start, address with write bit, bytes, stop (unless `stop` is false: the next transfer begins by repeated start). */
  writeTo(address: number, bytes: Uint8Array, stop = true): I2cResult {
    const began = this.time.nowMicroseconds()
    let outcome = this.begin(address, false)
    const faultByte = this.faults.nackByte
    let count = 0
    while (outcome === 'ok' && count < bytes.length) {
      this.spendBits(9)
      const taken = this.addressed!.write(bytes[count]!, this.time.nowMicroseconds())
      if (!taken || faultByte === count) outcome = 'data-nack'
      else count++
    }
    if (outcome === 'data-nack' && faultByte === count) this.faults.nackByte = undefined
    const sent = outcome === 'data-nack' ? bytes.subarray(0, count + 1) : bytes.subarray(0, count)
    return this.finish(
      began,
      address,
      'write',
      sent,
      bytes.slice(0, count),
      outcome,
      stop || outcome !== 'ok',
    )
  }

  /** Start, address with read bit, `count` bytes of which the last is not acknowledged, stop. */
  readFrom(address: number, count: number, stop = true): I2cResult {
    const began = this.time.nowMicroseconds()
    if (!Number.isSafeInteger(count) || count < 0 || count > I2C_TRANSFER_BYTES_MAXIMUM) {
      throw simError('SIM_BUS_INVALID', `read of ${count} bytes`, this.options.name)
    }
    const bytes = new Uint8Array(count)
    let outcome = this.begin(address, true)
    if (outcome === 'ok') outcome = this.stretch()
    for (let i = 0; outcome === 'ok' && i < count; i++) {
      this.spendBits(9)
      bytes[i] = this.addressed!.read(i < count - 1, this.time.nowMicroseconds())
    }
    const read = outcome === 'ok' ? bytes : new Uint8Array(0)
    return this.finish(began, address, 'read', read, read, outcome, stop || outcome !== 'ok')
  }

  private begin(address: number, read: boolean): I2cOutcome {
    if (!Number.isSafeInteger(address) || address < 0 || address > 127) {
      throw simError('SIM_BUS_INVALID', `address ${address}`, this.options.name)
    }
    if (this.faults.stuckLow !== undefined) return 'bus-stuck'
    this.spendBits(10)
    const injected = this.faults.nackAddresses ?? 0
    if (injected > 0) {
      this.faults.nackAddresses = injected - 1
      return 'address-nack'
    }
    const target = this.targets.find((other) => other.i2cAddress === address)
    if (this.addressed !== undefined && this.addressed !== target) {
      // a repeated start to another address ends the talk with the one before, without a stop
      this.addressed = undefined
    }
    if (target === undefined) return 'address-nack'
    this.addressed = target
    return target.start(read, this.time.nowMicroseconds()) ? 'ok' : 'address-nack'
  }

  private stretch(): I2cOutcome {
    const held = this.addressed!.stretchMicroseconds?.(this.time.nowMicroseconds()) ?? 0
    if (held > STRETCH_MICROSECONDS_MAXIMUM) {
      this.time.spend(STRETCH_MICROSECONDS_MAXIMUM)
      return 'stretch-timeout'
    }
    this.time.spend(held)
    return 'ok'
  }

  private finish(
    began: number,
    address: number,
    direction: 'write' | 'read',
    wire: Uint8Array,
    bytes: Uint8Array,
    outcome: I2cOutcome,
    stop: boolean,
  ): I2cResult {
    const target = this.addressed
    if (stop && outcome !== 'bus-stuck') {
      this.spendBits(1)
      target?.stop(this.time.nowMicroseconds())
      this.addressed = undefined
    }
    const fault = outcome === 'bus-stuck' ? `stuck-${this.faults.stuckLow}` : target?.takeFaultName?.()
    this.options.record?.({
      tMicroseconds: began,
      bus: this.options.name,
      kind: 'i2c',
      part: target?.id ?? `0x${address.toString(16).padStart(2, '0')}`,
      direction,
      hex: toHex(wire),
      ack: outcome === 'ok',
      fault,
    })
    return { outcome, bytes }
  }

  /** Spends whole microseconds and carries the rest, so that long transfers do not drift. */
  private spendBits(bits: number): void {
    const exact = (bits * 1e6) / this.bitrate + this.bitRemainder
    const whole = Math.floor(exact)
    this.bitRemainder = exact - whole
    this.time.spend(whole)
  }
}
