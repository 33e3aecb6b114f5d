import { defineConfig } from 'vitest/config'

/**
 * Suites on real parts: browsers, Request Tracker, strace, kill -9, broken networks. Most of their
 * time they wait, so a few files run side by side even on a small machine; those that hold a figure
 * against a bound run after that, alone.
 */
const MEASURED = ['test/real/security-{access,thousand}.real.test.ts']

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
          exclude: ['**/node_modules/**', ...MEASURED],
          maxWorkers: 3,
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
    ],
  },
})
