import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Suites on real parts: browsers, Request Tracker, strace, kill -9. `pnpm test:real` runs them all,
 * `pnpm test:real:short` all but the long ones of `proof`. Side by side they take each other's time:
 * on a small machine two files run at once, and what holds a figure against a bound runs after them.
 */
const CORES = availableParallelism()
const SIDE_BY_SIDE = Math.max(2, Math.floor(CORES / 2))

/** They wait more than they work, and their bounds have room for one another. */
const TRACKER = ['{test/real,packages/relay/test}/request-tracker.real.test.ts']
/** Their figures are compared with others of the same run, or with a bound of the promise. */
const MEASURED = ['test/real/{drain,security-{access,flood,slow,thousand}}.real.test.ts']
const PROOF = [
  'test/real/hostile/*.real.test.ts',
  'test/real/{network,public-pages,garbled-log,browsers}.real.test.ts',
]
/** Minutes each, and so only with the other long ones. */
const LONG = ['test/real/security-{flood,slow,thousand}.real.test.ts']

const shared = {
  environment: 'node',
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // A browser on a busy machine may fail to start. Second tries are listed with the results.
  retry: 1,
} as const

/** Projects run one after the other, by `groupOrder`. */
const project = (
  name: string,
  groupOrder: number,
  include: string[],
  maxWorkers: number,
  exclude: readonly string[] = [],
) => ({
  test: {
    ...shared,
    name,
    include,
    exclude: ['**/node_modules/**', ...exclude],
    maxWorkers,
    sequence: { groupOrder },
  },
})

export default defineConfig({
  test: {
    projects: [
      project('real', 0, ['**/*.real.test.ts'], SIDE_BY_SIDE, [...TRACKER, ...MEASURED, ...PROOF]),
      project('tracker', 1, TRACKER, 2),
      project('measured', 2, MEASURED, 1, LONG),
      project('proof', 3, PROOF, CORES < 8 ? 1 : SIDE_BY_SIDE),
      project('proof-measured', 4, LONG, 1),
    ],
  },
})
