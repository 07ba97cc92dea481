// Sums the vitest JSON reports of a folder: `node scripts/count-tests.mjs FOLDER` prints "PASSED FAILED".
// A test file that could not be loaded counts as one failure, and so does every skipped test: what a
// machine cannot test must fail by name.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
if (!folder) {
  process.stderr.write('usage: node scripts/count-tests.mjs FOLDER\n')
  process.exit(2)
}
let passed = 0
let failed = 0
for (const name of readdirSync(folder)) {
  if (!name.endsWith('.json')) continue
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  for (const file of report.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) failed += 1
    for (const test of file.assertionResults) {
      if (test.status === 'passed' || test.status === 'failed') continue
      failed += 1
      process.stderr.write(`skipped, so counted as failed: ${file.name}: ${test.fullName}\n`)
    }
  }
}
process.stdout.write(`${passed} ${failed}\n`)
