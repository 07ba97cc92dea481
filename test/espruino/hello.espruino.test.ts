import { afterEach, expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import { Deframer } from '#protocol/frame.ts'
import { deriveKey, equalBytes, KeyLabel, shortMac } from '#protocol/keys.ts'
import { Limit } from '#protocol/limits.ts'
import { crc32Node, sha256Node } from '#protocol/seal-node.ts'
import { decodeMessage } from '#protocol/validate.ts'
import { type RunningEspruino, startEspruino } from './start.ts'
import { waitFor } from './wait.ts'

const KEY = '000102030405060708090a0b0c0d0e0f'
/** Kind hello of protocol version 1 in a frame's first byte. */
const HELLO = 0x11
let running: RunningEspruino | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

it('the PICO bundle starts on the interpreter and says a hello that its key proves', async () => {
  const { code } = await buildFirmware('PICO')
  const config = {
    node: 'cold-room-1',
    key: KEY,
    keyEpoch: 1,
    link: { kind: 'serial', baud: 115200 },
    sensors: [{ kind: 'sht3x', sensor: 0, address: 68 }],
    sampling: { intervalMilliseconds: 1000, batchMilliseconds: 2000 },
    health: { intervalMilliseconds: 60000 },
  }
  const started = startEspruino({
    bundle: code,
    config,
    board: 'PICO',
    extra: 'setTimeout(function () { print("MEMORY " + JSON.stringify(process.memory())); }, 3000);',
  })
  running = started
  const frames: Uint8Array[] = []
  const deframer = new Deframer(Limit.FRAME_UP_BYTES, crc32Node)
  started.link.onBytes((from, bytes) => {
    if (from === 0) deframer.push(bytes, (frame) => frames.push(frame.slice()))
  })
  await waitFor(started.output, () => frames.length > 0, 15_000)
  const [frame] = frames
  if (!frame) throw new Error('no frame')
  expect(frame[0]).toBe(HELLO)
  const end = frame.length - Limit.MAC_BYTES
  const helloKey = deriveKey(sha256Node, Buffer.from(KEY, 'hex'), KeyLabel.hello, new Uint8Array(0))
  const mac = shortMac(sha256Node, helloKey ?? new Uint8Array(0), frame.subarray(0, end))
  expect(mac && equalBytes(mac, frame.subarray(end))).toBe(true)
  expect(decodeMessage(frame.subarray(1, end))).toMatchObject({
    kind: 'hello',
    node: 'cold-room-1',
    board: 'PICO',
    keyEpoch: 1,
  })
  await waitFor(started.output, () => started.output().includes('MEMORY'), 15_000)
  process.stdout.write(`espruino: ${/MEMORY (.*)/.exec(started.output())?.[1]}\n`)
  expect(started.errors()).toEqual([])
})
