import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#protocol/coded-error.ts'
import { EventHeap } from './event-heap.ts'
import { VirtualClock } from './virtual-clock.ts'

describe('virtual clock', () => {
  it('advances by ten twice to twenty (rp2040js gives 10, then 30)', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const tick = (): void => {
      seen.push(clock.nowMicroseconds())
      if (seen.length < 2) clock.schedule(clock.nowMicroseconds() + 10, tick)
    }
    clock.schedule(10, tick)
    while (clock.step());
    expect(seen).toEqual([10, 20])
    clock.advanceTo(30)
    clock.advanceTo(40)
    expect(clock.nowMicroseconds()).toBe(40)
  })

  it('runs equal times in the order in which they were set', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.setTimeout(() => seen.push('b'), 5)
    clock.setTimeout(() => seen.push('a'), 1)
    clock.schedule(5000, () => seen.push('c'))
    clock.setTimeout(() => seen.push('d'), 5)
    while (clock.step());
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
  })

  it('gives UTC and monotonic time in whole milliseconds', () => {
    const clock = new VirtualClock(1_700_000_000_000)
    clock.advanceTo(1999)
    expect(clock.utcMilliseconds()).toBe(1_700_000_000_001)
    expect(clock.monotonicMilliseconds()).toBe(1)
  })

  it('treats odd timer lengths as platforms do and forgets cleared timers', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.setTimeout(() => seen.push(1), -5)
    clock.setTimeout(() => seen.push(2), Number.NaN)
    const id = clock.setTimeout(() => seen.push(3), 0.5)
    clock.clearTimeout(id)
    clock.clearTimeout(id)
    clock.clearTimeout(undefined)
    clock.clearTimeout(-1)
    clock.clearTimeout(123456789)
    expect(clock.pendingEvents).toBe(2)
    while (clock.step());
    expect(seen).toEqual([1, 2])
    expect(clock.nowMicroseconds()).toBe(0)
  })

  it('does not let a stale handle clear the timer that took its slot', () => {
    const clock = new VirtualClock()
    const first = clock.setTimeout(() => undefined, 1)
    clock.step()
    let ran = false
    clock.setTimeout(() => {
      ran = true
    }, 1)
    clock.clearTimeout(first)
    clock.step()
    expect(ran).toBe(true)
  })

  it('refuses the past, fractions and jumps over an event', () => {
    const clock = new VirtualClock()
    clock.advanceTo(100)
    clock.schedule(200, () => undefined)
    for (const bad of [
      () => clock.schedule(99, () => undefined),
      () => clock.schedule(150.5, () => undefined),
      () => clock.advanceTo(201),
      () => clock.advanceTo(99),
      () => new VirtualClock(0.5),
    ]) {
      expect(bad).toThrow(CodedError)
    }
    expect(clock.nowMicroseconds()).toBe(100)
  })
})

describe('event heap', () => {
  it('gives what a stable sort gives, under pushes, pops and removals in any order', () => {
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), n: fc.nat(20) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pop' as const), n: fc.constant(0) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: fc.nat(1000) }) },
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const heap = new EventHeap()
        let model: { time: number; label: number; id: number }[] = []
        const out: number[] = []
        const ids: number[] = []
        let label = 0
        const popBoth = (): void => {
          const first = model.toSorted((a, b) => a.time - b.time || a.label - b.label)[0]
          expect(heap.peekTime()).toBe(first?.time)
          heap.pop()?.()
          if (first === undefined) return
          expect(out.pop()).toBe(first.label)
          model = model.filter((entry) => entry !== first)
        }
        for (const { kind, n } of operations) {
          if (kind === 'push') {
            const mine = label++
            const id = heap.push(n, () => out.push(mine))
            ids.push(id)
            model.push({ time: n, label: mine, id })
          } else if (kind === 'pop') popBoth()
          else if (ids.length > 0) {
            const id = ids[n % ids.length]!
            const held = model.some((entry) => entry.id === id)
            expect(heap.remove(id)).toBe(held)
            model = model.filter((entry) => entry.id !== id)
          }
          expect(heap.size).toBe(model.length)
        }
        while (model.length > 0) popBoth()
        expect(heap.pop()).toBeUndefined()
      }),
    )
  })

  it('does not slow down with the number of pending events (a sorted list would take minutes here)', () => {
    const heap = new EventHeap()
    let ran = 0
    const count = (): void => {
      ran++
    }
    const began = performance.now()
    for (let i = 0; i < 200_000; i++) heap.push((i * 7919) % 1_000_003, count)
    for (let fn = heap.pop(); fn !== undefined; fn = heap.pop()) fn()
    expect(ran).toBe(200_000)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('grows past its first capacity and keeps order', () => {
    const heap = new EventHeap()
    const seen: number[] = []
    for (let i = 0; i < 5000; i++) {
      const time = (i * 7919) % 5000
      heap.push(time, () => seen.push(time))
    }
    for (let fn = heap.pop(); fn !== undefined; fn = heap.pop()) fn()
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  })
})
