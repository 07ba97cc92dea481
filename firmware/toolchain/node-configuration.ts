import { readFile } from 'node:fs/promises'
import { BOARD_ERRORS } from '#firmware/boards/errors.ts'
import type { Board, NodeConfiguration } from '#firmware/boards/types.ts'
import { validateConfiguration } from '#firmware/boards/validate.ts'
import { checkConfiguration } from '#firmware/configuration.ts'
import { CodedError } from '#protocol/coded-error.ts'

/** More findings than these are only counted. */
const FINDINGS_NAMED = 8

/**
 * Judges what is to be flashed as a node's wp.cfg: what the board itself will insist on, and that its pins,
 * UARTs and links can do it. An impossible combination must never reach a wall or a truck.
 * @param where file or scenario path, for the error
 * @throws CodedError NODE_CONFIG_INVALID or the code of the first finding (BOARD_…), all of them in the text
 */
export function judgeNodeConfiguration(board: Board, value: unknown, where: string): NodeConfiguration {
  const configuration = checkConfiguration(value)
  if (configuration === undefined) {
    throw new CodedError(
      'NODE_CONFIG_INVALID',
      'node, key (32 hex digits), keyEpoch or link is missing or wrong',
      {
        where,
        action: BOARD_ERRORS.NODE_CONFIG_INVALID.action,
      },
    )
  }
  const findings = validateConfiguration(board, configuration)
  const first = findings[0]
  if (first !== undefined) {
    const named = findings.slice(0, FINDINGS_NAMED).map((one) => `${one.where}: ${one.what}`)
    const more = findings.length > FINDINGS_NAMED ? ` and ${findings.length - FINDINGS_NAMED} more` : ''
    throw new CodedError(first.code, `${named.join(', ')}${more}`, {
      where: `${where} for ${board.board}`,
      action: BOARD_ERRORS[first.code].action,
    })
  }
  return configuration
}

/**
 * Reads and judges a node's configuration (JSON).
 * @throws CodedError FILE_UNREADABLE, NODE_CONFIG_INVALID, BOARD_…
 */
export async function readNodeConfiguration(board: Board, file: string): Promise<NodeConfiguration> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new CodedError('FILE_UNREADABLE', 'the node configuration cannot be read', {
      where: file,
      action: 'name a readable JSON file',
      cause,
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CodedError('NODE_CONFIG_INVALID', `not JSON (${(cause as Error).message})`, {
      where: file,
      action: BOARD_ERRORS.NODE_CONFIG_INVALID.action,
    })
  }
  return judgeNodeConfiguration(board, value, file)
}
