import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkConfig, loadConfig, parseConfig } from './load.ts'

const examples = join(import.meta.dirname, 'examples')
const coldRoom = readFileSync(join(examples, 'cold-room.yaml'), 'utf8')

function refusalOf(text: string): { code: string; where: string; message: string } {
  try {
    parseConfig(text, 'c.yaml', '/base')
  } catch (error) {
    return error as { code: string; where: string; message: string }
  }
  throw new Error('it was taken')
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

describe('the configuration', () => {
  const files = readdirSync(examples)

  it('has an example per site kind', () => {
    expect(files.sort()).toEqual(['cold-room.yaml', 'dock-door.yaml', 'school-gate.yaml', 'truck.yaml'])
  })

  it.each(files)('example %s is valid', (file) => {
    const config = loadConfig(join(examples, file))
    expect(config.checkpoints.length).toBeGreaterThan(0)
    expect(config.store.folder).toBe(join(examples, 'store'))
  })

  it('takes no URL of a network that is none, or that holds a secret, and does not repeat it', () => {
    for (const [url, what] of [
      ['https://waypost:hunter2@epcis.example.org/v2', 'networks.distribution.url holds a user or password'],
      ['http://[::1/v2', 'networks.distribution.url is not a URL'],
    ] as const) {
      const text = coldRoom.replace('https://epcis.example.org/v2', url)
      const refusal = refusalOf(text)
      expect(refusal.code).toBe('CONFIG_INVALID')
      expect(refusal.message).toContain(what)
      expect(refusal.message).not.toContain('hunter2')
      expect(refusal.where).toBe(`c.yaml:${lineOf(text, 'url: http')}`)
    }
  })

  it('aliases that name nothing or multiply without end are YAML that cannot be used', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(',')}]\n`
    for (const text of [
      'site: *nobody\n',
      `${level('a', 'x')}${level('b', '*a')}${level('c', '*b')}${level('d', '*c')}`,
    ]) {
      expect(refusalOf(text)).toMatchObject({ code: 'CONFIG_YAML', where: expect.stringMatching(/^c\.yaml/) })
    }
  })

  it('fills defaults and says which', () => {
    const { config, unset } = checkConfig(join(examples, 'dock-door.yaml'))
    expect(config.checkpoints[0]?.dwell.reportEveryMilliseconds).toBe(900_000)
    expect(config.operator).toEqual({ host: '127.0.0.1', port: 8080 })
    expect(config.links.serial).toEqual([])
    const found = new Map(unset.map((value) => [value.path, value.value]))
    expect(found.get('checkpoints[0].dwell.reportEveryMilliseconds')).toBe(900_000)
    expect(found.get('operator.port')).toBe(8080)
    expect(found.has('operator.host')).toBe(true)
    expect(found.has('links.mqtt.host')).toBe(false)
    expect(found.has('site.id')).toBe(false)
  })

  it('says the defaults that it gives', () => {
    for (const file of files) {
      const { config, unset } = checkConfig(join(examples, file))
      for (const { path, value } of unset) {
        if (value === undefined) continue
        const steps = path.replaceAll('[', '.').replaceAll(']', '').split('.')
        let at: unknown = config
        for (const step of steps) at = (at as Record<string, unknown>)[step]
        expect(at, path).toEqual(value)
      }
    }
  })

  it('refuses an unknown key with path and line', () => {
    const text = coldRoom.replace('      baud: 115200', '      bauds: 115200')
    const refusal = refusalOf(text)
    expect(refusal.code).toBe('CONFIG_UNKNOWN_KEY')
    expect(refusal.message).toContain('links.serial[0].bauds')
    expect(refusal.where).toBe(`c.yaml:${lineOf(text, 'bauds')}`)
  })

  it('refuses malformed YAML with its line', () => {
    const text = coldRoom.replace('  name: Cold store 1', '  name: "Cold store 1')
    expect(refusalOf(text)).toMatchObject({ code: 'CONFIG_YAML' })
    expect(refusalOf('a: 1\na: 2\n')).toMatchObject({ code: 'CONFIG_YAML', where: 'c.yaml:2' })
  })

  it.each([
    ['a missing part', coldRoom.replace(/keys:\n.*\n/, ''), 'keys is missing'],
    ['a wrong type', coldRoom.replace('baud: 115200', 'baud: fast'), 'links.serial[0].baud'],
    ['a range', coldRoom.replace('port: 8080', 'port: 80800'), 'operator.port'],
    ['an empty file', '', 'must be object'],
    ['no link', coldRoom.replace(/ {2}serial:\n(.*\n){3}/, '  serial: []\n'), 'neither serial nor mqtt'],
    ['a scope without its field', coldRoom.replace(/ {4}restriction.*\n/, ''), 'restriction is needed'],
  ])('refuses %s', (_name, text, part) => {
    const refusal = refusalOf(text)
    expect(refusal.code).toBe('CONFIG_INVALID')
    expect(refusal.message).toContain(part)
    expect(refusal.where).toMatch(/^c\.yaml:\d+$/)
  })

  it('refuses a node at two checkpoints', () => {
    const checkpoint = coldRoom.slice(coldRoom.indexOf('  - id: cold-room'), coldRoom.indexOf('\nnetworks:'))
    const text = coldRoom.replace(
      checkpoint,
      `${checkpoint}${checkpoint.replace('id: cold-room', 'id: other')}`,
    )
    expect(refusalOf(text)).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('refuses a file that is not there', () => {
    expect(() => loadConfig('/nowhere/c.yaml')).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    )
    const folder = mkdtempSync(join(tmpdir(), 'waypost-config-'))
    writeFileSync(join(folder, 'c.yaml'), '#'.repeat(1024 * 1024 + 1))
    expect(() => loadConfig(join(folder, 'c.yaml'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})
