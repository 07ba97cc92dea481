/** Bytes of an unsigned integer, or of a head with that count, in CBOR (RFC 8949, 3). */
export function uintBytes(value: number): number {
  return value < 24 ? 1 : value < 256 ? 2 : value < 65536 ? 3 : value < 4294967296 ? 5 : 9
}

/** Bytes of a signed integer. */
export function intBytes(value: number): number {
  return uintBytes(value < 0 ? -1 - value : value)
}
