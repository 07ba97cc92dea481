import { pico } from './pico.ts'
import type { Board } from './types.ts'

/**
 * The board of this bundle: `import { board } from './boards/selected.ts'` in main.ts. The build
 * (firmware/toolchain/build.ts) puts the chosen board's file in this one's place, so that the other boards'
 * tables stay out of the bundle; without a build it is the PICO.
 */
export const board: Board = pico
