import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crcOf, FakeFlash, PowerCut } from '../testing/fake-flash.ts'
import { type BootCount, countBoot } from './boot-counter.ts'

const boot = (flash: FakeFlash): BootCount => countBoot(flash, flash.pages(), crcOf)

/** One boot whose supply fails before word `cut`; undefined when it did, else what it counted. */
function bootWithCut(flash: FakeFlash, cut: number): BootCount | undefined {
  flash.wordsUntilCut = cut
  try {
    return boot(flash)
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    return undefined
  } finally {
    flash.wordsUntilCut = undefined
  }
}

describe('boot counter', () => {
  it('counts from 1 and goes on over a page roll-over, erasing only the page without the newest number', () => {
    const flash = new FakeFlash(2, 512)
    for (let expected = 1; expected <= 300; expected++) {
      const count = boot(flash)
      expect(count).toEqual({ counter: expected, kept: true, fresh: expected === 1 })
    }
    expect(flash.erased).toEqual([512, 0, 512, 0])
  })

  it('goes through three pages in turn', () => {
    const flash = new FakeFlash(3, 64)
    for (let expected = 1; expected <= 80; expected++) expect(boot(flash).counter).toBe(expected)
    expect(flash.erased.slice(0, 4)).toEqual([64, 128, 0, 64])
  })

  for (const eraseOrder of ['up', 'down'] as const) {
    it(`never gives a number twice when the supply is cut at any word of increment or erase (${eraseOrder})`, () => {
      const pageBytes = 64
      let cuts = 0
      for (let before = 0; before <= 26; before++) {
        for (let cut = 0; cut <= pageBytes / 4 + 2; cut++) {
          const flash = new FakeFlash(2, pageBytes)
          flash.eraseOrder = eraseOrder
          for (let i = 0; i < before; i++) boot(flash)
          const torn = bootWithCut(flash, cut)
          if (torn === undefined) cuts++
          const last = torn ? torn.counter : before
          // A second cut while it recovers must not hurt either.
          for (let again = 0; again <= 18; again++) {
            const copy = new FakeFlash(2, pageBytes)
            copy.eraseOrder = eraseOrder
            copy.memory.set(flash.memory)
            const second = bootWithCut(copy, again)
            const third = boot(copy)
            expect(third.kept).toBe(true)
            if (second) expect(second.counter).toBeGreaterThan(last)
            expect(third.counter).toBeGreaterThan(second ? second.counter : last)
          }
        }
      }
      expect(cuts).toBeGreaterThan(100)
    })
  }

  it('only goes up under random series of cuts (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }), (cuts) => {
        const flash = new FakeFlash(2, 64)
        let last = 0
        for (const cut of cuts) {
          const count = bootWithCut(flash, cut)
          if (count) {
            expect(count.kept).toBe(true)
            expect(count.counter).toBeGreaterThan(last)
            last = count.counter
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('starts again at 1 after the area was wiped, and says that it is fresh', () => {
    const flash = new FakeFlash(2, 64)
    for (let i = 0; i < 5; i++) boot(flash)
    flash.memory.fill(255)
    expect(boot(flash)).toEqual({ counter: 1, kept: true, fresh: true })
  })

  it('repeats numbers after an old image was restored: only noise and the gateway can tell', () => {
    const flash = new FakeFlash(2, 64)
    for (let i = 0; i < 5; i++) boot(flash)
    const old = flash.memory.slice()
    const first = boot(flash)
    flash.memory.set(old)
    expect(boot(flash)).toEqual(first)
  })

  it('counts a full single page as weak and never erases it', () => {
    const flash = new FakeFlash(1, 64)
    for (let i = 0; i < 8; i++) expect(boot(flash).kept).toBe(true)
    expect(boot(flash)).toEqual({ counter: 9, kept: false, fresh: false })
    expect(boot(flash)).toEqual({ counter: 9, kept: false, fresh: false })
    expect(flash.erased).toEqual([])
  })

  it('passes over worn slots, and is weak when nothing reads back', () => {
    const flash = new FakeFlash(2, 256)
    for (let i = 8; i < 24; i++) flash.worn.add(i)
    expect(boot(flash).counter).toBe(1)
    expect(boot(flash)).toMatchObject({ counter: 2, kept: true })
    expect(boot(flash)).toMatchObject({ counter: 3, kept: true })
    const dead = new FakeFlash(2, 64)
    for (let i = 0; i < 128; i++) dead.worn.add(i)
    expect(boot(dead).kept).toBe(false)
    expect(boot(dead).kept).toBe(false)
  })

  it('erases a page that holds only garbage, and is weak without any page', () => {
    const flash = new FakeFlash(1, 64)
    flash.memory.fill(0x5a)
    expect(boot(flash)).toEqual({ counter: 1, kept: true, fresh: true })
    expect(countBoot(flash, [], crcOf)).toEqual({ counter: 1, kept: false, fresh: true })
  })

  it('writes two words a boot and scans a 16 KiB page of many numbers', () => {
    const flash = new FakeFlash(3, 16384)
    for (let i = 0; i < 100; i++) boot(flash)
    expect(flash.words).toBe(200)
  })
})
