import { parentPort, workerData } from 'node:worker_threads'
import { planOf } from './plan.ts'
import { runPlan } from './run-plan.ts'
import type { Naive } from './naive.ts'

/** A thread that runs the seeds it is given, one after the other. */
export interface SeedDone {
  readonly seed: number
  readonly rules: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  readonly ms: number
}

const naive = workerData as Naive | undefined

// Nobody reads the stack of what is refused on purpose, thousands of times a second; who looks at
// one seed runs it elsewhere.
Error.stackTraceLimit = 0

parentPort?.on('message', (seed: number) => {
  void runPlan(planOf(seed), naive).then(
    ({ violations, counts, ms }) =>
      parentPort?.postMessage({
        seed,
        rules: [...new Set(violations.map(({ rule }) => rule))],
        counts,
        ms,
      } satisfies SeedDone),
    (error: unknown) => {
      const rules = [`error: ${error instanceof Error ? error.message : String(error)}`]
      parentPort?.postMessage({ seed, rules, counts: {}, ms: 0 } satisfies SeedDone)
    },
  )
})
