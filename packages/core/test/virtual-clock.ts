import type { Clock, Stop } from '@homing/core'

/** A clock that stands still until it is turned by hand. */
export interface VirtualClock extends Clock {
  /**
   * Let time pass. Timers fall due one after the other; what each of them started is carried to
   * its end before the next one.
   */
  advance(ms: number): Promise<void>
  /** Somebody sets the device's clock: `now` jumps, durations do not. */
  jump(ms: number): void
  /** When the next timer is due, in ms from here; undefined when none is set. */
  next(): number | undefined
  /** Timers that are set: a part that was stopped must leave none. */
  timers(): number
}

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** 2026-03-01T09:00:00Z: a morning in no test's way. */
export const MORNING = 1_772_355_600_000

export function createVirtualClock(start = MORNING): VirtualClock {
  let elapsed = 0
  let jumped = 0
  const timers = new Set<Timer>()

  const earliest = (): Timer | undefined => {
    let first: Timer | undefined
    // Those due at once go in the order they were set: a Set keeps it.
    for (const timer of timers) if (!first || timer.due < first.due) first = timer
    return first
  }

  return {
    now: () => start + elapsed + jumped,
    monotonic: () => elapsed,
    after: (ms, callback): Stop => {
      const timer: Timer = { due: elapsed + Math.max(0, ms), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance: async (ms) => {
      const end = elapsed + ms
      await settled()
      for (let timer = earliest(); timer && timer.due <= end; timer = earliest()) {
        elapsed = Math.max(elapsed, timer.due)
        timers.delete(timer)
        timer.callback()
        await settled()
      }
      elapsed = end
    },
    jump: (ms) => {
      jumped += ms
    },
    next: () => {
      const timer = earliest()
      return timer && Math.max(0, timer.due - elapsed)
    },
    timers: () => timers.size,
  }
}

/** Everything that waits for nothing but promises has been done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
