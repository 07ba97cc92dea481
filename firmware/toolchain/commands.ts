import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { boards } from '#firmware/boards/index.ts'
import { CONFIGURATION_FILE } from '#firmware/configuration.ts'
import { CodedError, type ErrorEntry } from '#protocol/coded-error.ts'
import { boardByName, budgetOf, buildFirmware } from './build.ts'
import { checkDialect } from './dialect/check.ts'
import { TOOLCHAIN_ERRORS } from './errors.ts'
import { readNodeConfiguration } from './node-configuration.ts'

/** What a command did: its exit code, lines for standard output, and error lines for standard error. */
export interface CommandResult {
  /** 0 done and good, 1 something was found wrong, 2 the call or its input was unusable. */
  exitCode: 0 | 1 | 2
  lines: string[]
  errorLines: string[]
}

/** Bytes of a file that `firmware check` reads at most. */
const FILE_BYTES_MAXIMUM = 1_048_576
/** Codes that mean the firmware is wrong, not the call. */
const FOUND_WRONG = new Set(['BUNDLE_NOT_DIALECT', 'BUNDLE_OVER_BUDGET'])

/**
 * `waypost firmware build --board B --out DIR [--config FILE]`: one JavaScript file and its size report; with
 * a node's configuration also its wp.cfg, once the board was found able to do it.
 */
export async function runFirmwareBuild(options: {
  board: string
  out: string
  config?: string
  json?: boolean
}): Promise<CommandResult> {
  try {
    const configuration =
      options.config === undefined
        ? undefined
        : await readNodeConfiguration(boardByName(options.board), options.config)
    const built = await buildFirmware(options.board, { outDir: options.out })
    // It holds the node's key.
    if (configuration !== undefined) {
      await writeFile(join(options.out, CONFIGURATION_FILE), JSON.stringify(configuration), { mode: 0o600 })
    }
    const { report } = built
    const modules = [...report.modules].sort((a, b) => b.bytes - a.bytes)
    const { code: _, report: __, ...rest } = built
    const lines = options.json
      ? [JSON.stringify({ ...rest, ...report })]
      : [
          `${built.board}: ${built.file}`,
          `${built.bytes} bytes from ${built.sourceBytes} bytes of source, CRC-32 ${hex(built.crc32)}`,
          report.fitsTwoSlots
            ? `fits two update slots of ${report.slotBytes} bytes`
            : `larger than an update slot of ${report.slotBytes} bytes: this board is updated over serial only`,
          ...modules.map((module) => `  ${String(module.bytes).padStart(7)}  ${module.file}`),
        ]
    if (report.fitsStorage) return done(lines)
    const over = new CodedError(
      'BUNDLE_OVER_BUDGET',
      `${built.bytes} bytes do not fit in ${report.storageBytes}`,
      {
        where: built.board,
        action: TOOLCHAIN_ERRORS.BUNDLE_OVER_BUDGET.action,
      },
    )
    return { ...failed(over), lines }
  } catch (error) {
    return failed(error)
  }
}

/** `waypost firmware check FILE.js`: the dialect check, one finding a line. */
export async function runFirmwareCheck(options: { file: string; json?: boolean }): Promise<CommandResult> {
  try {
    const findings = checkDialect(await readSource(options.file))
    const lines = findings.map((finding) =>
      options.json
        ? JSON.stringify(finding)
        : `${options.file}:${finding.line}:${finding.column} ${finding.rule}: ${finding.message}`,
    )
    if (!options.json) lines.push(findings.length === 0 ? 'no findings' : `${findings.length} findings`)
    return { exitCode: findings.length === 0 ? 0 : 1, lines, errorLines: [] }
  } catch (error) {
    return failed(error)
  }
}

/** `waypost firmware boards`: what each board can be. */
export async function runFirmwareBoards(options: { json?: boolean }): Promise<CommandResult> {
  return done(
    boards.map((board) => {
      const { slotBytes, storageBytes } = budgetOf(board, 0)
      const wirings = board.wirings.map(({ link, readers }) => ({ link, readers }))
      if (options.json) {
        const { variables, variableBytes } = board.memory
        return JSON.stringify({
          board: board.board,
          wirings,
          variables,
          variableBytes,
          slotBytes,
          storageBytes,
        })
      }
      const ways = wirings.map(
        ({ link, readers }) => `${link} with ${readers.join(', ') || 'no UART reader'}`,
      )
      return `${board.board.padEnd(13)} ${ways.join(' or ')}; ${board.memory.variables} variables; slot ${slotBytes} bytes`
    }),
  )
}

async function readSource(file: string): Promise<string> {
  const refuse = (what: string): CodedError => new CodedError('FILE_UNREADABLE', what, { where: file })
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
  if (size === undefined) throw refuse('not a readable file')
  if (size > FILE_BYTES_MAXIMUM) throw refuse(`${size} bytes; the most is ${FILE_BYTES_MAXIMUM}`)
  return readFile(file, 'utf8').catch(() => {
    throw refuse('not a readable file')
  })
}

function done(lines: string[]): CommandResult {
  return { exitCode: 0, lines, errorLines: [] }
}

function failed(error: unknown): CommandResult {
  if (!(error instanceof CodedError)) throw error
  const exitCode = FOUND_WRONG.has(error.code) ? 1 : 2
  const table: Readonly<Record<string, ErrorEntry>> = TOOLCHAIN_ERRORS
  const parts = [error.what, error.where, error.action ?? table[error.code]?.action]
  const said = parts.filter((part) => part !== undefined && part !== '').join(', ')
  return { exitCode, lines: [], errorLines: [`waypost: ${error.code}: ${said}`] }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
