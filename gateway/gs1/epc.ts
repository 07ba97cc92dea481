import { checkDigit } from './check-digit.ts'
import { DIGITAL_LINK_DOMAIN } from './digital-link.ts'

/** Why an EPC is not what a GS1 scheme would make of it; stable words for findings. */
export type EpcNote =
  | 'EPC_HEADER_UNKNOWN'
  | 'EPC_LENGTH'
  | 'EPC_PARTITION'
  | 'EPC_FIELD_RANGE'
  | 'EPC_RESERVED_BITS'
  | 'UID_NOT_AN_EPC'
export type EpcRefusal = 'EPC_EMPTY' | 'EPC_TRUNCATED' | 'EPC_PHANTOM' | 'EPC_NOT_GS1'

export interface DecodedEpc {
  ok: true
  scheme: 'sgtin-96' | 'sscc-96' | 'raw' | 'uid'
  /** Pure identity URI (TDS 2.x, 6), or `urn:epc:raw:…` (TDS 2.x, 12) where no scheme fits. */
  uri: string
  /** Canonical GS1 Digital Link, where a scheme fits. */
  digitalLink?: string
  /** Filter value of the tag, where a scheme fits. */
  filter?: number
  /** Why it stayed raw. */
  note?: EpcNote
}

export interface RefusedEpc {
  ok: false
  code: EpcRefusal
  reason: string
}

/** [company prefix bits, digits] by partition value; the rest of the 44 (58) bits is the reference. */
const COMPANY_PREFIX: readonly (readonly [number, number])[] = [
  [40, 12],
  [37, 11],
  [34, 10],
  [30, 9],
  [27, 8],
  [24, 7],
  [20, 6],
]
const SGTIN_BITS = 44
const SGTIN_DIGITS = 13
const SSCC_BITS = 58
const SSCC_DIGITS = 17
const BYTES_OF_96_BITS = 12
/** Bit 17h of the PC word: the tag carries an AFI, so what follows is no GS1 EPC (Gen2 6.3.2.1.2.2). */
const PC_TOGGLE = 0x0100

function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text.toUpperCase()
}

function raw(bytes: Uint8Array, note: EpcNote): DecodedEpc {
  return { ok: true, scheme: 'raw', uri: `urn:epc:raw:${bytes.length * 8}.x${hexOf(bytes)}`, note }
}

interface SplitKey {
  prefix: string
  reference: string
}

/**
 * Company prefix and reference by the partition table (TDS 2.x, 14.3). A number that needs more digits than
 * its field has is no EPC.
 */
function splitKey(
  value: bigint,
  keyBits: number,
  keyDigits: number,
  partition: number,
): SplitKey | 'EPC_PARTITION' | 'EPC_FIELD_RANGE' {
  const row = COMPANY_PREFIX[partition]
  if (row === undefined) return 'EPC_PARTITION'
  const [prefixBits, prefixDigits] = row
  const referenceBits = BigInt(keyBits - prefixBits)
  const referenceDigits = keyDigits - prefixDigits
  const prefix = (value >> referenceBits).toString()
  const reference = (value & ((1n << referenceBits) - 1n)).toString()
  if (prefix.length > prefixDigits || reference.length > referenceDigits) return 'EPC_FIELD_RANGE'
  return { prefix: prefix.padStart(prefixDigits, '0'), reference: reference.padStart(referenceDigits, '0') }
}

function decode96(bytes: Uint8Array): DecodedEpc {
  const value = BigInt(`0x${hexOf(bytes)}`)
  const filter = Number((value >> 85n) & 7n)
  const partition = Number((value >> 82n) & 7n)
  if (bytes[0] === 0x30) {
    const key = splitKey((value >> 38n) & ((1n << 44n) - 1n), SGTIN_BITS, SGTIN_DIGITS, partition)
    if (typeof key === 'string') return raw(bytes, key)
    const serial = (value & ((1n << 38n) - 1n)).toString()
    // The indicator digit stands first in the reference of the URI but first of all in the GTIN.
    const gtin = `${key.reference.slice(0, 1)}${key.prefix}${key.reference.slice(1)}`
    return {
      ok: true,
      scheme: 'sgtin-96',
      uri: `urn:epc:id:sgtin:${key.prefix}.${key.reference}.${serial}`,
      digitalLink: `${DIGITAL_LINK_DOMAIN}/01/${gtin}${checkDigit(gtin)}/21/${serial}`,
      filter,
    }
  }
  const key = splitKey((value >> 24n) & ((1n << 58n) - 1n), SSCC_BITS, SSCC_DIGITS, partition)
  if (typeof key === 'string') return raw(bytes, key)
  if ((value & 0xffffffn) !== 0n) return raw(bytes, 'EPC_RESERVED_BITS')
  const sscc = `${key.reference.slice(0, 1)}${key.prefix}${key.reference.slice(1)}`
  return {
    ok: true,
    scheme: 'sscc-96',
    uri: `urn:epc:id:sscc:${key.prefix}.${key.reference}`,
    digitalLink: `${DIGITAL_LINK_DOMAIN}/00/${sscc}${checkDigit(sscc)}`,
    filter,
  }
}

/**
 * EPC memory → EPC URI, exactly or not at all. SGTIN-96 and SSCC-96 are decoded; what another scheme made is
 * kept as `urn:epc:raw:` with a note.
 * @param bytes what the reader gave of the EPC bank, whole bytes
 * @param protocolControl the tag's PC word; 0 when the reader does not tell it
 * @returns a refusal for what must never become an event: nothing, all zero, shorter or longer than the
 *   PC says, or content of another standard (AFI)
 */
export function decodeEpc(bytes: Uint8Array, protocolControl: number): DecodedEpc | RefusedEpc {
  if (bytes.length === 0) return { ok: false, code: 'EPC_EMPTY', reason: 'no EPC bytes' }
  if (bytes.every((byte) => byte === 0)) {
    return { ok: false, code: 'EPC_PHANTOM', reason: `all ${bytes.length} bytes are zero` }
  }
  if (protocolControl !== 0) {
    const declaredBytes = (protocolControl >> 11) * 2
    if (declaredBytes !== bytes.length) {
      const reason = `the PC word says ${declaredBytes} bytes, ${bytes.length} were read`
      return { ok: false, code: 'EPC_TRUNCATED', reason }
    }
    if ((protocolControl & PC_TOGGLE) !== 0) {
      const afi = (protocolControl & 0xff).toString(16).padStart(2, '0').toUpperCase()
      return { ok: false, code: 'EPC_NOT_GS1', reason: `the tag has AFI ${afi}: what follows is no EPC` }
    }
  }
  if (bytes[0] !== 0x30 && bytes[0] !== 0x31) return raw(bytes, 'EPC_HEADER_UNKNOWN')
  if (bytes.length !== BYTES_OF_96_BITS) return raw(bytes, 'EPC_LENGTH')
  return decode96(bytes)
}

/** A UID (ISO 14443, 15693 …) names a chip, not an object: a URI of our own namespace, with a note. */
export function decodeUid(bytes: Uint8Array): DecodedEpc | RefusedEpc {
  if (bytes.length === 0) return { ok: false, code: 'EPC_EMPTY', reason: 'no UID bytes' }
  if (bytes.every((byte) => byte === 0)) {
    return { ok: false, code: 'EPC_PHANTOM', reason: `all ${bytes.length} bytes are zero` }
  }
  const uri = `https://waypost.example/uid/${hexOf(bytes)}`
  return { ok: true, scheme: 'uid', uri, note: 'UID_NOT_AN_EPC' }
}
