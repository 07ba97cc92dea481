import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { boardByName, buildFirmware } from '#firmware/toolchain/build.ts'
import { systemClock } from '#gateway/clock.ts'
import { silentLog } from '#gateway/log.ts'
import { type Gateway, startGateway } from '#gateway/main.ts'
import { answerAsR200 } from './fake-r200.ts'
import { BAUD, counted, gatewayConfig, KEY, NODE } from './route.ts'
import { type RunningEspruino, startEspruino } from './start.ts'
import { waitFor } from './wait.ts'

/*
 * On the interpreter named by WAYPOST_ESPRUINO_PICO, a Linux build with a PICO's number of variables, running
 * out of them is real. Without it the usual interpreter has as many as it likes, and what it uses is compared
 * with the board's number.
 */

const BOARD = 'PICO'
const FREE_MINIMUM = 700
/** Without a gateway for so long the outbox fills; then the gateway comes and everything is sent. */
const ALONE_SECONDS = 20
/** From the gateway's start: up to 38 s to the next hello, then a quiet end. */
const SECONDS = 85
const AFTER_SECONDS = 10
/** More than one record can tell at once; the outbox is nearly full when the gateway comes. */
const TAGS = 8
const usual = process.env.WAYPOST_ESPRUINO
let running: RunningEspruino | undefined
let gateway: Gateway | undefined
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-memory-'))
  if (process.env.WAYPOST_ESPRUINO_PICO) process.env.WAYPOST_ESPRUINO = process.env.WAYPOST_ESPRUINO_PICO
})
afterEach(async () => {
  if (usual === undefined) delete process.env.WAYPOST_ESPRUINO
  else process.env.WAYPOST_ESPRUINO = usual
  await gateway?.close()
  await running?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('a PICO with climate sensor, door and reader leaves variables free with its outbox in use', async () => {
  const { code, bytes, report } = await buildFirmware(BOARD)
  expect(bytes).toBeLessThanOrEqual(report.storageBytes)
  const started = startEspruino({
    bundle: code,
    board: BOARD,
    config: {
      node: NODE,
      key: KEY,
      keyEpoch: 1,
      link: { kind: 'serial', baud: BAUD },
      sensors: [{ kind: 'sht3x', sensor: 0, address: 68 }],
      sampling: { intervalMilliseconds: 1000, batchMilliseconds: 2000 },
      contacts: [{ contact: 0, kind: 'door', pin: 'A8', debounceMilliseconds: 50, openLevel: 1 }],
      readers: [
        {
          kind: 'r200',
          reader: 0,
          pollMilliseconds: 200,
          intervalMilliseconds: 2000,
          powerCentiDbm: 2000,
          region: 6,
          antenna: 1,
        },
      ],
      health: { intervalMilliseconds: 5000 },
    },
    extra: `
      I2C1.writeTo = function () {};
      I2C1.readFrom = function () { return new Uint8Array([0x67, 0xa2, 0xe4, 0x48, 0x7f, 0xe9]); };
      setInterval(function () { var m = process.memory(); print("MEMORY " + m.usage + " " + m.total); }, 1000);`,
  })
  running = started
  answerAsR200(started.readerMaster, TAGS)
  const used = (): number[] =>
    [...started.output().matchAll(/MEMORY (\d+)/g)].map(([, usage]) => Number(usage))
  const whatCame = (): string => started.output().slice(-2000)
  await waitFor(whatCame, () => used().length >= ALONE_SECONDS, (ALONE_SECONDS + 15) * 1000)
  gateway = await startGateway(gatewayConfig(folder, started.linkPath), {
    clock: systemClock,
    randomBytes: counted(),
    log: silentLog,
  })
  const here = gateway
  const kinds = (): Set<string> => new Set(here.records(NODE).map(({ record }) => record.kind))
  const missing = (): string[] =>
    ['boot', 'reads', 'samples', 'contact', 'health'].filter((kind) => !kinds().has(kind))
  await waitFor(
    () => `no ${missing()}: ${whatCame()}`,
    () => missing().length === 0,
    (SECONDS - ALONE_SECONDS - AFTER_SECONDS) * 1000,
  )
  const sent = used().length
  await waitFor(whatCame, () => used().length >= sent + AFTER_SECONDS, (AFTER_SECONDS + 5) * 1000)

  const most = Math.max(...used())
  const { variables } = boardByName(BOARD).memory
  const total = /MEMORY \d+ (\d+)/.exec(started.output())?.[1]
  process.stdout.write(
    `espruino: at most ${most} of ${variables} variables (${total} in this build), ${used()[3]} after the start, ` +
      `${used().at(-1)} at the end; ${bytes} of ${report.storageBytes} bytes\n`,
  )
  expect(started.errors()).toEqual([])
  // Printed and not thrown: the native cipher found no piece of memory large enough.
  expect(started.output()).not.toMatch(/memory for result|OUT OF MEMORY/)
  expect(variables - most).toBeGreaterThanOrEqual(FREE_MINIMUM)
})
