// Builds the `waypost` command into dist/. Bundled, because start-up is then one file read per
// entry instead of hundreds; packages stay external so that native parts load from node_modules.
import { build } from 'esbuild'

await build({
  entryPoints: { cli: 'gateway/cli.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})
