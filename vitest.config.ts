import { defineConfig } from 'vitest/config'

const long = { testTimeout: 120_000, hookTimeout: 60_000 }
export default defineConfig({
  test: {
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
