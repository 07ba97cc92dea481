import { readFileSync, statSync } from 'node:fs'
import { CodedError } from '#protocol/coded-error.ts'
import { parseTimeSeries, SERIES_BYTES_MAXIMUM } from './csv.ts'
import { DEFAULT_PROFILE, loadProfiles, profileNamed } from './profiles.ts'
import { type ConditionReport, evaluateSeries } from './series.ts'

export interface ConditionOptions {
  file: string
  /** Default vaccine.2-8.strict. */
  profile?: string
  /** Other profiles than the packaged ones. */
  profilesFile?: string
  json?: boolean
}

export interface ConditionOutcome {
  /** 0 no alarm, 1 alarms, 2 unusable input. */
  exitCode: 0 | 1 | 2
  /** Lines for standard output. */
  output: string[]
  report?: ConditionReport
  error?: CodedError
}

function readFile(file: string): string {
  let sizeBytes = 0
  try {
    sizeBytes = statSync(file).size
    if (sizeBytes <= SERIES_BYTES_MAXIMUM) return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CodedError('CONDITION_FILE_UNREADABLE', 'the time series cannot be read', {
      where: file,
      action: 'give the right path',
      cause,
    })
  }
  throw new CodedError('CONDITION_FILE_TOO_LARGE', `${sizeBytes} bytes, 64 MiB are allowed`, {
    where: file,
    action: 'split the file',
  })
}

function human(report: ConditionReport): string[] {
  const lines = [
    `${report.samples} samples against ${report.profile}: ${report.alarms.length} alarm(s), ${report.gaps.length} gap(s)`,
    `minimum ${report.minimumCelsius} °C, maximum ${report.maximumCelsius} °C, mean ${report.meanCelsius} °C, mean kinetic temperature ${report.meanKineticTemperatureCelsius} °C`,
  ]
  for (const alarm of report.alarms) {
    const end = alarm.end === null ? 'not ended' : `end ${alarm.end}`
    lines.push(
      `ALARM ${alarm.rule}: start ${alarm.start}, fired ${alarm.fired}, ${end}, ${alarm.minutes} min, extreme ${alarm.extremeCelsius} °C`,
    )
  }
  for (const gap of report.gaps) lines.push(`gap ${gap.from} to ${gap.to}, ${gap.minutes} min`)
  return lines
}

/**
 * `waypost condition FILE.csv --profile P`: one JSON object (`json`) or lines for people. Never throws for bad
 * input: exit code 2 with the coded error.
 */
export function runCondition(options: ConditionOptions): ConditionOutcome {
  try {
    const profile = profileNamed(loadProfiles(options.profilesFile), options.profile ?? DEFAULT_PROFILE)
    const rows = parseTimeSeries(readFile(options.file), options.file)
    const report = evaluateSeries(profile, rows)
    return {
      exitCode: report.alarms.length > 0 ? 1 : 0,
      output: options.json === true ? [JSON.stringify(report)] : human(report),
      report,
    }
  } catch (error) {
    if (error instanceof CodedError) return { exitCode: 2, output: [], error }
    throw error
  }
}
