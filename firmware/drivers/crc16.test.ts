import { describe, expect, it } from 'vitest'
import { genibusCrc } from './crc16.ts'
import { textOf } from './testing/fakes.ts'

describe('CRC-16/GENIBUS', () => {
  it('gives the check value of the catalogue and the tags own', () => {
    expect(genibusCrc('123456789', 0, 9)).toBe(0xd64e)
    expect(genibusCrc(textOf('340030751feb705c5904e3d50d70'), 0, 14)).toBe(0x3a76)
  })
})
