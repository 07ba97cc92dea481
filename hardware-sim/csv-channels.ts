import { readFileSync, statSync } from 'node:fs'
import { CodedError } from '#protocol/coded-error.ts'
import { SIM_ERRORS } from './errors.ts'
import { type CsvSeries, parseCsvSeries } from './world/csv-series.ts'

/** 28,800 rows a year at a quarter of an hour; a file this long is no logger's. */
export const CSV_BYTES_MAXIMUM = 64 * 1_048_576

/** A logged series that replaces a channel of the scenario. */
export interface CsvChannel {
  channel: string
  file: string
  series: CsvSeries
}

const COLUMNS: Readonly<Record<string, string>> = {
  temperature: 'temperatureCelsius',
  humidity: 'humidityPercent',
}

/**
 * Reads the file of `--csv-channel NAME=FILE`. A name ending in `.humidity` takes the column humidityPercent, any other
 * temperatureCelsius; beside a temperature, a filled humidity column feeds the sibling channel. Times without an offset
 * (`2022-11-08 21:50`) are UTC.
 * @returns one channel, or two
 * @throws CodedError SIM_CSV_UNREADABLE, SIM_CSV_INVALID
 */
export function loadCsvChannel(channel: string, file: string): CsvChannel[] {
  const text = withOffsets(readText(file))
  const kind = channel.slice(channel.lastIndexOf('.') + 1)
  const found = [{ channel, file, series: parseCsvSeries(text, file, COLUMNS[kind] ?? COLUMNS.temperature) }]
  if (kind !== 'temperature') return found
  const header = text.slice(0, text.indexOf('\n')).split(',')
  const column = header.findIndex((name) => name.trim() === COLUMNS.humidity)
  const filled = text.split('\n').some((line, i) => i > 0 && (line.split(',')[column] ?? '').trim() !== '')
  if (column < 0 || !filled) return found
  const sibling = channel.replace(/temperature$/, 'humidity')
  return [...found, { channel: sibling, file, series: parseCsvSeries(text, file, COLUMNS.humidity) }]
}

function readText(file: string): string {
  try {
    if (statSync(file).size > CSV_BYTES_MAXIMUM) throw new Error(`larger than ${CSV_BYTES_MAXIMUM} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CodedError('SIM_CSV_UNREADABLE', error instanceof Error ? error.message : String(error), {
      where: file,
      action: SIM_ERRORS.SIM_CSV_UNREADABLE.action,
    })
  }
}

/** A time without an offset, first in its row, becomes UTC in ISO form. */
function withOffsets(text: string): string {
  return text.replace(
    /^("?)(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)("?)(?=\s*,)/gm,
    '$1$2T$3Z$4',
  )
}
