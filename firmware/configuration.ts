import { Limit } from '#protocol/limits.ts'
import type { NodeConfiguration } from './boards/types.ts'

/** Name of the node's configuration in the board's Storage. */
export const CONFIGURATION_FILE = 'wp.cfg'

/** Why a board does not start; printed or sent as plain text on the link's UART. Stable. */
export const enum StartFault {
  none = '',
  /** No SHA-256 or AES in this build of the interpreter: nothing could be sealed. */
  crypto = 'BOARD_CRYPTO_MISSING',
  /** Another board than the bundle was made for. */
  board = 'BOARD_WRONG',
  configurationMissing = 'NODE_CONFIG_MISSING',
  configuration = 'NODE_CONFIG_INVALID',
  link = 'NODE_LINK_IMPOSSIBLE',
}

function hexDigit(text: string, at: number): number {
  return '0123456789abcdef'.indexOf(text.charAt(at).toLowerCase())
}

/** @returns the bytes of exactly `length` pairs of hex digits, or undefined */
export function bytesOfHex(text: string, length: number): Uint8Array | undefined {
  if (text.length !== length * 2) return undefined
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const high = hexDigit(text, 2 * i)
    const low = hexDigit(text, 2 * i + 1)
    if (high < 0 || low < 0) return undefined
    out[i] = high * 16 + low
  }
  return out
}

/** Topic levels and client ids are made of it: letters, digits, dot, underscore and hyphen. */
export function isNodeId(id: unknown): id is string {
  if (typeof id !== 'string' || id.length < 1 || id.length > Limit.TEXT_BYTES) return false
  for (let i = 0; i < id.length; i++) {
    const c = id.charCodeAt(i)
    const letter = (c > 96 && c < 123) || (c > 64 && c < 91)
    const digit = c > 47 && c < 58
    if (!letter && !digit && c !== 45 && c !== 46 && c !== 95) return false
  }
  return true
}

/**
 * The part of the configuration that a board must be sure of itself: without it there is no session. The
 * rest was judged by the toolchain before it was flashed (boards/validate.ts).
 * @returns undefined when it is not usable
 */
export function checkConfiguration(value: unknown): NodeConfiguration | undefined {
  if (typeof value !== 'object' || !value) return undefined
  const c = value as NodeConfiguration
  if (!isNodeId(c.node) || typeof c.key !== 'string' || !bytesOfHex(c.key, Limit.KEY_BYTES)) return undefined
  if (typeof c.keyEpoch !== 'number' || !c.link) return undefined
  if (c.link.kind !== 'serial' && c.link.kind !== 'mqtt') return undefined
  return c
}
