import { describe, expect, it } from 'vitest'
import { hasRightCheckDigit } from './check-digit.ts'
import { isCanonicalGdtiLink } from './digital-link.ts'
import { decodeEpc, decodeUid } from './epc.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Bits of SGTIN-96 (TDS 14.5.1.1) from their fields, independently of the decoder. */
function sgtin96(
  partition: number,
  prefixBits: number,
  prefix: bigint,
  item: bigint,
  serial: bigint,
): string {
  const pieces: [bigint, number][] = [
    [0x30n, 8],
    [1n, 3],
    [BigInt(partition), 3],
    [prefix, prefixBits],
    [item, 44 - prefixBits],
    [serial, 38],
  ]
  const bits = pieces.map(([value, width]) => value.toString(2).padStart(width, '0')).join('')
  return (bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2).toString(16).padStart(2, '0')).join('')
}

describe('decodeEpc', () => {
  it('decodes the SGTIN-96 example of TDS annex E', () => {
    // TDS E.3: SGTIN-96 of GTIN 80614141123458, serial 6789, filter 3.
    expect(decodeEpc(bytes('3074257BF7194E4000001A85'), 0x3000)).toEqual({
      ok: true,
      scheme: 'sgtin-96',
      uri: 'urn:epc:id:sgtin:0614141.812345.6789',
      digitalLink: 'https://id.gs1.org/01/80614141123458/21/6789',
      filter: 3,
    })
  })

  it('decodes the SSCC-96 example of TDS annex E', () => {
    expect(decodeEpc(bytes('3174257BF4499602D2000000'), 0x3000)).toEqual({
      ok: true,
      scheme: 'sscc-96',
      uri: 'urn:epc:id:sscc:0614141.1234567890',
      digitalLink: 'https://id.gs1.org/00/106141412345678908',
      filter: 3,
    })
  })

  it('decodes every partition with leading zeros kept', () => {
    const widths = [40, 37, 34, 30, 27, 24, 20]
    widths.forEach((width, partition) => {
      const decoded = decodeEpc(bytes(sgtin96(partition, width, 7n, 3n, 5n)), 0)
      const digits = 12 - partition
      const uri = `urn:epc:id:sgtin:${'7'.padStart(digits, '0')}.${'3'.padStart(13 - digits, '0')}.5`
      expect(decoded).toMatchObject({ scheme: 'sgtin-96', uri })
    })
  })

  it('keeps what no scheme fits as raw, with the reason', () => {
    const cases: [string, string][] = [
      ['3078257BF7194E4000001A85', 'EPC_FIELD_RANGE'],
      [sgtin96(7, 20, 1n, 1n, 1n), 'EPC_PARTITION'],
      ['E28011606000020612345678', 'EPC_HEADER_UNKNOWN'],
      ['3074257BF7194E40', 'EPC_LENGTH'],
      ['3174257BF4499602D2000001', 'EPC_RESERVED_BITS'],
    ]
    for (const [hex, note] of cases) {
      const uri = `urn:epc:raw:${hex.length * 4}.x${hex.toUpperCase()}`
      expect(decodeEpc(bytes(hex), 0)).toMatchObject({ ok: true, scheme: 'raw', uri, note })
    }
  })

  it('refuses a company prefix that needs a digit more than its field has', () => {
    expect(decodeEpc(bytes(sgtin96(6, 20, 1_000_000n, 1n, 1n)), 0)).toMatchObject({ note: 'EPC_FIELD_RANGE' })
    expect(decodeEpc(bytes(sgtin96(6, 20, 999_999n, 1n, 1n)), 0)).toMatchObject({ scheme: 'sgtin-96' })
  })

  it('refuses truncated and phantom reads: they would name another product or none', () => {
    const truncated = bytes('3074257BF7194E4000001A')
    expect(decodeEpc(truncated, 0x3000)).toMatchObject({ ok: false, code: 'EPC_TRUNCATED' })
    expect(decodeEpc(new Uint8Array(12), 0x3000)).toMatchObject({ ok: false, code: 'EPC_PHANTOM' })
    expect(decodeEpc(new Uint8Array(0), 0)).toMatchObject({ ok: false, code: 'EPC_EMPTY' })
  })

  it('does not read an ISO 15962 tag as GS1, though its first byte says 30', () => {
    expect(decodeEpc(bytes('3074257BF7194E4000001A85'), 0x31a2)).toMatchObject({
      ok: false,
      code: 'EPC_NOT_GS1',
    })
  })

  it('gives a UID a URI of its own', () => {
    expect(decodeUid(bytes('04A1B2C3D4E5F6'))).toMatchObject({
      uri: 'https://waypost.example/uid/04A1B2C3D4E5F6',
    })
  })
})

describe('GDTI Digital Links', () => {
  it('wants the right check digit and nothing but the key', () => {
    expect(isCanonicalGdtiLink('https://id.gs1.org/253/9521141000014COLD1')).toBe(true)
    expect(isCanonicalGdtiLink('https://id.gs1.org/253/9521141000016COLD1')).toBe(false)
    expect(isCanonicalGdtiLink('https://id.gs1.org/253/9521141000014COLD1?17=261231')).toBe(false)
    expect(isCanonicalGdtiLink('https://example.org/253/9521141000014COLD1')).toBe(false)
    expect(hasRightCheckDigit('9521141123454')).toBe(true)
  })
})
