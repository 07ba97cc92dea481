import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseTree, type Tree } from './dialect/tree.ts'
import { keptWords, patternOf, shortenableNames } from './mangle.ts'

const kept = keptWords(join(import.meta.dirname, '../..'))

function names(source: string): string[] {
  return shortenableNames(parseTree(source) as Tree, kept)
}

describe('shortenableNames', () => {
  it("takes the firmware's own members, methods and keys", () => {
    const source = 'class A { sendNow() { this.framesWaiting = { innerPart: 1 }.innerPart } }'
    expect(names(source)).toEqual(['framesWaiting', 'innerPart', 'sendNow'])
  })

  it.each([
    ['what the interpreter offers', 'E.enableWatchdog(1); I2C1.writeTo(2); port.removeAllListeners()'],
    [
      'what it takes',
      'Serial1.setup(1, { tx: a, rx: b }); setWatch(f, p, { repeat: true, edge: c, debounce: 0 })',
    ],
    ['built-in members', 'x.indexOf(y); Math.floor(z); x.length; x.charCodeAt(0); e.message'],
    ['members of the configuration', 'c.pollMilliseconds; c.keyEpoch; c.link.baud; c.debounceMilliseconds'],
    ['names that are also texts', 'x.ownName = y["ownName"]'],
  ])('keeps %s', (_, source) => {
    expect(names(source)).toEqual([])
  })

  it('gives a pattern for exactly these names', () => {
    const pattern = patternOf(['a$b', 'send'])
    expect(['a$b', 'send', 'sends', 'a', 'resend'].map((name) => pattern?.test(name))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(patternOf([])).toBeUndefined()
  })
})
