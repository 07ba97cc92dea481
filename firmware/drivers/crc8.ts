/**
 * CRC-8 with polynomial 0x31 in both bit orders, four bits a step: a byte loop costs the board about a
 * quarter of a millisecond a turn, so eight turns a byte are too many and a table of 256 too big.
 */

/** Table of Sensirion's CRC: polynomial 0x31, most significant bit first. */
const FORWARD = new Uint8Array([
  0x00, 0x31, 0x62, 0x53, 0xc4, 0xf5, 0xa6, 0x97, 0xb9, 0x88, 0xdb, 0xea, 0x7d, 0x4c, 0x1f, 0x2e,
])

/** Table of the 1-Wire CRC: the same polynomial reflected, 0x8C. */
const REFLECTED = new Uint8Array([
  0x00, 0x9d, 0x23, 0xbe, 0x46, 0xdb, 0x65, 0xf8, 0x8c, 0x11, 0xaf, 0x32, 0xca, 0x57, 0xe9, 0x74,
])

/**
 * CRC of a Sensirion word (SHT3x data sheet, 4.12): init 0xFF, no final XOR. BE EF gives 92.
 * @param at first of two bytes
 */
export function sensirionWordCrc(bytes: Uint8Array, at: number): number {
  let crc = 0xff
  for (let i = at; i < at + 2; i++) {
    crc = crc ^ bytes[i]!
    crc = ((crc << 4) & 0xff) ^ FORWARD[crc >> 4]!
    crc = ((crc << 4) & 0xff) ^ FORWARD[crc >> 4]!
  }
  return crc
}

/** CRC over 1-Wire ROM codes and scratchpads (Maxim AN27): init 0. Over data and its CRC it gives 0. */
export function oneWireCrc(bytes: Uint8Array, length: number): number {
  let crc = 0
  for (let i = 0; i < length; i++) {
    crc = crc ^ bytes[i]!
    crc = (crc >> 4) ^ REFLECTED[crc & 15]!
    crc = (crc >> 4) ^ REFLECTED[crc & 15]!
  }
  return crc
}
