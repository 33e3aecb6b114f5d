/** How often what happened in a run, by name. */
export interface Counts {
  add(name: string, count?: number): void
  readonly all: Readonly<Record<string, number>>
}

export function createCounts(): Counts {
  const all: Record<string, number> = {}
  return {
    all,
    add: (name, count = 1) => {
      all[name] = (all[name] ?? 0) + count
    },
  }
}
