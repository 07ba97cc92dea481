import { describe, expect, it } from 'vitest'
import { OneWireBus } from './one-wire.ts'
import { bench } from './testing.ts'
import type { Level, OneWireLine, OneWireSlave } from './types.ts'

/** A slave that pulls as told after each falling edge and notes what it sees. */
function pulling(from: number, until: number): OneWireSlave & { edges: [Level, number][] } {
  let line: OneWireLine | undefined
  const slave = {
    id: 'slave',
    edges: [] as [Level, number][],
    attached(to: OneWireLine) {
      line = to
    },
    edge(level: Level, at: number) {
      slave.edges.push([level, at])
      if (level === 0) line!.pull(slave, at + from, at + until)
    },
  }
  return slave
}

function edgesOf(action: (bus: OneWireBus) => void): [Level, number][] {
  const edges: [Level, number][] = []
  const bus = new OneWireBus({
    name: 'ow',
    time: bench().time,
    onEdge: (level, at) => edges.push([level, at]),
  })
  action(bus)
  return edges
}

describe('1-Wire bus', () => {
  it('drives the slots with the timing of Espruino', () => {
    expect(edgesOf((bus) => bus.reset())).toEqual([
      [0, 0],
      [1, 500],
    ])
    expect(edgesOf((bus) => bus.write(0b01))).toEqual([
      [0, 0],
      [1, 10],
      [0, 65],
      [1, 130],
      ...[2, 3, 4, 5, 6, 7].flatMap((slot): [Level, number][] => [
        [0, 65 + 70 * (slot - 1)],
        [1, 130 + 70 * (slot - 1)],
      ]),
    ])
    expect(edgesOf((bus) => void [bus.readBit(), bus.readBit()])).toEqual([
      [0, 0],
      [1, 3],
      [0, 66],
      [1, 69],
    ])
  })

  it('takes 1000 µs for a reset and 66 for a read', () => {
    const b = bench()
    const bus = new OneWireBus({ name: 'ow', time: b.time })
    bus.reset()
    expect(b.time.nowMicroseconds()).toBe(1000)
    bus.readBit()
    expect(b.time.nowMicroseconds()).toBe(1066)
  })

  it('samples a read 13 µs after the falling edge', () => {
    const read = (from: number, until: number, late = 0): Level => {
      const bus = new OneWireBus({ name: 'ow', time: bench().time })
      bus.attach(pulling(from, until))
      bus.faults = { lateSampleMicroseconds: late }
      return bus.readBit()
    }
    expect([read(1, 14), read(1, 13), read(1, 12), read(14, 30)]).toEqual([0, 1, 1, 1])
    expect([read(1, 30), read(1, 30, 20)]).toEqual([0, 1])
  })

  it('sees presence only when the pulse covers 80 µs after release', () => {
    const present = (wait: number, low: number): boolean => {
      const bus = new OneWireBus({ name: 'ow', time: bench().time })
      let line: OneWireLine | undefined
      const slave: OneWireSlave = {
        id: 's',
        attached: (to) => {
          line = to
        },
        edge: (level, at) => {
          if (level === 1 && at === 500) line!.pull(slave, at + wait, at + wait + low)
        },
      }
      bus.attach(slave)
      return bus.reset()
    }
    expect([present(30, 120), present(30, 50), present(90, 100)]).toEqual([true, false, false])
  })

  it('reads 00 and presence on a line held low, FF and none on an empty one', () => {
    const b = bench()
    const bus = new OneWireBus({ name: 'ow', time: b.time, record: b.record })
    expect([bus.reset(), bus.readByte(), bus.level()]).toEqual([false, 0xff, 1])
    bus.faults = { stuck: 'low' }
    expect([bus.reset(), bus.readByte(), bus.level()]).toEqual([true, 0, 0])
    expect(bus.search()).toEqual([])
    expect(b.log.map(({ direction, hex, ack, fault }) => [direction, hex, ack, fault])).toEqual([
      ['reset', '', false, undefined],
      ['read', 'ff', true, undefined],
      ['reset', '', true, 'stuck-low'],
      ['read', '00', true, 'stuck-low'],
      ['reset', '', true, 'stuck-low'],
      ['write', 'f0', true, 'stuck-low'],
      ['read', '', true, 'stuck-low'],
    ])
  })

  it('reads zeros over a cable whose edges rise too slowly', () => {
    const bus = new OneWireBus({ name: 'ow', time: bench().time })
    bus.faults = { riseMicroseconds: 20 }
    expect([bus.readByte(), bus.level()]).toEqual([0, 1])
    bus.faults = { riseMicroseconds: 5 }
    expect(bus.readByte()).toBe(0xff)
  })

  it('refuses ROMs and lengths that are none', () => {
    const bus = new OneWireBus({ name: 'ow', time: bench().time })
    expect(() => bus.select('28ee')).toThrow()
    expect(() => bus.select('28ee94f72716018x')).toThrow()
    expect(() => bus.read(5000)).toThrow()
    expect(() => {
      bus.faults = { flipProbability: 0.5 }
    }).toThrow(/random/)
  })
})
