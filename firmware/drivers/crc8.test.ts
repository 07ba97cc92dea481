import { describe, expect, it } from 'vitest'
import { oneWireCrc, sensirionWordCrc } from './crc8.ts'
import { bytesOf } from './testing/fakes.ts'

describe('Sensirion CRC-8', () => {
  it.each([
    ['beef', 0x92],
    ['67a2', 0xe4],
    ['487f', 0xe9],
    ['47dd', 0xee],
  ])('%s gives %i', (hex, crc) => {
    expect(sensirionWordCrc(bytesOf(hex), 0)).toBe(crc)
  })

  it('starts where it is told', () => {
    expect(sensirionWordCrc(bytesOf('67a2e4487fe9'), 3)).toBe(0xe9)
  })
})

describe('1-Wire CRC-8', () => {
  it.each([
    '82014b467fff0c10e1',
    '81014b467fff0c1024',
    '50054b467fff0c101c',
    'ac014b467fff041086',
    '28ee94f72716018d',
    '28ee875425160233',
    '289bcfc80000003f',
  ])('is 0 over %s and its CRC', (hex) => {
    const bytes = bytesOf(hex)
    expect(oneWireCrc(bytes, bytes.length)).toBe(0)
  })

  it('finds every single flipped bit of a scratchpad', () => {
    const good = bytesOf('82014b467fff0c10e1')
    for (let bit = 0; bit < 72; bit++) {
      const bad = Uint8Array.from(good)
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(oneWireCrc(bad, 9)).not.toBe(0)
    }
  })

  it('gives C9 for eight FF', () => {
    expect(oneWireCrc(bytesOf('ffffffffffffffff'), 8)).toBe(0xc9)
  })
})
