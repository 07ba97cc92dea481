import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameByte } from './encode.ts'
import { encodeAck, encodeWelcome } from './encode-down.ts'
import { encodeFrame, frameWireBytes } from './frame.ts'
import { deriveKey, hmacSha256, KeyLabel, mqttPassword, shortMac } from './keys.ts'
import { Limit } from './limits.ts'
import { FrameKind, Suite } from './numbers.ts'
import { type BlockCipher, CcmSeal, headerCounter, SealRefusal, writeHeader } from './seal.ts'
import { crc32Node, openFrame, sealFrame, sha256Node } from './seal-node.ts'

/** The two native modes of the board, from node:crypto. */
const blocks: BlockCipher = {
  cbc: (key, iv, data) => {
    const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]))
  },
  ecb: (key, data) => {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]))
  },
}

const key16 = fc.uint8Array({ minLength: 16, maxLength: 16 })
const counters = fc.integer({ min: 1, max: Limit.FRAMES_A_SESSION })
const plains = fc.uint8Array({ minLength: 1, maxLength: 492 })

function frameFor(plain: Uint8Array, counter: number): Uint8Array {
  const frame = new Uint8Array(Limit.HEADER_BYTES + plain.length + Limit.TAG_BYTES)
  writeHeader(
    frame,
    frameByte(FrameKind.sealed),
    Suite.aesCcm,
    Uint8Array.of(1, 2, 3, 4),
    counter,
    plain.length,
  )
  frame.set(plain, Limit.HEADER_BYTES)
  return frame
}

describe('AES-CCM-16-64-128 composed from CBC and ECB', () => {
  const ccm = new CcmSeal(blocks, 492)

  it('node:crypto opens every frame that the board seals', () => {
    fc.assert(
      fc.property(key16, counters, plains, (key, counter, plain) => {
        const frame = frameFor(plain, counter)
        expect(ccm.seal(key, frame, plain.length)).toBe(frame.length)
        expect(headerCounter(frame)).toBe(counter)
        expect([...openFrame(key, frame)]).toEqual([...plain])
      }),
    )
  })

  it('the board opens every frame that node:crypto seals, and none with a flipped bit', () => {
    const out = new Uint8Array(492)
    fc.assert(
      fc.property(key16, counters, plains, fc.nat(), (key, counter, plain, flip) => {
        const header = frameFor(plain, counter).subarray(0, Limit.HEADER_BYTES)
        const frame = sealFrame(key, header, plain)
        expect(ccm.open(key, frame, out)).toBe(plain.length)
        expect([...out.subarray(0, plain.length)]).toEqual([...plain])
        const bit = flip % (frame.length * 8)
        frame[bit >> 3] = (frame[bit >> 3] as number) ^ (1 << (bit & 7))
        expect(ccm.open(key, frame, out)).toBeLessThan(0)
        expect(out.every((byte) => byte === 0) || frame[10] !== header[10] || frame[11] !== header[11]).toBe(
          true,
        )
        expect(() => openFrame(key, frame)).toThrow(/does not open|the header says/)
      }),
    )
  })

  it('refuses wrong lengths before the cipher sees them, and a cipher that fails', () => {
    const frame = frameFor(new Uint8Array(5), 1)
    expect(ccm.seal(new Uint8Array(15), frame, 5)).toBe(SealRefusal.length)
    expect(ccm.seal(new Uint8Array(16), frame, 0)).toBe(SealRefusal.length)
    expect(ccm.seal(new Uint8Array(16), frame, 6)).toBe(SealRefusal.length)
    expect(ccm.open(new Uint8Array(16), frame.subarray(0, 20), new Uint8Array(492))).toBe(SealRefusal.length)
    const broken = new CcmSeal({ cbc: () => undefined, ecb: () => new Uint8Array(3) }, 64)
    expect(broken.seal(new Uint8Array(16), frame, 5)).toBe(SealRefusal.cipher)
    expect(broken.open(new Uint8Array(16), frame, new Uint8Array(64))).toBe(SealRefusal.cipher)
  })
})

describe('keys', () => {
  it('HMAC by two hashes equals node:crypto', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        const expected = createHmac('sha256', key).update(message).digest()
        expect(Buffer.from(hmacSha256(sha256Node, key, message) as Uint8Array).equals(expected)).toBe(true)
      }),
    )
  })

  it('RFC 4231 test case 2', () => {
    const mac = hmacSha256(sha256Node, Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'))
    expect(Buffer.from(mac as Uint8Array).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('no two purposes share a key, and a bad key or hash gives none', () => {
    const key = new Uint8Array(16).fill(1)
    const context = new Uint8Array(24).fill(2)
    const keys = [KeyLabel.hello, KeyLabel.up, KeyLabel.down, KeyLabel.mqtt, KeyLabel.update].map((label) =>
      Buffer.from(deriveKey(sha256Node, key, label, context) as Uint8Array).toString('hex'),
    )
    expect(new Set(keys).size).toBe(5)
    expect(mqttPassword(sha256Node, key)).toMatch(/^[0-9a-f]{32}$/)
    expect(deriveKey(sha256Node, new Uint8Array(15), KeyLabel.up, context)).toBeUndefined()
    expect(shortMac(() => undefined, key, context)).toBeUndefined()
  })
})

describe('what a board with a 64-byte burst can take', () => {
  it('welcome and a useful ack fit 56 bytes on the wire', () => {
    const welcome = encodeWelcome({
      sessionId: new Uint8Array(4).fill(255),
      randoms: new Uint8Array(12).fill(255),
      utcMilliseconds: 253402300799999,
      journalId: 4294967295,
      through: 4294967295,
    })
    const frame = new Uint8Array(1 + welcome.length + Limit.MAC_BYTES + 4)
    const out = new Uint8Array(frameWireBytes(frame.length))
    const wire = encodeFrame(out, frame, frame.length - 4, crc32Node)
    expect(wire).toBeGreaterThan(0)
    expect(wire).toBeLessThanOrEqual(Limit.FRAME_DOWN_BURST64_WIRE_BYTES)
    const budget = Limit.FRAME_DOWN_BURST64_WIRE_BYTES - 7 - Limit.HEADER_BYTES - Limit.TAG_BYTES
    const ranges = Array.from({ length: 16 }, (_, i) => ({
      from: 4294900000 + 2 * i,
      to: 4294900000 + 2 * i,
    }))
    const ack = encodeAck({ journalId: 4294967295, through: 4294899998, ranges }, budget)
    expect(ack.length).toBeLessThanOrEqual(budget)
    expect(ack[0]).toBe(0x84)
  })
})
