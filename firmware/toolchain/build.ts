import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type BuildFailure, build, transform } from 'esbuild'
import { boards } from '#firmware/boards/index.ts'
import type { Board } from '#firmware/boards/types.ts'
import { CodedError } from '#protocol/coded-error.ts'
import { selectBoard } from './board-module.ts'
import { compact, shortBooleans } from './compact.ts'
import { checkDialect } from './dialect/check.ts'
import { parseTree } from './dialect/tree.ts'
import { bundleOptions, shortenOptions } from './esbuild-options.ts'
import { forgetStart } from './forget.ts'
import { breakLines } from './lines.ts'
import { keptWords, patternOf, shortenableNames } from './mangle.ts'
import { postPass } from './post-pass.ts'
import { dropUnusedMethods } from './unused-methods.ts'

/** Share of a board's Storage that files may take, in per cent; the rest is for headers and compaction. */
const STORAGE_USABLE_PERCENT = 90
/** Loader and manifest of the two-slot update, in bytes. */
const LOADER_BYTES = 1024
/** Findings of the dialect check that an error names. */
const FINDINGS_NAMED = 5

export interface BuildOptions {
  /** Folder of the repository; default: the one that this file is in. */
  root?: string
  /** Writes `<outDir>/waypost-<board>.js` when given. */
  outDir?: string
  /** Another entry than firmware/main.ts, for tests. */
  entry?: string
}

/** What a build made, and how it stands against the board. All sizes in bytes. */
export interface BuildResult {
  board: string
  /** Undefined when nothing was written. */
  file: string | undefined
  code: string
  bytes: number
  /** Of every source file that went in. */
  sourceBytes: number
  /** CRC-32 (ISO-HDLC) of the code's bytes. */
  crc32: number
  report: BuildReport
}

export interface BuildReport {
  /** What one of two update slots may take on this board. */
  slotBytes: number
  /** What Storage may take in all. */
  storageBytes: number
  /** One image fits in Storage: without that the board cannot be flashed, only simulated. */
  fitsStorage: boolean
  /** Two images fit, so updates can be rolled back; otherwise the board is updated over serial only. */
  fitsTwoSlots: boolean
  /** Files that went in, relative to the root, with their share of the bundle before shortening. */
  modules: { file: string; bytes: number }[]
}

/** The table of a board. @throws BOARD_UNKNOWN */
export function boardByName(name: string): Board {
  const board = boards.find((one) => one.board === name)
  if (board) return board
  throw new CodedError('BOARD_UNKNOWN', `there is no board ${name}`, {
    action: `use one of ${boards.map((one) => one.board).join(', ')}`,
  })
}

/**
 * Builds the firmware for one board: bundle, unused methods out, constants in place, post-pass, start
 * forgotten, shorten, dialect check of the result. The same sources
 * give the same bytes. A bundle that is too large for the board is still given: see the report.
 * @throws BOARD_UNKNOWN, BUNDLE_FAILED, BUNDLE_NOT_DIALECT, CLASS_NAME_NOT_REMOVABLE
 */
export async function buildFirmware(boardName: string, options: BuildOptions = {}): Promise<BuildResult> {
  const board = boardByName(boardName)
  const root = options.root ?? repositoryRoot()
  const { source, sourceBytes, modules } = await bundle(board, root, options.entry ?? 'firmware/main.ts')
  const code = await shorten(forgetStart(postPass(compact(dropUnusedMethods(source)))), root)
  refuseFindings(code, board.board)
  const bytes = Buffer.byteLength(code)
  const report = { ...budgetOf(board, bytes), modules }
  let file: string | undefined
  if (options.outDir !== undefined) {
    await mkdir(options.outDir, { recursive: true })
    file = join(options.outDir, `waypost-${board.board.toLowerCase()}.js`)
    await writeFile(file, code)
  }
  return { board: board.board, file, code, bytes, sourceBytes, crc32: crc32(code), report }
}

/** Storage that one image, and one of two, may take. */
export function budgetOf(
  board: Board,
  bytes: number,
): { slotBytes: number; storageBytes: number; fitsStorage: boolean; fitsTwoSlots: boolean } {
  const usable = Math.floor((board.storage.pageBytes * board.storage.pages * STORAGE_USABLE_PERCENT) / 100)
  const slotBytes = Math.floor((usable - LOADER_BYTES) / 2)
  return { slotBytes, storageBytes: usable, fitsStorage: bytes <= usable, fitsTwoSlots: bytes <= slotBytes }
}

/** Step 3. Property names cost flash and variables on the board, so those that are the firmware's own go. */
async function shorten(source: string, root: string): Promise<string> {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  const mangleProps = patternOf(shortenableNames(tree, keptWords(root)))
  const { code } = await transform(source, { ...shortenOptions(), ...(mangleProps ? { mangleProps } : {}) })
  return breakLines(shortBooleans(code.trimEnd()))
}

async function bundle(
  board: Board,
  root: string,
  entry: string,
): Promise<{ source: string; sourceBytes: number; modules: { file: string; bytes: number }[] }> {
  const options = bundleOptions()
  try {
    const result = await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [entry],
      plugins: [selectBoard(board, root)],
      define: { ...options.define, WAYPOST_HAS_WIFI: String(board.wifiModule !== null) },
    })
    const source = result.outputFiles?.[0]?.text
    const inputs = Object.entries(result.metafile?.inputs ?? {})
    const shares = Object.values(result.metafile?.outputs ?? {})[0]?.inputs ?? {}
    if (source === undefined)
      throw new CodedError('BUNDLE_FAILED', 'esbuild gave no output', { where: entry })
    return {
      source,
      sourceBytes: inputs.reduce((sum, [, input]) => sum + input.bytes, 0),
      modules: Object.entries(shares).map(([file, share]) => ({ file, bytes: share.bytesInOutput })),
    }
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw bundleFailed(error, entry)
  }
}

function bundleFailed(error: unknown, entry: string): CodedError {
  const first = (error as Partial<BuildFailure>).errors?.[0]
  const where = first?.location
    ? `${first.location.file}:${first.location.line}:${first.location.column + 1}`
    : entry
  return new CodedError('BUNDLE_FAILED', first?.text ?? String(error), { where, cause: error })
}

function refuseFindings(code: string, board: string): void {
  const findings = checkDialect(code)
  if (findings.length === 0) return
  const named = findings.slice(0, FINDINGS_NAMED).map((one) => {
    const line = code.split('\n')[one.line - 1] ?? ''
    return `${one.rule} near \`${line.slice(Math.max(0, one.column - 21), one.column + 60)}\` (${one.message})`
  })
  throw new CodedError(
    'BUNDLE_NOT_DIALECT',
    `${findings.length} findings in the finished bundle: ${named.join('; ')}`,
    { where: board, action: 'mend the sources behind these places' },
  )
}

/** The folder above this file (in the source tree or in dist/) that holds the firmware. */
function repositoryRoot(): string {
  let at = import.meta.dirname
  while (!existsSync(join(at, 'firmware/boards')) && dirname(at) !== at) at = dirname(at)
  return at
}
