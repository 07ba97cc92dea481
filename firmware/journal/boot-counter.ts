/** The calls of the board's flash library that the counter needs (`require('Flash')`). */
export interface CounterFlash {
  read: (length: number, address: number) => Uint8Array
  write: (bytes: Uint8Array, address: number) => void
  erasePage: (address: number) => void
}

/** One erase unit that belongs to the boot counter alone. */
export interface CounterPage {
  address: number
  /** Bytes; a multiple of 8. */
  length: number
}

export interface BootCount {
  /** From 1; when `kept` is false it may repeat an earlier boot's. */
  counter: number
  /** False: the board could not keep it, hello says so and ErrorFlag.bootCounterWeak is set. */
  kept: boolean
  /** No valid slot was found: a new board or a wiped area. */
  fresh: boolean
}

/** A slot: counter (u32, big endian), then its complement. A blank slot is all ones. */
const SLOT_BYTES = 8
/** Read in pieces of this many bytes, so that a 16 KiB page is scanned without 2,048 loop turns. */
const CHUNK_BYTES = 256
/** Slots tried when a write does not read back (worn cells); then the board counts as weak. */
const WRITE_TRIES = 4
const COUNTER_MAXIMUM = 4294967294

interface PageState {
  /** Highest valid counter in the page, 0 for none. */
  counter: number
  /** Offset just after the last slot that is not blank. */
  end: number
}

function isBlank(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 255) return false
  }
  return true
}

function u32At(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] as number) * 256 + (bytes[at + 1] as number)
  return high * 65536 + (bytes[at + 2] as number) * 256 + (bytes[at + 3] as number)
}

/** @returns the slot's counter, or 0 when it is blank, torn or damaged */
function slotCounter(bytes: Uint8Array, at: number): number {
  const counter = u32At(bytes, at)
  return counter + u32At(bytes, at + 4) === 4294967295 && counter <= COUNTER_MAXIMUM ? counter : 0
}

function slotOf(counter: number): Uint8Array {
  const slot = new Uint8Array(SLOT_BYTES)
  const high = Math.floor(counter / 65536)
  const low = counter - high * 65536
  slot[0] = high >> 8
  slot[1] = high & 255
  slot[2] = low >> 8
  slot[3] = low & 255
  for (let i = 0; i < 4; i++) slot[4 + i] = 255 - (slot[i] as number)
  return slot
}

function scanPage(flash: CounterFlash, page: CounterPage, crc32: (bytes: Uint8Array) => number): PageState {
  const state: PageState = { counter: 0, end: 0 }
  const blank = new Uint8Array(CHUNK_BYTES)
  blank.fill(255)
  const blankCrc = crc32(blank)
  // From the end: the last slot that is not blank bounds the page, the highest valid one counts. A cut
  // erase may have left blank slots before used ones, so the whole page is looked at.
  let at = page.length
  while (at > 0) {
    const length = Math.min(at, CHUNK_BYTES)
    at -= length
    const chunk = flash.read(length, page.address + at)
    // Native CRC first: nearly all of a page is blank. A chunk with that CRC that is not blank can only
    // come from damage, and the slot is looked at before it is written.
    if (length < CHUNK_BYTES || crc32(chunk) !== blankCrc) {
      for (let slot = length - SLOT_BYTES; slot >= 0; slot -= SLOT_BYTES) {
        const counter = slotCounter(chunk, slot)
        if (counter > state.counter) state.counter = counter
        if (state.end === 0 && !isBlank(chunk.subarray(slot, slot + SLOT_BYTES))) {
          state.end = at + slot + SLOT_BYTES
        }
      }
    }
  }
  return state
}

/** Writes one slot and reads it back. @returns false when what stands there is not what was written */
function writeSlot(flash: CounterFlash, address: number, counter: number): boolean {
  if (!isBlank(flash.read(SLOT_BYTES, address))) return false
  flash.write(slotOf(counter), address)
  return slotCounter(flash.read(SLOT_BYTES, address), 0) === counter
}

/** Appends to a page from offset `end`. @returns whether the counter stands in flash */
function append(flash: CounterFlash, page: CounterPage, end: number, counter: number): boolean {
  for (let i = 0; i < WRITE_TRIES; i++) {
    const at = end + i * SLOT_BYTES
    if (at + SLOT_BYTES > page.length) return false
    if (writeSlot(flash, page.address + at, counter)) return true
  }
  return false
}

/**
 * Counts this boot: finds the highest valid slot, writes the next number after the last used slot, reads it
 * back and only then returns it. Called once, before anything is sealed. When the page is full, the next
 * page is erased and used; the page that holds the highest number is never erased, so a cut at any word
 * leaves it. With one page that is full the counter stays and the board counts as weak.
 *
 * @param pages at least two for a counter that never ends; empty on a board that has no room for one
 * @param crc32 native CRC-32, only to skip blank flash quickly
 */
export function countBoot(
  flash: CounterFlash,
  pages: CounterPage[],
  crc32: (bytes: Uint8Array) => number,
): BootCount {
  let highest = 0
  let current = 0
  let end = 0
  for (let i = 0; i < pages.length; i++) {
    const page = pages[i] as CounterPage
    const state = scanPage(flash, page, crc32)
    if (i === 0 || state.counter > highest) {
      highest = state.counter
      current = i
      end = state.end
    }
  }
  const result: BootCount = { counter: highest + 1, kept: false, fresh: highest === 0 }
  if (pages.length === 0 || highest >= COUNTER_MAXIMUM) return result
  const page = pages[current] as CounterPage
  if (append(flash, page, end, result.counter)) {
    result.kept = true
  } else if (pages.length > 1 || highest === 0) {
    // A page without any valid number may be erased even when it is the only one: it holds nothing.
    const next = highest === 0 ? page : (pages[(current + 1) % pages.length] as CounterPage)
    flash.erasePage(next.address)
    result.kept = append(flash, next, 0, result.counter)
  }
  return result
}
