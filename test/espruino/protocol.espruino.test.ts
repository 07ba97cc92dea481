import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { buildFirmware } from '#firmware/toolchain/build.ts'
import { type RunningEspruino, startEspruino } from './start.ts'
import { waitFor } from './wait.ts'

let running: RunningEspruino | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

it("spec/vectors.json comes out of the board's code on the interpreter, byte for byte", async () => {
  const vectors = JSON.parse(readFileSync(new URL('../../spec/vectors.json', import.meta.url), 'utf8'))
  const { code } = await buildFirmware('PICO', { entry: 'test/espruino/fixture-vectors.ts' })
  const sealed = vectors.down.map((down: { frame: string }) => down.frame)
  const started = startEspruino({
    bundle: code,
    config: {},
    board: 'PICO',
    extra: `var SEALED_DOWN=${JSON.stringify(sealed)};`,
  })
  running = started
  await waitFor(started.output, () => /END\s/.test(started.output()), 10_000)
  const lines = new Map(
    started
      .output()
      .split(/\r?\n/)
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  )
  expect(started.errors()).toEqual([])
  expect({
    mqttPassword: lines.get('mqttPassword'),
    hello: { frame: lines.get('hello'), wire: lines.get('helloWire') },
    deframed: lines.get('deframed'),
    up: { plain: lines.get('upPlain'), frame: lines.get('upFrame') },
    down: [lines.get('down0'), lines.get('down1')],
    forged: [lines.get('forged0'), lines.get('forged1')],
    time: lines.get('time'),
  }).toEqual({
    mqttPassword: vectors.mqttPassword,
    hello: vectors.hello,
    deframed: vectors.hello.frame,
    up: { plain: vectors.up.plain, frame: vectors.up.frame },
    down: vectors.down.map((down: { plain: string }) => down.plain),
    forged: ['-2', '-2'],
    time: '7 1795478400123',
  })
})
