import { pico } from './pico.ts'
import type { RuntimeBoard } from './runtime.ts'

/**
 * The board of this bundle: `import { board } from './boards/selected.ts'` in main.ts. The build
 * (firmware/toolchain/build.ts) puts the run-time part of the chosen board's table in this one's place; without a build it is the PICO.
 */
export const board: RuntimeBoard = pico
