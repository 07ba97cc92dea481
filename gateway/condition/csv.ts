import { CsvError, parse } from 'csv-parse/sync'
import { CodedError } from '#protocol/coded-error.ts'

/** Longest time series that is read; a longer one is refused (CONDITION_FILE_TOO_LARGE). */
export const SERIES_BYTES_MAXIMUM = 64 * 1024 * 1024
/** Most rows of a time series; more are refused (CONDITION_FILE_TOO_LARGE). */
export const SERIES_ROWS_MAXIMUM = 1_000_000
const TEMPERATURE_RANGE_CELSIUS = 150

export interface TimeSeriesRow {
  /** Line of the file, the header being 1. */
  row: number
  utcMilliseconds: number
  temperatureMilliCelsius: number
  humidityMilliPercent: number | undefined
}

const TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?$/
const NUMBER = /^[+-]?\d{1,7}(\.\d{1,12})?$/

/** ISO 8601 → UTC milliseconds; a time without a zone is UTC; undefined when it is not a real instant. */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const milliseconds = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000)
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  const back = new Date(local)
  // Date.UTC rolls 30 February over to March: refuse what does not come back the same.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return undefined
  const zone = match[8]
  if (zone === undefined || zone === 'Z') return local
  const zoneHours = Number(zone.slice(1, 3))
  const zoneMinutes = Number(zone.slice(4, 6))
  if (zoneHours > 14 || zoneMinutes > 59) return undefined
  const offsetMilliseconds = (zoneHours * 60 + zoneMinutes) * 60_000
  return zone.startsWith('-') ? local + offsetMilliseconds : local - offsetMilliseconds
}

/** Decimal text → thousandths, halves away from zero; undefined when it is not a plain decimal number. */
function thousandths(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const scaled = Number(text) * 1000
  const rounded = Math.round(Math.abs(scaled))
  return scaled < 0 && rounded !== 0 ? -rounded : rounded
}

function refuse(code: string, what: string, where: string, action: string): never {
  throw new CodedError(code, what, { where, action })
}

interface RawRow {
  record: string[]
  info: { lines: number }
}

function parseRows(text: string, file: string): RawRow[] {
  try {
    return parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 4096,
      // Both ends of line may stand in one file that was put together by hand.
      record_delimiter: ['\r\n', '\n'],
    }) as unknown as RawRow[]
  } catch (cause) {
    const line = cause instanceof CsvError ? (cause as CsvError & { lines?: number }).lines : undefined
    throw new CodedError('CONDITION_CSV_MALFORMED', 'the file is not CSV', {
      where: line === undefined ? file : `${file}:${line}`,
      action: 'correct that row',
      cause,
    })
  }
}

function checkHeader(header: string[] | undefined, file: string): void {
  const names = header ?? []
  const isRight =
    names[0] === 'time' &&
    names[1] === 'temperatureCelsius' &&
    (names.length === 2 || (names.length === 3 && names[2] === 'humidityPercent'))
  if (isRight) return
  refuse(
    'CONDITION_CSV_HEADER',
    `the columns are ${JSON.stringify(names.slice(0, 8).join(','))}`,
    `${file}:1`,
    'name them time,temperatureCelsius[,humidityPercent]',
  )
}

function readRow(raw: RawRow, file: string): TimeSeriesRow {
  const where = `${file}:${raw.info.lines}`
  const [timeText = '', temperatureText = '', humidityText] = raw.record
  const utcMilliseconds = parseTime(timeText)
  if (utcMilliseconds === undefined) {
    refuse(
      'CONDITION_TIME_INVALID',
      `not a time: ${JSON.stringify(timeText)}`,
      where,
      'write 2022-11-08T21:50:00Z',
    )
  }
  const temperatureMilliCelsius = thousandths(temperatureText)
  if (temperatureMilliCelsius === undefined) {
    const text = JSON.stringify(temperatureText)
    refuse(
      'CONDITION_VALUE_INVALID',
      `not a temperature: ${text}`,
      where,
      'write a number like 7.9 or leave the row out',
    )
  }
  if (Math.abs(temperatureMilliCelsius) > TEMPERATURE_RANGE_CELSIUS * 1000) {
    refuse('CONDITION_VALUE_RANGE', `${temperatureText} °C is no measurement`, where, 'leave the row out')
  }
  // An empty humidity is a row without that measurement; temperature is what the row is for.
  const hasHumidity = humidityText !== undefined && humidityText !== ''
  const humidityMilliPercent = hasHumidity ? thousandths(humidityText) : undefined
  if (hasHumidity && humidityMilliPercent === undefined) {
    const text = JSON.stringify(humidityText)
    refuse('CONDITION_VALUE_INVALID', `not a humidity: ${text}`, where, 'write a number like 45.2 or nothing')
  }
  if (humidityMilliPercent !== undefined && (humidityMilliPercent < 0 || humidityMilliPercent > 100_000)) {
    refuse('CONDITION_VALUE_RANGE', `${humidityText} %RH is no measurement`, where, 'leave it empty')
  }
  return { row: raw.info.lines, utcMilliseconds, temperatureMilliCelsius, humidityMilliPercent }
}

/**
 * Reads a time series `time,temperatureCelsius[,humidityPercent]`, times ISO 8601 and rising (no zone: UTC).
 * @param file name for messages
 * @throws CodedError CONDITION_* with file and row
 */
export function parseTimeSeries(text: string, file: string): TimeSeriesRow[] {
  if (text.length > SERIES_BYTES_MAXIMUM) {
    refuse('CONDITION_FILE_TOO_LARGE', 'more than 64 MiB', file, 'split the file')
  }
  const raw = parseRows(text, file)
  checkHeader(raw[0]?.record, file)
  if (raw.length === 1) refuse('CONDITION_CSV_EMPTY', 'no samples', file, 'give at least one row')
  if (raw.length - 1 > SERIES_ROWS_MAXIMUM) {
    refuse('CONDITION_FILE_TOO_LARGE', `more than ${SERIES_ROWS_MAXIMUM} rows`, file, 'split the file')
  }
  const rows: TimeSeriesRow[] = []
  let previousMilliseconds = Number.NEGATIVE_INFINITY
  for (const one of raw.slice(1)) {
    const row = readRow(one, file)
    if (row.utcMilliseconds <= previousMilliseconds) {
      const where = `${file}:${row.row}`
      refuse(
        'CONDITION_TIME_ORDER',
        'the time is not later than the one before',
        where,
        'sort the rows by time',
      )
    }
    previousMilliseconds = row.utcMilliseconds
    rows.push(row)
  }
  return rows
}
