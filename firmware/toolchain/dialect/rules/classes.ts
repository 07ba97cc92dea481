import type { AnyNode, Class } from 'acorn'
import { BUILTINS } from '../builtins.ts'
import type { Rule } from '../finding.ts'
import type { Tree } from '../tree.ts'
import { isGlobal } from '../value-kinds.ts'

/** Words that may not name a method of a class on the board; get, set and async may, asked of 2v29. */
const REFUSED_METHOD_NAMES = new Set(
  (
    'break case catch class const continue debugger default delete do else extends false finally for function ' +
    'if in instanceof let new null of return static super switch this throw true try typeof undefined var void while'
  ).split(' '),
)

/** Classes: what is shared, what is lost and what recurses without end. */
export const classes: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    if (node.type === 'PropertyDefinition')
      report(node, 'class-field', 'class field: lives on the prototype; assign it in the constructor')
    else if (node.type === 'MethodDefinition' && !node.computed) {
      if (node.key.type === 'Literal') report(node, 'method-name', 'a quoted method name is not parsed')
      else if (node.key.type === 'Identifier' && REFUSED_METHOD_NAMES.has(node.key.name))
        report(node, 'method-name', `a method may not be named ${node.key.name}`)
    } else if (node.type === 'ClassBody') {
      if (hasEmptyElement(tree.source, node))
        report(node, 'class-semicolon', '; between the members of a class is not parsed')
    } else if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') {
      checkHead(tree, node, report)
    } else if (node.type === 'Super') {
      checkSuper(tree, node, report)
    } else if (node.type === 'CallExpression' && node.callee.type === 'Identifier') {
      const binding = tree.scopes.bindingOf.get(node.callee)
      if (binding?.kind === 'class') report(node, 'class-without-new', 'calling a class does not throw here')
    }
  }
}

function checkHead(tree: Tree, node: Class | AnyNode, report: Parameters<Rule>[1]): void {
  if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return
  const parent = node.superClass
  if (parent && parent.type !== 'Identifier')
    report(parent, 'class-extends-expression', 'extends takes a plain name on the board')
  else if (
    parent &&
    isGlobal(tree, parent) &&
    BUILTINS.globals.present.includes((parent as { name: string }).name)
  )
    report(parent, 'class-extends-builtin', 'a built-in cannot be extended: super() fails on the board')
  if (node.type !== 'ClassExpression' || !node.id) return
  const inner = tree.scopes.all.find((scope) => scope.node === node)?.bindings.get(node.id.name)
  for (const use of inner?.references ?? [])
    report(use, 'class-inner-name', 'the inner name of a class expression is undefined inside it')
}

function checkSuper(tree: Tree, node: AnyNode, report: Parameters<Rule>[1]): void {
  let at = tree.parentOf.get(node)
  while (at && at.type !== 'FunctionExpression' && at.type !== 'ArrowFunctionExpression')
    at = tree.parentOf.get(at)
  if (at?.type === 'ArrowFunctionExpression') {
    report(node, 'super-in-arrow', 'super inside an arrow function fails; call it in the method')
    return
  }
  if (tree.parentOf.get(node)?.type !== 'MemberExpression') return
  const owner = classAround(tree, node)
  // `this` keeps the class of the instance, so super.m() in a class that is itself extended finds itself.
  if (owner && heightBelow(tree, owner) > 0)
    report(
      node,
      'super-three-levels',
      'super.method() in a class that is extended again recurses without end',
    )
}

function classAround(tree: Tree, node: AnyNode): AnyNode | undefined {
  let at: AnyNode | undefined = node
  while (at && at.type !== 'ClassDeclaration' && at.type !== 'ClassExpression') at = tree.parentOf.get(at)
  return at
}

/** How many classes of this source extend the class. */
function heightBelow(tree: Tree, owner: AnyNode): number {
  const names = tree.nodes.filter((node) => {
    if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return false
    if (node.superClass?.type !== 'Identifier') return false
    const binding = tree.scopes.bindingOf.get(node.superClass)
    if (!binding) return false
    if (binding.declaration === owner) return true
    const declarator = tree.parentOf.get(binding.identifier)
    return declarator?.type === 'VariableDeclarator' && declarator.init === owner
  })
  return names.length
}

function hasEmptyElement(source: string, body: AnyNode): boolean {
  if (body.type !== 'ClassBody') return false
  let at = body.start + 1
  for (const member of [...body.body, { start: body.end - 1, end: body.end }]) {
    if (
      source
        .slice(at, member.start)
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
        .includes(';')
    )
      return true
    at = member.end
  }
  return false
}
