import { defineConfig } from 'vitest/config'

/**
 * Suites on real parts: browsers, Request Tracker, strace, kill -9. One file after the other,
 * for they share two cores and some of them measure time.
 */
export default defineConfig({
  test: {
    include: ['**/*.real.test.ts'],
    exclude: ['**/node_modules/**'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
