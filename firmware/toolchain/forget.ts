import type { AnyNode } from 'acorn'
import { CodedError } from '#protocol/coded-error.ts'
import { isFunction } from './dialect/nodes.ts'
import type { Binding } from './dialect/scopes.ts'
import { parseTree, type Tree } from './dialect/tree.ts'

/**
 * Adds a last statement that empties every name of the outermost scope that only the start needed, so that
 * the board gets its variables back: functions of the start, tables, and the classes of drivers that the
 * configuration did not ask for (an instance keeps its own class).
 *
 * Needed later is what stands in a method, in a function inside another one (it may have been stored), in a
 * function that is passed on as a value, and in what those call. The rest runs once, while the bundle is read.
 * @throws BUNDLE_FAILED for text that is not JavaScript
 */
export function forgetStart(source: string): string {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  const names = forgettable(tree)
  return names.length > 0 ? `${source}${names.join(' = ')} = 0;\n` : source
}

function forgettable(tree: Tree): string[] {
  const bindings = [...(tree.scopes.all[0]?.bindings.values() ?? [])]
  const unitOf = new Map<AnyNode, Binding>()
  for (const binding of bindings) {
    const unit = functionOf(tree, binding)
    if (unit) unitOf.set(unit, binding)
  }
  const usersOf = new Map<Binding, (Binding | 'start' | 'later')[]>()
  for (const binding of bindings) {
    const users = binding.references.map((use) => userOf(tree, unitOf, use))
    usersOf.set(binding, users)
  }
  const later = new Set<Binding>()
  const work: Binding[] = []
  for (const binding of bindings) {
    if (usersOf.get(binding)?.includes('later')) later.add(binding)
    // Passed on, its code may run later even where its name is not needed any more.
    const passedOn = functionOf(tree, binding) && binding.references.some((use) => !isCalled(tree, use))
    if (later.has(binding) || passedOn) work.push(binding)
  }
  for (let user = work.pop(); user; user = work.pop()) {
    for (const binding of bindings) {
      if (later.has(binding) || !usersOf.get(binding)?.includes(user)) continue
      later.add(binding)
      work.push(binding)
    }
  }
  return bindings
    .filter((binding) => !later.has(binding))
    .map((binding) => binding.name)
    .sort()
}

/** The function that a name of the outermost scope stands for. */
function functionOf(tree: Tree, binding: Binding): AnyNode | undefined {
  if (binding.kind === 'function') return binding.declaration
  const declarator = tree.parentOf.get(binding.identifier)
  const value = declarator?.type === 'VariableDeclarator' ? declarator.init : undefined
  return value && isFunction(value) ? value : undefined
}

function userOf(tree: Tree, unitOf: Map<AnyNode, Binding>, use: AnyNode): Binding | 'start' | 'later' {
  let at = tree.parentOf.get(use)
  while (at) {
    if (isFunction(at)) return unitOf.get(at) ?? 'later'
    at = tree.parentOf.get(at)
  }
  return 'start'
}

function isCalled(tree: Tree, use: AnyNode): boolean {
  const parent = tree.parentOf.get(use)
  return (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') && parent.callee === use
}
