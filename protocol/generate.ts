import { mkdirSync, writeFileSync } from 'node:fs'
import { cddlDocument } from './generate/cddl.ts'
import { proseDocument } from './generate/prose.ts'
import { vectorsDocument } from './generate/vectors.ts'

/** The generated documents by path from the repository's root; a test compares them with the files. */
export function generatedDocuments(): Record<string, string> {
  return {
    'spec/protocol.cddl': cddlDocument(),
    'spec/PROTOCOL.md': proseDocument(),
    'spec/vectors.json': vectorsDocument(),
  }
}

/** Writes the documents below `root`. */
export function writeGeneratedDocuments(root: string): void {
  mkdirSync(`${root}/spec`, { recursive: true })
  for (const [path, text] of Object.entries(generatedDocuments())) writeFileSync(`${root}/${path}`, text)
}
