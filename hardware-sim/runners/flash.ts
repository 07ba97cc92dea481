import type { FlashRegion } from '../boards/types.ts'
import { bytesOf } from './bytes.ts'
import { BoardException, type Realm, type RealmObject } from './realm.ts'

interface Page {
  address: number
  length: number
}

/**
 * NOR flash: a write only clears bits, erasing a page sets it to FF. Lives outside the realm, so it survives the
 * node's reboots and power cuts. Only the regions that the board gives to a program are there; elsewhere lies the
 * interpreter itself, and a write to it is refused loudly rather than simulated.
 */
export class FlashMemory {
  private readonly pages = new Map<number, Uint8Array>()
  private readonly regions: readonly FlashRegion[]
  /** Called before each write or erase; a scenario's power cut throws from here. */
  beforeChange: (() => void) | null = null

  constructor(regions: readonly FlashRegion[]) {
    this.regions = regions
  }

  /** The page that holds an address, undefined outside the regions. */
  pageOf(address: number): Page | undefined {
    for (const region of this.regions) {
      const end = region.address + region.pageBytes * region.pages
      if (address < region.address || address >= end) continue
      const index = Math.floor((address - region.address) / region.pageBytes)
      return { address: region.address + index * region.pageBytes, length: region.pageBytes }
    }
    return undefined
  }

  /** `length` bytes; what lies outside the regions reads as zero. */
  read(length: number, address: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i++) {
      const page = this.pageOf(address + i)
      if (page !== undefined) out[i] = this.pages.get(page.address)?.[address + i - page.address] ?? 0xff
    }
    return out
  }

  /** Clears the bits that are zero in `data`. */
  write(data: Uint8Array, address: number): void {
    this.beforeChange?.()
    for (let i = 0; i < data.length; i++) {
      const page = this.writable(address + i)
      let bytes = this.pages.get(page.address)
      if (bytes === undefined) {
        bytes = new Uint8Array(page.length).fill(0xff)
        this.pages.set(page.address, bytes)
      }
      bytes[address + i - page.address]! &= data[i]!
    }
  }

  /** Sets the whole page of an address to FF. */
  erasePage(address: number): void {
    this.beforeChange?.()
    this.pages.delete(this.writable(address).address)
  }

  /** A list of the free areas, as `getFree` gives it. */
  free(): { addr: number; length: number }[] {
    return this.regions.map((region) => ({ addr: region.address, length: region.pageBytes * region.pages }))
  }

  private writable(address: number): Page {
    const page = this.pageOf(address)
    if (page === undefined)
      throw new BoardException(`Flash 0x${address.toString(16)} is not a program's area`)
    return page
  }
}

/** The interpreter's `Flash` module over a FlashMemory. */
export function makeFlash(realm: Realm, memory: FlashMemory): RealmObject {
  return realm.object({
    read: (length: unknown, address: unknown) =>
      Number(length) > 0 ? memory.read(Number(length), Number(address)) : undefined,
    write: (data: unknown, address: unknown) => {
      const bytes = bytesOf(data)
      if (bytes === undefined) throw new BoardException('Data is not defined')
      memory.write(bytes, Number(address))
    },
    erasePage: (address: unknown) => memory.erasePage(Number(address)),
    getPage: (address: unknown) => {
      const page = memory.pageOf(Number(address))
      return page === undefined ? undefined : { addr: page.address, length: page.length }
    },
    getFree: () => memory.free(),
  })
}
