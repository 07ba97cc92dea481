import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mqttPassword } from '#protocol/keys.ts'
import { sha256Node } from '#protocol/seal-node.ts'
import { silentLog } from '../log.ts'
import { loadNodeKeys } from './node-keys.ts'

describe('the key file', () => {
  const secret = '00112233445566778899aabbccddeeff'
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waypost-keys-'))
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function load(content: string) {
    const file = join(folder, 'keys.json')
    writeFileSync(file, content, { mode: 0o600 })
    return loadNodeKeys(file, silentLog)
  }

  it('gives nodes with defaults, and their passwords', () => {
    const keys = load(JSON.stringify({ n1: { key: secret } }))
    expect(keys.get('n1')).toMatchObject({ node: 'n1', keyEpoch: 1, suite: 1, uartBurst64: false })
    const password = Buffer.from(mqttPassword(sha256Node, Buffer.from(secret, 'hex')) ?? '')
    expect(keys.checkPassword('n1', password)).toBe(true)
    expect(keys.checkPassword('n1', password.subarray(0, 31))).toBe(false)
    expect(keys.checkPassword('n1', Buffer.concat([password, Buffer.from('0')]))).toBe(false)
    expect(keys.checkPassword('n2', password)).toBe(false)
    expect(keys.checkPassword('n2', Buffer.alloc(32))).toBe(false)
    expect(keys.checkPassword('', new Uint8Array(0))).toBe(false)
  })

  it.each([
    ['no JSON', `{"n1": {"key": "${secret}"`],
    ['a short key', `{"n1": {"key": "${secret.slice(1)}"}}`],
    ['an unknown field', `{"n1": {"key": "${secret}", "epoch": 2}}`],
    ['a suite that is not spoken here', `{"n1": {"key": "${secret}", "suite": 2}}`],
    ['a name that is no topic level', `{"n/1": {"key": "${secret}"}}`],
    ['a list', '[]'],
  ])('refuses %s and does not quote the key', (_name, content) => {
    let refusal: Error | undefined
    try {
      load(content)
    } catch (error) {
      refusal = error as Error
    }
    expect(refusal).toMatchObject({ code: 'KEYS_FILE_INVALID' })
    expect(`${refusal?.message}${refusal?.stack}`).not.toContain(secret.slice(0, 12))
  })

  it('refuses a file that is not there', () => {
    expect(() => loadNodeKeys(join(folder, 'none'), silentLog)).toThrow(
      expect.objectContaining({ code: 'KEYS_FILE_UNREADABLE' }),
    )
  })
})
