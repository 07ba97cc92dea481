import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BOARD_ERRORS } from '../boards/errors.ts'
import { boardByName } from './build.ts'
import { runFirmwareBuild } from './commands.ts'
import { judgeNodeConfiguration, readNodeConfiguration } from './node-configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-node-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD = {
  node: 'n1',
  key: '00112233445566778899aabbccddeeff',
  keyEpoch: 1,
  link: { kind: 'serial', baud: 115200 },
  sensors: [{ kind: 'sht3x', sensor: 0, address: 68 }],
  sampling: { intervalMilliseconds: 60000, batchMilliseconds: 300000 },
  health: { intervalMilliseconds: 60000 },
}

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('what is flashed as wp.cfg', () => {
  it.each([
    [
      'a link that the board does not have',
      { ...GOOD, link: { kind: 'mqtt', host: 'h', port: 1 } },
      'BOARD_LINK_IMPOSSIBLE',
    ],
    [
      'a pin that is none',
      { ...GOOD, sensors: [{ kind: 'ds18b20', sensor: 0, pin: 'Z9' }] },
      'BOARD_PIN_UNKNOWN',
    ],
    ['a short key', { ...GOOD, key: '0011' }, 'NODE_CONFIG_INVALID'],
    ['a node id with a topic separator', { ...GOOD, node: 'a/b' }, 'NODE_CONFIG_INVALID'],
  ])('%s is an error before anything is built', (_what, value, code) => {
    expect(() => judgeNodeConfiguration(boardByName('PICO'), value, 'x.json')).toThrowError(
      expect.objectContaining({ code, action: BOARD_ERRORS[code as keyof typeof BOARD_ERRORS].action }),
    )
  })

  it('a file that is none, or no JSON', async () => {
    const board = boardByName('PICO')
    await expect(readNodeConfiguration(board, join(folder, 'none'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    })
    await expect(readNodeConfiguration(board, fileOf('bad.json', '{"node":'))).rejects.toMatchObject({
      code: 'NODE_CONFIG_INVALID',
    })
  })

  it('firmware build --config writes it beside the bundle, readable by its owner only', async () => {
    const out = join(folder, 'out')
    const config = fileOf('good.json', JSON.stringify(GOOD))
    const built = await runFirmwareBuild({ board: 'PICO', out, config })
    expect({ exitCode: built.exitCode, errors: built.errorLines }).toEqual({ exitCode: 0, errors: [] })
    expect(statSync(join(out, 'wp.cfg')).mode & 0o777).toBe(0o600)
    expect(built.lines.join('\n')).not.toContain(GOOD.key)
    const impossible = fileOf(
      'impossible.json',
      JSON.stringify({ ...GOOD, link: { kind: 'mqtt', host: 'h', port: 1 } }),
    )
    const refused = await runFirmwareBuild({ board: 'PICO', out, config: impossible })
    expect(refused.exitCode).toBe(2)
    expect(refused.errorLines[0]).toMatch(/^waypost: BOARD_LINK_IMPOSSIBLE: .*impossible\.json for PICO/)
  })
})
