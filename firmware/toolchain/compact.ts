import type { AnyNode, VariableDeclarator } from 'acorn'
import { CodedError } from '#protocol/coded-error.ts'
import { childrenOf, isInside } from './dialect/nodes.ts'
import { parseTree, type Tree } from './dialect/tree.ts'

/** A text that stands in more than one place is put in place only up to this length. */
const SHORT_TEXT_CHARACTERS = 2

/** The name that `this` gets, and from how many uses on; the build shortens it. */
const SELF = 'self'
const THIS_USES_MINIMUM = 10

type Constant = number | string

interface Edit {
  start: number
  end: number
  text: string
}

/**
 * Puts named constants in the places of their names and works out sums of them, and turns `const` into `let`.
 * On the board each name of the outermost scope costs a variable for good and a search at each use; `let` is
 * shorter and joins with its neighbours, and so is a name for `this` where it stands often.
 * (esbuild does the first only with minifySyntax, see shortenOptions.)
 * @throws BUNDLE_FAILED for text that is not JavaScript
 */
export function compact(source: string): string {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  const constants = constantsOf(tree)
  const edits: Edit[] = []
  collect(tree, constants, tree.program, edits)
  return applied(source, edits)
}

/** Constants of the outermost scope that are never assigned, by their declarator. */
function constantsOf(tree: Tree): Map<AnyNode, Constant> {
  const found = new Map<AnyNode, Constant>()
  for (const node of tree.nodes) {
    if (node.type !== 'VariableDeclarator' || !node.init || node.id.type !== 'Identifier') continue
    const declaration = tree.parentOf.get(node)
    if (!declaration || tree.parentOf.get(declaration) !== tree.program) continue
    const binding = tree.scopes.all[0]?.bindings.get(node.id.name)
    if (binding?.identifier !== node.id || binding.references.some((use) => isTarget(tree, use))) continue
    const value = constantOf(tree, found, node.init)
    if (value === undefined) continue
    const short = typeof value === 'number' || value.length <= SHORT_TEXT_CHARACTERS
    if (short || binding.references.length <= 1) found.set(node, value)
  }
  return found
}

/** Whether something is put into the name here, or it may not be spelled out. */
function isTarget(tree: Tree, use: AnyNode): boolean {
  const parent = tree.parentOf.get(use)
  if (parent?.type === 'AssignmentExpression') return parent.left === use
  if (parent?.type === 'Property') return parent.shorthand
  return parent?.type === 'UpdateExpression' || parent?.type === 'ForInStatement'
}

/** The value of an expression of literals, constants and whole-number arithmetic; undefined for any other. */
function constantOf(tree: Tree, constants: Map<AnyNode, Constant>, node: AnyNode): Constant | undefined {
  if (node.type === 'Literal')
    return typeof node.value === 'number' || typeof node.value === 'string' ? node.value : undefined
  if (node.type === 'Identifier') {
    const binding = tree.scopes.bindingOf.get(node)
    const declarator = binding && tree.parentOf.get(binding.identifier)
    return declarator && constants.get(declarator)
  }
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = constantOf(tree, constants, node.argument)
    return typeof value === 'number' ? -value : undefined
  }
  if (node.type !== 'BinaryExpression') return undefined
  const left = constantOf(tree, constants, node.left)
  const right = constantOf(tree, constants, node.right)
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  const sum =
    node.operator === '+'
      ? left + right
      : node.operator === '-'
        ? left - right
        : node.operator === '*'
          ? left * right
          : Number.NaN
  return Number.isSafeInteger(sum) ? sum : undefined
}

function collect(tree: Tree, constants: Map<AnyNode, Constant>, node: AnyNode, edits: Edit[]): void {
  if (node.type === 'VariableDeclaration') {
    const left = node.declarations.filter((one) => !constants.has(one))
    if (left.length < node.declarations.length) {
      const nested: Edit[] = []
      for (const one of left) collect(tree, constants, one, nested)
      const texts = left.map((one) => textOf(tree, one, nested))
      const text = texts.length > 0 ? `let ${texts.join(', ')};` : ''
      edits.push({ start: node.start, end: node.end, text })
      return
    }
    if (node.kind === 'const') edits.push({ start: node.start, end: node.start + 5, text: 'let' })
  } else if (node.type === 'BinaryExpression' || (node.type === 'Identifier' && isUse(tree, node))) {
    const value = constantOf(tree, constants, node)
    if (value !== undefined) {
      const text = typeof value === 'string' ? JSON.stringify(value) : value < 0 ? `(${value})` : `${value}`
      edits.push({ start: node.start, end: node.end, text })
      return
    }
  }
  nameThis(tree, node, edits)
  for (const child of childrenOf(node)) collect(tree, constants, child, edits)
}

/** Only where it saves much: a name is found 8 % more slowly than `this`. */
function nameThis(tree: Tree, node: AnyNode, edits: Edit[]): void {
  if (node.type !== 'MethodDefinition') return
  const inside = tree.nodes.filter((one) => isInside(one, node.value.body))
  const uses = inside.filter((one) => one.type === 'ThisExpression')
  const isPlain = inside.every(
    (one) =>
      one.type !== 'FunctionExpression' &&
      one.type !== 'Super' &&
      !(one.type === 'Identifier' && one.name === SELF),
  )
  if (!isPlain || uses.length < THIS_USES_MINIMUM) return
  const { start } = node.value.body
  edits.push({ start: start + 1, end: start + 1, text: `let ${SELF} = this;` })
  for (const use of uses) edits.push({ start: use.start, end: use.end, text: SELF })
}

/**
 * Writes `true` and `false` with two characters. The last step, because esbuild writes them out.
 * @throws BUNDLE_FAILED for text that is not JavaScript
 */
export function shortBooleans(source: string): string {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  const edits: Edit[] = []
  for (const node of tree.nodes) {
    if (node.type !== 'Literal' || typeof node.value !== 'boolean') continue
    // `return!0` needs no space.
    const before = source[node.start - 1] === ' ' ? 1 : 0
    edits.push({ start: node.start - before, end: node.end, text: node.value ? '!0' : '!1' })
  }
  return applied(source, edits)
}

function isUse(tree: Tree, node: AnyNode): boolean {
  return node.type === 'Identifier' && tree.scopes.bindingOf.has(node)
}

function textOf(tree: Tree, node: VariableDeclarator, edits: Edit[]): string {
  const own = edits.filter((edit) => edit.start >= node.start && edit.end <= node.end)
  const moved = own.map(({ start, end, text }) => ({
    start: start - node.start,
    end: end - node.start,
    text,
  }))
  return applied(tree.source.slice(node.start, node.end), moved)
}

function applied(source: string, edits: Edit[]): string {
  let text = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    text += source.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return text + source.slice(at)
}
