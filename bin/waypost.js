#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = new URL('../dist/cli.js', import.meta.url)
if (!existsSync(fileURLToPath(cli))) {
  const code = 'NOT_BUILT'
  process.stderr.write(
    `waypost: ${code}: dist/cli.js is missing, in this checkout, run npm ci (or npm run build) first\n`,
  )
  process.exit(2)
}
await import(cli.href)
