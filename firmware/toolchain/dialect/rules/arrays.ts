import type { AnyNode } from 'acorn'
import type { Rule } from '../finding.ts'
import { isFunction } from '../nodes.ts'
import type { Tree } from '../tree.ts'
import { isGlobal, kindOf } from '../value-kinds.ts'

const COMPARISONS = new Set(['<', '>', '<=', '>='])

/** Arrays and typed arrays: what is assigned, cut, sorted or read outside. */
export const arrays: Rule = (tree, report) => {
  const ownLength = declaresLength(tree)
  for (const node of tree.nodes) {
    if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
      const { property, computed } = node.left
      if (!computed && property.type === 'Identifier' && property.name === 'length') {
        if (!ownLength || kindOf(tree, node.left.object) === 'Array')
          report(node, 'length-assignment', 'length cannot be assigned: it throws; use splice')
      } else if (isElementValue(tree, node))
        report(node, 'element-assignment-value', 'the value of this assignment is the stored element here')
    } else if (node.type === 'MemberExpression' && node.computed) checkIndex(tree, node, report)
    else if (
      node.type === 'NewExpression' &&
      node.callee.type === 'Identifier' &&
      isGlobal(tree, node.callee)
    ) {
      if (node.callee.name === 'Uint8ClampedArray')
        report(node, 'clamped-array', 'Uint8ClampedArray cuts fractions where V8 rounds')
      else if (
        /^U?[iI]nt(?:8|16|32)Array$/.test(node.callee.name) &&
        kindOf(tree, node.arguments[0]) === 'String'
      )
        report(node, 'typed-array-from-text', 'a typed array cannot be made from text')
    } else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression')
      checkCall(tree, node, report)
  }
}

function checkIndex(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'MemberExpression') return
  const { property } = node
  const kind = kindOf(tree, node.object)
  if (kind !== 'Uint8Array' && kind !== 'String' && kind !== 'Array') return
  if (kind !== 'Array' && property.type === 'UnaryExpression' && property.operator === '-')
    report(node, 'negative-index', 'a negative index throws on the board')
  else if (property.type === 'Literal' && typeof property.value === 'number' && property.value % 1 !== 0)
    report(node, 'fraction-index', 'an index with a fraction throws on the board')
}

function checkCall(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return
  const { property, object } = node.callee
  if (property.type !== 'Identifier' || node.callee.computed) return
  const kind = kindOf(tree, object)
  const first = node.arguments[0]
  if (property.name === 'slice' && kind === 'Uint8Array')
    report(
      node,
      'typed-array-slice',
      'slice of a typed array gives an Array; make a view with new Uint8Array',
    )
  else if (property.name === 'set' && kindOf(tree, first) === 'String')
    report(node, 'typed-array-from-text', 'set copies character codes where V8 copies digits')
  else if (property.name === 'sort' && first && returnsComparison(first))
    report(node, 'sort-boolean', 'sort wants a number: with true and false the order differs')
}

function returnsComparison(node: AnyNode): boolean {
  if (!isFunction(node)) return false
  const { body } = node
  if (body.type !== 'BlockStatement')
    return body.type === 'BinaryExpression' && COMPARISONS.has(body.operator)
  const [only] = body.body
  return (
    body.body.length === 1 &&
    only?.type === 'ReturnStatement' &&
    only.argument?.type === 'BinaryExpression' &&
    COMPARISONS.has(only.argument.operator)
  )
}

/** Whether the value of an assignment to a typed array's element is used further. */
function isElementValue(tree: Tree, node: AnyNode): boolean {
  if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return false
  if (!node.left.computed || kindOf(tree, node.left.object) !== 'Uint8Array') return false
  const parent = tree.parentOf.get(node)
  return !['ExpressionStatement', 'SequenceExpression', 'ForStatement'].includes(parent?.type ?? '')
}

/** Whether some object of the source has a member `length` of its own, which can be assigned like any other. */
function declaresLength(tree: Tree): boolean {
  return tree.nodes.some(
    (node) =>
      (node.type === 'Property' && node.key.type === 'Identifier' && node.key.name === 'length') ||
      (node.type === 'AssignmentExpression' &&
        node.left.type === 'MemberExpression' &&
        node.left.object.type === 'ThisExpression' &&
        node.left.property.type === 'Identifier' &&
        node.left.property.name === 'length'),
  )
}
