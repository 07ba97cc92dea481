import type { UartError } from './types.ts'

const DATA_BITS = 8

/**
 * What an 8N1 receiver at `receiverBaud` makes of one byte sent at `senderBaud`: it takes the middle of each of its
 * own bits, counted from the falling edge of the start bit, out of the sender's wave (start 0, eight data bits from
 * the lowest, stop 1, then idle 1). A stop bit that reads 0 is a framing error. Equal rates give the byte itself;
 * within about 5 % they do so too, as with real parts.
 */
export function receivedByte(
  byte: number,
  senderBaud: number,
  receiverBaud: number,
): { byte: number; error: UartError } {
  if (senderBaud === receiverBaud) return { byte, error: 'none' }
  const ratio = senderBaud / receiverBaud
  let seen = 0
  for (let bit = 0; bit < DATA_BITS; bit++) {
    if (waveLevel(byte, Math.floor((bit + 1.5) * ratio)) === 1) seen |= 1 << bit
  }
  const stop = waveLevel(byte, Math.floor((DATA_BITS + 1.5) * ratio))
  return { byte: seen, error: stop === 0 ? 'framing' : 'none' }
}

/** Level of the sender's bit number `index`: 0 = start, 1..8 = data, then high. */
function waveLevel(byte: number, index: number): number {
  if (index <= 0) return 0
  if (index > DATA_BITS) return 1
  return (byte >> (index - 1)) & 1
}
