import type { AnyNode } from 'acorn'
import type { Rule } from '../finding.ts'
import type { Tree } from '../tree.ts'
import { isGlobal, kindOf } from '../value-kinds.ts'

/** Functions of Math whose last digits differ from V8's. */
const INEXACT = new Set(['exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2'])
/** Above this the board's number-to-text and text-to-number go wrong. */
const WHOLE_MAXIMUM = 2 ** 53
/** Binary digits after the point that survive the board's reading of a decimal literal. */
const EXACT_FRACTION = 2 ** 10

/** Numbers: integers agree, nearly everything else differs in its last digits or is worse. */
export const numbers: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    if (node.type === 'Literal' && typeof node.value === 'number') {
      const value = node.value
      if (value % 1 !== 0 && !Number.isInteger(value * EXACT_FRACTION))
        report(node, 'float-literal', 'the last digits of this number differ on the board; use integers')
      else if (value > WHOLE_MAXIMUM)
        report(node, 'large-number', 'numbers above 2^53 are read and printed wrongly')
    } else if (node.type === 'UnaryExpression' && node.operator === '-' && isZero(node.argument)) {
      report(node, 'negative-zero', 'there is no negative zero on the board')
    } else if (node.type === 'UnaryExpression' && node.operator === '+') {
      if (isPaddedNumber(node.argument))
        report(node, 'number-from-text', 'text with spaces around a number is NaN on the board')
    } else if (node.type === 'CallExpression') checkCall(tree, node, report)
  }
}

function checkCall(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'CallExpression') return
  const { callee } = node
  const first = node.arguments[0]
  if (callee.type === 'Identifier' && isGlobal(tree, callee) && callee.name === 'parseInt') {
    if (first?.type === 'Literal' && typeof first.value === 'number' && !Number.isInteger(first.value))
      report(node, 'parse-int', 'parseInt of a number: use Math.floor')
    else if (
      first?.type === 'Literal' &&
      typeof first.value === 'string' &&
      /^(?:-0x|0b|0o)/i.test(first.value)
    )
      report(node, 'parse-int', 'parseInt reads 0b and 0o and not -0x on the board')
  }
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
  const name = callee.property.name
  if (callee.object.type === 'Identifier' && isGlobal(tree, callee.object) && callee.object.name === 'Math') {
    if (name === 'pow') report(node, 'math-pow', 'Math.pow is inexact from 2^12; multiply or use a table')
    else if (INEXACT.has(name)) report(node, 'inexact-math', `Math.${name} differs in its last digits`)
    else if (name === 'round' && isNegative(first))
      report(node, 'round-negative', 'Math.round of a negative half rounds away from zero on the board')
    return
  }
  if (name === 'toFixed' && kindOf(tree, callee.object) === 'Number' && hasFraction(callee.object))
    report(node, 'number-text', 'the printing of fractions differs; print integers')
}

function isZero(node: AnyNode): boolean {
  return node.type === 'Literal' && node.value === 0
}

function isNegative(node: AnyNode | undefined): boolean {
  return node?.type === 'UnaryExpression' && node.operator === '-'
}

function hasFraction(node: AnyNode): boolean {
  if (node.type === 'ParenthesizedExpression') return hasFraction(node.expression)
  return node.type === 'Literal' && typeof node.value === 'number' && node.value % 1 !== 0
}

function isPaddedNumber(node: AnyNode): boolean {
  return node.type === 'Literal' && typeof node.value === 'string' && /^\s+\S|\S\s+$/.test(node.value)
}
