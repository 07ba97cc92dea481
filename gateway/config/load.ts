import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { CodedError } from '#protocol/coded-error.ts'
import { listDefaults, type UnsetValue } from './defaults.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import type { GatewayConfig } from './types.ts'

/** A configuration is written by hand; a longer file is not one. */
const CONFIG_BYTES_MAXIMUM = 1024 * 1024

const validate: ValidateFunction<unknown> = new Ajv({
  allErrors: false,
  useDefaults: true,
  strict: false,
  verbose: true,
}).compile(CONFIG_SCHEMA)

interface Parsed {
  value: unknown
  lineOf(path: (string | number)[]): number
}

function parseYaml(text: string, where: string): Parsed {
  const lines = new LineCounter()
  const document: Document.Parsed = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const first = document.errors[0]
  if (first) {
    throw new CodedError('CONFIG_YAML', first.message.split('\n')[0] ?? 'not YAML', {
      where: `${where}:${lines.linePos(first.pos[0]).line}`,
      cause: first,
    })
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    // Aliases that name nothing, or that multiply without end, come to light only here.
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new CodedError('CONFIG_YAML', what, { where, cause })
  }
  return {
    value,
    lineOf(path) {
      // The nearest thing above that is written in the file: a missing key has no line of its own.
      for (let length = path.length; length >= 0; length--) {
        const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
      }
      return 1
    },
  }
}

function segments(pointer: string, value: unknown): (string | number)[] {
  let at: unknown = value
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
      const segment = Array.isArray(at) ? Number(key) : key
      at = (at as Record<string | number, unknown> | undefined)?.[segment]
      return segment
    })
}

function pathText(path: (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index ? `.${part}` : part))
    .join('')
}

function refusalOf(error: ErrorObject, parsed: Parsed, where: string): CodedError {
  const path = segments(error.instancePath, parsed.value)
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params.additionalProperty)
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object).join(', ')
    const whole = [...path, key]
    return new CodedError('CONFIG_UNKNOWN_KEY', `unknown key ${pathText(whole)}`, {
      where: `${where}:${parsed.lineOf(whole)}`,
      action: `known here are ${known}`,
    })
  }
  const what =
    error.keyword === 'required'
      ? `${pathText([...path, String(error.params.missingProperty)])} is missing`
      : `${pathText(path) || 'the file'} ${error.message ?? 'is not valid'}`
  return new CodedError('CONFIG_INVALID', what, { where: `${where}:${parsed.lineOf(path)}` })
}

/** Rules that stand between two values; JSON Schema would say them less clearly. */
function checkTogether(config: GatewayConfig, parsed: Parsed, where: string): void {
  const refuse = (what: string, path: (string | number)[]): never => {
    throw new CodedError('CONFIG_INVALID', what, { where: `${where}:${parsed.lineOf(path)}` })
  }
  const { serial, mqtt } = config.links
  if (serial.length === 0 && !mqtt) refuse('links has neither serial nor mqtt', ['links'])
  const paths = new Set<string>()
  for (const [index, port] of serial.entries()) {
    if (paths.has(port.path)) refuse(`links.serial names ${port.path} twice`, ['links', 'serial', index])
    paths.add(port.path)
  }
  const ids = new Set<string>()
  const nodes = new Map<string, string>()
  for (const [index, checkpoint] of config.checkpoints.entries()) {
    if (ids.has(checkpoint.id)) refuse(`two checkpoints are called ${checkpoint.id}`, ['checkpoints', index])
    ids.add(checkpoint.id)
    for (const [at, { node }] of checkpoint.nodes.entries()) {
      const other = nodes.get(node)
      if (other !== undefined) {
        refuse(`node ${node} is at ${other} already`, ['checkpoints', index, 'nodes', at])
      }
      nodes.set(node, checkpoint.id)
    }
  }
  for (const name of ['distribution', 'safety'] as const) {
    const network = config.networks[name]
    if (network === undefined) continue
    const url = URL.canParse(network.url) ? new URL(network.url) : undefined
    if (url === undefined) refuse(`networks.${name}.url is not a URL`, ['networks', name, 'url'])
    // It is shown on the operator's page and in errors, and HTTP clients refuse it.
    else if (url.username !== '' || url.password !== '') {
      refuse(`networks.${name}.url holds a user or password; bearerTokenFile is for secrets`, [
        'networks',
        name,
        'url',
      ])
    }
  }
  const safety = config.networks.safety
  if (safety?.scope === 'Restricted' && safety.restriction === undefined) {
    refuse('networks.safety.restriction is needed with scope Restricted (CAP 1.2, 3.2.1)', [
      'networks',
      'safety',
    ])
  }
  if (safety?.scope === 'Private' && safety.addresses === undefined) {
    refuse('networks.safety.addresses is needed with scope Private (CAP 1.2, 3.2.1)', ['networks', 'safety'])
  }
}

/** Paths in the file are meant from the file's own folder. */
function absolutePaths(config: GatewayConfig, folder: string): void {
  config.store.folder = resolve(folder, config.store.folder)
  config.keys.file = resolve(folder, config.keys.file)
  if (config.profiles.file !== undefined) config.profiles.file = resolve(folder, config.profiles.file)
  for (const network of [config.networks.distribution, config.networks.safety]) {
    if (network?.bearerTokenFile === undefined) continue
    network.bearerTokenFile = resolve(folder, network.bearerTokenFile)
  }
  for (const port of config.links.serial) port.path = resolve(folder, port.path)
}

export interface CheckedConfig {
  config: GatewayConfig
  /** What the file leaves open and the value it then has. */
  unset: UnsetValue[]
}

/**
 * Checks a configuration text.
 * @param text YAML
 * @param where file name for messages
 * @param folder base of relative paths
 * @throws CodedError CONFIG_YAML, CONFIG_UNKNOWN_KEY, CONFIG_INVALID, with file:line in `where`
 */
export function parseConfig(text: string, where: string, folder: string): CheckedConfig {
  const parsed = parseYaml(text, where)
  const unset = listDefaults(CONFIG_SCHEMA, parsed.value)
  if (!validate(parsed.value)) throw refusalOf(validate.errors?.[0] as ErrorObject, parsed, where)
  const config = parsed.value as GatewayConfig
  checkTogether(config, parsed, where)
  absolutePaths(config, folder)
  return { config, unset }
}

/**
 * Reads and checks a configuration file and says what each unset value defaults to.
 * @throws CodedError CONFIG_UNREADABLE and those of `parseConfig`
 */
export function checkConfig(file: string): CheckedConfig {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new CodedError('CONFIG_UNREADABLE', 'the configuration file cannot be read', { where: file, cause })
  }
  if (bytes.length > CONFIG_BYTES_MAXIMUM) {
    throw new CodedError('CONFIG_INVALID', `the file has more than ${CONFIG_BYTES_MAXIMUM} bytes`, {
      where: file,
    })
  }
  return parseConfig(bytes.toString('utf8'), file, dirname(resolve(file)))
}

/** @throws CodedError as `checkConfig` */
export function loadConfig(file: string): GatewayConfig {
  return checkConfig(file).config
}
