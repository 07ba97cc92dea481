import type { AnyNode, Identifier } from 'acorn'
import type { Binding } from './scopes.ts'
import type { Tree } from './tree.ts'

/** The name of a prototype in the table of built-ins, where a value's kind is plain from the source. */
export type ValueKind = string | undefined

const TYPED_ARRAY = /^(?:Uint8|Int8|Uint16|Int16|Uint32|Int32|Float32|Float64|Uint8Clamped)Array$/
/** Nesting followed from a name to its value and on; deeper stays unknown. */
const DEPTH_MAXIMUM = 6

const RETURNS: Record<string, Record<string, string>> = {
  String: {
    ...Object.fromEntries(
      'charAt concat padEnd padStart repeat replace slice substr substring toLowerCase toUpperCase trim toString'
        .split(' ')
        .map((name) => [name, 'String']),
    ),
    split: 'Array',
  },
  Array: Object.fromEntries(
    'concat filter map reverse slice sort splice'.split(' ').map((name) => [name, 'Array']),
  ),
  Uint8Array: { subarray: 'Uint8Array' },
  Number: { toFixed: 'String', toString: 'String' },
  Promise: Object.fromEntries(['then', 'catch'].map((name) => [name, 'Promise'])),
}
const STATIC_RETURNS: Record<string, string> = {
  'Object.keys': 'Array',
  'Object.values': 'Array',
  'Object.entries': 'Array',
  'Promise.resolve': 'Promise',
  'Promise.reject': 'Promise',
  'Promise.all': 'Promise',
  'JSON.stringify': 'String',
  'String.fromCharCode': 'String',
}

/** The kind of an expression if its text decides it; undefined where only running would tell. */
export function kindOf(tree: Tree, node: AnyNode | null | undefined, depth = 0): ValueKind {
  if (!node || depth > DEPTH_MAXIMUM) return undefined
  switch (node.type) {
    case 'Literal':
      if ('regex' in node && node.regex) return 'RegExp'
      return { string: 'String', number: 'Number', boolean: 'Boolean' }[typeof node.value as string]
    case 'TemplateLiteral':
      return 'String'
    case 'ArrayExpression':
      return 'Array'
    case 'ObjectExpression':
      return 'Object'
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'ClassExpression':
      return 'Function'
    case 'ParenthesizedExpression':
      return kindOf(tree, node.expression, depth + 1)
    case 'NewExpression':
      return node.callee.type === 'Identifier' && isGlobal(tree, node.callee)
        ? TYPED_ARRAY.test(node.callee.name)
          ? 'Uint8Array'
          : node.callee.name
        : undefined
    case 'Identifier':
      return kindOfName(tree, node, depth)
    case 'CallExpression':
      return kindOfCall(tree, node.callee, depth)
    default:
      return undefined
  }
}

function kindOfName(tree: Tree, node: Identifier, depth: number): ValueKind {
  const binding = tree.scopes.bindingOf.get(node)
  if (!binding) return undefined
  if (binding.kind === 'function' || binding.kind === 'class') return 'Function'
  const value = onlyValueOf(tree, binding)
  return value ? kindOf(tree, value, depth + 1) : undefined
}

/** The one expression that a name is ever given, or undefined. */
export function onlyValueOf(tree: Tree, binding: Binding): AnyNode | undefined {
  if (binding.declaration.type !== 'VariableDeclaration') return undefined
  const declarator = tree.parentOf.get(binding.identifier)
  if (declarator?.type !== 'VariableDeclarator' || !declarator.init) return undefined
  return binding.references.some((reference) => isWritten(tree, reference)) ? undefined : declarator.init
}

/** Whether an identifier is the target of an assignment or update. */
export function isWritten(tree: Tree, node: AnyNode): boolean {
  const parent = tree.parentOf.get(node)
  if (parent?.type === 'AssignmentExpression') return parent.left === node
  if (parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement') return parent.left === node
  return parent?.type === 'UpdateExpression'
}

function kindOfCall(tree: Tree, callee: AnyNode, depth: number): ValueKind {
  if (callee.type === 'Identifier') {
    return isGlobal(tree, callee) && ['String', 'Number', 'Array'].includes(callee.name)
      ? callee.name
      : undefined
  }
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.computed)
    return undefined
  if (callee.object.type === 'Identifier' && isGlobal(tree, callee.object)) {
    return STATIC_RETURNS[`${callee.object.name}.${callee.property.name}`]
  }
  const owner = kindOf(tree, callee.object, depth + 1)
  return owner === undefined ? undefined : RETURNS[owner]?.[callee.property.name]
}

/** Whether no scope of the source declares this name. */
export function isGlobal(tree: Tree, node: AnyNode): boolean {
  return node.type === 'Identifier' && !tree.scopes.bindingOf.has(node)
}
