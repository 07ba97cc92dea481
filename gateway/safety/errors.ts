import type { ErrorEntry } from '#protocol/coded-error.ts'

/** Codes of gateway/safety: what a CAP alert must have and the schema does not hold. */
export const SAFETY_ERRORS = {
  CAP_SENDER_INVALID: {
    means:
      'The sender or identifier of an alert is empty or has spaces, commas, < or & in it (CAP 1.2, 3.2.1).',
    action: 'Correct networks.safety.sender in the configuration.',
  },
  CAP_SCOPE_INVALID: {
    means: 'Scope Public, Restricted without a restriction, or Private without addresses (CAP 1.2, 3.2.1).',
    action: 'Set networks.safety.restriction or networks.safety.addresses.',
  },
  CAP_AREA_INVALID: {
    means: 'The area has no description, or its circle is not on the globe.',
    action: 'Correct networks.safety.areaDescription and circle.',
  },
  CAP_REFERENCE_MISSING: {
    means: 'An Update does not name the alert that it updates.',
    action: 'Report it: the gateway makes both messages itself.',
  },
} as const satisfies Record<string, ErrorEntry>
