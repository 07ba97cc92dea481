/** What reached the far end of a run: the networks' own view, duplicates and all. */
export interface Arrivals {
  /** EPCIS events in order of arrival. */
  events: readonly Record<string, unknown>[]
  alerts: readonly unknown[]
}

/** An alarm as the far end knows it in the end. */
export interface ArrivedAlarm {
  rule: string
  start: string
  fired: string
  end: string | null
  minutes: number
  extremeCelsius: number
  /** Sensor and read point that it belongs to. */
  deviceId: string
  readPoint: string
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * The alarms in `waypost:alarm` of the events' sensor elements. An alarm is told when it fires and again when it ends:
 * the last word about each (sensor, rule, start) counts.
 */
export function alarmsOf(events: readonly Record<string, unknown>[]): ArrivedAlarm[] {
  const found = new Map<string, ArrivedAlarm>()
  for (const event of events) {
    const readPoint = text((event.readPoint as { id?: unknown } | undefined)?.id)
    for (const element of objects(event.sensorElementList)) {
      const alarm = element['waypost:alarm'] as Partial<ArrivedAlarm> | undefined
      if (alarm === undefined) continue
      const deviceId = text((element.sensorMetadata as { deviceID?: unknown } | undefined)?.deviceID)
      const key = [readPoint, deviceId, alarm.rule, alarm.start].join(' ')
      const known = found.get(key)
      if (known !== undefined && known.end !== null && alarm.end === null) continue
      found.set(key, {
        rule: text(alarm.rule),
        start: text(alarm.start),
        fired: text(alarm.fired),
        end: typeof alarm.end === 'string' ? alarm.end : null,
        minutes: Number(alarm.minutes),
        extremeCelsius: Number(alarm.extremeCelsius),
        deviceId,
        readPoint,
      })
    }
  }
  return [...found.values()].sort((a, b) =>
    a.start < b.start ? -1 : a.start > b.start ? 1 : a.rule < b.rule ? -1 : 1,
  )
}

/** How often each EPC stands in events, by the key of `epcKeyOfUri`. */
export function epcCounts(events: readonly Record<string, unknown>[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const event of events) {
    const list = Array.isArray(event.epcList) ? event.epcList : []
    for (const epc of list) {
      const key = epcKeyOfUri(text(epc))
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return counts
}

function checkDigit(thirteen: string): number {
  let sum = 0
  for (let i = 0; i < 13; i++) sum += Number(thirteen[i]) * (i % 2 === 0 ? 3 : 1)
  return (10 - (sum % 10)) % 10
}

/** One key for an SGTIN however it is written: GTIN-14/serial. Anything else keeps its own text. */
export function epcKeyOfUri(uri: string): string {
  const link = /\/01\/(\d{14})\/21\/([^/?#]+)$/.exec(uri)
  if (link) return `${link[1]}/${decodeURIComponent(link[2] ?? '')}`
  const urn = /^urn:epc:id:sgtin:(\d+)\.(\d)(\d*)\.(.+)$/.exec(uri)
  if (urn) {
    const thirteen = `${urn[2]}${urn[1]}${urn[3]}`
    return `${thirteen}${checkDigit(thirteen)}/${decodeURIComponent(urn[4] ?? '')}`
  }
  return uri
}

/** Lengths of the company prefix in bits and digits by SGTIN-96's partition (Tag Data Standard, table 14-2). */
const PARTITIONS: readonly (readonly [bits: number, digits: number])[] = [
  [40, 12],
  [37, 11],
  [34, 10],
  [30, 9],
  [27, 8],
  [24, 7],
  [20, 6],
]

/** The same key for a tag's EPC in hex; an EPC that is no SGTIN-96 gives its hex. */
export function epcKeyOfHex(hex: string): string {
  if (hex.length !== 24 || !hex.startsWith('30')) return hex
  const value = BigInt(`0x${hex}`)
  const partition = PARTITIONS[Number((value >> 82n) & 7n)]
  if (partition === undefined) return hex
  const [bits, digits] = partition
  const company = ((value >> BigInt(82 - bits)) & ((1n << BigInt(bits)) - 1n))
    .toString()
    .padStart(digits, '0')
  const itemBits = BigInt(44 - bits)
  const item = ((value >> 38n) & ((1n << itemBits) - 1n)).toString().padStart(13 - digits, '0')
  const serial = (value & ((1n << 38n) - 1n)).toString()
  const thirteen = `${item[0]}${company}${item.slice(1)}`
  return `${thirteen}${checkDigit(thirteen)}/${serial}`
}
