import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../buses/hex.ts'
import { I2cBus } from '../buses/i2c.ts'
import { OneWireBus } from '../buses/one-wire.ts'
import { type SearchPass, searchPass } from '../buses/one-wire-search.ts'
import { bench } from '../buses/testing.ts'
import type { I2cTarget, Level } from '../buses/types.ts'
import { Ds18b20 } from './ds18b20.ts'
import { Sht3x } from './sht3x.ts'

const REFERENCE = process.env.WAYPOST_REFERENCE ?? join(import.meta.dirname, '../../../shared/data')

/** Reads one golden file; a missing one is a failure with its path, never a skip. */
function golden<T>(name: string): T {
  return JSON.parse(readFileSync(join(REFERENCE, 'parts-golden', name), 'utf8')) as T
}

interface Sht31Capture {
  samplerate: number
  addr: string
  command: string
  n_reads: number
  reads: { hex: string }[]
  first_transactions: {
    t: number
    start: 'Start' | 'Start repeat'
    dir: 'R' | 'W'
    data: string[]
    acks: string
    stop?: boolean
  }[]
}

interface Ds18b20Capture {
  network: string[]
  bits: string
}

const wordOf = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 4), 16)
const celsiusOf = (hex: string): number => -45 + (175 * wordOf(hex, 0)) / 65535
const percentOf = (hex: string): number => (100 * wordOf(hex, 6)) / 65535

describe('SHT31 capture', () => {
  const capture = golden<Sht31Capture>('sht31-i2c.json')

  function sensor() {
    const b = bench()
    b.world.addChannel('t', { kind: 'constant', value: 0 })
    b.world.addChannel('h', { kind: 'constant', value: 0 })
    const bus = new I2cBus({ name: 'i2c', time: b.time })
    const part = new Sht3x({
      id: 'sht31',
      clock: b.clock,
      world: b.world,
      random: b.kernel.random('sht31'),
      address: Number.parseInt(capture.addr, 16),
      temperatureChannel: 't',
      humidityChannel: 'h',
    })
    // between bus and part: the acknowledge bits as a logic analyser sees them
    const acks: string[] = []
    const note = (ack: boolean): boolean => {
      acks.push(ack ? 'A' : 'N')
      return ack
    }
    const tap: I2cTarget = {
      id: 'tap',
      i2cAddress: part.i2cAddress,
      start: (read, at) => note(part.start(read, at)),
      write: (byte, at) => note(part.write(byte, at)),
      read: (acknowledges) => {
        note(acknowledges)
        return part.read(acknowledges)
      },
      stop: () => part.stop(),
      stretchMicroseconds: (at) => part.stretchMicroseconds(at),
    }
    bus.attach(tap)
    b.wait(10_000)
    return { b, bus, acks, address: part.i2cAddress }
  }

  it('has all twelve readings', () => {
    expect(capture.reads).toHaveLength(12)
    expect(capture.n_reads).toBe(12)
  })

  it('is answered byte for byte, checksums included, from the temperature and humidity of the air', () => {
    const { b, bus, address } = sensor()
    const answers: string[] = []
    for (const { hex } of capture.reads) {
      b.world.setChannel('t', celsiusOf(hex), b.time.nowMicroseconds())
      b.world.setChannel('h', percentOf(hex), b.time.nowMicroseconds())
      expect(bus.writeTo(address, fromHex(capture.command)).outcome).toBe('ok')
      b.wait(20_000)
      answers.push(toHex(bus.readFrom(address, 6).bytes).toUpperCase())
    }
    expect(answers).toEqual(capture.reads.map(({ hex }) => hex))
  })

  it('goes through the same transactions: repeated start, times, data, acknowledge bits', () => {
    const { b, bus, acks, address } = sensor()
    const transactions = capture.first_transactions
    const first = transactions[0]!
    const startMicroseconds = 2_000_000
    const micros = (t: number): number =>
      startMicroseconds + Math.round(((t - first.t) * 1e6) / capture.samplerate)
    const setRoom = (hex: string): void => {
      b.world.setChannel('t', celsiusOf(hex), b.time.nowMicroseconds())
      b.world.setChannel('h', percentOf(hex), b.time.nowMicroseconds())
    }
    // the capture begins with the fetch of a measurement that was started before it
    setRoom(first.data.join(''))
    bus.writeTo(address, fromHex(capture.command), false)
    transactions.forEach((transaction, i) => {
      b.waitUntil(micros(transaction.t))
      acks.length = 0
      const data = transaction.data.join('')
      if (transaction.dir === 'W') {
        const next = transactions[i + 1]
        if (next !== undefined) setRoom(next.data.join(''))
        expect(bus.writeTo(address, fromHex(data), transaction.stop === true).outcome).toBe('ok')
      } else {
        const read = bus.readFrom(address, transaction.data.length, transaction.stop === true)
        expect(toHex(read.bytes).toUpperCase()).toBe(data)
      }
      expect(acks.join('')).toBe(transaction.acks)
    })
    // and what the datasheet says of a chip at work: no acknowledge
    acks.length = 0
    expect(bus.readFrom(address, 6).outcome).toBe('address-nack')
    expect(acks).toEqual(['N'])
  })
})

