import { describe, expect, it } from 'vitest'
import { seededRandom } from '../seeded-random.ts'
import { checkHistory, tellViolation } from './checker.ts'
import { goodHistory } from './good-history.ts'
import { MUTANTS } from './mutants.ts'
import { parseHistory } from './recorder.ts'
import { RULE_IDS } from './rule.ts'

/** Seeds of good histories, and places of each mutant in each of them. */
const SEEDS = 40
const PLACES = 3

describe('the history checker', () => {
  it('C1–C12: lets a history pass in which every promise is kept', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      expect(checkHistory(goodHistory(seededRandom(seed))).map(tellViolation)).toEqual([])
    }
  })

  it('C4: to try what was taken already moves nothing', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const history = goodHistory(seededRandom(seed))
      const tried = history.flatMap((event) =>
        event.op === 'ack' ? [{ ...event, op: 'retry' as const }] : [],
      )
      expect(checkHistory([...history, ...tried.toReversed()]).map(tellViolation)).toEqual([])
    }
  })

  it('has a mutant of every rule', () => {
    expect([...new Set(MUTANTS.map(({ rule }) => rule))].toSorted(byNumber)).toEqual(RULE_IDS)
  })

  it.each(MUTANTS.map((mutant) => [mutant.rule, mutant.name, mutant] as const))(
    '%s: flags it when %s',
    (rule, _, mutant) => {
      let applied = 0
      for (let seed = 1; seed <= SEEDS; seed++) {
        for (let place = 0; place < PLACES; place++) {
          const history = mutant.apply(
            goodHistory(seededRandom(seed)),
            seededRandom(seed * 100 + place),
          )
          if (!history) continue
          applied++
          const flagged = checkHistory(history)
          expect(flagged.map(({ rule: id }) => id)).toContain(rule)
        }
      }
      expect(applied).toBeGreaterThan((SEEDS * PLACES) / 2)
    },
  )

  it('reads what several parties wrote down, by their common clock', () => {
    const history = goodHistory(seededRandom(1))
    const lines = (suits: (index: number) => boolean): string =>
      history
        .filter((_, index) => suits(index))
        .map((event) => JSON.stringify(event))
        .join('\n')
    const read = parseHistory(
      lines((index) => index < 50),
      lines((index) => index >= 50),
    )
    expect(read).toEqual(history)
  })

  it('takes time that grows with the history, and no faster', () => {
    const steps = (count: number): number => {
      const history = goodHistory(seededRandom(1), count)
      let looks = 0
      const counted = history.map(
        (event) =>
          new Proxy(event, {
            get: (target, name) => {
              looks++
              return Reflect.get(target, name) as unknown
            },
          }),
      )
      expect(checkHistory(counted)).toEqual([])
      return looks / history.length
    }
    expect(steps(4_000)).toBeLessThan(steps(400) * 1.5)
  })
})

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1))
}
