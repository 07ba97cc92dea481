import type { AnyNode } from 'acorn'
import { CodedError } from '#protocol/coded-error.ts'
import { parseTree, type Tree } from './dialect/tree.ts'

const CALLED_BY_THE_LANGUAGE = new Set(['toString', 'valueOf', 'toJSON', 'then'])

/**
 * Leaves out methods whose name is nowhere used as a member or stands in a text: what only tests call (`stop`)
 * costs every board flash and six variables a method. The bundle is the whole program, so nobody else can call.
 * @throws BUNDLE_FAILED for text that is not JavaScript
 */
export function dropUnusedMethods(source: string): string {
  let text = source
  // A method that goes may have been the only caller of another one. Each turn shortens the text.
  for (;;) {
    const tree = parseTree(text)
    if (!('nodes' in tree))
      throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
    const unused = unusedMethods(tree)
    if (unused.length === 0) return text
    let at = 0
    let rest = ''
    for (const method of unused) {
      rest += text.slice(at, method.start)
      at = method.end
    }
    text = rest + text.slice(at)
  }
}

function unusedMethods(tree: Tree): AnyNode[] {
  const names = new Set<string>()
  for (const node of tree.nodes) {
    if (node.type === 'MemberExpression' && node.property.type === 'Identifier') names.add(node.property.name)
    else if (node.type === 'Literal' && typeof node.value === 'string') names.add(node.value)
  }
  return tree.nodes.filter(
    (node) =>
      node.type === 'MethodDefinition' &&
      node.kind === 'method' &&
      !node.computed &&
      node.key.type === 'Identifier' &&
      !names.has(node.key.name) &&
      !CALLED_BY_THE_LANGUAGE.has(node.key.name),
  )
}
