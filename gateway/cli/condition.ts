import { runCondition } from '../condition/command.ts'
import { type CommandIo, type ExitCode, reportError } from './io.ts'

/** `waypost condition FILE --profile P`. */
export function runConditionCommand(
  file: string,
  options: { profile?: string; profiles?: string; json?: boolean },
  io: CommandIo,
): ExitCode {
  const { profiles, ...rest } = options
  const outcome = runCondition({
    file,
    ...rest,
    ...(profiles === undefined ? {} : { profilesFile: profiles }),
  })
  for (const line of outcome.output) io.out(line)
  if (outcome.error !== undefined) reportError(io, outcome.error)
  return outcome.exitCode
}
