import { loadProfiles } from '../condition/profiles.ts'
import { checkConfig } from '../config/load.ts'
import { createInterpreter } from '../interpret/index.ts'
import type { CommandIo, ExitCode } from './io.ts'

/** `waypost config check FILE`: refuses what is wrong, and says what each unset value defaults to. */
export function runConfigCheck(file: string, options: { json?: boolean }, io: CommandIo): ExitCode {
  const { config, unset } = checkConfig(file)
  // The gateway would refuse a profile that does not exist when it starts; so does the check.
  createInterpreter({
    timeZoneOffset: config.site.timeZoneOffset,
    checkpoints: config.checkpoints,
    profiles: loadProfiles(config.profiles.file),
  })
  if (options.json) {
    io.out(JSON.stringify({ file, valid: true, config, unset }))
    return 0
  }
  io.out(`${file}: valid, ${config.checkpoints.length} checkpoint(s)`)
  for (const value of unset) io.out(`  ${value.path} is not set: ${JSON.stringify(value.value)}`)
  return 0
}
