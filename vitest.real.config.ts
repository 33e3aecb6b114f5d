import { defineConfig } from 'vitest/config'

/**
 * Suites on real parts: browsers, Request Tracker, strace, kill -9. They share a small machine, so
 * two files run at a time, and those that hold a figure against a bound run after that, alone.
 * `pnpm test:real` runs `real` and `measured`; `pnpm test:proof` runs the long ones of `proof`.
 */
const MEASURED = [
  'test/real/{request-tracker,security-access}.real.test.ts',
  'packages/relay/test/request-tracker.real.test.ts',
]
const PROOF = [
  'test/real/hostile/*.real.test.ts',
  'test/real/{network,public-pages,garbled-log}.real.test.ts',
  'test/real/security-{flood,slow,thousand}.real.test.ts',
]

const shared = {
  environment: 'node',
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // A browser on a busy machine may fail to start. Second tries are listed with the results.
  retry: 1,
} as const

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: ['**/node_modules/**', ...MEASURED, ...PROOF],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'measured',
          include: MEASURED,
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'proof',
          include: PROOF,
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
