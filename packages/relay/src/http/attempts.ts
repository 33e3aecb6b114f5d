import type { Clock } from '@homing/core'

/** Slows down guessing: each key may try `burst` times at once, then once per `everyMs`. */
export interface Attempts {
  /** Milliseconds to wait before this key may try; 0: it may, and the try is counted. */
  take(key: string): number
  /** The try was honest after all: give it back. */
  refund(key: string): void
}

export interface AttemptsOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly burst: number
  readonly everyMs: number
}

/** Keys remembered at once; the one idle for longest is forgotten first. */
const MAX_KEYS = 10_000

/**
 * One number per key, the time at which its allowance is full again. A try moves it forward by
 * `everyMs`; no more than `burst` of them may lie ahead of now.
 */
export function createAttempts({ clock, burst, everyMs }: AttemptsOptions): Attempts {
  const fullAt = new Map<string, number>()

  const set = (key: string, at: number): void => {
    fullAt.delete(key)
    if (at > clock.monotonic()) fullAt.set(key, at)
    if (fullAt.size <= MAX_KEYS) return
    const oldest = fullAt.keys().next()
    if (!oldest.done) fullAt.delete(oldest.value)
  }

  return {
    take(key) {
      const now = clock.monotonic()
      const next = Math.max(fullAt.get(key) ?? now, now) + everyMs
      const wait = next - now - burst * everyMs
      if (wait > 0) return Math.ceil(wait)
      set(key, next)
      return 0
    },
    refund(key) {
      const at = fullAt.get(key)
      if (at !== undefined) set(key, at - everyMs)
    },
  }
}
