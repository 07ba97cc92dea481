import type { AnyNode } from 'acorn'
import type { Tree } from './tree.ts'

/** One place that the board's interpreter refuses or runs differently. Lines and columns count from 1. */
export interface Finding {
  line: number
  column: number
  rule: string
  message: string
}

/** Notes a finding at the start of `node`. */
export type Report = (node: AnyNode, rule: string, message: string) => void

/** A rule reads the tree and reports; it keeps nothing between two trees. */
export type Rule = (tree: Tree, report: Report) => void
