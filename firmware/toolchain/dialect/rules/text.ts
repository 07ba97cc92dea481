import type { Rule } from '../finding.ts'
import { kindOf } from '../value-kinds.ts'

/** Strings, names and line ends that read differently on the board. */
export const text: Rule = (tree, report) => {
  for (const node of tree.nodes) {
    const raw = tree.source.slice(node.start, node.end)
    if (node.type === 'Identifier' && !/^[\w$]+$/.test(raw)) {
      report(node, 'identifier-characters', 'a name outside A-Z a-z 0-9 _ $: not parsed')
    } else if (node.type === 'Literal' && typeof node.value === 'string') {
      if (/\\\r?\n/.test(raw)) report(node, 'line-continuation', 'a continued string keeps the line break')
      if (/\\u\{/.test(raw)) report(node, 'unicode-escape', '\\u{…}: invalid escape sequence on the board')
    } else if (node.type === 'TemplateElement' && /\\u\{/.test(raw)) {
      report(node, 'unicode-escape', '\\u{…}: invalid escape sequence on the board')
    } else if (node.type === 'ReturnStatement' && !node.argument && !raw.endsWith(';')) {
      const rest = tree.source.slice(node.end)
      const next = /^\s*\n\s*([^\s}])/.exec(rest)
      if (next) report(node, 'return-line-break', 'return takes the value from the next line; write return;')
    } else if (node.type === 'UpdateExpression' && node.prefix) {
      const before = tree.source.slice(0, node.start)
      const statement = tree.parentOf.get(node)
      if (statement?.type === 'ExpressionStatement' && /[\w$)\]]\s*\n\s*$/.test(before) && !endsBlock(before))
        report(node, 'increment-line-break', `${node.operator} joins the line before; end that with ;`)
    } else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
      const name = node.callee.property.type === 'Identifier' ? node.callee.property.name : ''
      const [first, second] = node.arguments
      if (
        name === 'fromCharCode' &&
        node.arguments.some((one) => one.type === 'Literal' && Number(one.value) > 255)
      )
        report(node, 'character-beyond-255', 'strings hold bytes: character codes above 255 are cut')
      if (
        (name === 'replace' || name === 'replaceAll') &&
        second?.type === 'Literal' &&
        typeof second.value === 'string' &&
        second.value.includes('$') &&
        first
      )
        report(node, 'replace-dollar', '$ in the replacement is not special on the board')
    } else if (
      node.type === 'AssignmentExpression' &&
      node.left.type === 'MemberExpression' &&
      node.left.computed &&
      kindOf(tree, node.left.object) === 'String'
    )
      report(node, 'string-element', 'a string cannot be changed in place: this throws on the board')
  }
}

function endsBlock(before: string): boolean {
  return /\b(?:else|do)\s*$/.test(before) || /\)\s*$/.test(before)
}
