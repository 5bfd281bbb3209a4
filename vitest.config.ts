import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

// Siblings are tested from their sources: no build comes before a test.
const resolve = { conditions: ['millrace-source', 'module', 'node', 'development|production'] }
const ssr = { resolve }

/** Tests that start servers and processes: one file at a time on two cores, and time for a restart. */
function crossing(name: string, testTimeout: number): TestProjectConfiguration {
  return {
    resolve,
    ssr,
    test: {
      name,
      include: [`tests/${name}/**/*.test.ts`],
      testTimeout,
      hookTimeout: 60_000,
      teardownTimeout: 30_000,
      fileParallelism: false,
    },
  }
}

export default defineConfig({
  resolve,
  ssr,
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          testTimeout: 15_000,
          hookTimeout: 30_000,
          globalSetup: ['tests/support/src/node/postgres-setup.ts', 'tests/support/src/node/redis-setup.ts'],
          typecheck: {
            enabled: true,
            include: ['packages/*/src/**/*.test-d.{ts,tsx}'],
            tsconfig: './tsconfig.vitest.json',
            checker: 'tsc',
          },
        },
      },
      {
        resolve,
        ssr,
        test: { name: 'scripts', include: ['scripts/**/*.test.mjs'], testTimeout: 60_000 },
      },
      {
        resolve,
        ssr,
        test: { name: 'bench', include: ['bench/src/**/*.test.ts'], testTimeout: 60_000, fileParallelism: false },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'examples',
          include: ['examples/*/{src,test,tests}/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          globalSetup: ['tests/support/src/node/postgres-setup.ts', 'tests/support/src/node/redis-setup.ts'],
        },
      },
      crossing('cli', 120_000),
      crossing('compat', 60_000),
      crossing('docs', 60_000),
      crossing('faults', 180_000),
      crossing('fuzz', 120_000),
      crossing('sdk', 60_000),
      crossing('support', 15_000),
    ],
  },
})
