import { type DemoOptions, runDemo } from '#demo/demo.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { type CommandIo, type ExitCode, reportError } from './io.ts'

/** `waypost demo`. A run that does not show what it must is something found wrong (1), not an unusable call (2). */
export async function runDemoCommand(options: DemoOptions, io: CommandIo): Promise<ExitCode> {
  try {
    return await runDemo(options, io)
  } catch (error) {
    const code = reportError(io, error)
    return error instanceof CodedError && error.code === 'DEMO_SCENARIO_FAILED' ? 1 : code
  }
}
