import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import type { RuntimeBoard } from '#firmware/boards/runtime.ts'

/** What a bundle carries of its board; the rest of the table is for the host. */
const RUNTIME_FIELDS = [
  'board',
  'suite',
  'uartBurst64',
  'uarts',
  'linkUart',
  'wirings',
  'i2c',
  'outboxBytes',
  'bootCounter',
] as const satisfies (keyof RuntimeBoard)[]

/** `boards/selected.ts` becomes the run-time part of one board's table. */
export function selectBoard(board: RuntimeBoard, root: string): Plugin {
  const name = board.board.toLowerCase()
  return {
    name: 'waypost-board',
    setup(setup) {
      setup.onResolve({ filter: /(?:^|[\\/])selected\.ts$/ }, () => ({
        path: name,
        namespace: 'waypost-board',
      }))
      setup.onLoad({ filter: /.*/, namespace: 'waypost-board' }, () => ({
        contents: boardModule(board),
        loader: 'js',
        resolveDir: join(root, 'firmware/boards'),
      }))
    },
  }
}

/** JavaScript of a module that exports `board`, its keys unquoted so that they may be shortened. */
export function boardModule(board: RuntimeBoard): string {
  const fields = RUNTIME_FIELDS.map((name) => `${name}: ${literal(board[name])}`)
  return `export const board = { ${fields.join(', ')} }`
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name}: ${literal(one)}`)
    .join(', ')} }`
}
