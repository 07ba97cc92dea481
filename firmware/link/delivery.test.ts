import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeNode } from '../testing/node.ts'

function started() {
  const node = makeNode()
  node.start()
  node.platform.advance(1000)
  return node
}

describe('delivery', () => {
  it('frees on ack only, and keeps at most 8 frames under way', () => {
    const node = started()
    expect(node.outbox.count).toBe(0)
    node.gateway.acks = false
    node.add(300)
    node.platform.advance(1500)
    expect(node.outbox.count).toBe(300)
    expect(node.delivery.slots.filter((slot) => slot.busy)).toHaveLength(6)
    const sent = node.gateway.sequences()
    expect(new Set(sent).size).toBe(sent.length)
    node.gateway.acks = true
    node.gateway.deliver(node.gateway.ack(77, 301, []))
    node.platform.advance(1000)
    expect(node.outbox.count).toBe(0)
    expect(node.gateway.sequences().length).toBe(sent.length)
  })

  it('sends again after a wait that doubles from 2 s to 5 min, sealed anew', () => {
    const node = started()
    node.gateway.acks = false
    const at: number[] = []
    node.add(1)
    node.gateway.lose = () => {
      at.push(node.platform.now)
      return true
    }
    node.clock.timer.clear()
    node.platform.advance(3_600_000)
    const gaps = at.slice(1).map((t, i) => Math.round((t - at[i]!) / 1000))
    expect(gaps.slice(0, 9)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300])
    expect(gaps.slice(9).every((gap) => gap === 300)).toBe(true)
    expect(node.status.framesResent).toBe(at.length - 1)
    node.gateway.lose = () => false
    node.gateway.acks = true
    node.platform.advance(301_000)
    expect(node.outbox.count).toBe(0)
    const counters = node.gateway.counters()
    expect(new Set(counters).size).toBe(counters.length)
  })

  it('takes ranges above the cumulative part, and refuses acks of another journal or the future', () => {
    const node = started()
    node.gateway.acks = false
    node.add(5)
    node.platform.advance(100)
    const left = (): number[] => [...node.outbox.sequences.subarray(0, node.outbox.count)]
    const deliver = (journal: number, through: number, ranges: { from: number; to: number }[]): void =>
      node.gateway.deliver(node.gateway.ack(journal, through, ranges))
    const first = left()[0]!
    deliver(78, first + 4, [])
    deliver(77, first + 5, [])
    deliver(77, first, [{ from: first + 3, to: 4_000_000 }])
    expect(left()).toHaveLength(5)
    deliver(77, first, [{ from: first + 2, to: first + 3 }])
    expect(left()).toEqual([first + 1, first + 4])
  })

  it('sends live records before the backlog, and keeps slots for both', () => {
    const node = makeNode()
    node.add(400)
    node.gateway.acks = false
    node.start()
    node.platform.advance(1200)
    const kinds = (): string => node.delivery.slots.map((s) => (s.busy ? (s.live ? 'L' : 'b') : '-')).join('')
    expect(kinds().replace(/-/g, '')).toBe('bbbbbb')
    node.add(200)
    node.platform.advance(200)
    expect(kinds().split('').sort().join('')).toBe('LLbbbbbb')
    const live = started()
    live.gateway.acks = false
    live.add(300)
    live.platform.advance(300)
    expect(live.delivery.slots.filter((slot) => slot.busy && slot.live)).toHaveLength(6)
  })

  it('starts again with all that is not durable when a session opens', () => {
    const node = started()
    node.gateway.acks = false
    node.add(40)
    node.platform.advance(300)
    const before = node.gateway.sequences().length
    node.gateway.through = 21
    node.gateway.acks = true
    node.gateway.deliver(node.gateway.who())
    node.platform.advance(3000)
    expect(node.gateway.hellos).toHaveLength(2)
    expect(node.gateway.sequences().slice(before)[0]).toBe(22)
    expect(node.outbox.count).toBe(0)
  })

  it('goes on after an exception in a callback', () => {
    const node = started()
    const send = node.session.sendMessage
    node.session.sendMessage = () => {
      throw new Error('out of something')
    }
    node.add(1)
    node.platform.advance(100)
    expect(node.status.errorFlags & 256).toBe(256)
    node.session.sendMessage = send
    node.platform.advance(10_000)
    expect(node.outbox.count).toBe(0)
  })

  it('delivers everything over a link that loses frames in both directions (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }), fc.integer(), (losses, seed) => {
        const node = makeNode()
        let at = Math.abs(seed)
        const lost = (): boolean => losses[at++ % losses.length]! && at % 3 !== 0
        const deliver = node.gateway.deliver.bind(node.gateway)
        node.gateway.deliver = (frame) => {
          if (!lost()) deliver(frame)
        }
        node.gateway.lose = lost
        node.gateway.acks = false
        const seen = new Set<number>()
        const sealed = node.gateway.sealed.bind(node.gateway)
        node.gateway.sealed = (frame) => {
          sealed(frame)
          for (const sequence of node.gateway.sequences()) seen.add(sequence)
          let through = 0
          while (seen.has(through + 1)) through++
          const ranges = [...seen].filter((s) => s > through).map((s) => ({ from: s, to: s }))
          const sorted = ranges.sort((a, b) => a.from - b.from).slice(0, 16)
          node.gateway.deliver(node.gateway.ack(77, through, sorted))
        }
        node.start()
        for (let i = 0; i < 20; i++) {
          node.add(3)
          node.platform.advance(500)
        }
        node.platform.advance(3_600_000)
        expect(node.outbox.count).toBe(0)
        expect(seen.size).toBe(61)
        expect(node.gateway.refused).toBe(0)
      }),
      { numRuns: 25 },
    )
  })
})
