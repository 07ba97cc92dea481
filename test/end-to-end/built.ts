import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { until } from '#test/support/until.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES = ['protocol', 'firmware', 'gateway', 'hardware-sim', 'demo', 'scripts/build.mjs']
/** A lock older than this was left behind by a test that was killed. */
const LOCK_MILLISECONDS = 60_000

function newestMilliseconds(path: string): number {
  const status = statSync(path)
  if (!status.isDirectory()) return /\.(ts|mjs|json)$/.test(path) ? status.mtimeMs : 0
  return Math.max(0, ...readdirSync(path).map((name) => newestMilliseconds(join(path, name))))
}

function isFresh(): boolean {
  try {
    const built = statSync(join(ROOT, 'dist/cli.js')).mtimeMs
    return SOURCES.every((path) => newestMilliseconds(join(ROOT, path)) <= built)
  } catch {
    return false
  }
}

/** Builds dist/ when it is missing or older than a source, in one of the test files that run side by side. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(ROOT, 'node_modules/.waypost-test-build')
  await until(
    () => {
      if (isFresh()) return true
      try {
        mkdirSync(lock)
      } catch {
        const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
        if (age > LOCK_MILLISECONDS) rmSync(lock, { recursive: true, force: true })
        return false
      }
      try {
        execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' })
      } finally {
        rmSync(lock, { recursive: true, force: true })
      }
      return true
    },
    'dist/ to be built',
    2 * LOCK_MILLISECONDS,
  )
}
