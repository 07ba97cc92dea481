import { timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Ajv } from 'ajv'
import { CodedError } from '#protocol/coded-error.ts'
import { deriveKey, KeyLabel, mqttPassword } from '#protocol/keys.ts'
import { Limit } from '#protocol/limits.ts'
import { Suite } from '#protocol/numbers.ts'
import { sha256Node } from '#protocol/seal-node.ts'
import type { Logger } from '../log.ts'

/** A node as it was enrolled. */
export interface EnrolledNode {
  node: string
  key: Uint8Array
  helloKey: Uint8Array
  keyEpoch: number
  suite: number
  board: string | undefined
  /** The board loses what follows 64 bytes of a burst (ESP32 with 2v29). */
  uartBurst64: boolean
}

interface KeyFileEntry {
  key: string
  keyEpoch: number
  suite: number
  board?: string
  uartBurst64: boolean
}

const KEY_FILE_BYTES_MAXIMUM = 4 * 1024 * 1024
const OTHERS_MAY_READ = 0o044
/** Hex digits of a password, for the comparison with a node that does not exist. */
const PASSWORD_BYTES = 32

const validate = new Ajv({ useDefaults: true }).compile<Record<string, KeyFileEntry>>({
  type: 'object',
  maxProperties: Limit.NODES,
  propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    required: ['key'],
    properties: {
      key: { type: 'string', pattern: '^[0-9a-fA-F]{32}$' },
      keyEpoch: { type: 'integer', minimum: 0, maximum: 4_294_967_295, default: 1 },
      suite: { enum: [Suite.aesCcm], default: Suite.aesCcm },
      board: { type: 'string', maxLength: 64 },
      uartBurst64: { type: 'boolean', default: false },
    },
  },
})

/** The enrolled nodes, one key each. */
export class NodeKeys {
  readonly #nodes = new Map<string, EnrolledNode>()
  readonly #passwords = new Map<string, Buffer>()

  constructor(entries: Record<string, KeyFileEntry>) {
    for (const [node, entry] of Object.entries(entries)) {
      const key = new Uint8Array(Buffer.from(entry.key, 'hex'))
      const helloKey = deriveKey(sha256Node, key, KeyLabel.hello, new Uint8Array(0))
      const password = mqttPassword(sha256Node, key)
      if (!helloKey || password === undefined) continue
      this.#passwords.set(node, Buffer.from(password, 'latin1'))
      const { keyEpoch, suite, board, uartBurst64 } = entry
      this.#nodes.set(node, { node, key, helloKey, keyEpoch, suite, board, uartBurst64 })
    }
  }

  get(node: string): EnrolledNode | undefined {
    return this.#nodes.get(node)
  }

  names(): string[] {
    return [...this.#nodes.keys()]
  }

  /** In constant time over the password's bytes; an unknown node costs the same. */
  checkPassword(node: string, password: Uint8Array): boolean {
    const right = this.#passwords.get(node)
    const given = Buffer.alloc(PASSWORD_BYTES)
    given.set(password.subarray(0, PASSWORD_BYTES))
    const equal = timingSafeEqual(given, right ?? Buffer.alloc(PASSWORD_BYTES))
    return equal && right !== undefined && password.length === PASSWORD_BYTES
  }
}

/**
 * Reads the key file: `{"NODE": {"key": "32 hex digits", "keyEpoch": 1, "suite": 1, "board": "PICO",
 * "uartBurst64": false}}`. Warns (KEYS_FILE_READABLE) when others on the machine may read it.
 * @throws CodedError KEYS_FILE_UNREADABLE, KEYS_FILE_INVALID; messages never hold a key
 */
export function loadNodeKeys(file: string, log: Logger): NodeKeys {
  let text: string
  let mode: number
  try {
    const status = statSync(file)
    if (status.size > KEY_FILE_BYTES_MAXIMUM) {
      throw new CodedError('KEYS_FILE_INVALID', `more than ${KEY_FILE_BYTES_MAXIMUM} bytes`, { where: file })
    }
    mode = status.mode
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('KEYS_FILE_UNREADABLE', 'the key file cannot be read', { where: file, cause })
  }
  if ((mode & OTHERS_MAY_READ) !== 0) {
    log.warn({ code: 'KEYS_FILE_READABLE', file }, 'others can read the key file; run chmod 600 on it')
  }
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {
    // Without the cause: its text quotes the file.
    throw new CodedError('KEYS_FILE_INVALID', 'the key file is not JSON', { where: file })
  }
  if (!validate(entries)) {
    const error = validate.errors?.[0]
    const what = `${error?.instancePath || 'the file'} ${error?.message ?? 'is not valid'}`
    throw new CodedError('KEYS_FILE_INVALID', what, {
      where: file,
      action: 'each node needs {"key": 32 hex digits} and may have keyEpoch, suite, board, uartBurst64',
    })
  }
  return new NodeKeys(entries)
}
