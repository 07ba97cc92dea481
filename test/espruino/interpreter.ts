import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { TOOLCHAIN_ERRORS } from '#firmware/toolchain/errors.ts'
import { CodedError } from '#protocol/coded-error.ts'

/** The npm tool `espruino` flashes boards and is another thing, so only this name is looked for. */
const BINARY = 'espruino-linux'

/**
 * The Linux build of the interpreter: `WAYPOST_ESPRUINO`, else espruino-linux on the PATH.
 * @throws INTERPRETER_MISSING: a test that needs it fails by name, it is never skipped
 */
export function findInterpreter(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.WAYPOST_ESPRUINO
  const places = named
    ? [named]
    : (environment.PATH ?? '')
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, BINARY))
  const found = places.find(isExecutable)
  if (found) return found
  throw new CodedError('INTERPRETER_MISSING', `no ${named ?? BINARY} to run the firmware on`, {
    where: named ? 'WAYPOST_ESPRUINO' : 'PATH',
    action: TOOLCHAIN_ERRORS.INTERPRETER_MISSING.action,
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
