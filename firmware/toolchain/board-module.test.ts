import { expect, it } from 'vitest'
import { boards } from '#firmware/boards/index.ts'
import { boardModule } from './board-module.ts'

it.each(boards.map((board) => [board.board, board] as const))(
  '%s: the run-time fields as they stand',
  (_, board) => {
    const text = boardModule(board).replace('export const board =', 'return')
    const made = new Function(text)()
    expect(board).toMatchObject(made)
    expect(made.outboxBytes).toBe(board.outboxBytes)
    expect(made).not.toHaveProperty('freePins')
    expect(text).not.toMatch(/"\w+":/)
  },
)
