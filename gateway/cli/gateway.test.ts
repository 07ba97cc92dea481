import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
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
