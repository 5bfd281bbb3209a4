import { defineConfig } from 'vitest/config'

const resolve = { conditions: ['millrace-source', 'module', 'node', 'development|production'] }
const ssr = { resolve: { conditions: ['millrace-source', 'module', 'node', 'development|production'] } }

export default defineConfig({
  resolve,
  ssr,
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          typecheck: { enabled: true, include: ['packages/*/src/**/*.test-d.ts'], tsconfig: './tsconfig.vitest.json', checker: 'tsc' },
        },
      },
    ],
  },
})
