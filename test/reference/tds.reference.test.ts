import { describe, expect, it } from 'vitest'
import { decodeEpc } from '#gateway/gs1/epc.ts'
import { referenceText } from './reference-folder.ts'

interface Vector {
  scheme: string
  epcUri?: string
  digitalLink?: string
  hex?: string
  binary?: string
}

function bytesOf(vector: Vector): Uint8Array {
  const bits = vector.binary
  const bytes =
    bits === undefined
      ? (vector.hex ?? '').match(/../g)?.map((pair) => Number.parseInt(pair, 16))
      : bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2))
  return Uint8Array.from(bytes ?? [])
}

describe('the vectors of TDS 2.3, annex E.3', () => {
  const { vectors } = JSON.parse(referenceText('tds', 'tds-2.3-annex-e3.json')) as { vectors: Vector[] }
  const DECODED = ['SGTIN-96', 'SSCC-96']

  it('SGTIN-96 and SSCC-96 decode to their URI and Digital Link', () => {
    const mine = vectors.filter((vector) => DECODED.includes(vector.scheme))
    expect(mine.length).toBeGreaterThanOrEqual(3)
    for (const vector of mine) {
      // One vector stands under example.com; the canonical form of each is under id.gs1.org.
      const digitalLink = vector.digitalLink?.replace('https://example.com/', 'https://id.gs1.org/')
      expect(decodeEpc(bytesOf(vector), 0)).toMatchObject({ uri: vector.epcUri, digitalLink })
    }
  })

  it('every other scheme stays raw, bit for bit', () => {
    const others = vectors.filter((vector) => !DECODED.includes(vector.scheme) && bytesOf(vector).length > 0)
    expect(others.length).toBeGreaterThan(10)
    for (const vector of others) {
      const bytes = bytesOf(vector)
      const hex = Buffer.from(bytes).toString('hex').toUpperCase()
      expect(decodeEpc(bytes, 0)).toMatchObject({
        scheme: 'raw',
        uri: `urn:epc:raw:${bytes.length * 8}.x${hex}`,
      })
    }
  })
})
