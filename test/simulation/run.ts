import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { tellViolation } from '../../packages/core/test/history/checker.ts'
import { NAIVE } from './naive.ts'
import type { Naive } from './naive.ts'
import { planOf } from './plan.ts'
import { runPlan } from './run-plan.ts'
import { shrinkPlan, tellPlan } from './shrink.ts'
import type { SeedDone } from './worker.ts'

/**
 * pnpm test:simulation [--seeds 10000] [--from 1] [--seed 17] [--naive 'no draft id'] [--show 3]
 *
 * Many seeds on all cores, or one aloud. Of those that fail, the first few are made small and told.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    naive: { type: 'string' },
    show: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const naive = NAIVE.find((name) => name === values.naive)
if (values.naive !== undefined && naive === undefined) {
  throw new Error(`--naive must be one of: ${NAIVE.join(', ')}`)
}

/** Then its thread ends: what little a run leaves behind in memory adds up. */
const SEEDS_PER_WORKER = 2_500

if (values.seed === undefined) await runMany(Number(values.from), Number(values.seeds), naive)
else await tellSeed(Number(values.seed), naive)

function startWorker(naiveMode?: Naive): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { workerData: naiveMode })
}

async function runMany(from: number, count: number, naiveMode?: Naive): Promise<void> {
  const started = performance.now()
  const failed: SeedDone[] = []
  const totals: Record<string, number> = {}
  let next = from
  let passed = 0
  let virtual = 0
  await Promise.all(
    Array.from({ length: Number(values.threads) }, async () => {
      let worker = startWorker(naiveMode)
      let served = 0
      while (next < from + count) {
        if (served++ === SEEDS_PER_WORKER) {
          await worker.terminate()
          worker = startWorker(naiveMode)
          served = 1
        }
        const answer = new Promise<SeedDone>((resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
        })
        worker.postMessage(next++)
        const done = await answer
        worker.removeAllListeners('error')
        for (const [name, times] of Object.entries(done.counts)) {
          totals[name] = (totals[name] ?? 0) + times
        }
        virtual += done.ms
        if (done.rules.length === 0) passed++
        else failed.push(done)
      }
      await worker.terminate()
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const { messages = 0, steps = 0, ...faults } = totals
  for (const [name, times] of Object.entries(faults).toSorted(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(9)}  ${name}`)
  }
  console.log(
    `${messages} messages, ${steps} steps, ${Math.round(virtual / 3_600_000)} h of virtual time`,
  )
  console.log(`${(count / seconds).toFixed(1)} seeds/s, ${Math.round(seconds)} s`)
  for (const { seed } of failed.slice(0, Number(values.show))) await tellSeed(seed, naiveMode)
  if (failed.length > 0) {
    const told = failed.slice(0, 40).map(({ seed, rules }) => `${seed} (${rules.join(' ')})`)
    console.log(`failed seeds: ${told.join(', ')}${failed.length > 40 ? ' …' : ''}`)
    process.exitCode = 1
  }
  console.log(`${passed} passed, ${failed.length} failed`)
}

/** A seed's violations, and the smallest plan that still breaks the first of the rules. */
async function tellSeed(seed: number, naiveMode?: Naive): Promise<void> {
  const plan = planOf(seed)
  const { violations, history } = await runPlan(plan, naiveMode)
  const [first] = violations
  if (!first) {
    console.log(`seed ${seed}: ${history.length} events, every promise kept`)
    return
  }
  const small = await shrinkPlan(plan, first.rule, naiveMode)
  const again = await runPlan(small, naiveMode)
  console.log(`\n${tellPlan(small)}`)
  for (const violation of again.violations.slice(0, 5)) console.log(tellViolation(violation))
  process.exitCode = 1
}
