/**
 * SGTIN-96 (GS1 EPC Tag Data Standard 2.x, clause 14.6.1.1 with the partition table 14-2): header 30, filter 3 bits,
 * partition 3, company prefix and item reference 44, serial 38. A world of its own, written from the standard: the
 * gateway's code must not be judged by itself.
 */
const COMPANY_BITS: Readonly<Record<number, number>> = { 12: 40, 11: 37, 10: 34, 9: 30, 8: 27, 7: 24, 6: 20 }

/** EPC in hex, 24 digits. Company prefix and item reference (with its indicator digit) have 13 digits together. */
export function sgtin96Hex(
  companyPrefix: string,
  itemReference: string,
  serial: number,
  filter: number,
): string {
  const companyBits = COMPANY_BITS[companyPrefix.length]
  if (companyBits === undefined) throw new RangeError(`company prefix ${companyPrefix}`)
  const partition = 12 - companyPrefix.length
  let value = 0x30n
  value = (value << 3n) | BigInt(filter)
  value = (value << 3n) | BigInt(partition)
  value = (value << BigInt(companyBits)) | BigInt(companyPrefix)
  value = (value << BigInt(44 - companyBits)) | BigInt(itemReference)
  value = (value << 38n) | BigInt(serial)
  return value.toString(16).padStart(24, '0')
}
