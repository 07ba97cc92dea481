import type { AnyNode, Identifier } from 'acorn'
import { CodedError } from '#protocol/coded-error.ts'
import { childrenOf } from './dialect/nodes.ts'
import { parseTree, type Tree } from './dialect/tree.ts'

/**
 * Step 2 of the build: what the interpreter does not do by itself is done in the text. Function declarations
 * move to the head of their block, because nothing is hoisted on the board; inner names of class expressions
 * go, because they are undefined inside the class, and their uses take the name of the variable.
 * @throws BUNDLE_FAILED for text that is not JavaScript, CLASS_NAME_NOT_REMOVABLE
 */
export function postPass(source: string): string {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  return new Rewriter(tree).text(tree.program)
}

class Rewriter {
  readonly tree: Tree
  readonly renamed = new Map<AnyNode, string>()
  readonly dropped = new Set<AnyNode>()

  constructor(tree: Tree) {
    this.tree = tree
    for (const scope of tree.scopes.all) {
      const { node } = scope
      if (node.type !== 'ClassExpression' || !node.id) continue
      this.dropped.add(node.id)
      const uses = scope.bindings.get(node.id.name)?.references ?? []
      if (uses.length > 0) this.rename(node, uses)
    }
  }

  /** The text of a node after both changes. */
  text(node: AnyNode): string {
    const renamed = this.renamed.get(node)
    if (renamed !== undefined) return renamed
    if (node.type === 'Program' || node.type === 'BlockStatement') return this.block(node, node.body)
    const { source } = this.tree
    if (node.type === 'Property' && node.shorthand) {
      // Key and value are one place in the text and two nodes in the tree.
      const key = source.slice(node.key.start, node.key.end)
      const value = this.text(node.value)
      return key === value ? key : `${key}: ${value}`
    }
    let text = ''
    let at = node.start
    for (const child of childrenOf(node)) {
      text += source.slice(at, child.start)
      if (!this.dropped.has(child)) text += this.text(child)
      at = child.end
    }
    return text + source.slice(at, node.end)
  }

  private block(node: AnyNode, body: readonly AnyNode[]): string {
    const isDirective = (one: AnyNode): boolean => one.type === 'ExpressionStatement' && 'directive' in one
    const isHoisted = (one: AnyNode): boolean => one.type === 'FunctionDeclaration'
    const statements = [
      ...body.filter(isDirective),
      ...body.filter(isHoisted),
      ...body.filter((one) => !isDirective(one) && !isHoisted(one)),
    ]
    const inside = statements.map((one) => this.text(one)).join('\n')
    return node.type === 'Program' ? `${inside}\n` : `{\n${inside}\n}`
  }

  private rename(node: AnyNode, uses: Identifier[]): void {
    const holder = this.tree.parentOf.get(node)
    const name = holder?.type === 'VariableDeclarator' && holder.init === node ? holder.id : undefined
    if (name?.type !== 'Identifier') {
      throw new CodedError('CLASS_NAME_NOT_REMOVABLE', 'a class expression uses its own inner name', {
        where: this.tree.source.slice(node.start, node.start + 60),
      })
    }
    for (const use of uses) this.renamed.set(use, name.name)
  }
}
