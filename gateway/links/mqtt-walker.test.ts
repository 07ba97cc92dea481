import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PacketWalker } from './mqtt-walker.ts'

function packet(type: number, length: number): Uint8Array {
  const head = [type << 4]
  let rest = length
  do {
    head.push((rest % 128) + (rest > 127 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return new Uint8Array([...head, ...new Array(length).fill(0x30)])
}

it('sees every packet once, however the bytes are cut', () => {
  const packets = fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.nat(700)), { maxLength: 20 })
  fc.assert(
    fc.property(packets, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (list, cuts) => {
      const bytes = Buffer.concat(list.map(([type, length]) => packet(type, length)))
      const seen: number[] = []
      const walker = new PacketWalker(1000, (type) => seen.push(type))
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const count = cuts[turn % cuts.length] as number
        expect(walker.push(bytes.subarray(at, at + count))).toBeUndefined()
        at += count
      }
      expect(seen).toEqual(list.map(([type]) => type))
    }),
  )
})

it('tells of a packet that is too long as soon as its header says so', () => {
  const walker = new PacketWalker(1000, () => undefined)
  expect(walker.push(packet(3, 1000))).toBeUndefined()
  expect(walker.push(packet(3, 1001).subarray(0, 3))).toBe(1001)
  const endless = new PacketWalker(1000, () => undefined)
  expect(endless.push(new Uint8Array([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(0)
})
