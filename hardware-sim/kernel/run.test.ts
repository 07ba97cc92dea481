import { describe, expect, it } from 'vitest'
import { createKernel } from './kernel.ts'
import { ProcessorTime } from './local-time.ts'
import { EVENTS_AN_INSTANT_MAXIMUM, run } from './run.ts'
import type { RealHost } from './types.ts'

/** A machine whose real time moves only when the loop turns or sleeps. */
function fakeHost(turnMilliseconds = 0): RealHost & { now: number; sleeps: number[] } {
  const host = {
    now: 0,
    sleeps: [] as number[],
    monotonicMilliseconds: () => host.now,
    turn: () => {
      host.now += turnMilliseconds
      return new Promise<void>((resolve) => setImmediate(resolve))
    },
    sleep: (milliseconds: number) => {
      host.now += milliseconds
      host.sleeps.push(milliseconds)
      return Promise.resolve()
    },
  }
  return host
}

describe('run', () => {
  it('runs to the end, events at the very end included, none past it', async () => {
    const kernel = createKernel({ seed: 1 })
    const seen: number[] = []
    for (const at of [5, 10, 11]) kernel.clock.schedule(at, () => seen.push(at))
    const result = await run(kernel, { untilMicroseconds: 10 })
    expect(seen).toEqual([5, 10])
    expect(result).toMatchObject({ end: 'until', nowMicroseconds: 10, events: 2 })
  })

  it('moves to the end without events, and ends idle without an end', async () => {
    const kernel = createKernel({ seed: 1 })
    expect((await run(kernel, { untilMicroseconds: 77 })).nowMicroseconds).toBe(77)
    expect((await run(kernel)).end).toBe('idle')
  })

  it('holds time while something is outstanding and for three quiet turns after', async () => {
    const kernel = createKernel({ seed: 1 })
    let outstanding = 0
    const log: string[] = []
    kernel.clock.schedule(10, () => {
      outstanding = 1
      // the real answer comes after some turns and sets a timer at this same instant
      let turns = 0
      const later = (): void => {
        if (++turns < 5) return void setImmediate(later)
        outstanding = 0
        log.push(`answer at ${kernel.clock.nowMicroseconds()}`)
        // a promise chain that nobody counts still falls within the quiet turns
        setImmediate(() =>
          kernel.clock.setTimeout(() => log.push(`timer at ${kernel.clock.nowMicroseconds()}`), 0),
        )
      }
      setImmediate(later)
    })
    kernel.clock.schedule(20, () => log.push('next at 20'))
    await run(kernel, { outstanding: () => outstanding })
    expect(log).toEqual(['answer at 10', 'timer at 10', 'next at 20'])
  })

  it('ends with SIM_LINK_STUCK past the real limit and says what was stuck', async () => {
    const kernel = createKernel({ seed: 1 })
    kernel.clock.schedule(10, () => undefined)
    const host = fakeHost(1)
    const stuck = run(kernel, {
      outstanding: () => (kernel.clock.nowMicroseconds() >= 10 ? 3 : 0),
      describeOutstanding: () => '3 bytes to the gateway',
      realLimitMilliseconds: 500,
      host,
    })
    await expect(stuck).rejects.toMatchObject({
      code: 'SIM_LINK_STUCK',
      what: expect.stringMatching(/3 bytes to the gateway.*500 ms/),
    })
    expect(host.now).toBeGreaterThan(500)
    expect(host.now).toBeLessThan(1500)
  })

  it('skips the quiet turns while nothing touched the outside', async () => {
    const kernel = createKernel({ seed: 1 })
    let touched = 0
    for (let i = 1; i <= 100; i++) kernel.clock.schedule(i, () => undefined)
    kernel.clock.schedule(50, () => touched++)
    const result = await run(kernel, { activity: () => touched })
    expect(result.events).toBe(101)
    expect(result.turns).toBe(6)
  })

  it('still lets the real event loop turn now and then, so that a signal can stop it', async () => {
    const kernel = createKernel({ seed: 1 })
    const again = (): void => void kernel.clock.setTimeout(again, 1)
    again()
    setImmediate(() =>
      setImmediate(() => setImmediate(() => setImmediate(() => setImmediate(() => kernel.stop())))),
    )
    expect((await run(kernel, { activity: () => 0 })).end).toBe('stopped')
  })

  it('stops on stop() and on done()', async () => {
    const kernel = createKernel({ seed: 1 })
    let count = 0
    const again = (): void => {
      count++
      kernel.clock.setTimeout(again, 1)
      if (count === 5) kernel.stop()
    }
    kernel.clock.setTimeout(again, 1)
    expect((await run(kernel)).end).toBe('stopped')
    expect(count).toBe(5)
    const other = createKernel({ seed: 1 })
    other.clock.schedule(3, () => undefined)
    expect(await run(other, { done: () => other.clock.nowMicroseconds() === 3 })).toMatchObject({
      end: 'done',
    })
  })

  it('refuses an endless instant, an end in the past and a speed of zero', async () => {
    const kernel = createKernel({ seed: 1 })
    const again = (): void => void kernel.clock.setTimeout(again, 0)
    again()
    await expect(run(kernel)).rejects.toMatchObject({ code: 'SIM_EVENT_LOOP' })
    expect(EVENTS_AN_INSTANT_MAXIMUM).toBe(1_000_000)
    const late = createKernel({ seed: 1 })
    late.clock.advanceTo(10)
    await expect(run(late, { untilMicroseconds: 9 })).rejects.toMatchObject({ code: 'SIM_RUN_INVALID' })
    await expect(run(late, { speed: 0 })).rejects.toMatchObject({ code: 'SIM_RUN_INVALID' })
  })

  it('lets an exception of an event through', async () => {
    const kernel = createKernel({ seed: 1 })
    kernel.clock.schedule(1, () => {
      throw new Error('part broke')
    })
    await expect(run(kernel)).rejects.toThrow('part broke')
  })

  it('paces at N times real time and moves time smoothly between events', async () => {
    const kernel = createKernel({ seed: 1 })
    const host = fakeHost()
    const realAt: number[] = []
    const virtualSeen = new Set<number>()
    kernel.clock.schedule(1_000_000, () => realAt.push(host.now))
    kernel.clock.schedule(2_000_000, () => realAt.push(host.now))
    await run(kernel, {
      speed: 10,
      host,
      done: () => {
        virtualSeen.add(kernel.clock.nowMicroseconds())
        return false
      },
    })
    expect(realAt).toEqual([100, 200])
    expect(host.sleeps.every((slice) => slice <= 20)).toBe(true)
    expect(virtualSeen.has(200_000)).toBe(true)
  })
})

describe('processor time', () => {
  it('runs ahead while busy and never behind the kernel', () => {
    const { clock } = createKernel({ seed: 1 })
    const time = new ProcessorTime(clock)
    time.spend(500)
    time.spend(500)
    expect(time.nowMicroseconds()).toBe(1000)
    clock.advanceTo(3000)
    expect(time.nowMicroseconds()).toBe(3000)
    expect(() => time.spend(0.5)).toThrow()
  })
})
