import { simError } from '../sim-error.ts'

/** Bytes as lower-case hex without separators. */
export function toHex(bytes: Uint8Array | readonly number[]): string {
  let out = ''
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0')
  return out
}

/** Hex of either case, spaces allowed, to bytes; SIM_BUS_INVALID for anything else. */
export function fromHex(text: string): Uint8Array {
  const compact = text.replaceAll(' ', '')
  if (compact.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(compact)) {
    throw simError('SIM_BUS_INVALID', `not hex: ${text.slice(0, 40)}`)
  }
  const out = new Uint8Array(compact.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(compact.slice(2 * i, 2 * i + 2), 16)
  return out
}
