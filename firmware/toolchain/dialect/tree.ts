import { type AnyNode, type Options, type Program, parse } from 'acorn'
import { childrenOf, isFunction } from './nodes.ts'
import { analyseScopes, type Scopes } from './scopes.ts'

/** A parsed source with what every rule asks for: nodes in document order, parents and scopes. */
export interface Tree {
  source: string
  program: Program
  nodes: AnyNode[]
  parentOf: Map<AnyNode, AnyNode>
  scopes: Scopes
}

/** What acorn throws for text that is not JavaScript; its column counts from 0. */
export interface ParseError {
  message: string
  loc?: { line: number; column: number }
}

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowReturnOutsideFunction: true,
  locations: true,
}

/** Parses plain JavaScript, first as a script, then as a module. Returns acorn's error if neither parses. */
export function parseTree(source: string): Tree | ParseError {
  let program: Program
  try {
    program = parse(source, OPTIONS)
  } catch (error) {
    try {
      program = parse(source, { ...OPTIONS, sourceType: 'module', allowReturnOutsideFunction: false })
    } catch {
      return error as ParseError
    }
  }
  const nodes: AnyNode[] = []
  const parentOf = new Map<AnyNode, AnyNode>()
  visit(program, nodes, parentOf)
  return { source, program, nodes, parentOf, scopes: analyseScopes(program, nodes, parentOf) }
}

function visit(node: AnyNode, nodes: AnyNode[], parentOf: Map<AnyNode, AnyNode>): void {
  nodes.push(node)
  for (const child of childrenOf(node)) {
    parentOf.set(child, node)
    visit(child, nodes, parentOf)
  }
}

/** The nearest function (or the program) that runs `node`; a parameter or body belongs to its function. */
export function activationOf(tree: Tree, node: AnyNode): AnyNode {
  let at = tree.parentOf.get(node)
  while (at && !isFunction(at) && at.type !== 'Program') at = tree.parentOf.get(at)
  return at ?? tree.program
}
