import { describe, expect, it } from 'vitest'
import { SimulatedPin } from './gpio.ts'
import { bench } from './testing.ts'

describe('pin', () => {
  it('is moved by pull, parts and output, the stronger one winning', () => {
    const b = bench()
    const pin = new SimulatedPin({ name: 'A8', clock: b.clock, time: b.time, record: b.record })
    const edges: [number, number][] = []
    const unwatch = pin.watch((edge) => edges.push([edge.level, edge.atMicroseconds]))
    pin.setPull('up')
    b.waitUntil(10)
    pin.drive('reed', 0)
    b.waitUntil(20)
    pin.drive('reed', undefined)
    b.waitUntil(30)
    pin.output(0)
    pin.drive('reed', 1)
    expect(pin.level()).toBe(0)
    pin.output(undefined)
    expect(pin.level()).toBe(1)
    expect(edges).toEqual([
      [1, 0],
      [0, 10],
      [1, 20],
      [0, 30],
      [1, 30],
    ])
    unwatch()
    pin.setPull('down')
    pin.drive('reed', undefined)
    expect(edges).toHaveLength(5)
    expect(b.log.map((entry) => entry.hex)).toEqual(['01', '00', '01', '00', '01', '00'])
  })

  it('keeps its last level when it floats', () => {
    const b = bench()
    const pin = new SimulatedPin({ name: 'A8', clock: b.clock })
    pin.drive('x', 1)
    pin.drive('x', undefined)
    expect(pin.level()).toBe(1)
  })
})
