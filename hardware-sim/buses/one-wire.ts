import type { LocalTime, RandomStream } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import { fromHex, toHex } from './hex.ts'
import { SimulatedLine } from './one-wire-line.ts'
import { searchRoms } from './one-wire-search.ts'
import type { Level, OneWireBusFaults, OneWireBusOptions, OneWireMaster, OneWireSlave } from './types.ts'

/** What Espruino's jswrap_onewire.c drives, in microseconds (reference/parts/ds18b20-onewire.md). */
export const ONE_WIRE_TIMING = {
  resetLow: 500,
  presenceSample: 80,
  resetRest: 420,
  writeOneLow: 10,
  writeOneHigh: 55,
  writeZeroLow: 65,
  writeZeroHigh: 5,
  readLow: 3,
  readSample: 10,
  readRest: 53,
} as const

export const ONE_WIRE_READ_BYTES_MAXIMUM = 4096
const MATCH_ROM = 0x55
const SKIP_ROM = 0xcc
const SEARCH_ROM = 0xf0

/**
 * Espruino's OneWire object on a simulated wire: it pulls, releases and samples with the interpreter's own timing and
 * knows nothing of the slaves. Every call blocks the processor for the time of its bits.
 */
export class OneWireBus implements OneWireMaster {
  readonly line: SimulatedLine
  private readonly options: OneWireBusOptions
  private readonly time: LocalTime
  private readonly random: RandomStream | undefined

  constructor(options: OneWireBusOptions) {
    this.options = options
    this.time = options.time
    this.random = options.random
    this.line = new SimulatedLine(options.onEdge)
  }

  get faults(): OneWireBusFaults {
    return this.line.faults
  }

  set faults(faults: OneWireBusFaults) {
    if ((faults.flipProbability ?? 0) > 0 && this.random === undefined) {
      throw simError('SIM_BUS_INVALID', 'faults with a probability need a random stream', this.options.name)
    }
    this.line.faults = faults
    this.line.advanceTo(this.time.nowMicroseconds())
    this.line.settle()
  }

  attach(slave: OneWireSlave): void {
    this.line.advanceTo(this.time.nowMicroseconds())
    this.line.attach(slave)
  }

  detach(slave: OneWireSlave): void {
    this.line.advanceTo(this.time.nowMicroseconds())
    this.line.detach(slave)
  }

  level(): Level {
    this.line.advanceTo(this.time.nowMicroseconds())
    return this.line.level()
  }

  /** Reset and presence; true when the line is low 80 µs after release, whoever holds it. */
  reset(): boolean {
    const began = this.time.nowMicroseconds()
    this.pull(ONE_WIRE_TIMING.resetLow)
    this.release(ONE_WIRE_TIMING.presenceSample)
    const present = this.line.level() === 0
    this.spend(ONE_WIRE_TIMING.resetRest)
    this.log(began, 'reset', '', present)
    return present
  }

  /** Reset, match ROM, 16 hex characters, family code first. SIM_BUS_INVALID for another text. */
  select(romHex: string): void {
    if (romHex.length !== 16) throw simError('SIM_BUS_INVALID', `ROM ${romHex}`, this.options.name)
    const rom = fromHex(romHex)
    this.reset()
    const bytes = new Uint8Array(9)
    bytes[0] = MATCH_ROM
    bytes.set(rom, 1)
    this.write(bytes)
  }

  skip(): void {
    this.write(SKIP_ROM)
  }

  write(data: number | Uint8Array, leavePowerOn = false): void {
    const began = this.time.nowMicroseconds()
    const bytes = typeof data === 'number' ? Uint8Array.of(data) : data
    for (const byte of bytes) {
      for (let bit = 0; bit < 8; bit++) this.writeBit(((byte >> bit) & 1) as Level)
    }
    this.line.strongPullUp = leavePowerOn
    this.log(began, 'write', toHex(bytes), true)
  }

  readByte(): number {
    return this.read(1)[0]!
  }

  read(count: number): Uint8Array {
    if (!Number.isSafeInteger(count) || count < 0 || count > ONE_WIRE_READ_BYTES_MAXIMUM) {
      throw simError('SIM_BUS_INVALID', `read of ${count} bytes`, this.options.name)
    }
    const began = this.time.nowMicroseconds()
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      for (let bit = 0; bit < 8; bit++) if (this.readBit() === 1) bytes[i]! |= 1 << bit
    }
    this.log(began, 'read', toHex(bytes), true)
    return bytes
  }

  /** ROMs found, as Espruino's search finds them (Maxim application note 187); 0xEC searches alarms. */
  search(command: number = SEARCH_ROM): string[] {
    const code = command > 0 && command <= 255 ? command : SEARCH_ROM
    const began = this.time.nowMicroseconds()
    const roms = searchRoms(this, code).map((rom) => toHex(rom))
    this.log(began, 'read', roms.join(''), true)
    return roms
  }

  writeBit(bit: Level): void {
    const one = bit === 1
    this.pull(one ? ONE_WIRE_TIMING.writeOneLow : ONE_WIRE_TIMING.writeZeroLow)
    this.release(one ? ONE_WIRE_TIMING.writeOneHigh : ONE_WIRE_TIMING.writeZeroHigh)
  }

  readBit(): Level {
    const late = this.line.faults.lateSampleMicroseconds ?? 0
    this.pull(ONE_WIRE_TIMING.readLow)
    this.release(ONE_WIRE_TIMING.readSample + late)
    const flip = this.random?.chance(this.line.faults.flipProbability ?? 0) === true
    const level = this.line.level()
    this.spend(ONE_WIRE_TIMING.readRest)
    return flip ? (level === 1 ? 0 : 1) : level
  }

  private pull(microseconds: number): void {
    this.line.advanceTo(this.time.nowMicroseconds())
    this.line.master(true)
    this.spend(microseconds)
  }

  private release(microseconds: number): void {
    this.line.master(false)
    this.spend(microseconds)
  }

  private spend(microseconds: number): void {
    this.time.spend(microseconds)
    this.line.advanceTo(this.time.nowMicroseconds())
  }

  private log(began: number, direction: 'reset' | 'write' | 'read', hex: string, ack: boolean): void {
    const stuck = this.line.faults.stuck
    this.options.record?.({
      tMicroseconds: began,
      bus: this.options.name,
      kind: '1-wire',
      part: '-',
      direction,
      hex,
      ack,
      fault: stuck === undefined ? this.line.takeFaultNames() : `stuck-${stuck}`,
    })
  }
}
