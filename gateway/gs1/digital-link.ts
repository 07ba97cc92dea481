import { hasRightCheckDigit } from './check-digit.ts'

/** The canonical domain of GS1 Digital Link URIs. */
export const DIGITAL_LINK_DOMAIN = 'https://id.gs1.org'

/**
 * Characters of GS1 AI encodable character set 82 that stand unescaped in a URI path segment; the others are
 * percent-encoded (GS1 Digital Link URI Syntax, 4.9).
 */
export function encodeSegment(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Whether a URI is the canonical Digital Link of one document (AI 253, GDTI): 13 digits with a right check
 * digit and an optional serial of up to 17 characters, no query, no other domain.
 */
export function isCanonicalGdtiLink(uri: string): boolean {
  const match = /^https:\/\/id\.gs1\.org\/253\/(\d{13})([A-Za-z0-9._-]{0,17})$/.exec(uri)
  return match !== null && hasRightCheckDigit(match[1] as string)
}
