import { describe, expect, it } from 'vitest'
import { fromHex } from '../buses/hex.ts'
import { crc8Maxim, crc8Sensirion, crc16Genibus } from './crc.ts'

describe('checksums of the parts (vectors of datasheets and captures)', () => {
  it('Sensirion: BEEF gives 92', () => expect(crc8Sensirion(fromHex('BEEF'))).toBe(0x92))

  it('Maxim: ROM and scratchpad', () => {
    expect(crc8Maxim(fromHex('28EE94F7271601'))).toBe(0x8d)
    expect(crc8Maxim(fromHex('50054B467FFF0C10'))).toBe(0x1c)
    expect(crc8Maxim(new Uint8Array(8))).toBe(0)
    expect(crc8Maxim(fromHex('FFFFFFFFFFFFFFFF'))).toBe(0xc9)
  })

  it('Gen2: PC and EPC of three tags read in the field', () => {
    expect(crc16Genibus(fromHex('340030751FEB705C5904E3D50D70'))).toBe(0x3a76)
    expect(crc16Genibus(fromHex('3000E200001D7315016521408FC6'))).toBe(0xb83e)
    expect(crc16Genibus(fromHex('3400E200471BB0006013044509D0'))).toBe(0x9582)
  })
})
