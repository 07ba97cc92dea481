/**
 * Sensirion's CRC-8: polynomial 0x31, first value 0xFF, not reflected (SHT3x-DIS datasheet, "Checksum Calculation");
 * BE EF gives 92.
 */
export function crc8Sensirion(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0xff
  for (let i = 0; i < length; i++) {
    crc ^= bytes[i]!
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x31) & 0xff : (crc << 1) & 0xff
  }
  return crc
}

/** Maxim's 1-Wire CRC-8: polynomial 0x31 reflected (0x8C), first value 0 (application note 27). */
export function crc8Maxim(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0
  for (let i = 0; i < length; i++) {
    crc ^= bytes[i]!
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1
  }
  return crc
}

/** CRC-16/GENIBUS (Gen2 tag memory over PC and EPC): polynomial 0x1021, first value 0xFFFF, result inverted. */
export function crc16Genibus(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0xffff
  for (let i = 0; i < length; i++) {
    crc ^= bytes[i]! << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc ^ 0xffff
}
