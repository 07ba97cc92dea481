import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { CodedError } from '#protocol/coded-error.ts'
import { SIM_ERRORS } from '../errors.ts'
import { checkScenario } from './check.ts'
import schema from './scenario.schema.json' with { type: 'json' }
import type { Scenario } from './types.ts'

/** A scenario is written by hand; long series come by --csv-channel. */
export const SCENARIO_BYTES_MAXIMUM = 1_048_576
const DRAIN_MINUTES_DEFAULT = 10

type Path = (string | number)[]

/** Gives `FILE:line:column` of a place in the YAML, or of the nearest thing around it that is written down. */
export type Locate = (path: Path) => string

let compiled: ValidateFunction<unknown> | undefined

function validator(): ValidateFunction<unknown> {
  compiled ??= new Ajv({ allErrors: true, strict: false, verbose: true }).compile(schema)
  return compiled
}

/**
 * Reads, parses and checks a scenario with what it includes.
 * @throws CodedError SIM_SCENARIO_UNREADABLE, SIM_SCENARIO_YAML, SIM_SCENARIO_UNKNOWN_KEY, SIM_SCENARIO_INVALID; `where`
 *   is `FILE:line:column`
 */
export function loadScenario(file: string): Scenario {
  const { scenario, locate } = readOne(file)
  for (const [index, name] of (scenario.include ?? []).entries()) {
    const included = readOne(join(dirname(file), name))
    if (included.scenario.include !== undefined) {
      throw invalid(`${name} includes others itself; one level is all`, locate(['include', index]))
    }
    merge(scenario, included.scenario)
  }
  checkScenario(scenario, locate)
  return scenario
}

function readOne(file: string): { scenario: Scenario; locate: Locate } {
  const name = basename(file)
  const lines = new LineCounter()
  const document = parseDocument(readText(file), { lineCounter: lines, uniqueKeys: true })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const fault = document.errors[0]
  if (fault !== undefined) {
    throw new CodedError('SIM_SCENARIO_YAML', fault.message.split('\n')[0] ?? 'not YAML', {
      where: place(fault.pos[0]),
      action: SIM_ERRORS.SIM_SCENARIO_YAML.action,
    })
  }
  const locate = (path: Path): string => place(offsetOf(document, path))
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    // Aliases that name nothing, or that multiply without end, come to light only here.
    throw new CodedError('SIM_SCENARIO_YAML', cause instanceof Error ? cause.message : String(cause), {
      where: name,
      action: SIM_ERRORS.SIM_SCENARIO_YAML.action,
      cause,
    })
  }
  const validate = validator()
  if (!validate(value)) throw refusal(validate.errors ?? [], value, document, locate)
  const scenario = value as Scenario
  scenario.drainMinutes ??= DRAIN_MINUTES_DEFAULT
  scenario.nodes ??= []
  scenario.checkpoints ??= []
  scenario.steps ??= []
  scenario.expect ??= []
  scenario.world ??= {} as Scenario['world']
  scenario.world.channels ??= {}
  scenario.world.doors ??= []
  scenario.world.tags ??= []
  scenario.world.tagGenerators ??= []
  return { scenario, locate }
}

function readText(file: string): string {
  try {
    if (statSync(file).size > SCENARIO_BYTES_MAXIMUM)
      throw new Error(`larger than ${SCENARIO_BYTES_MAXIMUM} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CodedError('SIM_SCENARIO_UNREADABLE', error instanceof Error ? error.message : String(error), {
      where: file,
      action: SIM_ERRORS.SIM_SCENARIO_UNREADABLE.action,
    })
  }
}

function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** The most telling of AJV's errors: inside a oneOf, those of the branch whose fixed values fit. */
function refusal(
  errors: ErrorObject[],
  value: unknown,
  document: Document.Parsed,
  locate: Locate,
): CodedError {
  const deepest = [...errors].sort((a, b) => rank(b) - rank(a))[0]
  if (deepest === undefined) return invalid('the scenario is not valid', locate([]))
  const path = segments(deepest.instancePath, value)
  if (deepest.keyword === 'additionalProperties') {
    const key = String(deepest.params.additionalProperty)
    const known = Object.keys((deepest.parentSchema?.properties ?? {}) as object).join(', ')
    return new CodedError('SIM_SCENARIO_UNKNOWN_KEY', `unknown key ${pathText([...path, key])}`, {
      where: keyPlace(document, path, key, locate),
      action: `known here are ${known}`,
    })
  }
  const what =
    deepest.keyword === 'required'
      ? `${pathText([...path, String(deepest.params.missingProperty)])} is missing`
      : `${pathText(path) || 'the scenario'} ${deepest.message ?? 'is not valid'}${allowed(deepest)}`
  return invalid(what, locate(path))
}

/** A mistaken key says more than the missing one beside it; both more than "no branch fits". */
function rank(error: ErrorObject): number {
  const depth = error.instancePath.split('/').length * 10
  if (error.keyword === 'oneOf') return depth - 15
  if (error.keyword === 'const' || error.keyword === 'enum') return depth - 12
  if (error.schemaPath.includes('oneOf') && !branchFits(error)) return depth - 20
  return depth + (error.keyword === 'additionalProperties' ? 1 : 0)
}

/** True when the object has every fixed value and every required key but the one that is complained of. */
function branchFits(error: ErrorObject): boolean {
  const data = error.data as Record<string, unknown> | null
  const parent = error.parentSchema as
    | { properties?: Record<string, { const?: unknown }>; required?: string[] }
    | undefined
  if (typeof data !== 'object' || data === null || parent?.properties === undefined) return true
  const fixed = Object.entries(parent.properties).filter(([, one]) => one.const !== undefined)
  if (fixed.length > 0) return fixed.every(([key, one]) => data[key] === one.const)
  const required = parent.required ?? []
  const missing = required.filter((key) => !(key in data)).length
  return missing === 0 || (required.length > 2 && missing === 1)
}

function allowed(error: ErrorObject): string {
  if (error.keyword !== 'enum') return ''
  const values = (error.params.allowedValues as unknown[]).join(', ')
  return `: ${values}`
}

function keyPlace(document: Document.Parsed, path: Path, key: string, locate: Locate): string {
  const map = path.length === 0 ? document.contents : document.getIn(path, true)
  const items =
    (map as { items?: { key?: { value?: unknown; range?: [number, number, number] } }[] }).items ?? []
  const pair = items.find((one) => one.key?.value === key)
  return pair?.key?.range ? locate([...path, key]) : locate(path)
}

function segments(pointer: string, value: unknown): Path {
  let at = value
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

function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i > 0 ? `.${part}` : part)).join('')
}

function merge(into: Scenario, from: Scenario): void {
  into.nodes.push(...from.nodes)
  into.checkpoints.push(...from.checkpoints)
  into.steps.push(...from.steps)
  into.expect.push(...from.expect)
  for (const [name, channel] of Object.entries(from.world.channels)) into.world.channels[name] ??= channel
  into.world.doors.push(...from.world.doors)
  into.world.tags.push(...from.world.tags)
  into.world.tagGenerators.push(...from.world.tagGenerators)
}

export function invalid(what: string, where: string): CodedError {
  return new CodedError('SIM_SCENARIO_INVALID', what, {
    where,
    action: SIM_ERRORS.SIM_SCENARIO_INVALID.action,
  })
}
