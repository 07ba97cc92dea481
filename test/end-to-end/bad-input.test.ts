import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { ensureBuilt, ROOT } from './built.ts'
import { GatewayProcess } from './gateway-process.ts'

const CALL_MILLISECONDS = 30_000
const DOCUMENTED = new Map(
  [
    ...readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8').matchAll(
      /^- `([A-Z0-9_]+)`: .*\*\*Do:\*\* (.+)$/gm,
    ),
  ].map((match) => [match[1] as string, match[2] as string]),
)

let folder = ''
beforeAll(async () => {
  await ensureBuilt()
  folder = mkdtempSync(join(tmpdir(), 'waypost-bad-input-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

interface Called {
  code: number
  out: string
  err: string
}

/** `npx waypost …` as a person calls it, in a folder of their own. */
function waypost(...words: string[]): Promise<Called> {
  return new Promise((resolve) => {
    const arguments_ = [join(ROOT, 'bin/waypost.js'), ...words]
    const options = { cwd: folder, timeout: CALL_MILLISECONDS }
    execFile(process.execPath, arguments_, options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, out, err })
    })
  })
}

/** A good configuration, of which each test breaks one thing. */
function configuration(changes: { key?: string; links?: string } = {}): string {
  const { key = '', links = '{ mqtt: { port: 0 } }' } = changes
  return `site: { id: test, name: Test }
store: { folder: store }
keys: { file: keys.json }
links: ${links}
checkpoints:
  - id: room
    readPoint: https://id.gs1.org/414/9521141000014/254/ROOM
    bizStep: sensor_reporting
    nodes: [{ node: n1 }]
operator: { port: 0 }
${key}
`
}

const KEYS = JSON.stringify({ n1: { key: '000102030405060708090a0b0c0d0e0f' } })
const HEADER = 'time,temperatureCelsius'
const REPLAY = ['sim', 'run', 'cold-room', '--csv-channel']

interface Bad {
  what: string
  words: () => string[]
  code: string
  /** What the line must name, so that the place is found. */
  names: string | RegExp
  /** The call has no such option. */
  isWithoutJson?: boolean
}

const BAD: Bad[] = [
  {
    what: 'a configuration that is not there',
    words: () => ['gateway', '--config', 'missing.yaml'],
    code: 'CONFIG_UNREADABLE',
    names: 'missing.yaml',
  },
  {
    what: 'a configuration that is not YAML',
    words: () => ['gateway', '--config', file('broken.yaml', 'site: { id: test\nstore: [')],
    code: 'CONFIG_YAML',
    names: /broken\.yaml:\d/,
  },
  {
    what: 'a configuration with an unknown key',
    words: () => ['config', 'check', file('unknown.yaml', configuration({ key: 'chekpoints: []' }))],
    code: 'CONFIG_UNKNOWN_KEY',
    names: /chekpoints, .*unknown\.yaml:11, known here are /,
  },
  {
    what: 'a configuration with a value that cannot be',
    words: () => [
      'gateway',
      '--config',
      file('port.yaml', configuration({ links: '{ mqtt: { port: 99999 } }' })),
    ],
    code: 'CONFIG_INVALID',
    names: /links\.mqtt\.port .*port\.yaml:4/,
  },
  {
    what: 'a configuration that is a folder',
    words: () => ['config', 'check', folder],
    code: 'CONFIG_UNREADABLE',
    names: 'waypost-bad-input-',
  },
  {
    what: 'a key file that is not there',
    words: () => [
      'gateway',
      '--config',
      file('nokeys.yaml', configuration().replace('keys.json', 'none.json')),
    ],
    code: 'KEYS_FILE_UNREADABLE',
    names: 'none.json',
  },
  {
    what: 'a key file that is none',
    words: () => {
      file('bad-keys.json', '{"n1": {"key": "short"}}')
      return [
        'gateway',
        '--config',
        file('badkeys.yaml', configuration().replace('keys.json', 'bad-keys.json')),
      ]
    },
    code: 'KEYS_FILE_INVALID',
    names: 'bad-keys.json',
  },
  {
    what: 'a store that is not there',
    words: () => [
      'outbox',
      'list',
      '--config',
      file('nostore.yaml', configuration().replace('folder: store', 'folder: nowhere')),
    ],
    code: 'CLI_NO_STORE',
    names: 'nowhere',
  },
  {
    what: 'condition: no such file',
    words: () => ['condition', 'missing.csv'],
    code: 'CONDITION_FILE_UNREADABLE',
    names: 'missing.csv',
  },
  {
    what: 'condition: a file that is no time series',
    words: () => ['condition', file('binary.csv', new Uint8Array([0, 255, 1, 254, 10, 34, 34, 0]))],
    code: 'CONDITION_CSV_MALFORMED',
    names: 'binary.csv',
  },
  {
    what: 'condition: other columns',
    words: () => ['condition', file('header.csv', 'date,value\n2026-03-02,5\n')],
    code: 'CONDITION_CSV_HEADER',
    names: /header\.csv:1.*time,temperatureCelsius/,
  },
  {
    what: 'condition: a quote that does not close',
    words: () => [
      'condition',
      file('quote.csv', `${HEADER}\n2026-03-02T06:00:00Z,"5.0\n2026-03-02T06:01:00Z,5.1\n`),
    ],
    code: 'CONDITION_CSV_MALFORMED',
    names: 'quote.csv',
  },
  {
    what: 'condition: a time that is none',
    words: () => [
      'condition',
      file('time.csv', `${HEADER}\n2026-03-02T06:00:00Z,5\n2026-02-31T06:00:00Z,5\n`),
    ],
    code: 'CONDITION_TIME_INVALID',
    names: 'time.csv:3',
  },
  {
    what: 'condition: a value that is none',
    words: () => ['condition', file('value.csv', `${HEADER}\n2026-03-02T06:00:00Z,warm\n`)],
    code: 'CONDITION_VALUE_INVALID',
    names: 'value.csv:2',
  },
  {
    what: 'condition: no rows',
    words: () => ['condition', file('empty.csv', `${HEADER}\n`)],
    code: 'CONDITION_CSV_EMPTY',
    names: 'empty.csv',
  },
  {
    what: 'condition: an unknown profile',
    words: () => ['condition', 'missing.csv', '--profile', 'nobody'],
    code: 'PROFILE_UNKNOWN',
    names: /nobody.*vaccine\.2-8\.strict/,
  },
  {
    what: 'sim run: a CSV that is not there',
    words: () => [...REPLAY, 'room.temperature=missing.csv'],
    code: 'SIM_CSV_UNREADABLE',
    names: 'missing.csv',
  },
  {
    what: 'sim run: a CSV without the columns',
    words: () => [...REPLAY, `room.temperature=${file('columns.csv', 'a,b\n1,2\n')}`],
    code: 'SIM_CSV_INVALID',
    names: 'columns.csv',
  },
  {
    what: 'sim run: a CSV with a row that is none',
    words: () => [
      ...REPLAY,
      `room.temperature=${file('row.csv', `${HEADER}\n2026-03-02T06:00:00Z,5\nyesterday,6\n`)}`,
    ],
    code: 'SIM_CSV_INVALID',
    names: 'row.csv:3',
  },
  {
    what: 'sim run: a channel that the scenario does not have',
    words: () => [
      ...REPLAY,
      `cellar.temperature=${file('cellar.csv', `${HEADER}\n2026-03-02T06:00:00Z,5\n`)}`,
    ],
    code: 'SIM_CHANNEL_UNKNOWN',
    names: /cellar\.temperature.*room\.temperature/,
  },
  {
    what: 'sim run: an argument without a file',
    words: () => [...REPLAY, 'room.temperature'],
    code: 'SIM_ARGUMENT',
    names: 'room.temperature',
  },
  {
    what: 'sim run: an unknown scenario',
    words: () => ['sim', 'run', 'cellar'],
    code: 'SIM_SCENARIO_UNREADABLE',
    names: 'cellar.yaml',
  },
  {
    what: 'sim check: an unknown key',
    words: () => ['sim', 'check', file('scenario.yaml', 'version: 1\nname: x\nseeed: 1\n')],
    code: 'SIM_SCENARIO_UNKNOWN_KEY',
    names: /seeed.*scenario\.yaml:3/,
  },
  {
    what: 'sim run: a report that cannot be written',
    words: () => ['sim', 'run', 'cold-room', '--until', '1', '--junit', 'no/such/folder/report.xml'],
    code: 'SIM_OUTPUT',
    names: 'no/such/folder/report.xml',
  },
  {
    what: 'firmware build: an unknown board',
    words: () => ['firmware', 'build', '--board', 'TOASTER', '--out', folder],
    code: 'BOARD_UNKNOWN',
    names: /TOASTER.*PICO/,
  },
  {
    what: 'firmware check: no such file',
    words: () => ['firmware', 'check', 'missing.js'],
    code: 'FILE_UNREADABLE',
    names: 'missing.js',
  },
  {
    what: 'frame decode: no hex',
    words: () => ['frame', 'decode', 'nonsense'],
    code: 'CLI_HEX',
    names: 'nonsense',
  },
  {
    what: 'frame decode: half a byte',
    words: () => ['frame', 'decode', '123'],
    code: 'CLI_HEX',
    names: '123',
  },
  {
    what: 'frame decode: no frame',
    words: () => ['frame', 'decode', '00112233'],
    code: 'CLI_NO_FRAME',
    names: 'CRC',
  },
  {
    what: 'frame decode: of another protocol',
    words: () => ['frame', 'decode', 'ff00ff'],
    code: 'CLI_NO_FRAME',
    names: '0xff',
  },
  {
    what: 'frame decode: cut off',
    words: () => ['frame', 'decode', '1001aabb'],
    code: 'FRAME_TOO_SHORT',
    names: '4 bytes',
  },
  {
    what: 'frame decode: a hello with nonsense in it',
    words: () => ['frame', 'decode', `11${'5a'.repeat(20)}`],
    code: 'MESSAGE_MALFORMED',
    names: 'frame of 21 bytes',
  },
  {
    what: 'frame decode: a key that is none',
    words: () => ['frame', 'decode', '10', '--key', 'secret'],
    code: 'CLI_KEY',
    names: '32',
  },
  {
    what: 'an unknown command',
    words: () => ['gatewya'],
    code: 'CLI_UNKNOWN_COMMAND',
    names: /gatewya.*`waypost --help`/,
  },
  {
    what: 'an unknown command of a group',
    words: () => ['sim', 'runn', 'x'],
    code: 'CLI_UNKNOWN_COMMAND',
    names: /runn.*`waypost sim --help`/,
  },
  {
    what: 'a group without its command',
    isWithoutJson: true,
    words: () => ['firmware'],
    code: 'CLI_USAGE',
    names: '`waypost firmware --help`',
  },
  {
    what: 'an unknown option',
    words: () => ['demo', '--once', '--speed', '3'],
    code: 'CLI_UNKNOWN_OPTION',
    names: /--speed.*`waypost demo --help`/,
  },
  { what: 'a missing option', words: () => ['gateway'], code: 'CLI_USAGE', names: '--config' },
  {
    what: 'an option that is no number',
    words: () => ['demo', '--port', 'http'],
    code: 'CLI_USAGE',
    names: 'http',
  },
]

describe('input that cannot be used', () => {
  it.each(BAD)('$what: $code', async ({ words, code, names, isWithoutJson }) => {
    const given = words()
    const { code: exitCode, out, err } = await waypost(...given, ...(isWithoutJson ? [] : ['--json']))
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
    const lines = err.trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    const line = lines[0] as string
    expect(line.startsWith(`waypost: ${code}: `), line).toBe(true)
    if (typeof names === 'string') expect(line).toContain(names)
    else expect(line).toMatch(names)
    expect([...DOCUMENTED.keys()]).toContain(code)
    // What, and what to do: more than one part, whatever the code.
    expect(line.slice(`waypost: ${code}: `.length).split(', ').length, line).toBeGreaterThanOrEqual(2)
  })

  it('without --json the same is said, and on standard error too', async () => {
    const { code, out, err } = await waypost('condition', 'missing.csv')
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^waypost: CONDITION_FILE_UNREADABLE: [^\n]+\n$/)
  })

  it('a port that does not exist: the gateway starts, logs the code, tries again, and serves the rest', async () => {
    file('keys.json', KEYS)
    const links = '{ serial: [{ path: ./no-such-port }], mqtt: { port: 0 } }'
    const gateway = new GatewayProcess(file('port-missing.yaml', configuration({ links })))
    await gateway.start()
    try {
      const told = () => gateway.log.filter((entry) => entry.code === 'SERIAL_OPEN_FAILED')
      await until(() => told().length >= 2, 'a second try')
      expect(told()[0]).toMatchObject({ link: expect.stringContaining('no-such-port') })
      expect(gateway.ready.mqttPort).toBeGreaterThan(0)
      const answer = await fetch(new URL('/healthz', gateway.ready.operatorUrl))
      expect(await answer.json()).toEqual({ status: 'ok', nodes: 1 })
      expect(DOCUMENTED.has('SERIAL_OPEN_FAILED')).toBe(true)
    } finally {
      expect(await gateway.stop()).toBe(0)
    }
  })

  it('every code that is documented says what to do', () => {
    expect(DOCUMENTED.size).toBeGreaterThan(100)
    for (const [code, action] of DOCUMENTED) expect(action.length, code).toBeGreaterThan(5)
  })
})
