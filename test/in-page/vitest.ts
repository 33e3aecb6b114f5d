// Stands in for `vitest` inside a page, so that a contract suite runs in any engine as it is.

export interface Case {
  readonly title: string
  run(): Promise<void>
}

type Work = () => unknown

interface Group {
  readonly title: string
  readonly before: Work[]
  readonly after: Work[]
}

/** What was collected, in order. */
export const cases: Case[] = []

let groups: readonly Group[] = []

export function describe(title: string, define: () => void): void {
  const outer = groups
  groups = [...outer, { title, before: [], after: [] }]
  define()
  groups = outer
}

export function it(title: string, work: Work): void {
  const path = groups
  cases.push({
    title: [...path.map((group) => group.title), title].join(' › '),
    run: async () => {
      try {
        for (const { before } of path) for (const hook of before) await hook()
        await work()
      } finally {
        for (const { after } of path.toReversed()) for (const hook of after) await hook()
      }
    },
  })
}

export function beforeEach(work: Work): void {
  groups.at(-1)?.before.push(work)
}

export function afterEach(work: Work): void {
  groups.at(-1)?.after.push(work)
}

export function expect(actual: unknown): Matchers & { readonly not: Matchers } {
  return { ...matchers(actual, true), not: matchers(actual, false) }
}

export interface Matchers {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toContainEqual(expected: unknown): void
  toMatch(expected: RegExp): void
  toHaveLength(expected: number): void
  toBeUndefined(): void
  toBeNull(): void
}

function matchers(actual: unknown, wanted: boolean): Matchers {
  const check = (holds: boolean, verb: string, expected?: unknown): void => {
    if (holds === wanted) return
    const show = (value: unknown): string => JSON.stringify(value) ?? String(value)
    throw new Error(`${show(actual)} ${wanted ? 'should' : 'should not'} ${verb} ${show(expected)}`)
  }
  return {
    toBe: (expected) => check(Object.is(actual, expected), 'be', expected),
    toEqual: (expected) => check(equal(actual, expected), 'equal', expected),
    toContainEqual: (expected) =>
      check(
        (actual as unknown[]).some((each) => equal(each, expected)),
        'contain',
        expected,
      ),
    toMatch: (expected) => check(expected.test(actual as string), 'match', String(expected)),
    toHaveLength: (expected) =>
      check((actual as { length: number }).length === expected, 'have length', expected),
    toBeUndefined: () => check(actual === undefined, 'be', undefined),
    toBeNull: () => check(actual === null, 'be', null),
  }
}

/** Same data; a field that is undefined is as good as absent, as in vitest's toEqual. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].every((key) => equal(left[key], right[key]))
}
