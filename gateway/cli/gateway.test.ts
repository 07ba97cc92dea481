import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { CodedError } from '#protocol/coded-error.ts'
import { gatewayLog } from './gateway.ts'
import { runCli } from './program.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function configured(keys: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-gateway-'))
  folders.push(folder)
  writeFileSync(join(folder, 'keys.json'), keys, { mode: 0o600 })
  const file = join(folder, 'gateway.yaml')
  writeFileSync(
    file,
    `site: { id: x, name: X, timeZoneOffset: "+09:00" }
store: { folder: ./store }
keys: { file: ./keys.json }
links: { mqtt: { host: 127.0.0.1, port: 0 } }
checkpoints:
  - id: room
    readPoint: https://id.gs1.org/414/9521141000014/254/ROOM
    bizStep: sensor_reporting
    nodes: [ { node: one } ]
networks: {}
operator: { port: 0 }
`,
  )
  return file
}

it('waypost gateway says where it is, serves its page, and ends 0 when asked', async () => {
  const file = configured(
    '{"one": {"key": "000102030405060708090a0b0c0d0e0f", "keyEpoch": 1, "suite": 1, "board": "PICO"}}',
  )
  let end = (): void => {}
  let page: Promise<string> | undefined
  const out: string[] = []
  const code = await runCli(['gateway', '--config', file, '--json'], {
    out: (line) => {
      out.push(line)
      const url = (JSON.parse(line) as { operatorUrl: string }).operatorUrl
      page = fetch(`${url}/healthz`)
        .then((answer) => answer.text())
        .finally(() => end())
    },
    err: (line) => out.push(line),
    interrupted: () =>
      new Promise((resolve) => {
        end = resolve
      }),
  })
  expect(code).toBe(0)
  expect(out).toHaveLength(1)
  expect(JSON.parse(out[0]!)).toMatchObject({ kind: 'ready', site: 'x', mqttPort: expect.any(Number) })
  expect(JSON.parse(await page!)).toEqual({ status: 'ok', nodes: 1 })
})

it('waypost gateway refuses a key file that is none', async () => {
  const err: string[] = []
  const io = { out: () => {}, err: (line: string) => err.push(line), interrupted: () => Promise.resolve() }
  expect(await runCli(['gateway', '--config', configured('{"one": {}}')], io)).toBe(2)
  expect(err.join('\n')).toMatch(/^waypost: KEYS_FILE_INVALID: /)
})

it('the log says what an error was and why', () => {
  const lines: string[] = []
  const error = new CodedError('STORE_WRITE_FAILED', 'the disk refused a write', {
    cause: new Error('ENOSPC: no space left on device'),
  })
  gatewayLog({ write: (line) => void lines.push(line) }).error({ error }, 'effects could not be written')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/the disk refused a write.*ENOSPC/)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    msg: 'effects could not be written',
    error: { code: 'STORE_WRITE_FAILED' },
  })
})

it('waypost config check refuses what the gateway would refuse: a profile that does not exist', async () => {
  const file = configured('{}')
  const text = readFileSync(file, 'utf8')
  const said: string[] = []
  const io = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) }
  const check = () => runCli(['config', 'check', file], { ...io, interrupted: () => Promise.resolve() })
  expect(await check()).toBe(0)
  writeFileSync(file, text.replace('node: one', 'node: one, sensors: [{ sensor: 0, profile: nope }]'))
  said.length = 0
  expect(await check()).toBe(2)
  expect(said).toEqual([expect.stringMatching(/^waypost: INTERPRET_CONFIG: no rule profile "nope", /)])
})
