import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const long = { testTimeout: 120_000, hookTimeout: 60_000 }
// .ci/run counts the tests of the commands that it calls from these files.
const reportFolder = process.env.WAYPOST_TEST_REPORT_DIR
const reports = reportFolder
  ? {
      reporters: ['default', 'json'],
      outputFile: { json: join(reportFolder, `vitest-${process.pid}.json`) },
    }
  : {}

export default defineConfig({
  test: {
    ...reports,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{protocol,firmware,gateway,hardware-sim,demo,test,docs}/**/*.test.ts'],
          exclude: ['**/*.reference.test.ts', '**/*.espruino.test.ts', '**/node_modules/**'],
          pool: 'forks',
          ...long,
        },
      },
      { test: { name: 'reference', include: ['**/*.reference.test.ts'], pool: 'forks', ...long } },
      {
        test: {
          name: 'espruino',
          include: ['**/*.espruino.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          ...long,
        },
      },
    ],
  },
})
