import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILTINS } from './dialect/builtins.ts'
import type { Tree } from './dialect/tree.ts'

/**
 * Files whose members and texts keep their names: what the interpreter offers and takes, and what the
 * configuration in `wp.cfg` is made of.
 */
const KEPT_WORDS_OF = ['firmware/espruino.d.ts', 'firmware/device-api.ts', 'firmware/boards/types.ts']
/** A member's name in a declaration: at the head of a line or of a type in braces. Parameters are not members. */
const MEMBER =
  /(?:^|[{;|])\s*(?:readonly\s+|declare\s+(?:const|function)\s+)?([A-Za-z_$][\w$]*)\s*(?=\??:|[(<])/gm
/** Names that mean something to the language itself. */
const LANGUAGE = ['constructor', 'prototype', 'message', 'exports', 'then', 'toString', 'valueOf', 'toJSON']
/** Shorter names gain nothing. */
const LENGTH_MINIMUM = 3

/** The words that the property names of a bundle may not touch. @param root folder of the repository */
export function keptWords(root: string): Set<string> {
  const words = new Set(LANGUAGE)
  for (const file of KEPT_WORDS_OF) {
    const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    for (const [, word] of text.matchAll(MEMBER)) if (word) words.add(word)
    for (const [quoted] of text.matchAll(/'[^'\n]*'/g)) {
      for (const [word] of quoted.matchAll(/[\w$]+/g)) words.add(word)
    }
  }
  for (const table of [
    BUILTINS.globals,
    ...Object.values(BUILTINS.statics),
    ...Object.values(BUILTINS.prototypes),
  ]) {
    for (const word of [...table.present, ...table.missing]) words.add(word)
  }
  return words
}

/**
 * The property names that belong to the firmware alone and may be shortened: everything used as a plain member
 * name except kept words and whatever also stands as a text in the source, because a text may be a key.
 * Sorted, so that the same source gives the same bytes.
 */
export function shortenableNames(tree: Tree, kept: Set<string>): string[] {
  const names = new Set<string>()
  const texts = new Set<string>()
  for (const node of tree.nodes) {
    if (node.type === 'Literal' && typeof node.value === 'string') texts.add(node.value)
    else if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier')
      names.add(node.property.name)
    else if (
      (node.type === 'Property' || node.type === 'MethodDefinition') &&
      !node.computed &&
      node.key.type === 'Identifier'
    )
      names.add(node.key.name)
  }
  return [...names]
    .filter((name) => name.length >= LENGTH_MINIMUM && !kept.has(name) && !texts.has(name))
    .sort()
}

/** The pattern that esbuild's mangleProps takes for exactly these names; undefined for none. */
export function patternOf(names: string[]): RegExp | undefined {
  if (names.length === 0) return undefined
  return new RegExp(`^(?:${names.map((name) => name.replace(/\$/g, '\\$')).join('|')})$`)
}
