import type { AnyNode } from 'acorn'
import { BUILTINS } from '../builtins.ts'
import type { Rule } from '../finding.ts'
import type { Tree } from '../tree.ts'
import { isGlobal, kindOf } from '../value-kinds.ts'

const MISSING_GLOBALS = new Set(BUILTINS.globals.missing)
/** Names of built-in methods that device APIs use too, so that a call says nothing about its receiver. */
const SHARED_WITH_DEVICES = new Set([
  'search',
  'link',
  'sub',
  'values',
  'keys',
  'entries',
  'at',
  'with',
  'name',
])
const MISSING_EVERYWHERE = missingEverywhere()

/** Names that V8 has and the interpreter lacks: globals, statics and methods. */
export const builtins: Rule = (tree, report) => {
  for (const name of tree.scopes.globals) {
    if (MISSING_GLOBALS.has(name.name))
      report(name, 'missing-global', `${name.name} does not exist on the board`)
  }
  const own = ownNames(tree)
  for (const node of tree.nodes) {
    if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') continue
    const name = node.property.name
    if (node.object.type === 'Identifier' && isGlobal(tree, node.object)) {
      const owner = node.object.name
      if (name === 'prototype' && owner in BUILTINS.prototypes) {
        report(node, 'builtin-prototype', `${owner}.prototype holds no methods on the board`)
        continue
      }
      const statics = BUILTINS.statics[owner]
      if (statics?.missing.includes(name))
        report(node, 'missing-static', `${owner}.${name} does not exist on the board`)
      if (owner in BUILTINS.statics) continue
    }
    const kind = kindOf(tree, node.object)
    const table = kind === undefined ? undefined : BUILTINS.prototypes[kind]
    if (table) {
      if (table.missing.includes(name) && !own.has(name))
        report(node, 'missing-method', `${kind} has no ${name} on the board`)
    } else if (MISSING_EVERYWHERE.has(name) && !own.has(name) && isCalled(tree, node))
      report(node, 'missing-method', `no built-in value has ${name} on the board`)
    if (name === 'name' && isCaught(tree, node.object))
      report(node, 'error-name', 'errors have no name on the board; use codes')
  }
}

function isCalled(tree: Tree, node: AnyNode): boolean {
  const parent = tree.parentOf.get(node)
  return parent?.type === 'CallExpression' && parent.callee === node
}

function isCaught(tree: Tree, node: AnyNode): boolean {
  return node.type === 'Identifier' && tree.scopes.bindingOf.get(node)?.kind === 'catch'
}

function missingEverywhere(): Set<string> {
  const tables = Object.values(BUILTINS.prototypes)
  const present = new Set(tables.flatMap((table) => table.present))
  return new Set(
    tables
      .flatMap((table) => table.missing)
      .filter((name) => !present.has(name) && !SHARED_WITH_DEVICES.has(name)),
  )
}

/** Members that the source itself gives to something. */
function ownNames(tree: Tree): Set<string> {
  const names = new Set<string>()
  for (const node of tree.nodes) {
    if ((node.type === 'Property' || node.type === 'MethodDefinition') && node.key.type === 'Identifier')
      names.add(node.key.name)
    if (
      node.type === 'AssignmentExpression' &&
      node.left.type === 'MemberExpression' &&
      node.left.property.type === 'Identifier'
    )
      names.add(node.left.property.name)
  }
  return names
}
