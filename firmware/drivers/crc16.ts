/** Four bits a step: see crc8.ts. */
const TABLE = new Uint16Array([
  0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c,
  0xd1ad, 0xe1ce, 0xf1ef,
])

/**
 * CRC-16 of a Gen2 tag's PC and EPC (EPC UHF Gen2 annex F; CRC-16/GENIBUS: polynomial 1021, init FFFF,
 * inverted at the end), over binary text.
 * @param at first character; `length` of them
 */
export function genibusCrc(text: string, at: number, length: number): number {
  let crc = 0xffff
  for (let i = at; i < at + length; i++) {
    const byte = text.charCodeAt(i)
    crc = ((crc << 4) & 0xffff) ^ TABLE[(crc >> 12) ^ (byte >> 4)]!
    crc = ((crc << 4) & 0xffff) ^ TABLE[(crc >> 12) ^ (byte & 15)]!
  }
  return crc ^ 0xffff
}
