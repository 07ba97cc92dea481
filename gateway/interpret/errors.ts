import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of gateway/interpret and gateway/epcis. */
export const INTERPRET_ERRORS = {
  INTERPRET_CONFIG: {
    means: 'A sensor of a checkpoint names a rule profile that does not exist.',
    action: 'Use one of the profiles that the message lists, or add it to the file of profiles.',
  },
  EVENT_UNSOUND: {
    means: 'An event that the gateway made breaks a rule of its own model (units, order of values or times).',
    action: 'Report it with the record; the record stays in quarantine and nothing of it was sent.',
  },
  RECORD_IN_FUTURE: {
    means: 'A record tells of an instant more than five minutes after it came: the clock of the node jumped.',
    action: 'Restart the node; if it repeats, replace it. The record is in quarantine, the others go on.',
  },
} as const satisfies Record<string, ErrorEntry>
