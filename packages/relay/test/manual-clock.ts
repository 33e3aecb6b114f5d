import type { Clock } from '@homing/core'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Move on, and call what falls due on the way, in its order. */
  advance(ms: number): void
  /** When the next timer is due; undefined when none waits. */
  next(): number | undefined
}

export function createManualClock(start = 1_790_000_000_000): ManualClock {
  let now = start
  let count = 0
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>()
  const first = (): [number, { readonly at: number; readonly callback: () => void }] | undefined =>
    [...timers].toSorted(([a, x], [b, y]) => x.at - y.at || a - b)[0]

  return {
    now: () => now,
    monotonic: () => now - start,
    after(ms, callback) {
      const id = ++count
      timers.set(id, { at: now + ms, callback })
      return () => timers.delete(id)
    },
    advance(ms) {
      const end = now + ms
      for (let due = first(); due && due[1].at <= end; due = first()) {
        timers.delete(due[0])
        now = Math.max(now, due[1].at)
        due[1].callback()
      }
      now = end
    },
    next: () => first()?.[1].at,
  }
}
