/**
 * The structure of a CAP 1.2 alert as the standard (OASIS CAP-v1.2, section 3.2 and figure 1) lays it
 * down, as data: order, how often, and which values. Written from the text of the standard.
 */
export type ValueKind =
  | 'text'
  | 'words' // must not be empty
  | 'token' // no white space, comma, < or &
  | 'time'
  | 'language'
  | 'uri'
  | 'integer'
  | 'decimal'
  | 'polygon'
  | 'circle'
  | 'references'
  | { readonly oneOf: readonly string[] }
  | { readonly parts: readonly Part[] }

export interface Part {
  readonly name: string
  readonly least: 0 | 1
  readonly most: 1 | typeof MANY
  readonly value: ValueKind
}

/** "Unbounded" in the standard; bounded here by the limit on elements of the whole document. */
export const MANY = 10_000

export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'
export const SIGNATURE_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'

const one = (name: string, value: ValueKind): Part => ({ name, least: 1, most: 1, value })
const maybe = (name: string, value: ValueKind): Part => ({ name, least: 0, most: 1, value })
const any = (name: string, value: ValueKind): Part => ({ name, least: 0, most: MANY, value })
const some = (name: string, value: ValueKind): Part => ({ name, least: 1, most: MANY, value })

const NAME_AND_VALUE: ValueKind = { parts: [one('valueName', 'words'), one('value', 'text')] }

const RESOURCE: ValueKind = {
  parts: [
    one('resourceDesc', 'text'),
    one('mimeType', 'words'),
    maybe('size', 'integer'),
    maybe('uri', 'uri'),
    maybe('derefUri', 'text'),
    maybe('digest', 'text'),
  ],
}

const AREA: ValueKind = {
  parts: [
    one('areaDesc', 'words'),
    any('polygon', 'polygon'),
    any('circle', 'circle'),
    any('geocode', NAME_AND_VALUE),
    maybe('altitude', 'decimal'),
    maybe('ceiling', 'decimal'),
  ],
}

const CATEGORIES = [
  'Geo',
  'Met',
  'Safety',
  'Security',
  'Rescue',
  'Fire',
  'Health',
  'Env',
  'Transport',
  'Infra',
  'CBRNE',
  'Other',
]
const RESPONSES = [
  'Shelter',
  'Evacuate',
  'Prepare',
  'Execute',
  'Avoid',
  'Monitor',
  'Assess',
  'AllClear',
  'None',
]

const INFO: ValueKind = {
  parts: [
    maybe('language', 'language'),
    some('category', { oneOf: CATEGORIES }),
    one('event', 'words'),
    any('responseType', { oneOf: RESPONSES }),
    one('urgency', { oneOf: ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] }),
    one('severity', { oneOf: ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] }),
    one('certainty', { oneOf: ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] }),
    maybe('audience', 'text'),
    any('eventCode', NAME_AND_VALUE),
    maybe('effective', 'time'),
    maybe('onset', 'time'),
    maybe('expires', 'time'),
    maybe('senderName', 'text'),
    maybe('headline', 'text'),
    maybe('description', 'text'),
    maybe('instruction', 'text'),
    maybe('web', 'uri'),
    maybe('contact', 'text'),
    any('parameter', NAME_AND_VALUE),
    any('resource', RESOURCE),
    any('area', AREA),
  ],
}

export const ALERT_PARTS: readonly Part[] = [
  one('identifier', 'token'),
  one('sender', 'token'),
  one('sent', 'time'),
  one('status', { oneOf: ['Actual', 'Exercise', 'System', 'Test', 'Draft'] }),
  one('msgType', { oneOf: ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] }),
  maybe('source', 'text'),
  one('scope', { oneOf: ['Public', 'Restricted', 'Private'] }),
  maybe('restriction', 'text'),
  maybe('addresses', 'text'),
  any('code', 'text'),
  maybe('note', 'text'),
  maybe('references', 'references'),
  maybe('incidents', 'text'),
  any('info', INFO),
]
