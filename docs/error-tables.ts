import { DEMO_ERRORS } from '#demo/errors.ts'
import { BOARD_ERRORS } from '#firmware/boards/errors.ts'
import { TOOLCHAIN_ERRORS } from '#firmware/toolchain/errors.ts'
import { CONDITION_ERRORS } from '#gateway/condition/errors.ts'
import { GATEWAY_ERRORS } from '#gateway/errors.ts'
import { INTERPRET_ERRORS } from '#gateway/interpret/errors.ts'
import { NETWORK_ERRORS } from '#gateway/networks/errors.ts'
import { SAFETY_ERRORS } from '#gateway/safety/errors.ts'
import { SIM_ERRORS } from '#hardware-sim/errors.ts'
import type { ErrorEntry } from '#protocol/coded-error.ts'
import { PROTOCOL_ERRORS } from '#protocol/errors.ts'

export interface ErrorTable {
  /** The file that declares it; a test checks that no `errors.ts` is missing here. */
  file: string
  title: string
  codes: Readonly<Record<string, ErrorEntry>>
}

/** Every table of codes, in the order of the way of a reading. */
export const ERROR_TABLES: readonly ErrorTable[] = [
  { file: 'protocol/errors.ts', title: 'Protocol', codes: PROTOCOL_ERRORS },
  { file: 'firmware/boards/errors.ts', title: 'Boards and node configurations', codes: BOARD_ERRORS },
  { file: 'firmware/toolchain/errors.ts', title: 'Firmware toolchain', codes: TOOLCHAIN_ERRORS },
  { file: 'gateway/errors.ts', title: 'Gateway', codes: GATEWAY_ERRORS },
  { file: 'gateway/interpret/errors.ts', title: 'Gateway: interpretation', codes: INTERPRET_ERRORS },
  { file: 'gateway/condition/errors.ts', title: 'Gateway: condition', codes: CONDITION_ERRORS },
  { file: 'gateway/networks/errors.ts', title: 'Gateway: networks', codes: NETWORK_ERRORS },
  { file: 'gateway/safety/errors.ts', title: 'Gateway: alerts', codes: SAFETY_ERRORS },
  { file: 'hardware-sim/errors.ts', title: 'Hardware simulator', codes: SIM_ERRORS },
  { file: 'demo/errors.ts', title: 'Demo and stand-ins', codes: DEMO_ERRORS },
]

const oneLine = (text: string): string => text.replaceAll('\n', ' ')

/** docs/ERRORS.md as it must be. */
export function errorsMarkdown(): string {
  const parts = [
    '# Error codes',
    '',
    'Generated from the tables in the sources by `npm run docs:errors`; do not edit.',
    '',
    'An error is said as `waypost: CODE: what was wrong, where, what to do`. Codes are stable: none is renamed or used anew.',
  ]
  for (const table of ERROR_TABLES) {
    parts.push('', `## ${table.title}`, '', `From \`${table.file}\`.`, '')
    for (const code of Object.keys(table.codes).sort()) {
      const { means, action } = table.codes[code]!
      parts.push(`- \`${code}\`: ${oneLine(means)} **Do:** ${oneLine(action)}`)
    }
  }
  return `${parts.join('\n')}\n`
}
