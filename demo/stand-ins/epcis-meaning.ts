import { sameSpelling, wrongInstance } from './epc-uri.ts'

export type EpcisJson = Record<string, unknown>

export interface EpcisReason {
  /** JSON pointer into the document. */
  path: string
  message: string
}

/** An event may be this far ahead of the receiver's clock before it counts as from the future. */
export const CLOCK_TOLERANCE_MILLISECONDS = 600_000

/** What an event says must also hold together: times, statistics, identities, declared prefixes. */
export function checkEventMeaning(
  event: EpcisJson,
  path: string,
  documentContext: unknown,
  nowUtcMilliseconds: number,
): EpcisReason[] {
  const reasons: EpcisReason[] = []
  const blame = (at: string, message: string): void => {
    reasons.push({ path: `${path}${at}`, message })
  }
  checkTimes(event, nowUtcMilliseconds, blame)
  checkSensors(event, blame)
  checkIdentities(event, blame)
  checkPrefixes(event, documentContext, blame)
  return reasons
}

type Blame = (at: string, message: string) => void

/** Calendar-checked instant, or undefined: Date.parse lets 31 February pass. */
function instantOf(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})/.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}

function checkTimes(event: EpcisJson, now: number, blame: Blame): void {
  const eventTime = event.eventTime as string
  const offset = event.eventTimeZoneOffset as string
  const at = instantOf(eventTime)
  if (at === undefined) {
    blame('/eventTime', `"${eventTime}" is no instant`)
    return
  }
  // EPCIS 7.4.1: an eventTime in UTC may go with any offset; one with an offset of its own must agree.
  if (!eventTime.endsWith('Z') && eventTime.slice(-6) !== offset)
    blame('/eventTimeZoneOffset', `"${offset}" is not the offset of eventTime ${eventTime}`)
  if (at > now + CLOCK_TOLERANCE_MILLISECONDS) blame('/eventTime', `${eventTime} is in the future`)
  const declaration = event.errorDeclaration as EpcisJson | undefined
  if (declaration !== undefined) {
    const declared = instantOf(declaration.declarationTime as string)
    if (declared === undefined) blame('/errorDeclaration/declarationTime', 'is no instant')
    else if (declared < at) blame('/errorDeclaration/declarationTime', 'is before the event that it corrects')
  }
}

/** Units in UN/ECE Rec 20 codes for the quantities that Waypost sends; other types are not judged here. */
const UNITS: Record<string, readonly string[]> = {
  Temperature: ['CEL', 'FAH', 'KEL'],
  RelativeHumidity: ['P1'],
}
const VALUES = [
  'value',
  'minValue',
  'maxValue',
  'meanValue',
  'sDev',
  'percValue',
  'stringValue',
  'booleanValue',
  'hexBinaryValue',
  'uriValue',
  'rawData', // the values lie there
]

function checkSensors(event: EpcisJson, blame: Blame): void {
  const eventTime = instantOf(event.eventTime as string)
  const elements = (event.sensorElementList ?? []) as EpcisJson[]
  elements.forEach((element, elementIndex) => {
    const path = `/sensorElementList/${elementIndex}`
    const metadata = (element.sensorMetadata ?? {}) as EpcisJson
    const times: Record<string, number> = {}
    for (const name of ['time', 'startTime', 'endTime'])
      if (name in metadata) {
        const instant = instantOf(metadata[name] as string)
        if (instant === undefined) blame(`${path}/sensorMetadata/${name}`, 'is no instant')
        else if (eventTime !== undefined && instant > eventTime)
          blame(`${path}/sensorMetadata/${name}`, `${String(metadata[name])} is after eventTime`)
        else times[name] = instant
      }
    if (times.startTime !== undefined && times.endTime !== undefined && times.startTime > times.endTime)
      blame(`${path}/sensorMetadata/endTime`, 'is before startTime')
    const reports = element.sensorReport as EpcisJson[]
    reports.forEach((report, reportIndex) => {
      checkReport(report, `${path}/sensorReport/${reportIndex}`, eventTime, blame)
    })
  })
}

function checkReport(report: EpcisJson, path: string, eventTime: number | undefined, blame: Blame): void {
  if (report.exception === undefined && !VALUES.some((name) => name in report))
    blame(path, 'has neither a value, nor rawData, nor an exception')
  const { minValue: least, meanValue: mean, maxValue: most } = report as Record<string, number | undefined>
  if (least !== undefined && most !== undefined && least > most)
    blame(`${path}/minValue`, 'is above maxValue')
  if (mean !== undefined && ((least !== undefined && mean < least) || (most !== undefined && mean > most)))
    blame(`${path}/meanValue`, 'is outside minValue to maxValue')
  const units = UNITS[report.type as string]
  if (units !== undefined && report.uom !== undefined && !units.includes(report.uom as string))
    blame(`${path}/uom`, `"${String(report.uom)}" is no unit of ${String(report.type)}`)
  if (report.time !== undefined) {
    const instant = instantOf(report.time as string)
    if (instant === undefined) blame(`${path}/time`, 'is no instant')
    else if (eventTime !== undefined && instant > eventTime) blame(`${path}/time`, 'is after eventTime')
  }
}

const INSTANCE_LISTS = ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList']

function checkIdentities(event: EpcisJson, blame: Blame): void {
  for (const name of INSTANCE_LISTS) {
    const seen = new Map<string, number>()
    const list = (event[name] ?? []) as string[]
    list.forEach((uri, index) => {
      const wrong = wrongInstance(uri)
      if (wrong !== undefined) blame(`/${name}/${index}`, `"${uri}" ${wrong}`)
      const spelling = sameSpelling(uri)
      const earlier = seen.get(spelling)
      if (earlier !== undefined) blame(`/${name}/${index}`, `is the object of element ${earlier} again`)
      else seen.set(spelling, index)
    })
  }
  const parent = event.parentID as string | undefined
  if (
    parent !== undefined &&
    ((event.childEPCs ?? []) as string[]).some((child) => sameSpelling(child) === sameSpelling(parent))
  )
    blame('/parentID', 'is its own child')
  const corrective = (event.errorDeclaration as EpcisJson | undefined)?.correctiveEventIDs as
    | string[]
    | undefined
  if (corrective?.includes(event.eventID as string))
    blame('/errorDeclaration/correctiveEventIDs', 'name the event itself')
}

/** Extension fields and types must have a prefix that the document's or the event's @context declares. */
function checkPrefixes(event: EpcisJson, documentContext: unknown, blame: Blame): void {
  const known = new Set(['gs1', 'cbv', 'epcis', 'rdf', 'rdfs', 'owl', 'xsd', 'dcterms', 'cbvmda'])
  for (const context of [documentContext, event['@context']].flat())
    if (typeof context === 'object' && context !== null)
      for (const prefix of Object.keys(context)) known.add(prefix)
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value))
      value.forEach((item, index) => {
        walk(item, `${path}/${index}`)
      })
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        if (key === '@context') continue
        const colon = key.indexOf(':')
        if (colon > 0 && !key.startsWith('http') && !known.has(key.slice(0, colon)))
          blame(`${path}/${key}`, `prefix "${key.slice(0, colon)}" is not declared in any @context`)
        walk(inner, `${path}/${key}`)
      }
  }
  walk(event, '')
}
