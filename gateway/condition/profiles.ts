import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { parse, YAMLParseError } from 'yaml'
import { isCanonicalGdtiLink } from '#gateway/gs1/digital-link.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { DEFAULT_ACTIVATION_ENERGY_KILOJOULE_PER_MOLE } from './statistics.ts'
import type { ConditionProfile } from './types.ts'

export const DEFAULT_PROFILE = 'vaccine.2-8.strict'
/** Most profiles of a file; one more is refused. */
export const PROFILES_MAXIMUM = 1000
/** Most rules of a profile; one more is refused. */
export const RULES_A_PROFILE_MAXIMUM = 32

const RULE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'check', 'kind', 'side', 'operator', 'limitMilliCelsius', 'minutes'],
  properties: {
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' },
    check: { enum: ['C1', 'C2'] },
    kind: { enum: ['single', 'cumulative'] },
    side: { enum: ['high', 'low'] },
    operator: { enum: ['>', '>=', '<', '<='] },
    limitMilliCelsius: { type: 'integer', minimum: -150_000, maximum: 150_000 },
    minutes: { type: 'integer', minimum: 0, maximum: 525_600 },
  },
  // The operator must look the way of the side, and the check the way of the kind.
  allOf: [
    {
      oneOf: [
        { properties: { side: { const: 'high' }, operator: { enum: ['>', '>='] } } },
        { properties: { side: { const: 'low' }, operator: { enum: ['<', '<='] } } },
      ],
    },
    {
      oneOf: [
        { properties: { kind: { const: 'single' }, check: { const: 'C1' } } },
        { properties: { kind: { const: 'cumulative' }, check: { const: 'C2' } } },
      ],
    },
  ],
} as const

/** JSON Schema of profiles.yaml; unknown keys are errors. */
export const PROFILES_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  additionalProperties: false,
  required: ['profiles'],
  properties: {
    profiles: {
      type: 'object',
      minProperties: 1,
      maxProperties: PROFILES_MAXIMUM,
      propertyNames: { pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['title', 'source', 'resolutionMilliCelsius', 'gapMinutes', 'limitUri', 'rules'],
        properties: {
          title: { type: 'string', minLength: 1, maxLength: 200 },
          source: { type: 'string', minLength: 1, maxLength: 500 },
          resolutionMilliCelsius: { type: 'integer', minimum: 1, maximum: 10_000 },
          gapMinutes: { type: 'number', exclusiveMinimum: 0, maximum: 1440 },
          limitUri: { type: 'string', maxLength: 200 },
          activationEnergyKilojoulePerMole: { type: 'number', minimum: 10, maximum: 500 },
          rules: { type: 'array', minItems: 1, maxItems: RULES_A_PROFILE_MAXIMUM, items: RULE_SCHEMA },
        },
      },
    },
  },
} as const

type RawProfile = Omit<ConditionProfile, 'id' | 'activationEnergyKilojoulePerMole'> & {
  activationEnergyKilojoulePerMole?: number
}

/**
 * Reads rule profiles from YAML text.
 * @param where file name for messages
 * @throws CodedError PROFILES_YAML, PROFILES_INVALID (with the path), PROFILE_LIMIT_URI
 */
export function parseProfiles(text: string, where: string): Map<string, ConditionProfile> {
  let document: unknown
  try {
    document = parse(text, { maxAliasCount: 100 })
  } catch (cause) {
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined
    throw new CodedError('PROFILES_YAML', 'the rule profiles are not valid YAML', {
      where: line === undefined ? where : `${where}:${line}`,
      action: 'correct that line',
      cause,
    })
  }
  const validate = new Ajv({ allErrors: false, allowUnionTypes: true }).compile<{
    profiles: Record<string, RawProfile>
  }>(PROFILES_SCHEMA)
  if (!validate(document)) {
    const first = validate.errors?.[0]
    const extra =
      first?.keyword === 'additionalProperties' ? ` (${String(first.params.additionalProperty)})` : ''
    throw new CodedError('PROFILES_INVALID', `${first?.message ?? 'not a set of profiles'}${extra}`, {
      where: `${where}${first?.instancePath ?? ''}`,
      action: 'correct the value; gateway/condition/profiles.yaml shows the form',
    })
  }
  const profiles = new Map<string, ConditionProfile>()
  for (const [id, raw] of Object.entries(document.profiles)) {
    const at = `${where}/profiles/${id}`
    const names = new Set(raw.rules.map((rule) => rule.id))
    if (names.size !== raw.rules.length) {
      throw new CodedError('PROFILES_INVALID', 'two rules have the same id', {
        where: `${at}/rules`,
        action: 'name each rule of a profile differently',
      })
    }
    if (!isCanonicalGdtiLink(raw.limitUri)) {
      throw new CodedError('PROFILE_LIMIT_URI', `not a GDTI Digital Link: ${raw.limitUri}`, {
        where: `${at}/limitUri`,
        action: 'use https://id.gs1.org/253/ with 13 digits (right check digit) and a serial of up to 17',
      })
    }
    profiles.set(id, {
      ...raw,
      id,
      activationEnergyKilojoulePerMole:
        raw.activationEnergyKilojoulePerMole ?? DEFAULT_ACTIVATION_ENERGY_KILOJOULE_PER_MOLE,
    })
  }
  return profiles
}

/**
 * The packaged profiles file. The command runs from dist/ and from the sources, so the file is looked for
 * at the package's root, found by its package.json.
 */
export function packagedProfilesPath(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  const candidates = [
    join(start, 'profiles.yaml'),
    join(start, '..', 'gateway', 'condition', 'profiles.yaml'),
    join(start, '..', '..', 'gateway', 'condition', 'profiles.yaml'),
    join(start, '..', '..', '..', 'gateway', 'condition', 'profiles.yaml'),
  ]
  for (const candidate of candidates) {
    try {
      readFileSync(candidate)
      return candidate
    } catch {
      // The next candidate; the last one is reported by loadProfiles.
    }
  }
  return candidates[0] as string
}

/**
 * Loads rule profiles.
 * @param file undefined: the packaged ones
 * @throws CodedError PROFILES_UNREADABLE and what parseProfiles throws
 */
export function loadProfiles(file?: string): Map<string, ConditionProfile> {
  const path = file ?? packagedProfilesPath()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CodedError('PROFILES_UNREADABLE', 'the rule profiles cannot be read', {
      where: path,
      action: 'correct the path or the permissions',
      cause,
    })
  }
  return parseProfiles(text, path)
}

/** @throws CodedError PROFILE_UNKNOWN with the names that there are */
export function profileNamed(
  profiles: ReadonlyMap<string, ConditionProfile>,
  name: string,
): ConditionProfile {
  const profile = profiles.get(name)
  if (profile === undefined) {
    throw new CodedError('PROFILE_UNKNOWN', `no rule profile ${JSON.stringify(name)}`, {
      action: `use one of ${[...profiles.keys()].join(', ')}`,
    })
  }
  return profile
}
