import { esp32 } from './esp32.ts'
import { espruinowifi } from './espruinowifi.ts'
import { pico } from './pico.ts'
import type { Board } from './types.ts'

/** Every board, for the toolchain. A bundle carries the run-time part of its own board only. */
export const boards: Board[] = [pico, espruinowifi, esp32]
