import { DEMO_ERRORS } from '#demo/errors.ts'
import { TOOLCHAIN_ERRORS } from '#firmware/toolchain/errors.ts'
import { SIM_ERRORS } from '#hardware-sim/errors.ts'
import type { ErrorEntry } from '#protocol/coded-error.ts'
import { PROTOCOL_ERRORS } from '#protocol/errors.ts'
import { CONDITION_ERRORS } from '../condition/errors.ts'
import { GATEWAY_ERRORS } from '../errors.ts'
import { INTERPRET_ERRORS } from '../interpret/errors.ts'
import { NETWORK_ERRORS } from '../networks/errors.ts'
import { SAFETY_ERRORS } from '../safety/errors.ts'

const ENTRIES: Readonly<Record<string, ErrorEntry>> = {
  ...PROTOCOL_ERRORS,
  ...TOOLCHAIN_ERRORS,
  ...GATEWAY_ERRORS,
  ...INTERPRET_ERRORS,
  ...CONDITION_ERRORS,
  ...NETWORK_ERRORS,
  ...SAFETY_ERRORS,
  ...SIM_ERRORS,
  ...DEMO_ERRORS,
}

/** What to do about a code, as docs/ERRORS.md has it; for errors that were thrown without an action of their own. */
export function actionOf(code: string): string | undefined {
  return ENTRIES[code]?.action
}
