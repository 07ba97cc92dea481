import { Command, CommanderError } from 'commander'
import { CodedError } from '#protocol/coded-error.ts'
import { type CommandIo, type ExitCode, errorLine, reportError } from './io.ts'

/**
 * The `waypost` command: only names and options stand here. What a command does is imported when it is
 * called, so that `waypost --help` does not wait for a database or a compiler.
 */
export function createProgram(io: CommandIo, done: (code: ExitCode) => void): Command {
  const program = new Command('waypost')
    .description('The edge of a national distribution and safety network: firmware, gateway, simulator.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: () => {} })
    .showSuggestionAfterError(true)
  const json = ['--json', 'one JSON object a line on standard output, nothing else there'] as const

  program
    .command('demo')
    .description(
      'the main job on one machine: firmware, gateway, two simulated sites, stand-ins for the networks',
    )
    .option('--once', 'run the packaged scenario on virtual time to its end, print what arrived, and end')
    .option('--port <port>', 'port of the operator page (default: a free one)', portOf)
    .option('--seed <number>', "seed of the simulated world (default: the scenario's)", wholeNumber)
    .option(...json)
    .action(async (options) => done(await (await import('./demo.ts')).runDemoCommand(options, io)))

  program
    .command('gateway')
    .description('the gateway, until Ctrl-C')
    .requiredOption('--config <file>', 'configuration (YAML)')
    .option(...json)
    .action(async (options) => done(await (await import('./gateway.ts')).runGateway(options, io)))

  const config = program.command('config').description('configurations')
  config
    .command('check <file>')
    .description('validate a configuration and say what each unset value defaults to')
    .option(...json)
    .action(async (file, options) => done((await import('./config.ts')).runConfigCheck(file, options, io)))

  program
    .command('condition <file>')
    .description('judge a time series (CSV: time,temperatureCelsius) by a rule profile')
    .option('--profile <name>', 'rule profile')
    .option('--profiles <file>', 'other profiles than the packaged ones (YAML)')
    .option(...json)
    .action(async (file, options) =>
      done(await (await import('./condition.ts')).runConditionCommand(file, options, io)),
    )

  const frame = program.command('frame').description('frames of the protocol')
  frame
    .command('decode <hex...>')
    .description('explain frames: bare, as on a serial line, or as in an MQTT publish')
    .option(
      '--key <hex>',
      "the node's key (opens what follows its hello and welcome), or a session's own key",
    )
    .option(...json)
    .action(async (hex, options) => done((await import('./frame.ts')).runFrameDecode(hex, options, io)))

  const firmware = program.command('firmware').description('firmware of the boards')
  firmware
    .command('build')
    .description('one JavaScript file for a board, with a size report')
    .requiredOption('--board <board>', 'board, see `firmware boards`')
    .option(
      '--config <file>',
      'node configuration (JSON): judged for this board and written as wp.cfg beside the bundle',
    )
    .requiredOption('--out <folder>', 'folder for the file')
    .option(...json)
    .action(async (options) => done(await (await import('./firmware.ts')).runBuild(options, io)))
  firmware
    .command('check <file>')
    .description('what the interpreter does not run, or runs differently')
    .option(...json)
    .action(async (file, options) => done(await (await import('./firmware.ts')).runCheck(file, options, io)))
  firmware
    .command('boards')
    .description('the boards and what each can be')
    .option(...json)
    .action(async (options) => done(await (await import('./firmware.ts')).runBoards(options, io)))

  const sim = program.command('sim').description('the hardware simulator')
  sim
    .command('run <scenario>')
    .description(
      'run a scenario (a file, or the name of one that ships) on virtual time and judge what arrived',
    )
    .option('--seed <number>', "seed (default: the scenario's)", wholeNumber)
    .option('--speed <speed>', 'max, or virtual seconds a second')
    .option('--junit <file>', 'write a JUnit report')
    .option('--record <file>', 'write every bus transaction, JSON lines')
    .option('--csv-channel <name=file>', 'replay a time series into a channel (again for another)', collect)
    .option('--until <time>', 'end after so many virtual seconds, or at an instant of UTC')
    .option(...json)
    .action(async (file, options) => done(await (await import('./sim.ts')).runSim(file, options, io)))
  sim
    .command('list')
    .description('the scenarios that ship')
    .option(...json)
    .action(async (options) => done((await import('./sim.ts')).runSimList(options, io)))
  sim
    .command('check <scenario>')
    .description('validate a scenario')
    .option(...json)
    .action(async (file, options) => done((await import('./sim.ts')).runSimCheck(file, options, io)))

  const outbox = program.command('outbox').description('what waits for the networks')
  outbox
    .command('list')
    .description('what still waits for each network, and what it refused')
    .requiredOption('--config <file>', 'configuration of the gateway')
    .option(...json)
    .action(async (options) => done(await (await import('./store.ts')).runOutboxList(options, io)))

  const quarantine = program.command('quarantine').description('what was refused')
  quarantine
    .command('list')
    .description('refused frames and records, newest first')
    .requiredOption('--config <file>', 'configuration of the gateway')
    .option(...json)
    .action(async (options) => done(await (await import('./store.ts')).runQuarantineList(options, io)))

  return program
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value]

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new CodedError('CLI_USAGE', `"${text}" is no whole number`, { action: 'give digits only' })
  return value
}

function portOf(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new CodedError('CLI_USAGE', `${text} is no port`, { action: 'give 0 to 65535' })
  return port
}

/** Runs one call of the command. Never throws. @returns the exit code */
export async function runCli(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = createProgram(io, (exit) => {
    code = exit
  })
  try {
    if (argv.length === 0)
      throw new CodedError('CLI_USAGE', 'no command', { action: 'read `waypost --help`' })
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return sayUsage(error, argv, io)
    return reportError(io, error)
  }
}

function sayUsage(error: CommanderError, argv: readonly string[], io: CommandIo): ExitCode {
  if (error.exitCode === 0) return 0 // --help and --version have been answered
  const code =
    error.code === 'commander.unknownCommand'
      ? 'CLI_UNKNOWN_COMMAND'
      : error.code === 'commander.unknownOption'
        ? 'CLI_UNKNOWN_OPTION'
        : 'CLI_USAGE'
  // commander.help: a group like `firmware` was called without its command.
  const what =
    error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '')
  const words = argv.filter((word) => /^[a-z]+$/.test(word)).slice(0, 2)
  // The help of a command that does not exist would not help: that of the one above it does.
  const unknown = code === 'CLI_UNKNOWN_COMMAND' ? /unknown command '(.*)'/.exec(what)?.[1] : undefined
  const known = words.includes(unknown ?? '') ? words.slice(0, words.indexOf(unknown ?? '')) : words
  const at = `waypost ${known.join(' ')}`.trimEnd()
  io.err(errorLine(new CodedError(code, what, { where: at, action: `read \`${at} --help\`` })))
  return 2
}
