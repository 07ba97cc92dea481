import { getLineInfo } from 'acorn'
import type { Finding } from './finding.ts'
import { RULES } from './rules/index.ts'
import { parseTree } from './tree.ts'

/** Findings listed for one file; a file with more gets a last finding `too-many` instead. */
const FINDINGS_MAXIMUM = 1000

/**
 * What the Espruino interpreter (2v29) refuses in plain JavaScript or runs differently from V8, in the order
 * of the source. Decides by the text alone: a clean answer means that no known difference is visible.
 * @param source plain JavaScript (TypeScript is bundled first)
 */
export function checkDialect(source: string): Finding[] {
  const tree = parseTree(source)
  if (!('nodes' in tree)) {
    return [
      {
        line: tree.loc?.line ?? 1,
        column: (tree.loc?.column ?? 0) + 1,
        rule: 'not-javascript',
        message: tree.message,
      },
    ]
  }
  const findings: Finding[] = []
  for (const rule of RULES) {
    rule(tree, (node, name, message) => {
      const { line, column } = getLineInfo(source, node.start)
      findings.push({ line, column: column + 1, rule: name, message })
    })
  }
  findings.sort((a, b) => a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1))
  if (findings.length <= FINDINGS_MAXIMUM) return findings
  const last = findings[FINDINGS_MAXIMUM - 1]
  return [
    ...findings.slice(0, FINDINGS_MAXIMUM),
    {
      line: last?.line ?? 1,
      column: last?.column ?? 1,
      rule: 'too-many',
      message: `only the first ${FINDINGS_MAXIMUM} of ${findings.length} findings are listed`,
    },
  ]
}
