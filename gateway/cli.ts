/** The `waypost` command's process: streams, signals and the exit code. */
import { processIo } from './cli/io.ts'
import { runCli } from './cli/program.ts'

// A reader that closed its end of the pipe (`waypost … | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
process.exitCode = await runCli(process.argv.slice(2), processIo())
