import { types } from 'node:util'

/** The longest byte argument that a shim takes; a board has no memory for more. */
export const ARGUMENT_BYTES_MAXIMUM = 65_536

/**
 * Bytes of anything that the interpreter takes as data: string (char codes), typed array, ArrayBuffer, array of
 * such, number, `{data, count}`. Undefined where it takes none.
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value === 'string') {
    const out = new Uint8Array(value.length)
    for (let i = 0; i < value.length; i++) out[i] = value.charCodeAt(i) & 0xff
    return out
  }
  if (typeof value === 'number') return Uint8Array.of(value & 0xff)
  if (ArrayBuffer.isView(value)) {
    if (types.isUint8Array(value)) return value
    return Uint8Array.from(Array.from(value as unknown as ArrayLike<number>), (item) => item & 0xff)
  }
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  if (Array.isArray(value)) return bytesOfAll(value)
  if (typeof value === 'object' && value !== null && 'data' in value) {
    const one = bytesOf(value.data)
    if (one === undefined) return undefined
    const count = 'count' in value && typeof value.count === 'number' ? value.count : 1
    return bytesOfAll(new Array<unknown>(count).fill(one))
  }
  return undefined
}

/** Bytes of several arguments in a row; what is no data is skipped, as the interpreter does. */
export function bytesOfAll(values: readonly unknown[]): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (const value of values) {
    const part = bytesOf(value)
    if (part === undefined) continue
    parts.push(part)
    length += part.length
    if (length > ARGUMENT_BYTES_MAXIMUM) break
  }
  const out = new Uint8Array(Math.min(length, ARGUMENT_BYTES_MAXIMUM))
  let at = 0
  for (const part of parts) {
    out.set(part.subarray(0, out.length - at), at)
    at += part.length
    if (at >= out.length) break
  }
  return out
}

/** The interpreter's strings of bytes: one character a byte. */
export function binaryString(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i]!)
  return out
}
