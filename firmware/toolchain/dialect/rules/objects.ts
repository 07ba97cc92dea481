import type { AnyNode } from 'acorn'
import type { Rule } from '../finding.ts'
import type { Tree } from '../tree.ts'
import { isGlobal, kindOf } from '../value-kinds.ts'

const DIFFERENT_STATICS: Record<string, string> = {
  'Object.defineProperty': 'properties stay enumerable and a refused write throws',
  'Object.defineProperties': 'properties stay enumerable and a refused write throws',
  'Object.getOwnPropertyDescriptor': 'the descriptor has its members in another order',
}

/** Objects: order of keys, members that do not do what they do in V8, JSON. */
export const objects: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    if (node.type === 'ObjectExpression') {
      const late = integerKeyOutOfOrder(node)
      if (late) report(late, 'key-order', 'keys stay in the order written here; V8 puts whole numbers first')
    } else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
      checkCall(tree, node, report)
    } else if (node.type === 'BinaryExpression' && node.operator === 'instanceof') {
      if (node.right.type === 'Identifier' && isGlobal(tree, node.right) && node.right.name === 'TypeError')
        report(node, 'type-error', 'the board throws no TypeError for a missing value or function')
    } else if ((node.type === 'Property' || node.type === 'MethodDefinition') && node.kind === 'get') {
      const thrown = tree.nodes.find(
        (one) => one.type === 'ThrowStatement' && one.start >= node.start && one.end <= node.end,
      )
      if (thrown) report(thrown, 'throw-in-getter', 'what a getter throws is lost on the board')
    }
  }
}

function checkCall(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return
  const { object, property } = node.callee
  if (property.type !== 'Identifier') return
  if (object.type === 'Identifier' && isGlobal(tree, object)) {
    const different = DIFFERENT_STATICS[`${object.name}.${property.name}`]
    if (different) report(node, 'property-attributes', different)
    if (object.name === 'JSON' && property.name === 'stringify') checkStringify(tree, node, report)
    if (object.name === 'JSON' && property.name === 'parse' && node.arguments.length > 1)
      report(node, 'json-reviver', 'JSON.parse ignores its second argument')
  }
}

function checkStringify(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'CallExpression') return
  const [value, replacer] = node.arguments
  if (
    node.arguments.length > 1 &&
    !(replacer?.type === 'Literal' && replacer.value === null && !node.arguments[2])
  )
    report(node, 'json-arguments', 'JSON.stringify ignores the replacer and indents otherwise')
  else if (kindOf(tree, value) === 'Uint8Array')
    report(node, 'json-typed-array', 'a typed array becomes a JSON array on the board')
}

function integerKeyOutOfOrder(node: AnyNode): AnyNode | undefined {
  if (node.type !== 'ObjectExpression') return undefined
  let last = -1
  for (const property of node.properties) {
    if (property.type !== 'Property' || property.computed) continue
    const key =
      property.key.type === 'Literal'
        ? String(property.key.value)
        : property.key.type === 'Identifier'
          ? property.key.name
          : ''
    const value = /^(?:0|[1-9]\d{0,8})$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY
    if (value !== Number.POSITIVE_INFINITY && value < last) return property
    last = value
  }
  return undefined
}
