import { describe, expect, it } from 'vitest'
import { FakeClock, FakeGpio } from '../testing/fakes.ts'
import { type ContactChange, connect } from './contact.ts'

function start(level = 0) {
  const clock = new FakeClock()
  const gpio = new FakeGpio(clock)
  const contact = connect('A8', { clock, gpio, debounceMilliseconds: 50, openLevel: 1 })
  const changes: ContactChange[] = []
  contact.onChange = (change) => changes.push({ ...change })
  gpio.levels.set('A8', level)
  contact.begin()
  return { clock, gpio, contact, changes }
}

describe('contact', () => {
  it('has a pull-up before it is watched, on both edges and without the native debounce', () => {
    const { gpio } = start()
    expect(gpio.modes.get('A8')).toBe('input_pullup')
    expect([...gpio.watches.values()][0]?.options).toEqual({ repeat: true, edge: 'both', debounce: 0 })
  })

  it.each([
    [0, 0],
    [1, 1],
  ])('tells level %i at start as open %i', (level, open) => {
    const { clock, changes } = start(level)
    clock.advance(100)
    expect(changes).toEqual([{ atMilliseconds: 1000, open, bounces: 0 }])
  })

  it('tells a change once, with the time of its first edge and its bounces', () => {
    const { clock, gpio, changes } = start()
    clock.advance(500)
    changes.length = 0
    for (const level of [1, 0, 1, 0, 1]) {
      gpio.set('A8', level)
      clock.advance(3)
    }
    expect(changes).toEqual([])
    clock.advance(46)
    expect(changes).toEqual([])
    clock.advance(60)
    expect(changes).toEqual([{ atMilliseconds: 1500, open: 1, bounces: 4 }])
  })

  it('does not tell a glitch, but counts its edges with the next change', () => {
    const { clock, gpio, changes } = start()
    clock.advance(500)
    changes.length = 0
    gpio.set('A8', 1)
    clock.advance(2)
    gpio.set('A8', 0)
    clock.advance(500)
    expect(changes).toEqual([])
    gpio.set('A8', 1)
    clock.advance(500)
    expect(changes).toEqual([{ atMilliseconds: 2002, open: 1, bounces: 2 }])
  })

  it('that chatters without end is told all the same', () => {
    const { clock, gpio, changes } = start()
    clock.advance(500)
    changes.length = 0
    for (let i = 0; i < 60; i++) {
      gpio.set('A8', 1 - (i % 2))
      clock.advance(40)
    }
    expect(changes.length).toBeGreaterThan(0)
  })

  it('mends an edge that was lost', () => {
    const { clock, gpio, contact, changes } = start()
    clock.advance(500)
    changes.length = 0
    gpio.levels.set('A8', 1)
    contact.check()
    contact.check()
    clock.advance(60)
    expect(changes).toEqual([{ atMilliseconds: 1500, open: 1, bounces: 0 }])
    contact.check()
    expect(clock.timers).toHaveLength(0)
  })

  it('leaves nothing behind when closed', () => {
    const { clock, gpio, contact, changes } = start()
    contact.close()
    contact.close()
    clock.advance(100)
    expect(gpio.watches.size).toBe(0)
    expect(changes).toEqual([])
  })
})
