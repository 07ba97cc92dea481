import { describe, expect, it } from 'vitest'
import { encodeTime } from '#protocol/encode-down.ts'
import { makeNode } from '../testing/node.ts'
import { ReplayWindow } from './replay-window.ts'

describe('session', () => {
  it('says hello, proves the welcome, and then seals with counters from 1', () => {
    const node = makeNode()
    node.start()
    node.platform.advance(1000)
    expect(node.gateway.hellos).toHaveLength(1)
    expect(node.gateway.hellos[0]!.message).toMatchObject({ node: 'dock-1', journalId: 77, board: 'ESP32' })
    expect(node.session.open).toBe(true)
    expect(node.gateway.counters()).toEqual([1, 2, 3])
    expect(node.gateway.messages.map((m) => m.kind)).toEqual(['timeRequest', 'timeReceived', 'records'])
    expect(node.status.framesRefused).toBe(0)
  })

  it('repeats hello with fresh randoms, at least a second apart and at most about 40 s', () => {
    const node = makeNode()
    const at: number[] = []
    node.gateway.welcomes = false
    node.gateway.lose = () => {
      at.push(node.platform.now)
      return false
    }
    node.start()
    node.platform.advance(300_000)
    const gaps = at.slice(1).map((t, i) => t - at[i]!)
    expect(gaps.length).toBeGreaterThan(8)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(37_500)
    expect(new Set(node.gateway.hellos.map((h) => String(h.message.nodeRandom))).size).toBe(at.length)
  })

  it('refuses a welcome that was changed anywhere, repeated, or meant for another hello', () => {
    const node = makeNode()
    node.gateway.welcomes = false
    node.start()
    node.platform.advance(1000)
    const welcome = node.gateway.welcome()
    for (let i = 0; i < welcome.length; i++) {
      const bad = welcome.slice()
      bad[i]! ^= 1
      node.gateway.deliver(bad)
      expect(node.session.open).toBe(false)
    }
    for (let n = 0; n < welcome.length; n++) node.gateway.deliver(welcome.subarray(0, n))
    expect(node.session.open).toBe(false)
    node.gateway.lose = () => true
    node.platform.advance(3000)
    node.gateway.deliver(welcome)
    expect(node.session.open).toBe(false)
    node.gateway.lose = () => false
    node.platform.advance(10_000)
    const right = node.gateway.welcome()
    node.gateway.deliver(right)
    expect(node.session.open).toBe(true)
    const refused = node.status.framesRefused
    node.gateway.deliver(right)
    expect(node.status.framesRefused).toBe(refused + 1)
  })

  it('refuses replayed, foreign, damaged and too old frames, and opens what comes out of order', () => {
    const node = makeNode()
    node.start()
    node.platform.advance(1000)
    const frames = [1, 2, 3].map(() => node.gateway.ack(77, 0, []))
    const refused = (): number => node.status.framesRefused
    node.gateway.deliver(frames[2]!)
    node.gateway.deliver(frames[0]!)
    node.gateway.deliver(frames[1]!)
    expect(refused()).toBe(0)
    for (const frame of frames) node.gateway.deliver(frame)
    expect(refused()).toBe(3)
    const good = node.gateway.ack(77, 0, [])
    for (const at of [1, 3, 9, 11, 14, good.length - 1]) {
      const bad = good.slice()
      bad[at]! ^= 4
      node.gateway.deliver(bad)
    }
    node.gateway.deliver(good.subarray(0, 20))
    node.gateway.deliver(new Uint8Array(0))
    node.gateway.deliver(new Uint8Array([0x20, 1, 2]))
    node.gateway.deliver(new Uint8Array(300).fill(0x10))
    expect(refused()).toBe(13)
    node.gateway.deliver(good)
    expect(refused()).toBe(13)
  })

  it('opens no more than ten wrong frames a second', () => {
    const node = makeNode()
    node.start()
    node.platform.advance(1000)
    for (let i = 0; i < 50; i++) {
      const bad = node.gateway.seal(new Uint8Array([1]), 100 + i)
      bad[13]! ^= 1
      node.gateway.deliver(bad)
    }
    expect(node.session.failedOpens).toBe(10)
    node.platform.advance(1001)
    const before = node.status.framesRefused
    node.gateway.deliver(node.gateway.ack(77, 0, []))
    expect(node.status.framesRefused).toBe(before)
  })

  it('answers who with one hello, no sooner than a second after the last, and keeps its session meanwhile', () => {
    const node = makeNode()
    node.start()
    node.platform.advance(1000)
    node.gateway.welcomes = false
    for (let i = 0; i < 20; i++) {
      node.gateway.deliver(node.gateway.who())
      node.platform.advance(10)
    }
    expect(node.gateway.hellos.length).toBeLessThanOrEqual(2)
    node.platform.advance(1500)
    expect(node.gateway.hellos).toHaveLength(2)
    expect(node.session.open).toBe(true)
    node.add(1)
    node.platform.advance(100)
    expect(node.outbox.count).toBe(0)
  })

  it('renews after 24 hours and before the last frame that may be sealed', () => {
    const node = makeNode()
    node.start()
    node.platform.advance(1000)
    node.platform.advance(86_400_000)
    expect(node.gateway.hellos).toHaveLength(2)
    node.session.counter = 1048576 - 4097
    node.add(1)
    node.platform.advance(2000)
    expect(node.gateway.hellos).toHaveLength(3)
    expect(node.session.counter).toBeLessThan(20)
    node.gateway.welcomes = false
    node.session.counter = 1048576
    node.session.begin().uint(1)
    expect(node.session.sendMessage()).toBe(false)
  })

  it('refuses time that was not asked for, comes again or comes late', () => {
    const node = makeNode()
    node.gateway.times = false
    node.start()
    node.platform.advance(500)
    const asked = node.clock.counter
    const time = (counter: number): Uint8Array =>
      node.gateway.seal(encodeTime({ counter, utcMilliseconds: 1_800_000_000_000 }))
    const received = (): number => node.gateway.messages.filter((m) => m.kind === 'timeReceived').length
    node.gateway.deliver(time(asked + 1))
    node.gateway.deliver(time(0))
    expect(received()).toBe(0)
    node.gateway.deliver(time(asked))
    expect(received()).toBe(1)
    node.gateway.deliver(time(asked))
    expect(received()).toBe(1)
    node.platform.advance(20_500)
    const late = node.clock.counter
    expect(late).toBe(asked + 1)
    node.platform.advance(node.clock.askedAt + 2001 - node.platform.now)
    expect(node.clock.asked).toBe(late)
    node.gateway.deliver(time(late))
    expect(received()).toBe(1)
    expect(node.clock.refused).toBe(4)
    node.gateway.times = true
    node.platform.advance(600_000)
    expect(received()).toBeGreaterThan(2)
    expect(received()).toBeLessThan(8)
  })
})

describe('replay window', () => {
  it('accepts each counter of the last 64 once', () => {
    const window = new ReplayWindow()
    expect(window.accepts(0)).toBe(false)
    for (const counter of [1, 5, 3, 70, 64]) {
      expect(window.accepts(counter)).toBe(true)
      window.mark(counter)
      expect(window.accepts(counter)).toBe(false)
    }
    expect(window.accepts(6)).toBe(false)
    expect(window.accepts(7)).toBe(true)
    expect(window.accepts(1048576)).toBe(true)
    expect(window.accepts(1048577)).toBe(false)
  })
})
