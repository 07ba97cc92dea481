import { CodedError } from '#protocol/coded-error.ts'
import { actionOf } from './error-actions.ts'

/** 0 done and good; 1 done and something was found wrong; 2 the call or its input was unusable; others only where a command declares them. */
export type ExitCode = number

/** Where a command speaks and how it hears that it should end; a test gives its own. */
export interface CommandIo {
  out(line: string): void
  err(line: string): void
  /** Resolves when the person asks for the end (Ctrl-C, SIGTERM). */
  interrupted(): Promise<void>
}

/** The one form in which every error of every command is said: `waypost: CODE: what, where, what to do`. */
export function errorLine(error: CodedError): string {
  const parts = [error.what, error.where, error.action ?? actionOf(error.code)].filter(
    (part) => part !== undefined && part !== '',
  )
  return `waypost: ${error.code}: ${parts.join(', ')}`.replaceAll('\n', ' ')
}

/** Turns whatever a command threw into its line; what is not coded is our own fault and keeps its stack. */
export function reportError(io: CommandIo, error: unknown): ExitCode {
  if (error instanceof CodedError) {
    io.err(errorLine(error))
    return 2
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const ours = new CodedError('INTERNAL', 'a fault in Waypost itself', {
    action: 'please report it with these lines',
  })
  io.err(`${errorLine(ours)}\n${text}`)
  return 2
}

/** The process's own streams and signals. */
export function processIo(): CommandIo {
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
      }),
  }
}
