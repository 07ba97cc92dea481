/**
 * Shapes of identifiers in EPCIS: EPC pure-identity URIs (GS1 TDS 2.x, clause 6), GS1 Digital Link URIs
 * (GS1 Digital Link 1.x, clause 4) and what CBV 2.0 clause 8 else lets stand for an instance.
 */

/** Of each scheme with a fixed number of digits: how many company prefix and reference have together. */
const DIGITS: Record<string, { digits: number; rest: RegExp | undefined }> = {
  sgtin: { digits: 13, rest: /^.{1,20}$/ },
  sscc: { digits: 17, rest: undefined },
  sgln: { digits: 12, rest: /^.{1,20}$/ },
  grai: { digits: 12, rest: /^.{1,16}$/ },
  gdti: { digits: 12, rest: /^.{1,17}$/ },
  sgcn: { digits: 12, rest: /^\d{1,12}$/ },
  gsrn: { digits: 17, rest: undefined },
  gsrnp: { digits: 17, rest: undefined },
  itip: { digits: 13, rest: /^\d{2}\.\d{2}\..{1,20}$/ },
  upui: { digits: 13, rest: /^.{1,28}$/ },
  pgln: { digits: 12, rest: undefined },
}
/** Schemes whose reference is free text after the company prefix, or that are none of GS1's. */
const LOOSE: Record<string, RegExp> = {
  giai: /^\d{6,12}\..{1,30}$/,
  cpi: /^\d{6,12}\.[0-9A-Z%#/-]{1,30}\.\d{1,12}$/,
  gid: /^\d{1,9}\.\d{1,8}\.\d{1,11}$/,
  usdod: /^[A-Z0-9]{5,6}\.\d{1,11}$/,
  adi: /^[A-Z0-9]{5,6}\..{0,32}\..{1,30}$/,
  bic: /^[A-Z]{4}\d{7}$/,
  imovn: /^\d{7}$/,
  ginc: /^\d{6,12}\..{1,24}$/,
  gsin: /^\d{6,12}\.\d{4,10}$/,
}

const CHARACTERS = /^(?:[A-Za-z0-9!'()*+,.:;=_-]|%[0-9A-Fa-f]{2})*$/

/** @returns what is wrong with `uri` as the identity of one object (an element of an epcList), or undefined. */
export function wrongInstance(uri: string): string | undefined {
  if (uri.startsWith('urn:epc:id:')) return wrongPureIdentity(uri)
  if (uri.startsWith('urn:epc:raw:'))
    return /^urn:epc:raw:(\d+)\.x([0-9A-F]+)$/.test(uri) && rawLengthFits(uri)
      ? undefined
      : 'is no raw EPC URI whose hexadecimal digits fill its bits'
  if (uri.startsWith('urn:epc:')) return 'is an EPC class, pattern or tag URI, not the identity of one object'
  if (/^https?:\/\//.test(uri)) return wrongDigitalLink(uri)
  return undefined // CBV 8.2.3: other absolute URIs are allowed as private or industry identifiers
}

function rawLengthFits(uri: string): boolean {
  const [, bits, hex] = /^urn:epc:raw:(\d+)\.x([0-9A-F]+)$/.exec(uri)!
  return Number(bits) > 0 && hex!.length === Math.ceil(Number(bits) / 4)
}

function wrongPureIdentity(uri: string): string | undefined {
  const [scheme, ...more] = uri.slice('urn:epc:id:'.length).split(':')
  const body = more.join(':')
  const loose = LOOSE[scheme!]
  if (!CHARACTERS.test(body)) return 'has characters that an EPC URI must escape'
  if (loose !== undefined) return loose.test(body) ? undefined : `is no ${scheme}`
  const fixed = DIGITS[scheme!]
  if (fixed === undefined) return `"${scheme}" is no EPC scheme`
  const [company = '', reference = '', ...rest] = body.split('.')
  if (!/^\d{6,12}$/.test(company) || !/^\d*$/.test(reference))
    return 'needs a company prefix of 6 to 12 digits and a reference of digits'
  if (company.length + reference.length !== fixed.digits)
    return `company prefix and reference have ${company.length + reference.length} digits, not ${fixed.digits}`
  if (fixed.rest === undefined) return rest.length === 0 ? undefined : `has more parts than a ${scheme} has`
  return fixed.rest.test(rest.join('.')) ? undefined : `needs a serial number of a ${scheme}`
}

/** Primary keys of GS1 application identifiers: digits with check digit, and whether a serial is needed for one object. */
const KEYS: Record<string, { digits: number; serial: string | 'inside' | 'none' }> = {
  '00': { digits: 18, serial: 'none' },
  '01': { digits: 14, serial: '21' },
  '253': { digits: 13, serial: 'inside' },
  '255': { digits: 13, serial: 'inside' },
  '414': { digits: 13, serial: 'none' },
  '417': { digits: 13, serial: 'none' },
  '8017': { digits: 18, serial: 'none' },
  '8018': { digits: 18, serial: 'none' },
}

function wrongDigitalLink(uri: string): string | undefined {
  let url: URL
  try {
    url = new URL(uri)
  } catch {
    return 'is no URL'
  }
  const path = url.pathname.split('/').slice(1)
  const at = path.findIndex((part) => part in KEYS)
  if (at < 0) return undefined // 8003, 8004 and private URLs: nothing to count
  const key = KEYS[path[at]!]!
  const value = path[at + 1] ?? ''
  if (!/^\d+$/.test(value.slice(0, key.digits)) || value.length < key.digits) return undefined // not a key after all
  if (url.search !== '' || url.hash !== '')
    return 'is a Digital Link with more than its identity (query or fragment)'
  if (!checkDigitFits(value.slice(0, key.digits)))
    return `has a wrong check digit in ${value.slice(0, key.digits)}`
  if (key.serial === 'inside')
    return value.length > key.digits ? undefined : 'names a class, not one object: no serial'
  if (value.length !== key.digits) return `has ${value.length} digits after /${path[at]}, not ${key.digits}`
  if (key.serial !== 'none' && !path.slice(at + 2).includes(key.serial))
    return 'names a class, not one object: no serial'
  return undefined
}

/** GS1 General Specifications 7.9: weights 3 and 1 from the right. */
export function checkDigitFits(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length - 1; index += 1)
    sum += Number(digits[index]) * ((digits.length - 1 - index) % 2 === 1 ? 3 : 1)
  return (10 - (sum % 10)) % 10 === Number(digits[digits.length - 1])
}

const withCheckDigit = (digits: string): string => {
  for (let digit = 0; digit < 10; digit += 1)
    if (checkDigitFits(`${digits}${digit}`)) return `${digits}${digit}`
  return digits
}

/** One spelling for SGTIN and SSCC, so that the same object written as URN and as Digital Link is seen twice. */
export function sameSpelling(uri: string): string {
  const sgtin = /^urn:epc:id:sgtin:(\d+)\.(\d)(\d*)\.(.+)$/.exec(uri)
  if (sgtin !== null)
    return `gtin ${withCheckDigit(`${sgtin[2]}${sgtin[1]}${sgtin[3]}`)} ${decodeURIComponent(sgtin[4]!)}`
  const sscc = /^urn:epc:id:sscc:(\d+)\.(\d)(\d*)$/.exec(uri)
  if (sscc !== null) return `sscc ${withCheckDigit(`${sscc[2]}${sscc[1]}${sscc[3]}`)}`
  const link = /^https?:\/\/[^?#]*\/01\/(\d{14})\/(?:.*\/)?21\/([^/?#]+)/.exec(uri)
  if (link !== null) return `gtin ${link[1]} ${decodeURIComponent(link[2]!)}`
  const linkSscc = /^https?:\/\/[^?#]*\/00\/(\d{18})$/.exec(uri)
  return linkSscc === null ? uri : `sscc ${linkSscc[1]}`
}
