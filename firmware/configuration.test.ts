import { describe, expect, it } from 'vitest'
import { bytesOfHex, checkConfiguration, isNodeId } from './configuration.ts'

const good = {
  node: 'cold-room-1',
  key: '000102030405060708090A0b0c0d0eff',
  keyEpoch: 1,
  link: { kind: 'serial', baud: 115200 },
}

describe('node configuration on the board', () => {
  it('takes what a session needs and refuses everything else', () => {
    expect(checkConfiguration(good)).toBe(good)
    const bad: unknown[] = [
      undefined,
      null,
      'x',
      [],
      {},
      { ...good, node: '' },
      { ...good, node: 'a/b' },
      { ...good, node: 'x'.repeat(65) },
      { ...good, key: good.key.slice(1) },
      { ...good, key: `${good.key.slice(1)}g` },
      { ...good, key: 5 },
      { ...good, keyEpoch: '1' },
      { ...good, link: undefined },
      { ...good, link: { kind: 'carrier-pigeon' } },
    ]
    for (const value of bad) expect(checkConfiguration(value)).toBeUndefined()
  })

  it('reads hex of exactly the length asked for', () => {
    expect(bytesOfHex('00ffA5', 3)).toEqual(new Uint8Array([0, 255, 165]))
    expect(bytesOfHex('00ff', 3)).toBeUndefined()
    expect(bytesOfHex('0x', 1)).toBeUndefined()
    expect(bytesOfHex(' 1', 1)).toBeUndefined()
  })

  it('takes only characters that are safe in a topic', () => {
    expect(['a', 'Dock-1.north_2'].every(isNodeId)).toBe(true)
    expect(['+', '#', 'a b', 'ä', '$SYS', '', 7].some(isNodeId)).toBe(false)
  })
})
