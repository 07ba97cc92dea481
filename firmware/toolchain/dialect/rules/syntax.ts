import type { AnyNode } from 'acorn'
import type { Rule } from '../finding.ts'
import { isFunction } from '../nodes.ts'

const LOGICAL_ASSIGNMENTS = new Set(['??=', '||=', '&&='])
const LOWER = 'the interpreter does not parse it'

/** Everything that the interpreter's parser refuses and that one node alone shows. */
export const syntax: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    const refused = refusal(node, tree.parentOf.get(node))
    if (refused) report(node, refused[0], refused[1])
  }
}

function refusal(node: AnyNode, parent: AnyNode | undefined): [string, string] | undefined {
  switch (node.type) {
    case 'AssignmentPattern':
      return isFunction(parent)
        ? ['default-parameter', `default parameter: ${LOWER}; test for undefined in the body`]
        : ['destructuring', `default in a pattern: ${LOWER}`]
    case 'RestElement':
      return isFunction(parent)
        ? ['rest-parameter', `rest parameter: ${LOWER}; use arguments`]
        : ['destructuring', `rest in a pattern: ${LOWER}`]
    case 'SpreadElement':
      return ['spread', `spread: ${LOWER}; use apply, concat or Object.assign`]
    case 'ObjectPattern':
    case 'ArrayPattern':
      return ['destructuring', 'destructuring: not parsed or assigns globals; take each member by name']
    case 'Property':
      return node.computed && parent?.type === 'ObjectExpression'
        ? ['computed-key', `computed key: ${LOWER}; assign after the object is made`]
        : undefined
    case 'MethodDefinition':
      return node.computed ? ['computed-key', `computed method name: ${LOWER}`] : undefined
    case 'PrivateIdentifier':
      return ['private-name', `private name: ${LOWER}, and lowered it needs WeakMap`]
    case 'StaticBlock':
      return ['static-block', `static block: ${LOWER}`]
    case 'LabeledStatement':
      return ['label', `label: ${LOWER}; use a function and return`]
    case 'BinaryExpression':
      return node.operator === '**' ? ['exponent', `**: ${LOWER}; multiply`] : undefined
    case 'AssignmentExpression':
      if (LOGICAL_ASSIGNMENTS.has(node.operator))
        return ['logical-assignment', `${node.operator}: ${LOWER}; use an if`]
      return node.operator === '**=' ? ['exponent', `**=: ${LOWER}; multiply`] : undefined
    case 'ChainExpression':
      return ['optional-chain', `?.: ${LOWER}; test for undefined`]
    case 'YieldExpression':
      return ['generator', `yield: ${LOWER}`]
    case 'AwaitExpression':
      return ['async', `await: ${LOWER}; use callbacks`]
    case 'TaggedTemplateExpression':
      return ['tagged-template', `tagged template: ${LOWER}`]
    case 'MetaProperty':
      return ['meta-property', `new.target and import.meta: ${LOWER}`]
    case 'WithStatement':
      return ['with', `with: ${LOWER}`]
    case 'DebuggerStatement':
      return ['debugger', 'debugger stops the board until somebody types at its console']
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
    case 'ExportAllDeclaration':
      return ['module', `import and export: ${LOWER}; bundle the file`]
    case 'SwitchStatement': {
      const at = node.cases.findIndex((one) => one.test === null)
      return at >= 0 && at !== node.cases.length - 1
        ? ['switch-default-not-last', 'default before a case: the interpreter wants it last']
        : undefined
    }
    case 'Literal':
      if ('bigint' in node && node.bigint) return ['bigint', `BigInt: ${LOWER}`]
      if ('regex' in node && node.regex)
        return ['regular-expression', 'regular expression: many never match; compare characters instead']
      return undefined
    case 'ForOfStatement':
      return node.await ? ['async', `for await: ${LOWER}`] : undefined
    case 'DoWhileStatement':
      return (node.body.type === 'IfStatement' && !node.body.alternate) || node.body.type === 'TryStatement'
        ? ['do-if', 'do with a bare if or try as its body: not parsed; put the body in braces']
        : undefined
    default:
      if (!isFunction(node)) return undefined
      if (node.async) return ['async', `async function: ${LOWER}; use callbacks`]
      return node.generator ? ['generator', `generator: ${LOWER}`] : undefined
  }
}
