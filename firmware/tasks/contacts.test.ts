import { describe, expect, it } from 'vitest'
import { ContactKind } from '#protocol/numbers.ts'
import { connect } from '../drivers/contacts/contact.ts'
import { FakeClock, FakeGpio } from '../drivers/testing/fakes.ts'
import { ContactsTask } from './contacts.ts'
import { FakeSink } from './testing/fake-sink.ts'

function start() {
  const clock = new FakeClock()
  const gpio = new FakeGpio(clock)
  const sink = new FakeSink()
  const options = { clock, gpio, debounceMilliseconds: 50, openLevel: 1 }
  const task = new ContactsTask(clock, sink, [
    { contact: 0, kind: ContactKind.door, driver: connect('A8', options) },
    { contact: 7, kind: ContactKind.tamper, driver: connect('B4', options) },
  ])
  return { clock, gpio, sink, task }
}

describe('contacts', () => {
  it('tells each state at start and each change with its own number and kind', () => {
    const { clock, gpio, sink, task } = start()
    gpio.levels.set('B4', 1)
    task.start()
    clock.advance(60)
    expect(sink.contacts).toEqual([
      { atMilliseconds: 1000, contact: 0, kind: 0, open: 0, bounces: 0 },
      { atMilliseconds: 1000, contact: 7, kind: 1, open: 1, bounces: 0 },
    ])
    gpio.set('A8', 1)
    clock.advance(60)
    gpio.set('B4', 0)
    clock.advance(60)
    expect(sink.contacts.slice(2)).toEqual([
      { atMilliseconds: 1060, contact: 0, kind: 0, open: 1, bounces: 0 },
      { atMilliseconds: 1120, contact: 7, kind: 1, open: 0, bounces: 0 },
    ])
  })

  it('mends a lost edge within a minute', () => {
    const { clock, gpio, sink, task } = start()
    task.start()
    clock.advance(1000)
    gpio.levels.set('A8', 1)
    clock.advance(60000)
    expect(sink.contacts.at(-1)).toMatchObject({ contact: 0, open: 1, atMilliseconds: 61000 })
  })

  it('leaves nothing behind when stopped', () => {
    const { clock, gpio, task } = start()
    task.start()
    task.stop()
    expect(clock.timers).toHaveLength(0)
    expect(gpio.watches.size).toBe(0)
  })
})
