import { fromHex, toHex } from '../buses/hex.ts'
import type { Level, OneWireLine, OneWireSlave } from '../buses/types.ts'
import type { Clock } from '../kernel/types.ts'
import { simError } from '../sim-error.ts'
import { crc8Maxim } from './crc.ts'
import { Ds18b20Memory, type Ds18b20Variant } from './ds18b20-memory.ts'
import { FaultSet } from './fault-set.ts'
import type { Part, PartFault, PartOptions } from './types.ts'

const FAMILY = 0x28
/** DS18B20 datasheet, AC electrical characteristics: reset low at least 480 µs. */
const RESET_MINIMUM = 480
/** After a reset nothing counts as a slot until every presence pulse (wait ≤ 60, low ≤ 240) is over. */
const PRESENCE_OVER = 301
/** The device samples a write slot, and lets go of a read slot, between 15 and 60 µs after the falling edge. */
const SAMPLE_AFTER = 30
const READ_ZERO_HOLD = 30

export const DS18B20_FAULTS = [
  /** The scratchpad's CRC byte has one bit wrong; a chance per read. */
  'crc-flip',
  /** One data bit of the scratchpad flipped, CRC not; a chance per read. */
  'bit-flip',
  /** The conversion gives `value` °C whatever the room has; a chance per conversion. */
  'stuck-value',
  /** No presence and no answer; a chance per reset. */
  'no-answer',
  /** A brown-out loses the conversion: the scratchpad is as after power-on, 85 °C; a chance per conversion. */
  'power-on-value',
  /** The scratchpad reads nine times 00 (its CRC is right); a chance per read. */
  'all-zero',
] as const

const COMMAND = {
  searchRom: 0xf0,
  searchAlarm: 0xec,
  readRom: 0x33,
  matchRom: 0x55,
  skipRom: 0xcc,
  convert: 0x44,
  readScratchpad: 0xbe,
  writeScratchpad: 0x4e,
  copyScratchpad: 0x48,
  recall: 0xb8,
  readPowerSupply: 0xb4,
} as const

export interface Ds18b20Options extends PartOptions {
  /** World channel in degrees Celsius. */
  temperatureChannel: string
  /** Sixteen hex characters, family code 28 first, CRC last; made from the random stream unless told. */
  rom?: string
  variant?: Ds18b20Variant
  /** Powered over the data wire: conversions need the strong pull-up. */
  parasite?: boolean
  /** EEPROM as found: TH, TL, configuration. Factory: 4B 46 7F. */
  eeprom?: readonly [number, number, number]
  powered?: boolean
}

type State = 'idle' | 'rom-command' | 'match' | 'search' | 'function' | 'write' | 'send'

/** Maxim DS18B20 and its clones at the level of edges: it measures low times, samples slots and pulls for its zeros. */
export class Ds18b20 implements Part, OneWireSlave {
  readonly kind = 'ds18b20'
  readonly id: string
  readonly faultNames: readonly string[] = DS18B20_FAULTS
  readonly rom: Uint8Array
  private readonly clock: Clock
  private readonly faults: FaultSet
  private readonly memory: Ds18b20Memory
  private readonly presenceWait: number
  private readonly presenceLow: number
  private line: OneWireLine | undefined
  private powered = false
  private state: State = 'idle'
  private fellAt = 0
  private ignoreUntil = 0
  private slot = 0
  private bits = 0
  private shift = 0
  private searchStep = 0
  private alarmOnly = false
  /** Bit to give in a read slot that begins at an instant. */
  private source: ((index: number, at: number) => Level) | undefined

  constructor(options: Ds18b20Options) {
    this.id = options.id
    this.clock = options.clock
    this.rom = options.rom === undefined ? randomRom(options) : checkedRom(options.rom, options.id)
    this.faults = new FaultSet(options.id, DS18B20_FAULTS, options.random)
    this.presenceWait = options.random.integer(20, 40)
    this.presenceLow = options.random.integer(100, 200)
    this.memory = new Ds18b20Memory(options, this.faults)
    if (options.powered !== false) this.power(true)
  }

  /** The ROM as Espruino writes it. */
  get romHex(): string {
    return toHex(this.rom)
  }

  power(on: boolean): void {
    if (on === this.powered) return
    this.powered = on
    this.state = 'idle'
    this.slot++
    if (on) this.memory.powerOn(this.clock.nowMicroseconds())
    else this.memory.powerOff(this.clock.nowMicroseconds())
  }

  setFault(fault: PartFault): void {
    this.faults.set(fault)
  }

  clearFault(name?: string): void {
    this.faults.clear(name)
  }

  takeFaultName(): string | undefined {
    return this.faults.takeName()
  }

  attached(line: OneWireLine): void {
    this.line = line
  }

  edge(level: Level, at: number): void {
    if (!this.powered) return
    if (level === 0) {
      this.fellAt = at
      this.memory.lineFell(at, this.line!.strongPullUp)
      if (at >= this.ignoreUntil && this.state !== 'idle') this.beginSlot(at)
      return
    }
    if (at - this.fellAt >= RESET_MINIMUM) this.wasReset(at)
  }

