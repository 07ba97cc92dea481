/** Where a refusal happened and what the person who meets it can do. */
export interface CodedErrorDetails {
  /** File, line, field path, node or port: whatever finds the place. */
  where?: string
  /** The next step, in the imperative. */
  action?: string
  cause?: unknown
}

/**
 * The one error type of every host-side layer: a stable code, what was wrong, where, and what to do.
 * It never crosses the wire and never reaches the board, where errors are plain string codes.
 */
export class CodedError extends Error {
  readonly code: string
  readonly what: string
  readonly where: string | undefined
  readonly action: string | undefined

  constructor(code: string, what: string, details: CodedErrorDetails = {}) {
    super(
      [what, details.where === undefined ? undefined : `at ${details.where}`, details.action]
        .filter((part) => part !== undefined)
        .join('; '),
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.name = 'CodedError'
    this.code = code
    this.what = what
    this.where = details.where
    this.action = details.action
  }
}

/** One row of a folder's error table: what the code means and what to do about it. */
export interface ErrorEntry {
  means: string
  action: string
}
