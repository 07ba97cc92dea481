import type { AnyNode, Identifier, Pattern } from 'acorn'
import { isFunction, isReferencePosition } from './nodes.ts'

export type BindingKind = 'var' | 'let' | 'const' | 'function' | 'class' | 'parameter' | 'catch' | 'innerName'

/** One declared name. `declaration` is the node that declares it; `name node` its first identifier. */
export interface Binding {
  name: string
  kind: BindingKind
  identifier: Identifier
  declaration: AnyNode
  scope: Scope
  references: Identifier[]
}

export interface Scope {
  node: AnyNode
  parent: Scope | undefined
  bindings: Map<string, Binding>
  isFunctionScope: boolean
}

export interface Scopes {
  all: Scope[]
  /** The binding that an identifier in reference position means; undefined for a global. */
  bindingOf: Map<Identifier, Binding>
  /** Identifiers that no scope declares. */
  globals: Identifier[]
}

/** Names, where they are declared, and which use means which: block scopes of ES2015 and `var` of before. */
export function analyseScopes(program: AnyNode, nodes: AnyNode[], parentOf: Map<AnyNode, AnyNode>): Scopes {
  const scopeAt = new Map<AnyNode, Scope>()
  for (const node of nodes) {
    if (!opensScope(node, parentOf.get(node))) continue
    scopeAt.set(node, {
      node,
      parent: enclosing(node, parentOf, scopeAt),
      bindings: new Map(),
      isFunctionScope: isFunction(node) || node === program || node.type === 'StaticBlock',
    })
  }
  const declared = new Set<Identifier>()
  for (const node of nodes) declare(node, parentOf, scopeAt, declared)

  const scopes: Scopes = { all: [...scopeAt.values()], bindingOf: new Map(), globals: [] }
  for (const node of nodes) {
    if (node.type !== 'Identifier' || declared.has(node)) continue
    if (!isReferencePosition(node, parentOf.get(node))) continue
    const binding = lookUp(node, enclosing(node, parentOf, scopeAt))
    if (binding) {
      binding.references.push(node)
      scopes.bindingOf.set(node, binding)
    } else scopes.globals.push(node)
  }
  return scopes
}

function opensScope(node: AnyNode, parent: AnyNode | undefined): boolean {
  switch (node.type) {
    case 'Program':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'SwitchStatement':
    case 'CatchClause':
    case 'ClassDeclaration':
    case 'ClassExpression':
    case 'StaticBlock':
      return true
    case 'BlockStatement':
      return !isFunction(parent) && parent?.type !== 'CatchClause'
    default:
      return isFunction(node)
  }
}

function enclosing(
  node: AnyNode,
  parentOf: Map<AnyNode, AnyNode>,
  scopeAt: Map<AnyNode, Scope>,
): Scope | undefined {
  let at = parentOf.get(node)
  while (at) {
    const scope = scopeAt.get(at)
    if (scope) return scope
    at = parentOf.get(at)
  }
  return undefined
}

function declare(
  node: AnyNode,
  parentOf: Map<AnyNode, AnyNode>,
  scopeAt: Map<AnyNode, Scope>,
  declared: Set<Identifier>,
): void {
  const add = (scope: Scope | undefined, kind: BindingKind, identifier: Identifier): void => {
    declared.add(identifier)
    if (!scope || scope.bindings.has(identifier.name)) {
      const first = scope?.bindings.get(identifier.name)
      if (first && kind === 'var' && first.kind !== 'var') first.references.push(identifier)
      return
    }
    const binding = { name: identifier.name, kind, identifier, declaration: node, scope, references: [] }
    scope.bindings.set(identifier.name, binding)
  }
  const around = enclosing(node, parentOf, scopeAt)
  if (node.type === 'VariableDeclaration') {
    const scope = node.kind === 'var' ? functionScope(around) : around
    const kind: BindingKind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const'
    for (const declarator of node.declarations) {
      for (const name of namesIn(declarator.id)) add(scope, kind, name)
    }
  } else if (node.type === 'ClassDeclaration' && node.id) add(around, 'class', node.id)
  else if (node.type === 'ClassExpression' && node.id) add(scopeAt.get(node), 'innerName', node.id)
  else if (node.type === 'CatchClause' && node.param) {
    for (const name of namesIn(node.param)) add(scopeAt.get(node), 'catch', name)
  }
  if (isFunction(node)) {
    const own = scopeAt.get(node)
    for (const parameter of node.params) for (const name of namesIn(parameter)) add(own, 'parameter', name)
    if (node.type === 'FunctionDeclaration' && node.id) add(around, 'function', node.id)
    if (node.type === 'FunctionExpression' && node.id) add(own, 'innerName', node.id)
  }
}

function functionScope(scope: Scope | undefined): Scope | undefined {
  let at = scope
  while (at && !at.isFunctionScope) at = at.parent
  return at
}

function lookUp(node: Identifier, from: Scope | undefined): Binding | undefined {
  for (let scope = from; scope; scope = scope.parent) {
    const binding = scope.bindings.get(node.name)
    if (binding) return binding
  }
  return undefined
}

/** The identifiers that a pattern declares. */
export function namesIn(pattern: Pattern): Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern]
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property.argument : property.value),
      )
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []))
    case 'RestElement':
      return namesIn(pattern.argument)
    case 'AssignmentPattern':
      return namesIn(pattern.left)
    default:
      return []
  }
}
