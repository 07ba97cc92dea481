import {
  type CommandResult,
  runFirmwareBoards,
  runFirmwareBuild,
  runFirmwareCheck,
} from '#firmware/toolchain/commands.ts'
import type { CommandIo, ExitCode } from './io.ts'

function say(result: CommandResult, io: CommandIo): ExitCode {
  for (const line of result.lines) io.out(line)
  for (const line of result.errorLines) io.err(line)
  return result.exitCode
}

/** `waypost firmware build --board B --out DIR [--config FILE]`. */
export async function runBuild(
  options: { board: string; out: string; config?: string; json?: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  return say(await runFirmwareBuild(options), io)
}

/** `waypost firmware check FILE.js`. */
export async function runCheck(file: string, options: { json?: boolean }, io: CommandIo): Promise<ExitCode> {
  return say(await runFirmwareCheck({ file, ...options }), io)
}

/** `waypost firmware boards`. */
export async function runBoards(options: { json?: boolean }, io: CommandIo): Promise<ExitCode> {
  return say(await runFirmwareBoards(options), io)
}
