/** Fields of one log line; never keys, passwords or payload bytes. */
export type LogFields = Record<string, unknown>

/** What the gateway needs of a logger; pino satisfies it. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

function nothing(): void {}

/** A logger that keeps quiet, for tests and for callers that bring none. */
export const silentLog: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
