// Runs one TypeScript file of this repository with plain Node: `node scripts/run-ts.mjs FILE [ARG…]`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const [entry, ...rest] = process.argv.slice(2)
if (!entry) {
  process.stderr.write('usage: node scripts/run-ts.mjs FILE.ts [ARG…]\n')
  process.exit(2)
}
// Inside the repository, so that node resolves the external packages from node_modules.
const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.run-ts-'))
const outfile = join(folder, 'main.mjs')
try {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  const result = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...rest], {
    stdio: 'inherit',
  })
  process.exitCode = result.status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
