import type { AnyNode, Identifier } from 'acorn'
import type { Rule } from '../finding.ts'
import { isInside } from '../nodes.ts'
import type { Binding } from '../scopes.ts'
import { activationOf, type Tree } from '../tree.ts'
import { onlyValueOf } from '../value-kinds.ts'

/** Nothing is hoisted on the board: a name exists from where its declaration runs. */
export const order: Rule = (tree, report) => {
  for (const scope of tree.scopes.all) {
    for (const binding of scope.bindings.values()) {
      if (binding.kind !== 'function' && binding.kind !== 'var') continue
      const early = firstEarlyUse(tree, binding)
      if (!early) continue
      if (binding.kind === 'function')
        report(early, 'function-before-declaration', `${binding.name} is used before its declaration runs`)
      else report(early, 'var-before-declaration', `var ${binding.name} is not hoisted on the board`)
    }
  }
}

function firstEarlyUse(tree: Tree, binding: Binding): Identifier | undefined {
  const declared = binding.declaration.start
  return binding.references.find(
    (use) =>
      !isInside(use, binding.declaration) &&
      runsBefore(tree, use, declared, ownerOf(tree, binding), binding.kind === 'function', new Set()),
  )
}

/** The function whose running makes the binding. */
function ownerOf(tree: Tree, binding: Binding): AnyNode {
  return binding.scope.isFunctionScope ? binding.scope.node : activationOf(tree, binding.scope.node)
}

/**
 * Whether `use` can run before source position `declared` of the same activation: it stands before it, or it
 * stands in a function that is itself used before it.
 */
function runsBefore(
  tree: Tree,
  use: AnyNode,
  declared: number,
  owner: AnyNode,
  followCalls: boolean,
  seen: Set<AnyNode>,
): boolean {
  const activation = activationOf(tree, use)
  if (activation === owner) return use.start < declared
  if (!followCalls || seen.has(activation)) return false
  seen.add(activation)
  const holder = tree.parentOf.get(activation)
  // Called where it stands, as in an IIFE or an array method's callback.
  if (holder?.type === 'CallExpression' && (holder.callee === activation || isArrayCallback(holder)))
    return runsBefore(tree, holder, declared, owner, followCalls, seen)
  return calls(tree, activation).some((one) => runsBefore(tree, one, declared, owner, followCalls, seen))
}

const ARRAY_CALLBACKS = new Set([
  'forEach',
  'map',
  'filter',
  'some',
  'every',
  'reduce',
  'find',
  'findIndex',
  'sort',
])

function isArrayCallback(call: AnyNode): boolean {
  return (
    call.type === 'CallExpression' &&
    call.callee.type === 'MemberExpression' &&
    call.callee.property.type === 'Identifier' &&
    ARRAY_CALLBACKS.has(call.callee.property.name)
  )
}

/** Where the named function is called by its name. */
function calls(tree: Tree, activation: AnyNode): Identifier[] {
  for (const scope of tree.scopes.all) {
    for (const binding of scope.bindings.values()) {
      const own = binding.kind === 'function' ? binding.declaration : onlyValueOf(tree, binding)
      if (own !== activation) continue
      return binding.references.filter((use) => {
        const parent = tree.parentOf.get(use)
        return parent?.type === 'CallExpression' && parent.callee === use
      })
    }
  }
  return []
}
