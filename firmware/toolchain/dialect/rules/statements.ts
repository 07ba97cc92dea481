import type { AnyNode } from 'acorn'
import type { Rule } from '../finding.ts'
import { isFunction, isInside } from '../nodes.ts'
import { activationOf, type Tree } from '../tree.ts'
import { isGlobal, isWritten } from '../value-kinds.ts'

/** Statements and functions that run and give another answer. */
export const statements: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    switch (node.type) {
      case 'SwitchCase':
        for (const one of node.consequent) {
          if ((one.type === 'VariableDeclaration' && one.kind !== 'var') || one.type === 'ClassDeclaration')
            report(one, 'switch-declaration', 'a declaration in a case leaks; put the case in braces')
        }
        if (node.test && hasEffect(tree, node.test))
          report(node.test, 'case-effect', 'every case is computed on the board, even after a match')
        break
      case 'TryStatement': {
        const leaving = node.finalizer ? leavingStatement(tree, node.finalizer) : undefined
        if (leaving) report(leaving, 'finally-leaves', 'what was thrown escapes a finally that returns')
        break
      }
      case 'Identifier':
        if (node.name === 'arguments' && isGlobal(tree, node)) checkArguments(tree, node, report)
        break
      case 'CallExpression':
        checkTimer(tree, node, report)
        break
      case 'ForInStatement':
        if (addsToSubject(tree, node))
          report(node, 'for-in-growing', 'members added during for … in are visited too')
        break
      default:
    }
  }
}

function checkArguments(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  const member = tree.parentOf.get(node)
  let at = tree.parentOf.get(node)
  while (at && !isFunction(at)) at = tree.parentOf.get(at)
  if (at?.type === 'ArrowFunctionExpression')
    report(node, 'arguments-in-arrow', 'arguments in an arrow function are its own; name the parameters')
  else if (member?.type === 'MemberExpression' && member.object === node && isWritten(tree, member))
    report(node, 'arguments-assignment', 'writing arguments does not change the parameter')
}

function checkTimer(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return
  const [first] = node.arguments
  if (!/^clear(?:Timeout|Interval|Watch)$/.test(node.callee.name) || !isGlobal(tree, node.callee)) return
  const isUndefined =
    (first?.type === 'Identifier' && first.name === 'undefined') ||
    (first?.type === 'UnaryExpression' && first.operator === 'void')
  if (isUndefined) report(node, 'clear-undefined', `${node.callee.name}(undefined) throws on the board`)
}

function hasEffect(tree: Tree, test: AnyNode): boolean {
  return tree.nodes.some(
    (node) =>
      isInside(node, test) &&
      (node.type === 'CallExpression' ||
        node.type === 'AssignmentExpression' ||
        node.type === 'UpdateExpression'),
  )
}

function leavingStatement(tree: Tree, finalizer: AnyNode): AnyNode | undefined {
  const around = activationOf(tree, finalizer)
  return tree.nodes.find(
    (node) =>
      node.type === 'ReturnStatement' && isInside(node, finalizer) && activationOf(tree, node) === around,
  )
}

function addsToSubject(tree: Tree, loop: AnyNode): boolean {
  if (loop.type !== 'ForInStatement' || loop.right.type !== 'Identifier') return false
  const subject = loop.right.name
  return tree.nodes.some(
    (node) =>
      node.type === 'AssignmentExpression' &&
      isInside(node, loop.body) &&
      node.left.type === 'MemberExpression' &&
      node.left.computed &&
      !isLoopKey(loop, node.left.property) &&
      node.left.object.type === 'Identifier' &&
      node.left.object.name === subject,
  )
}

function isLoopKey(loop: AnyNode, key: AnyNode): boolean {
  if (loop.type !== 'ForInStatement' || key.type !== 'Identifier') return false
  const head = loop.left.type === 'VariableDeclaration' ? loop.left.declarations[0]?.id : loop.left
  return head?.type === 'Identifier' && head.name === key.name
}
