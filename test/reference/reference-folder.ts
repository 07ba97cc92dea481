import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * The folder of reference data: WAYPOST_REFERENCE, else ../shared/data beside the repository. Missing data
 * fails the test that asks for it; it is never skipped.
 */
export function referenceFolder(): string {
  const folder = process.env.WAYPOST_REFERENCE ?? join(repository, '..', 'shared', 'data')
  if (!existsSync(folder)) {
    throw new Error(
      `reference data not found at ${folder}: set WAYPOST_REFERENCE to the folder that holds it`,
    )
  }
  return folder
}

export function referencePath(...parts: string[]): string {
  return join(referenceFolder(), ...parts)
}

export function referenceText(...parts: string[]): string {
  return readFileSync(referencePath(...parts), 'utf8')
}
