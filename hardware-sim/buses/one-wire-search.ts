import type { Level, OneWireMaster } from './types.ts'

const ROM_BITS = 64
/** Devices found in one search before it gives up; Espruino has no such limit and can loop on a noisy bus. */
export const SEARCH_DEVICES_MAXIMUM = 64

export interface SearchPass {
  rom: Uint8Array
  /** Bit number (1..64) of the last discrepancy at which 0 was taken; 0 = this was the last device. */
  lastDiscrepancy: number
}

/**
 * One pass of Maxim's search (application note 187) with bits alone: at a discrepancy before the last one it goes as
 * in the pass before, at it 1, after it 0. Undefined when no device answers to the end.
 */
export function searchPass(
  master: Pick<OneWireMaster, 'reset' | 'write' | 'readBit' | 'writeBit'>,
  command: number,
  before: SearchPass | undefined,
): SearchPass | undefined {
  if (!master.reset()) return undefined
  master.write(command)
  const rom = new Uint8Array(8)
  const last = before?.lastDiscrepancy ?? 0
  let lastZero = 0
  for (let number = 1; number <= ROM_BITS; number++) {
    const bit = master.readBit()
    const complement = master.readBit()
    if (bit === 1 && complement === 1) return undefined
    const place = (number - 1) >> 3
    const mask = 1 << ((number - 1) & 7)
    let direction: Level = bit
    if (bit === complement) {
      const earlier = before !== undefined && (before.rom[place]! & mask) !== 0
      direction = number < last ? (earlier ? 1 : 0) : number === last ? 1 : 0
      if (direction === 0) lastZero = number
    }
    if (direction === 1) rom[place]! |= mask
    master.writeBit(direction)
  }
  return { rom, lastDiscrepancy: lastZero }
}

/** All ROMs that answer `command`, in the order of the search. A ROM that begins with 0 ends it, as in Espruino. */
export function searchRoms(
  master: Pick<OneWireMaster, 'reset' | 'write' | 'readBit' | 'writeBit'>,
  command: number,
): Uint8Array[] {
  const found: Uint8Array[] = []
  let pass: SearchPass | undefined
  while (found.length < SEARCH_DEVICES_MAXIMUM) {
    pass = searchPass(master, command, pass)
    if (pass === undefined || pass.rom[0] === 0) break
    found.push(pass.rom)
    if (pass.lastDiscrepancy === 0) break
  }
  return found
}
