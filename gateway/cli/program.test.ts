import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { GATEWAY_ERRORS } from '../errors.ts'
import type { CommandIo } from './io.ts'
import { createProgram, runCli } from './program.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-cli-'))
  folders.push(folder)
  return folder
}

async function call(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = []
  const err: string[] = []
  const io: CommandIo = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    interrupted: () => Promise.resolve(),
  }
  return { code: await runCli(argv, io), out, err }
}

/** Every command with an action, as words. */
function leaves(): string[][] {
  const found: string[][] = []
  const walk = (command: ReturnType<typeof createProgram>, words: string[]): void => {
    if (command.commands.length === 0) found.push(words)
    for (const inner of command.commands) walk(inner as typeof command, [...words, inner.name()])
  }
  walk(
    createProgram({ out: () => {}, err: () => {}, interrupted: async () => {} }, () => {}),
    [],
  )
  return found
}

describe('the waypost command', () => {
  it('has its commands, each with help that ends 0', async () => {
    expect(leaves().map((words) => words.join(' '))).toEqual(
      expect.arrayContaining([
        'demo',
        'gateway',
        'config check',
        'condition',
        'frame decode',
        'firmware build',
      ]),
    )
    for (const words of leaves()) {
      const { code, out, err } = await call(...words, '--help')
      expect([code, err], words.join(' ')).toEqual([0, []])
      expect(out.join('\n')).toContain(`Usage: waypost ${words.join(' ')}`)
    }
    expect((await call('--help')).code).toBe(0)
  })

  it('refuses an unknown option of every command', async () => {
    for (const words of leaves()) {
      const { code, out, err } = await call(...words, '--colour')
      expect([code, out], words.join(' ')).toEqual([2, []])
      expect(err.join('\n')).toMatch(/^waypost: (CLI_UNKNOWN_OPTION|CLI_USAGE): /)
    }
  })

  it.each([
    [[], 'CLI_USAGE'],
    [['dance'], 'CLI_UNKNOWN_COMMAND'],
    [['firmware'], 'CLI_USAGE'],
    [['firmware', 'dance'], 'CLI_UNKNOWN_COMMAND'],
    [['demo', '--colour'], 'CLI_UNKNOWN_OPTION'],
    [['demo', '--port', 'x'], 'CLI_USAGE'],
    [['demo', '--port', '70000'], 'CLI_USAGE'],
    [['demo', '--seed', '-1'], 'CLI_USAGE'],
    [['demo', 'now'], 'CLI_USAGE'],
    [['gateway'], 'CLI_USAGE'],
    [['config', 'check'], 'CLI_USAGE'],
    [['config', 'check', '/nowhere.yaml'], 'CONFIG_UNREADABLE'],
    [['condition', '/nowhere.csv'], 'CONDITION_FILE_UNREADABLE'],
    [['frame', 'decode', 'xyz'], 'CLI_HEX'],
    [['frame', 'decode', '00ff00'], 'CLI_NO_FRAME'],
    [['frame', 'decode', '10', '--key', '12'], 'CLI_KEY'],
    [['firmware', 'check', '/nowhere.js'], 'FILE_UNREADABLE'],
    [['outbox', 'list', '--config', '/nowhere.yaml'], 'CONFIG_UNREADABLE'],
  ])('%j → 2 with %s', async (argv, code) => {
    const answer = await call(...argv)
    expect(answer.code).toBe(2)
    expect(answer.out).toEqual([])
    expect(answer.err).toHaveLength(1)
    expect(answer.err[0]).toMatch(new RegExp(`^waypost: ${code}: .+[,;] .+`))
    expect(answer.err[0]).not.toContain('\n')
    if (code.startsWith('CLI_')) expect(GATEWAY_ERRORS).toHaveProperty(code)
  })

  it('checks a configuration and tells the defaults', async () => {
    const file = join(scratch(), 'gateway.yaml')
    writeFileSync(file, 'site: {}\n')
    expect((await call('config', 'check', file)).err[0]).toMatch(/CONFIG_INVALID/)
    writeFileSync(file, CONFIG)
    const told = await call('config', 'check', file)
    expect([told.code, told.err]).toEqual([0, []])
    expect(told.out.join('\n')).toMatch(/operator\.port is not set: \d+/)
    const json = await call('config', 'check', file, '--json')
    expect(JSON.parse(json.out.join(''))).toMatchObject({ valid: true, config: { site: { id: 'x' } } })
  })

  it('lists outboxes and quarantine only of a store that is there', async () => {
    const folder = scratch()
    const file = join(folder, 'gateway.yaml')
    writeFileSync(file, CONFIG)
    expect((await call('outbox', 'list', '--config', file)).err[0]).toMatch(/CLI_NO_STORE/)
    const { LmdbStore } = await import('../store/store.ts')
    const { systemClock } = await import('../clock.ts')
    const store = await LmdbStore.open(join(folder, 'store'), systemClock)
    const [first, second] = await store.transaction(() => {
      const outbox = store.outbox('distribution')
      return [outbox.append({ a: 1 }), outbox.append({ a: 2 })]
    })
    await store.outbox('distribution').setAside(second!, 'EPCIS_REFUSED', 'no such step')
    // The gateway may be running: the store stays open here.
    const listed = await call('outbox', 'list', '--config', file, '--json')
    expect([listed.code, listed.err]).toEqual([0, []])
    expect(listed.out.map((line) => JSON.parse(line))).toMatchObject([
      { outbox: 'distribution', id: first, state: 'waiting' },
      { outbox: 'distribution', id: second, state: 'setAside', code: 'EPCIS_REFUSED' },
    ])
    const people = await call('outbox', 'list', '--config', file)
    expect(people.out[0]).toBe('distribution: 1 waiting, 1 set aside as refused')
    expect((await call('quarantine', 'list', '--config', file)).out).toEqual([
      '0 refused frames and records are kept',
    ])
    await store.close()
  })
})

const CONFIG = `site: { id: x, name: X, timeZoneOffset: "+09:00" }
store: { folder: ./store }
keys: { file: ./keys.json }
links: { mqtt: { host: 127.0.0.1, port: 0 } }
checkpoints:
  - id: room
    readPoint: https://id.gs1.org/414/9521141000014/254/ROOM
    bizStep: sensor_reporting
    nodes: [ { node: one } ]
networks: {}
`
