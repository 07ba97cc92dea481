import { describe, expect, it } from 'vitest'
import { SimulatedPin } from '../buses/gpio.ts'
import { bench } from '../buses/testing.ts'
import type { Edge } from '../buses/types.ts'
import { Contact, type ContactOptions } from './contact.ts'

function doorway(options: Partial<ContactOptions> = {}, seed = 1) {
  const b = bench(seed)
  b.world.addDoor({ name: 'd' })
  const pin = new SimulatedPin({ name: 'A8', clock: b.clock })
  pin.setPull('up')
  const contact = new Contact({
    id: 'reed',
    clock: b.clock,
    world: b.world,
    random: b.kernel.random('reed'),
    door: 'd',
    pin,
    ...options,
  })
  const edges: Edge[] = []
  pin.watch((edge) => edges.push(edge))
  const move = (open: boolean): Edge[] => {
    edges.length = 0
    b.world.setDoor('d', open)
    b.wait(10_000)
    return [...edges]
  }
  return { b, pin, contact, move }
}

describe('door contact', () => {
  it('ties the pin low while the door is shut and bounces for 0.2 to 5 ms', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { b, pin, move } = doorway({}, seed)
      expect(pin.level()).toBe(0)
      const began = b.clock.nowMicroseconds()
      const edges = move(true)
      expect(pin.level()).toBe(1)
      expect(edges.length % 2).toBe(1)
      expect(edges.length).toBeGreaterThanOrEqual(3)
      expect(edges.map((edge) => edge.level)).toEqual(edges.map((_, i) => (i % 2 === 0 ? 1 : 0)))
      const length = edges.at(-1)!.atMicroseconds - began
      expect(length).toBeGreaterThanOrEqual(200)
      expect(length).toBeLessThanOrEqual(5000)
      move(false)
      expect(pin.level()).toBe(0)
    }
  })

  it('ends right when the door moves again inside the bounce', () => {
    const { b, pin, move } = doorway()
    b.world.setDoor('d', true)
    b.wait(100)
    move(false)
    expect(pin.level()).toBe(0)
  })

  it('comes the other way round, and tied to supply', () => {
    expect(doorway({ type: 'open-when-shut' }).pin.level()).toBe(1)
    const { pin, move } = doorway({ tiedTo: 1 })
    pin.setPull('down')
    expect(pin.level()).toBe(1)
    move(true)
    expect(pin.level()).toBe(0)
  })

  it('shows its faults', () => {
    const { pin, contact, move } = doorway()
    contact.setFault({ name: 'wire-cut' })
    expect(pin.level()).toBe(1)
    contact.clearFault('wire-cut')
    expect(pin.level()).toBe(0)
    contact.setFault({ name: 'no-bounce' })
    expect(move(true)).toHaveLength(1)
    contact.clearFault()
    contact.setFault({ name: 'short' })
    expect(pin.level()).toBe(0)
    contact.clearFault()
    expect(pin.level()).toBe(1)
    contact.setFault({ name: 'stuck' })
    expect(move(false)).toEqual([])
    expect(pin.level()).toBe(1)
    contact.clearFault()
    expect(pin.level()).toBe(0)
  })
})
