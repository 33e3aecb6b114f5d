import { defineConfig } from 'vitest/config'

const oxc = { jsx: { runtime: 'automatic' as const, importSource: 'preact' } }

/** The suites of `pnpm test`. Suites that need real browsers or servers are in vitest.real.config.ts. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: [
            'packages/{core,relay}/**/*.test.ts',
            'test/*.test.ts',
            'test/simulation/*.test.ts',
            'examples/**/*.test.ts',
          ],
          exclude: ['**/*.real.test.ts', '**/node_modules/**'],
          environment: 'node',
        },
      },
      {
        oxc,
        test: {
          name: 'happy-dom',
          include: ['packages/{widget,console}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.real.test.{ts,tsx}', '**/*.browser.test.{ts,tsx}', '**/node_modules/**'],
          environment: 'happy-dom',
        },
      },
    ],
  },
})
