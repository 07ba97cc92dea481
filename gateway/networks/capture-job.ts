/** What a capture job says of itself, read leniently: the published schema contradicts its own example. */
export interface CaptureJobState {
  isRunning: boolean
  isSuccess: boolean
  /** First errors in one line; empty when it names none. */
  reason: string
}

const ERRORS_SHOWN = 3
const REASON_CHARACTERS_MAXIMUM = 500

function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true') return true
  if (value === 'false') return false
  return undefined
}

function errorText(error: unknown): string {
  if (typeof error === 'string') return error
  if (error === null || typeof error !== 'object') return ''
  const { type, title, detail, message } = error as Record<string, unknown>
  return [type, title, detail, message].filter((part) => typeof part === 'string').join(': ')
}

/** @returns undefined when the body is no capture job */
export function readCaptureJob(body: string): CaptureJobState | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (parsed === null || typeof parsed !== 'object') return undefined
  const job = parsed as Record<string, unknown>
  const isRunning = flag(job.running)
  const isSuccess = flag(job.success)
  if (isRunning === undefined || isSuccess === undefined) return undefined
  const errors = Array.isArray(job.errors) ? job.errors : [job.errors]
  const texts = errors.slice(0, ERRORS_SHOWN).map(errorText)
  if (typeof job.errorFile === 'string') texts.push(job.errorFile)
  const reason = texts.filter((text) => text !== '').join(' | ')
  return { isRunning, isSuccess, reason: reason.slice(0, REASON_CHARACTERS_MAXIMUM) }
}