describe('two DS18B20 on one wire, capture 2xds18b20.sr', () => {
  const capture = golden<Ds18b20Capture>('ds18b20-2x-onewire.json')

  /** Reads the wire like a logic analyser, from edges alone: R reset, P presence, then a bit a slot. */
  function analyser() {
    let text = ''
    let fell = 0
    let afterReset = false
    return {
      edge(level: Level, at: number): void {
        if (level === 0) {
          fell = at
          return
        }
        const low = at - fell
        if (low >= 480) text += 'R'
        else if (afterReset) text += 'P'
        else text += low > 15 ? '0' : '1'
        afterReset = low >= 480
      },
      text: () => text,
    }
  }

  it('gives the captured stream bit for bit: search triplets, ROMs, scratchpads, writes', () => {
    const b = bench()
    b.world.addChannel('a', { kind: 'constant', value: 24.125 })
    b.world.addChannel('b', { kind: 'constant', value: 24.0625 })
    const wire = analyser()
    const bus = new OneWireBus({ name: 'ow', time: b.time, onEdge: wire.edge })
    const device = (id: string, rom: string): Ds18b20 => {
      const part = new Ds18b20({
        id,
        clock: b.clock,
        world: b.world,
        random: b.kernel.random(id),
        temperatureChannel: id,
        rom,
        variant: 'clone-12-bit',
      })
      bus.attach(part)
      return part
    }
    device('a', '28ee94f72716018d')
    device('b', '28ee875425160233')
    bus.reset()
    bus.skip()
    bus.write(0x44)
    b.wait(800_000)
    const before = wire.text().length

    let pass: SearchPass | undefined
    const operations = parseNetwork(capture.network)
    expect(operations.length).toBeGreaterThan(70)
    for (const { at, what, value } of operations) {
      b.waitUntil(Math.max(b.time.nowMicroseconds(), 1_000_000 + at))
      if (what === 'search') {
        // a new search begins when the last pass came to the last device
        pass = searchPass(bus, 0xf0, pass?.lastDiscrepancy === 0 ? undefined : pass)
        expect(toHex(pass!.rom)).toBe(value)
      } else if (what === 'reset') expect(bus.reset()).toBe(true)
      else if (what === 'write') bus.write(fromHex(value))
      else expect(toHex(bus.read(1))).toBe(value)
    }
    expect(wire.text().slice(before)).toBe(capture.bits)
  })
})

interface Operation {
  at: number
  what: 'reset' | 'search' | 'write' | 'read'
  value: string
}

/** sigrok's lines to what the master did. Bytes after BE are read, nine of them; all others were written. */
function parseNetwork(lines: string[]): Operation[] {
  const out: Operation[] = []
  let toRead = 0
  for (const line of lines) {
    const at = Number.parseInt(line, 10)
    const rom = /: ROM: 0x([0-9a-f]{16})/.exec(line)?.[1]
    const command = /ROM command: 0x([0-9a-f]{2})/.exec(line)?.[1]
    const data = /Data: 0x([0-9a-f]{2})/.exec(line)?.[1]
    if (line.includes('Reset/presence: true')) {
      toRead = 0
      out.push({ at, what: 'reset', value: '' })
    } else if (command === 'f0') {
      // reset and command belong to the pass
      out.pop()
      out.push({ at, what: 'search', value: '' })
    } else if (command !== undefined) out.push({ at, what: 'write', value: command })
    else if (rom !== undefined) {
      const bytes = rom.match(/../g)!.toReversed().join('')
      const last = out.at(-1)!
      if (last.what === 'search') last.value = bytes
      else out.push({ at, what: 'write', value: bytes })
    } else if (data !== undefined && toRead > 0) {
      toRead--
      out.push({ at, what: 'read', value: data })
    } else if (data !== undefined) {
      if (data === 'be') toRead = 9
      out.push({ at, what: 'write', value: data })
    }
  }
  return out
}