  private wasReset(at: number): void {
    this.slot++
    this.bits = 0
    this.shift = 0
    this.ignoreUntil = at + PRESENCE_OVER
    if (this.faults.take('no-answer') !== undefined) {
      this.state = 'idle'
      return
    }
    this.state = 'rom-command'
    this.line!.pull(this, at + this.presenceWait, at + this.presenceWait + this.presenceLow)
  }

  private beginSlot(at: number): void {
    const slot = ++this.slot
    const sending =
      this.state === 'send' || (this.state === 'search' && this.searchStep < 2) ? this.source : undefined
    if (sending !== undefined) {
      const bit = sending(this.bits, at)
      if (bit === 0) this.line!.pull(this, at + 1, at + READ_ZERO_HOLD)
      if (this.state === 'search') this.searchStep++
      else this.bits++
      return
    }
    this.line!.at(at + SAMPLE_AFTER, (sampledAt) => {
      // a reset or a power cut in between makes this slot void
      if (slot === this.slot && this.powered) this.received(this.line!.level(), sampledAt)
    })
  }

  private received(bit: Level, at: number): void {
    if (this.state === 'search') {
      if (bit !== this.romBit(this.bits)) this.state = 'idle'
      else if (++this.bits === 64) this.expect('function')
      this.searchStep = 0
      return
    }
    if (this.state === 'match') {
      if (bit !== this.romBit(this.bits)) this.state = 'idle'
      else if (++this.bits === 64) this.expect('function')
      return
    }
    this.shift |= bit << (this.bits & 7)
    this.bits++
    if ((this.bits & 7) !== 0) return
    const byte = this.shift
    this.shift = 0
    if (this.state === 'rom-command') this.romCommand(byte, at)
    else if (this.state === 'function') this.functionCommand(byte, at)
    else if (this.state === 'write' && !this.memory.writeByte(this.bits / 8 - 1, byte)) this.state = 'idle'
  }

  private expect(state: State): void {
    this.state = state
    this.bits = 0
    this.shift = 0
  }

  private romBit(index: number): Level {
    return ((this.rom[index >> 3]! >> (index & 7)) & 1) as Level
  }

  private romCommand(byte: number, at: number): void {
    this.alarmOnly = byte === COMMAND.searchAlarm
    if (byte === COMMAND.skipRom) this.expect('function')
    else if (byte === COMMAND.matchRom) this.expect('match')
    else if (byte === COMMAND.readRom) this.send((index) => (index < 64 ? this.romBit(index) : 1))
    else if (byte === COMMAND.searchRom || (this.alarmOnly && this.memory.alarm(at))) {
      this.expect('search')
      this.searchStep = 0
      this.source = () => {
        const bit = this.romBit(this.bits)
        return this.searchStep === 0 ? bit : bit === 1 ? 0 : 1
      }
    } else this.state = 'idle'
  }

  private functionCommand(byte: number, at: number): void {
    const memory = this.memory
    switch (byte) {
      case COMMAND.convert:
        memory.convert(at)
        this.send((_index, when) => (memory.converting(when) ? 0 : 1))
        break
      case COMMAND.readScratchpad: {
        const bytes = memory.scratchpadToSend(at)
        this.send((index) => (index < 72 ? (((bytes[index >> 3]! >> (index & 7)) & 1) as Level) : 1))
        break
      }
      case COMMAND.writeScratchpad:
        this.expect('write')
        break
      case COMMAND.copyScratchpad: {
        const done = memory.copy(at)
        this.send((_index, when) => (when < done ? 0 : 1))
        break
      }
      case COMMAND.recall:
        memory.recall(at)
        this.send(() => 1)
        break
      case COMMAND.readPowerSupply:
        this.send(() => (memory.parasite ? 0 : 1))
        break
      default:
        this.state = 'idle'
    }
  }

  private send(source: (index: number, at: number) => Level): void {
    this.expect('send')
    this.source = source
  }
}

function checkedRom(text: string, where: string): Uint8Array {
  const rom = /^[0-9a-f]{16}$/i.test(text) ? fromHex(text) : new Uint8Array(0)
  if (rom.length !== 8 || rom[0] !== FAMILY || crc8Maxim(rom, 7) !== rom[7]) {
    throw simError(
      'SIM_PART_INVALID',
      `DS18B20 ROM ${text}: family 28, 48 bits and a right CRC-8 are needed`,
      where,
    )
  }
  return rom
}

/** Genuine parts have 00 00 in the serial number's high bytes (reference/parts/ds18b20-onewire.md). */
function randomRom(options: Ds18b20Options): Uint8Array {
  const rom = new Uint8Array(8)
  rom[0] = FAMILY
  rom.set(options.random.bytes(4), 1)
  rom[7] = crc8Maxim(rom, 7)
  return rom
}
