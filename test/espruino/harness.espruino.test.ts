import { afterEach, expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import { askBuiltins, candidatesOf } from '#firmware/toolchain/dialect/ask-builtins.ts'
import { BUILTINS } from '#firmware/toolchain/dialect/builtins.ts'
import { Deframer, encodeFrame, frameWireBytes } from '#protocol/frame.ts'
import { crc32Node, openFrame } from '#protocol/seal-node.ts'
import { findInterpreter } from './interpreter.ts'
import { type RunningEspruino, startEspruino } from './start.ts'
import { waitFor } from './wait.ts'

const KEY = Uint8Array.from({ length: 16 }, (_, index) => index)
const FRAMES = 40
let running: RunningEspruino | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

it('the table of built-ins is what this interpreter answers', () => {
  expect(askBuiltins(findInterpreter(), candidatesOf(BUILTINS))).toEqual(BUILTINS)
})

it('names the missing interpreter', () => {
  expect(() => findInterpreter({ WAYPOST_ESPRUINO: '/nowhere/espruino-linux' })).toThrowError(
    /\/nowhere\/espruino-linux.*WAYPOST_ESPRUINO.*make BOARD=LINUX/,
  )
  expect(() => findInterpreter({ PATH: '/nowhere' })).toThrowError(
    expect.objectContaining({ code: 'INTERPRETER_MISSING' }),
  )
})

it('a built program frames and seals on the interpreter what node:crypto opens here', async () => {
  const { code } = await buildFirmware('PICO', { entry: 'test/espruino/fixture-echo.ts' })
  const started = startEspruino({ bundle: code, config: {}, board: 'PICO' })
  running = started
  await waitFor(started.output, () => started.output().includes('READY'), 10_000)
  const opened: string[] = []
  const expected: string[] = []
  const deframer = new Deframer(512, crc32Node)
  started.link.onBytes((from, bytes) => {
    if (from === 0)
      deframer.push(bytes, (frame) => opened.push(Buffer.from(openFrame(KEY, frame)).toString('hex')))
  })
  for (let counter = 1; counter <= FRAMES; counter++) {
    const plain = Uint8Array.from({ length: counter * 5 }, (_, index) => (index * 7 + counter) & 255)
    const frame = new Uint8Array(12 + plain.length + 4)
    frame.set([0x10, 1, 9, 8, 7, 6, 0, 0, 0, counter, plain.length >> 8, plain.length & 255])
    frame.set(plain, 12)
    const wire = new Uint8Array(frameWireBytes(12 + plain.length))
    const count = encodeFrame(wire, frame, 12 + plain.length, crc32Node)
    expected.push(Buffer.from(plain).toString('hex'))
    started.link.send(0, wire.subarray(0, count))
    await waitFor(started.output, () => opened.length === counter, 5_000)
  }
  expect(opened).toEqual(expected)
  expect({ bad: deframer.bad, errors: started.errors() }).toEqual({ bad: 0, errors: [] })
})
