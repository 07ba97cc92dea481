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
    const bare = bareStatement(this.tree, node)
    if (bare) return this.text(bare)
    if (node.type === 'ReturnStatement' && isUndefined(node.argument)) return 'return;'
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

  /** Texts of statements, neighbouring declarations of one kind joined: fewer tokens, so smaller and faster. */
  private joined(statements: AnyNode[]): string[] {
    const texts: string[] = []
    let previous: AnyNode | undefined
    for (const one of statements) {
      const text = this.text(one)
      const joins =
        one.type === 'VariableDeclaration' &&
        previous?.type === 'VariableDeclaration' &&
        previous.kind === one.kind
      if (joins) {
        const last = (texts.pop() ?? '').replace(/;\s*$/, '')
        texts.push(`${last},${text.slice(one.kind.length)}`)
      } else texts.push(text)
      previous = one
    }
    return texts
  }

  private block(node: AnyNode, body: readonly AnyNode[]): string {
    const isDirective = (one: AnyNode): boolean => one.type === 'ExpressionStatement' && 'directive' in one
    const isHoisted = (one: AnyNode): boolean => one.type === 'FunctionDeclaration'
    const statements = [
      ...body.filter(isDirective),
      ...body.filter(isHoisted),
      ...body.filter((one) => !isDirective(one) && !isHoisted(one)),
    ]
    const inside = this.joined(statements).join('\n')
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

/** Statements that stand as well without the braces around them; an `if` would take the wrong `else`. */
const BARE = new Set(['ExpressionStatement', 'ReturnStatement', 'ContinueStatement', 'BreakStatement'])

/** The one statement of a block that is the branch of an `if`, when its braces can go. */
function bareStatement(tree: Tree, node: AnyNode): AnyNode | undefined {
  if (node.type !== 'BlockStatement' || node.body.length !== 1) return undefined
  const [only] = node.body
  const parent = tree.parentOf.get(node)
  if (!only || !BARE.has(only.type) || tree.source[only.end - 1] !== ';') return undefined
  return parent?.type === 'IfStatement' ? only : undefined
}

function isUndefined(node: AnyNode | null | undefined): boolean {
  if (node?.type === 'UnaryExpression') return node.operator === 'void' && node.argument.type === 'Literal'
  return node?.type === 'Identifier' && node.name === 'undefined'
}
