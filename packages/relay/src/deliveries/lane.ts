/** So many sends of a connector at a time, the others in the order they came. */
export interface Lane {
  enter(): Promise<void>
  leave(): void
  /** One such task at a time. */
  alone<Value>(task: () => Promise<Value>): Promise<Value>
  /** Tries in a row that did not reach the far side. */
  failures: number
}

export function createLane(slots: number): Lane {
  const waiting: (() => void)[] = []
  let free = slots
  let last: Promise<unknown> = Promise.resolve()
  return {
    failures: 0,
    async enter() {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
    alone(task) {
      const turn = last.then(task)
      last = turn.catch(() => {})
      return turn
    },
  }
}
