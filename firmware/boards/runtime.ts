import type { BoardName, LinkKind, SerialName } from './types.ts'

/*
 * The part of a board's table that its bundle carries. Each field costs variables on the board for good, so
 * what only the host asks for stands in types.ts, and the build (toolchain/board-module.ts) leaves it out.
 */

export interface UartDescription {
  device: SerialName
  tx: string
  rx: string
}

/** A piece of the chip's own flash, in whole erase units. */
export interface FlashArea {
  address: number
  pageBytes: number
  pages: number
}

/** One allowed way to wire a board: this link, and these UARTs left for readers. */
export interface Wiring {
  link: LinkKind
  readers: SerialName[]
}

export interface RuntimeBoard {
  board: BoardName
  /** Suite (protocol/numbers.ts). */
  suite: number
  /** The release loses what follows 64 bytes of a burst: short frames down, single polls only. */
  uartBurst64: boolean
  /** Every UART of the board that may be used, with the pins that firmware names in setup(). */
  uarts: UartDescription[]
  /** The board's default console: the serial link lives here so that a wiped board can be provisioned over it. */
  linkUart: SerialName
  wirings: Wiring[]
  i2c: { device: 'I2C1'; scl: string; sda: string; bitrate: number }
  /** RAM for unsent records, in bytes; a quarter of it comes on top for what the outbox knows about them. */
  outboxBytes: number
  /** Two or more pages alternate; a single page is never erased, and full means declared weak. */
  bootCounter: FlashArea
}
