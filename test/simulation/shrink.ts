import type { Violation } from '../../packages/core/test/history/rule.ts'
import type { Naive } from './naive.ts'
import type { Act, Plan } from './plan.ts'
import { runPlan } from './run-plan.ts'

/** Runs spent on making a failing plan small. */
const MAX_RUNS = 300

/**
 * The fewest acts that still break the same rule: halves are left out, then quarters, then single
 * acts, for as long as it goes on failing.
 */
export async function shrinkPlan(
  plan: Plan,
  rule: Violation['rule'],
  naive?: Naive,
): Promise<Plan> {
  let runs = 0
  const fails = async (acts: readonly Act[]): Promise<boolean> => {
    if (runs++ >= MAX_RUNS) return false
    const { violations } = await runPlan({ ...plan, acts }, naive)
    return violations.some((violation) => violation.rule === rule)
  }
  let { acts } = plan
  for (let size = Math.ceil(acts.length / 2); size >= 1;) {
    let smaller = false
    for (let from = 0; from < acts.length; from += size) {
      const rest = [...acts.slice(0, from), ...acts.slice(from + size)]
      if (!(await fails(rest))) continue
      acts = rest
      smaller = true
      from -= size
    }
    if (size === 1 && !smaller) break
    size = size === 1 ? 1 : Math.ceil(size / 2)
  }
  return { ...plan, acts }
}

export function tellPlan({ seed, browsers, shared, told, acts }: Plan): string {
  const head = `seed ${seed}: ${browsers} browsers${shared ? ', two of one visitor' : ''}${told ? '' : ', pages are not told of the network'}`
  const lines = acts.map(
    ({ at, kind, draws }) =>
      `  ${at} ms  ${kind}  [${draws.map((draw) => draw.toFixed(3)).join(' ')}]`,
  )
  return [head, ...lines].join('\n')
}
