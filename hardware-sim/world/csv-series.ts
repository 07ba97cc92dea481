import { parse } from 'csv-parse/sync'
import { simError } from '../sim-error.ts'
import { CHANNEL_POINTS_MAXIMUM } from './channels.ts'
import type { ChannelPoint } from './types.ts'

export interface CsvSeries {
  /** Points with their UTC in milliseconds of the Unix epoch, in order of time. */
  points: { utcMilliseconds: number; value: number }[]
}

const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Reads `time,temperatureCelsius[,humidityPercent]` (the input of `waypost condition`). Times are ISO 8601 with an
 * offset or Z. A row whose value is empty is left out: the logger had none. SIM_CSV_INVALID names the line.
 *
 * @param column header of the wanted value; the first column after `time` unless told
 */
export function parseCsvSeries(text: string, where: string, column?: string): CsvSeries {
  const rows = readRows(text, where)
  const header = rows[0]?.cells ?? []
  const timeColumn = header.indexOf('time')
  const valueColumn = column === undefined ? (timeColumn === 0 ? 1 : 0) : header.indexOf(column)
  if (timeColumn < 0 || valueColumn < 0 || valueColumn >= header.length) {
    throw simError('SIM_CSV_INVALID', `header has no columns time and ${column ?? 'a value'}`, where)
  }
  const points: CsvSeries['points'] = []
  for (const { line, cells } of rows.slice(1)) {
    const time = cells[timeColumn] ?? ''
    const cell = cells[valueColumn] ?? ''
    if (cell === '') continue
    const utcMilliseconds = UTC_TIME.test(time) ? Date.parse(time) : Number.NaN
    const value = Number(cell)
    const before = points.at(-1)?.utcMilliseconds ?? Number.NEGATIVE_INFINITY
    if (Number.isNaN(utcMilliseconds)) throw simError('SIM_CSV_INVALID', `time "${time}"`, `${where}:${line}`)
    if (!Number.isFinite(value)) throw simError('SIM_CSV_INVALID', `value "${cell}"`, `${where}:${line}`)
    if (utcMilliseconds <= before)
      throw simError('SIM_CSV_INVALID', `time ${time} out of order`, `${where}:${line}`)
    points.push({ utcMilliseconds, value })
  }
  if (points.length === 0 || points.length > CHANNEL_POINTS_MAXIMUM) {
    throw simError('SIM_CSV_INVALID', `${points.length} rows with a value`, where)
  }
  return { points }
}

function readRows(text: string, where: string): { line: number; cells: string[] }[] {
  try {
    const parsed: unknown = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    })
    return (parsed as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }))
  } catch (error) {
    throw simError('SIM_CSV_INVALID', error instanceof Error ? error.message : 'not CSV', where)
  }
}

/** The series on the virtual clock: UTC `startUtcMilliseconds` is virtual time 0; earlier points have negative times. */
export function seriesPoints(series: CsvSeries, startUtcMilliseconds: number): ChannelPoint[] {
  return series.points.map(({ utcMilliseconds, value }) => ({
    atMicroseconds: (utcMilliseconds - startUtcMilliseconds) * 1000,
    value,
  }))
}
