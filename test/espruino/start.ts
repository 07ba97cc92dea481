import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boardByName } from '#firmware/toolchain/build.ts'
import { findInterpreter } from './interpreter.ts'
import { preludeFor } from './prelude.ts'
import { type Cable, openCable, Pty } from './pty.ts'

export interface StartOptions {
  /** The built bundle's text. */
  bundle: string
  /** The node's configuration; becomes `wp.cfg` in the interpreter's Storage. */
  config: object
  board: string
  /** JavaScript of the interpreter between stubs and firmware, e.g. answers of an I2C sensor. */
  extra?: string
}

export interface RunningEspruino {
  /** Character device of the node's serial link: what a gateway opens. */
  linkPath: string
  /** The cable between link UART and `linkPath`; index 0 is the node's end. */
  link: Cable
  /** The other end of the reader's UART: a reader model reads requests here and writes answers. */
  readerMaster: Pty
  /** Everything the interpreter printed so far. */
  output(): string
  /** Lines that tell of an error in the firmware. */
  errors(): string[]
  /** Ends the interpreter and removes its folder. */
  stop(): Promise<void>
}

/** Bytes of output that are kept, the newest. */
const OUTPUT_MAXIMUM = 262_144
/** Longest real time to wait for the interpreter to end after it was told to. */
const STOP_MILLISECONDS = 5_000

/**
 * Runs a bundle on the real interpreter in a fresh folder (so with an empty Storage), its UARTs on ptys and
 * its standard input held open, because it ends with that.
 * @throws INTERPRETER_MISSING, BOARD_UNKNOWN
 */
export function startEspruino(options: StartOptions): RunningEspruino {
  const binary = findInterpreter()
  const board = boardByName(options.board)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-espruino-'))
  const link = openCable()
  const readerMaster = new Pty()
  const serialPaths: Record<string, string> = { [board.linkUart]: link.paths[0] }
  const readerUart = board.wirings.find((wiring) => wiring.link === 'serial')?.readers[0]
  if (readerUart) serialPaths[readerUart] = readerMaster.path
  const prelude = preludeFor({
    serialPaths,
    config: JSON.stringify(options.config),
    flash: board.bootCounter,
    extra: options.extra,
  })
  const file = join(folder, 'program.js')
  // As on a board: the code stays in flash, and only what runs takes variables.
  const load = (name: string): string =>
    `require("Storage").write("${name}",require("fs").readFileSync("${name}"));eval(require("Storage").read("${name}"));`
  writeFileSync(join(folder, 'prelude.js'), prelude)
  writeFileSync(join(folder, 'bundle.js'), options.bundle)
  writeFileSync(file, `${load('prelude.js')}\n${load('bundle.js')}\n`)

  let output = ''
  const child = spawn(binary, [file], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_MAXIMUM)
    })
  }
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL') output += `\nUncaught: the interpreter ended by itself (${code ?? signal})\n`
      resolve()
    })
    child.once('error', (error) => {
      output += `\nUncaught: ${error.message}\n`
      resolve()
    })
  })
  return {
    linkPath: link.paths[1],
    link,
    readerMaster,
    output: () => output,
    errors: () => output.split(/\r?\n/).filter((line) => /Uncaught|WARNING|interpreter error/.test(line)),
    stop: async () => {
      child.kill('SIGKILL')
      const limit = new Promise<void>((resolve) => setTimeout(resolve, STOP_MILLISECONDS).unref())
      await Promise.race([ended, limit])
      link.close()
      readerMaster.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
