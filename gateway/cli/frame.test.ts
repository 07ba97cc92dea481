import { Encoder } from 'cbor-x'
import { describe, expect, it } from 'vitest'
import { encodeTime, encodeWelcome } from '#protocol/encode-down.ts'
import { encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { deriveKey, joinBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { crc32Node, sealFrame, sha256Node } from '#protocol/seal-node.ts'
import { runFrameDecode } from './frame.ts'

const NODE_KEY = new Uint8Array(16).fill(7)
const NOTHING = new Uint8Array(0)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const helloKey = deriveKey(sha256Node, NODE_KEY, KeyLabel.hello, NOTHING)!
const withMac = (kind: number, body: Uint8Array, before: Uint8Array = NOTHING): Uint8Array => {
  const own = joinBytes(Uint8Array.of(0x10 | kind), body)
  return joinBytes(own, shortMac(sha256Node, helloKey, joinBytes(before, own))!)
}
const bootId = new Uint8Array(8).fill(1)
const nodeRandom = new Uint8Array(8).fill(2)
const gatewayRandom = new Uint8Array(8).fill(3)
const hello = withMac(
  1,
  new Encoder({ useRecords: false }).encode([
    1,
    0,
    'cold-room-1',
    1,
    1,
    Buffer.from(bootId),
    Buffer.from(nodeRandom),
    'PICO',
    '0.1.0',
    6,
    1234,
    0,
    1,
  ]),
)
const welcome = withMac(
  2,
  encodeWelcome({
    sessionId: Uint8Array.of(9, 9, 9, 9),
    randoms: joinBytes(gatewayRandom, nodeRandom.subarray(0, 4)),
    utcMilliseconds: 1_700_000_000_000,
    journalId: 5,
    through: 0,
  }),
  hello,
)
const context = joinBytes(joinBytes(bootId, nodeRandom), gatewayRandom)
const downKey = deriveKey(sha256Node, NODE_KEY, KeyLabel.down, context)!
const timeBody = encodeTime({ counter: 4, utcMilliseconds: 1_700_000_000_123 })
const header = Uint8Array.of(0x10, 1, 9, 9, 9, 9, 0, 0, 0, 1, 0, timeBody.length)
const sealed = sealFrame(downKey, header, timeBody)

function decode(hexes: string[], key?: string): { code: number; frames: Record<string, unknown>[] } {
  const lines: string[] = []
  const io = { out: (line: string) => lines.push(line), err: () => {}, interrupted: async () => {} }
  const code = runFrameDecode(hexes, { json: true, ...(key === undefined ? {} : { key }) }, io)
  return { code, frames: lines.map((line) => JSON.parse(line)) }
}

describe('waypost frame decode', () => {
  it('explains a hello without a key, and says what it could not check', () => {
    expect(decode([hex(hello)])).toMatchObject({
      code: 0,
      frames: [
        {
          kind: 'hello',
          authenticity: 'unchecked',
          message: { node: 'cold-room-1', bootId: '01'.repeat(8) },
        },
      ],
    })
  })

  it('opens a session from its hello and welcome', () => {
    const { code, frames } = decode([hex(hello), hex(welcome), hex(sealed)], hex(NODE_KEY))
    expect(code).toBe(0)
    expect(frames).toMatchObject([
      { kind: 'hello', authenticity: 'right' },
      { kind: 'welcome', authenticity: 'right', message: { journalId: 5 } },
      {
        kind: 'sealed',
        authenticity: 'right',
        sessionId: '09090909',
        counter: 1,
        message: { kind: 'time', utcMilliseconds: 1_700_000_000_123 },
      },
    ])
  })

  it('says wrong and ends 1 under another key or with one bit turned', () => {
    expect(decode([hex(hello)], '00'.repeat(16))).toMatchObject({
      code: 1,
      frames: [{ authenticity: 'wrong' }],
    })
    const turned = new Uint8Array(sealed)
    turned[14]! ^= 1
    expect(decode([hex(hello), hex(welcome), hex(turned)], hex(NODE_KEY))).toMatchObject({
      code: 1,
      frames: [{}, {}, { authenticity: 'wrong' }],
    })
  })

  it('opens a sealed frame with its own session key, and else keeps it closed', () => {
    expect(decode([hex(sealed)], hex(downKey)).frames).toMatchObject([{ message: { kind: 'time' } }])
    expect(decode([hex(sealed)]).frames[0]).not.toHaveProperty('message')
    expect(decode([hex(sealed)]).frames[0]).toMatchObject({ authenticity: 'unchecked', counter: 1 })
  })

  it('takes frames out of a serial line and of an MQTT publish', () => {
    const wire = new Uint8Array(frameWireBytes(hello.length))
    const work = new Uint8Array(hello.length + 4)
    work.set(hello)
    const length = encodeFrame(wire, work, hello.length, crc32Node)
    expect(decode([hex(wire.subarray(0, length))]).frames).toMatchObject([
      { carried: 'serial', kind: 'hello' },
    ])
    const publish = joinBytes(
      joinBytes(Uint8Array.of(0, hello.length), hello),
      joinBytes(Uint8Array.of(0, sealed.length), sealed),
    )
    expect(decode([hex(publish)]).frames).toMatchObject([
      { carried: 'mqtt' },
      { carried: 'mqtt', kind: 'sealed' },
    ])
  })

  it('refuses what is no frame', () => {
    expect(() => decode(['20aabb'])).toThrow(/no frame of version 1/)
    expect(() => decode(['10aabb'])).toThrow(/sealed frame of 3 bytes/)
    expect(() => decode([hex(hello.subarray(0, 20))])).toThrow()
  })
})
