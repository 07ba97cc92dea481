import type { ErrorEntry } from './coded-error.ts'

/** Codes of the wire: why a frame or message was refused. Generated into docs/ERRORS.md. */
export const PROTOCOL_ERRORS = {
  FRAME_TOO_SHORT: {
    means: 'A frame ends before its header, tag or authenticator is complete.',
    action: 'Look for a cut line or a broker that truncates; the node sends the record again.',
  },
  FRAME_TOO_LONG: {
    means: 'A frame is longer than the protocol allows (512 bytes up, 256 down).',
    action: 'Update the firmware of the sender; nothing of the frame was used.',
  },
  FRAME_VERSION: {
    means: 'The major version in the first byte of a frame is not spoken here.',
    action: 'Update the older side; a who with reason badVersion was sent.',
  },
  FRAME_KIND: {
    means: 'The first byte names a kind of frame that does not travel in this direction.',
    action: 'Check what is connected to the line; it is not a Waypost node.',
  },
  FRAME_LENGTH: {
    means: 'The length in a sealed header differs from the bytes that came.',
    action: 'Look for a transport that cuts or joins frames.',
  },
  SEAL_INVALID: {
    means: 'A frame did not open under the session key: forged, damaged, or sealed with another key.',
    action: 'If it repeats for one node, check its key in the key file; five a minute are a security event.',
  },
  SUITE_UNKNOWN: {
    means: 'A frame or hello names a cipher suite that is not the one fixed at enrolment.',
    action: 'Enrol the node with the suite its board has.',
  },
  MESSAGE_MALFORMED: {
    means: 'The bytes are not one CBOR item made of integers, byte strings, text and arrays within bounds.',
    action: 'Update the firmware of the node; the frame is in quarantine.',
  },
  MESSAGE_UNKNOWN: {
    means: 'A message number that this version does not know.',
    action: 'Update this side if the other is newer; the rest of the traffic goes on.',
  },
  MESSAGE_TRAILING_BYTES: {
    means: 'Bytes follow the message in its frame.',
    action: 'Update the firmware of the node; the frame is in quarantine.',
  },
  FIELD_MISSING: {
    means: 'A message or record ends before a required field.',
    action: 'Update the firmware of the node; the frame is in quarantine.',
  },
  FIELD_TYPE: {
    means: 'A field has another CBOR type than the table declares.',
    action: 'Update the firmware of the node; the frame is in quarantine.',
  },
  FIELD_OUT_OF_RANGE: {
    means: 'A value lies outside the range that the table declares for its field.',
    action: 'Check the sensor or reader behind the field; the frame is in quarantine.',
  },
  LIST_TOO_LONG: {
    means: 'A list has more items than the protocol allows.',
    action: 'Update the firmware of the node; the frame is in quarantine.',
  },
  ENCODE_TOO_LONG: {
    means: 'A message for a node does not fit the largest frame it can take.',
    action: 'Report this: acknowledgements shrink to fit, so it should not happen.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS
