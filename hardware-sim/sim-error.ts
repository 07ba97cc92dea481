import { CodedError } from '#protocol/coded-error.ts'
import { SIM_ERRORS, type SimErrorCode } from './errors.ts'

/** A CodedError of the simulator with the listed action. Returned, not thrown, so that `throw` stands at the place. */
export function simError(code: SimErrorCode, what: string, where?: string): CodedError {
  return new CodedError(code, what, { where, action: SIM_ERRORS[code].action })
}
