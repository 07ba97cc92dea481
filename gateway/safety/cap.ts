import { XMLBuilder } from 'fast-xml-parser'
import { CodedError } from '#protocol/coded-error.ts'
import type { AlertCircle, CapAlert, SafetyProfile } from './types.ts'

export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'
/** Code list of the event code: K-CAP's own, or ours where it has no code for food and medicine. */
const EVENT_CODE_LIST = 'TTAS.KO-07.0046/R5'
/** Civil emergency message: the mapping for food and pharmaceutical events (domain.md, 2). */
const EVENT_CODE = 'CEM'
/** XML 1.0 allows no control characters but tab, line feed and carriage return. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be written
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** UTC milliseconds as CAP wants it: whole seconds, UTC written -00:00, never Z (CAP 1.2, 3.3.2). */
export function capTime(utcMilliseconds: number): string {
  return new Date(Math.floor(utcMilliseconds / 1000) * 1000).toISOString().replace('.000Z', '-00:00')
}

function isName(text: string): boolean {
  return /^[^\s,&<]+$/.test(text)
}

/**
 * Rules that neither schema holds (reference/domain.md, 2).
 * @throws CodedError CAP_SENDER_INVALID, CAP_SCOPE_INVALID, CAP_AREA_INVALID
 */
export function checkSafetyProfile(profile: SafetyProfile, where = 'networks.safety'): void {
  if (!isName(profile.sender)) {
    throw new CodedError('CAP_SENDER_INVALID', `not a sender: ${JSON.stringify(profile.sender)}`, { where })
  }
  if (profile.scope === 'Public') {
    throw new CodedError('CAP_SCOPE_INVALID', 'scope Public is not for the edge', { where })
  }
  const isRestricted = profile.scope === 'Restricted'
  if (isRestricted && (profile.restriction ?? '').trim() === '') {
    throw new CodedError('CAP_SCOPE_INVALID', 'scope Restricted without a restriction', { where })
  }
  if (!isRestricted && (profile.addresses ?? '').trim() === '') {
    throw new CodedError('CAP_SCOPE_INVALID', 'scope Private without addresses', { where })
  }
  const circle = profile.circle
  const isOnGlobe =
    circle === undefined ||
    (Math.abs(circle.latitudeDegrees) <= 90 &&
      Math.abs(circle.longitudeDegrees) <= 180 &&
      circle.radiusKilometres >= 0)
  if (profile.areaDescription.trim() === '' || !isOnGlobe) {
    throw new CodedError('CAP_AREA_INVALID', 'no area description, or a circle off the globe', { where })
  }
}

/** Plain decimals: the number's own text could be 1e-7. */
function circleText(circle: AlertCircle): string {
  const at = `${circle.latitudeDegrees.toFixed(5)},${circle.longitudeDegrees.toFixed(5)}`
  return `${at} ${circle.radiusKilometres.toFixed(3)}`
}

function describe(alert: CapAlert): string {
  const beyond = alert.side === 'high' ? 'above' : 'below'
  const limit = alert.limitMilliCelsius / 1000
  const course = alert.end === null ? `since ${alert.start}` : `from ${alert.start} to ${alert.end}`
  return (
    `Checkpoint ${alert.checkpoint}: ${beyond} ${limit} °C for ${alert.minutes} min ${course}; ` +
    `extreme ${alert.extremeCelsius} °C; rule ${alert.rule} of ${alert.profile} (${alert.profileTitle}).`
  )
}

function parameters(alert: CapAlert): { valueName: string; value: string }[] {
  const pairs: [string, string | undefined][] = [
    ['waypost:rule', alert.rule],
    ['waypost:profile', alert.profile],
    ['waypost:limit', alert.limitUri],
    ['waypost:readPoint', alert.readPoint],
    ['waypost:device', alert.deviceId],
    ['waypost:start', alert.start],
    ['waypost:fired', alert.fired],
    ['waypost:end', alert.end ?? undefined],
    ['waypost:minutes', String(alert.minutes)],
    ['waypost:extremeCelsius', String(alert.extremeCelsius)],
  ]
  return pairs.flatMap(([valueName, value]) => (value === undefined ? [] : [{ valueName, value }]))
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: false,
})

/**
 * A CAP 1.2 document (OASIS CAP-v1.2) for a cold-chain excursion. Elements stand in the schema's order.
 * @throws CodedError CAP_* when the message breaks a rule that the schema does not hold
 */
export function capDocument(alert: CapAlert, profile: SafetyProfile): string {
  checkSafetyProfile(profile)
  if (!isName(alert.identifier)) {
    throw new CodedError('CAP_SENDER_INVALID', `not an identifier: ${JSON.stringify(alert.identifier)}`)
  }
  const reference = alert.references
  if (alert.messageType === 'Update' && reference === undefined) {
    throw new CodedError('CAP_REFERENCE_MISSING', 'an Update without its Alert', { where: alert.identifier })
  }
  const isOver = alert.end !== null
  const circle = profile.circle
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    alert: {
      '@xmlns': CAP_NAMESPACE,
      identifier: alert.identifier,
      sender: profile.sender,
      sent: capTime(alert.sentUtcMilliseconds),
      status: profile.status ?? 'Actual',
      msgType: alert.messageType,
      scope: profile.scope,
      ...(profile.scope === 'Restricted'
        ? { restriction: profile.restriction }
        : { addresses: profile.addresses }),
      ...(reference === undefined
        ? {}
        : {
            references: `${profile.sender},${reference.identifier},${capTime(reference.sentUtcMilliseconds)}`,
          }),
      info: {
        language: profile.language ?? 'en-US',
        category: 'Health',
        event: 'Cold-chain excursion',
        responseType: isOver ? 'Assess' : 'Execute',
        urgency: isOver ? 'Past' : 'Immediate',
        severity: 'Severe',
        certainty: 'Observed',
        eventCode: { valueName: EVENT_CODE_LIST, value: EVENT_CODE },
        onset: capTime(Date.parse(alert.start)),
        ...(profile.senderName === undefined ? {} : { senderName: profile.senderName }),
        headline: isOver ? 'Cold-chain excursion has ended' : 'Cold-chain excursion',
        description: describe(alert),
        instruction: isOver
          ? 'Hold the goods until their exposure has been judged.'
          : 'Check the refrigeration and move the goods; hold them until their exposure has been judged.',
        parameter: parameters(alert),
        area: {
          areaDesc: profile.areaDescription,
          ...(circle === undefined ? {} : { circle: circleText(circle) }),
        },
      },
    },
  }
  return builder.build(clean(document)) as string
}

/** Text that XML cannot carry is left out, whatever a configuration file had in it. */
function clean<Value>(value: Value): Value {
  if (typeof value === 'string') return value.replace(NOT_XML, '') as Value
  if (Array.isArray(value)) return value.map(clean) as Value
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one)])) as Value
  }
  return value
}
