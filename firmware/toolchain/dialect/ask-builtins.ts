import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '#protocol/coded-error.ts'
import type { Builtins, NameTable } from './builtins.ts'

/** An expression on the board that gives an instance, by the name of its prototype in the table. */
const INSTANCES: Record<string, string> = {
  Array: '[]',
  String: '""',
  Number: '(5)',
  Boolean: 'true',
  Function: '(function(){})',
  Date: 'new Date()',
  RegExp: '/a/',
  Uint8Array: 'new Uint8Array(1)',
  DataView: 'new DataView(new ArrayBuffer(8))',
  ArrayBuffer: 'new ArrayBuffer(8)',
  Error: 'new Error("x")',
  Promise: 'Promise.resolve(1)',
  Object: '({})',
}

/** What to ask the interpreter about: the names that V8 has, by global, static and prototype. */
export interface Candidates {
  globals: string[]
  statics: Record<string, string[]>
  prototypes: Record<string, string[]>
}

/** The names of a table, so that the interpreter can be asked about exactly these again. */
export function candidatesOf(table: Builtins): Candidates {
  const names = (part: NameTable): string[] => [...part.present, ...part.missing]
  const each = (parts: Record<string, NameTable>): Record<string, string[]> =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, names(part)]))
  return { globals: names(table.globals), statics: each(table.statics), prototypes: each(table.prototypes) }
}

/**
 * Asks a Linux build of the interpreter which names exist. The answer is deterministic and sorted.
 * Throws INTERPRETER_FAILED if a question has no answer.
 */
export function askBuiltins(binary: string, candidates: Candidates): Builtins {
  const keys: string[] = []
  const lines = ['function P(k,v){print("@"+k+" "+v)}', 'P("version",process.env.VERSION);']
  const ask = (key: string, expression: string): void => {
    keys.push(key)
    const question = JSON.stringify(`typeof ${expression}`)
    lines.push(
      `try{P(${JSON.stringify(key)},eval(${question}))}catch(e){P(${JSON.stringify(key)},"undefined")}`,
    )
  }
  for (const name of candidates.globals) ask(`g.${name}`, name)
  for (const [owner, names] of Object.entries(candidates.statics))
    for (const name of names) ask(`s.${owner}.${name}`, `${owner}.${name}`)
  for (const [owner, names] of Object.entries(candidates.prototypes)) {
    lines.push(`var q=${INSTANCES[owner] ?? 'undefined'};`)
    for (const name of names) ask(`p.${owner}.${name}`, `q.${name}`)
  }
  const answers = run(binary, lines.join('\n'))
  const split = (prefix: string, names: string[]): NameTable => {
    const known = (name: string): boolean => {
      const answer = answers.get(`${prefix}${name}`)
      if (answer === undefined)
        throw new CodedError('INTERPRETER_FAILED', `no answer to the question ${prefix}${name}`)
      return answer !== 'undefined'
    }
    const sorted = [...new Set(names)].sort()
    return { present: sorted.filter(known), missing: sorted.filter((name) => !known(name)) }
  }
  const each = (letter: string, parts: Record<string, string[]>): Record<string, NameTable> =>
    Object.fromEntries(
      Object.entries(parts).map(([owner, names]) => [owner, split(`${letter}.${owner}.`, names)]),
    )
  return {
    version: answers.get('version') ?? 'unknown',
    globals: split('g.', candidates.globals),
    statics: each('s', candidates.statics),
    prototypes: each('p', candidates.prototypes),
  }
}

function run(binary: string, source: string): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-ask-'))
  try {
    const file = join(folder, 'ask.js')
    writeFileSync(file, source)
    const { stdout } = spawnSync(binary, [file], { cwd: folder, encoding: 'utf8', timeout: 20_000 })
    const answers = new Map<string, string>()
    for (const line of (stdout ?? '').split(/\r?\n/)) {
      const match = /@(\S+) (\S+)/.exec(line)
      if (match) answers.set(match[1] ?? '', match[2] ?? '')
    }
    return answers
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
