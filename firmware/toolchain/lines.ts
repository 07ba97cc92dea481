import { CodedError } from '#protocol/coded-error.ts'
import { parseTree } from './dialect/tree.ts'

/** A line is broken at the first statement after this many characters. */
const LINE_CHARACTERS = 80

/**
 * Puts line breaks between statements and between methods. When an error is thrown on the board it makes a
 * text with the line and a marker as long as the line for every function it came through: with one line of
 * 48 kB, one sensor that does not answer was out of memory. (esbuild's lineLimit continues strings over lines,
 * which the interpreter reads otherwise.)
 * @throws BUNDLE_FAILED for text that is not JavaScript
 */
export function breakLines(source: string): string {
  const tree = parseTree(source)
  if (!('nodes' in tree)) throw new CodedError('BUNDLE_FAILED', `the bundle does not parse: ${tree.message}`)
  const places: number[] = []
  for (const node of tree.nodes) {
    if (node.type === 'Program' || node.type === 'BlockStatement' || node.type === 'ClassBody') {
      for (const one of node.body) places.push(one.start)
    } else if (node.type === 'SwitchStatement') for (const one of node.cases) places.push(one.start)
  }
  places.sort((a, b) => a - b)
  const lines: string[] = []
  let begun = 0
  for (const place of places) {
    if (place - begun < LINE_CHARACTERS) continue
    lines.push(source.slice(begun, place))
    begun = place
  }
  return [...lines, source.slice(begun)].join('\n')
}
