import { crc32 } from 'node:zlib'

/** Thrown by the fake where the supply fails; nothing after it happens. */
export class PowerCut extends Error {}

const WORD = 4

/**
 * NOR flash in memory: a write can only clear bits, an erase sets a page to ones, both word by word. The
 * supply can be cut before any word.
 */
export class FakeFlash {
  memory: Uint8Array
  pageBytes: number
  /** Words that are still written or erased before the cut; undefined never cuts. */
  wordsUntilCut: number | undefined
  /** How an erase goes through its page: real chips differ. */
  eraseOrder: 'up' | 'down' = 'up'
  /** Written bytes come out wrong at these addresses (worn cells). */
  worn = new Set<number>()
  erased: number[] = []
  words = 0

  constructor(pages: number, pageBytes: number) {
    this.memory = new Uint8Array(pages * pageBytes).fill(255)
    this.pageBytes = pageBytes
  }

  read = (length: number, address: number): Uint8Array => this.memory.slice(address, address + length)

  write = (bytes: Uint8Array, address: number): void => {
    if (address % WORD !== 0 || bytes.length % WORD !== 0) throw new Error('unaligned flash write')
    for (let at = 0; at < bytes.length; at += WORD) {
      this.step()
      for (let i = at; i < at + WORD; i++) {
        this.memory[address + i]! &= bytes[i]!
        if (this.worn.has(address + i)) this.memory[address + i]! &= 0xa5
      }
    }
  }

  erasePage = (address: number): void => {
    const start = address - (address % this.pageBytes)
    this.erased.push(start)
    for (let word = 0; word < this.pageBytes; word += WORD) {
      this.step()
      const at = this.eraseOrder === 'up' ? start + word : start + this.pageBytes - WORD - word
      this.memory.fill(255, at, at + WORD)
    }
  }

  pages(): { address: number; length: number }[] {
    return Array.from({ length: this.memory.length / this.pageBytes }, (_, i) => ({
      address: i * this.pageBytes,
      length: this.pageBytes,
    }))
  }

  private step(): void {
    if (this.wordsUntilCut !== undefined) {
      if (this.wordsUntilCut === 0) throw new PowerCut('power cut')
      this.wordsUntilCut--
    }
    this.words++
  }
}

export const crcOf = (bytes: Uint8Array): number => crc32(bytes)
