import { describe, expect, it } from 'vitest'
import { checkHistory, tellViolation } from '../../packages/core/test/history/checker.ts'
import { MUTANTS } from '../../packages/core/test/history/mutants.ts'
import { seededRandom } from '../../packages/core/test/seeded-random.ts'
import type { Naive } from './naive.ts'
import { PINNED } from './pinned.ts'
import { planOf } from './plan.ts'
import { runPlan } from './run-plan.ts'
import { shrinkPlan, tellPlan } from './shrink.ts'

/** Seeds of `pnpm test`; `pnpm test:simulation --seeds 10000` runs more of them, on all cores. */
const SEEDS = 100
const PER_TEST = 20
const PATIENCE_MS = 120_000

async function expectKept(seed: number): Promise<void> {
  const plan = planOf(seed)
  const { violations } = await runPlan(plan)
  const [first] = violations
  if (!first) return
  const small = await shrinkPlan(plan, first.rule)
  expect.fail([...violations.map(tellViolation), tellPlan(small)].join('\n'))
}

describe('simulation', () => {
  const parts = Array.from({ length: SEEDS / PER_TEST }, (_, part) => 1 + part * PER_TEST)
  it.each(parts)(
    'C1–C12: twenty seeds from %i',
    async (from) => {
      for (let seed = from; seed < from + PER_TEST; seed++) await expectKept(seed)
    },
    PATIENCE_MS,
  )

  it('is its seed and nothing else', async () => {
    const [first, again] = [await runPlan(planOf(7)), await runPlan(planOf(7))]
    expect(again.history).toEqual(first.history)
  })
})

describe('seeds that failed once', () => {
  it.each(PINNED)('$rule: seed $seed: $taught', async ({ plan }) => {
    const { violations } = await runPlan(plan)
    expect(violations.map(tellViolation)).toEqual([])
  })
})

describe('what people build who have not been bitten yet', () => {
  /** Among so many seeds, one at least shows it. */
  const WITHIN = 100
  const MODES: readonly (readonly [rule: string, naive: Naive])[] = [
    ['C2', 'no draft id'],
    ['C6', 'sorted by time'],
    ['C1', 'ack before commit'],
    ['C1', 'synchronous normal'],
    ['C7', 'leader only'],
  ]
  it.each(MODES)(
    '%s: is broken by: %s',
    async (rule, naive) => {
      for (let seed = 1; seed <= WITHIN; seed++) {
        const { violations } = await runPlan(planOf(seed), naive)
        if (violations.some((violation) => violation.rule === rule)) return
      }
      expect.fail(`${WITHIN} seeds did not show it`)
    },
    PATIENCE_MS,
  )
})

it(
  'C1–C12: every mutant of a simulated history is flagged',
  async () => {
    const random = seededRandom(1)
    const applied = new Set<string>()
    for (let seed = 1; seed <= 24; seed++) {
      const { history } = await runPlan(planOf(seed))
      for (const { rule, name, apply } of MUTANTS) {
        const mutant = apply(history, random)
        if (!mutant) continue
        applied.add(name)
        const flagged = checkHistory(mutant).map((violation) => violation.rule)
        expect(flagged, `${name}, in seed ${seed}`).toContain(rule)
      }
    }
    expect(MUTANTS.filter(({ name }) => !applied.has(name)).map(({ name }) => name)).toEqual([])
  },
  PATIENCE_MS,
)
