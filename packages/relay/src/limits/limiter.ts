import type { Clock } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Rate } from './token-bucket.ts'
import { takeToken } from './token-bucket.ts'

/** Counts what each key (an address, a visitor, a site) does, in bounded memory. */
export interface Limiter {
  /** Milliseconds to wait; 0: granted and counted. */
  take(key: string): number
  /** `take`, as an error that says when to come back. */
  demand(key: string): void
  /** What was taken last came to nothing: it does not count. */
  giveBack(key: string): void
}

/** Keys remembered at once. The one idle for longest is forgotten first: its bucket is the fullest. */
const MAX_KEYS = 20_000

export interface LimiterOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly rate: Rate
  readonly maxKeys?: number
}

export function createLimiter({ clock, rate, maxKeys = MAX_KEYS }: LimiterOptions): Limiter {
  // A Map keeps the order of insertion: taking re-inserts, so the first key is the idlest.
  const buckets = new Map<string, number>()

  const take = (key: string): number => {
    const taken = takeToken(buckets.get(key), clock.monotonic(), rate)
    if (!taken.ok) return taken.retryAfter
    buckets.delete(key)
    buckets.set(key, taken.fullAt)
    if (buckets.size > maxKeys) {
      const oldest = buckets.keys().next()
      if (!oldest.done) buckets.delete(oldest.value)
    }
    return 0
  }

  return {
    take,
    giveBack(key) {
      const fullAt = buckets.get(key)
      if (fullAt !== undefined) buckets.set(key, fullAt - rate.everyMs)
    },
    demand(key) {
      const retryAfter = take(key)
      if (retryAfter > 0) {
        throw new HomingError('rate_limited', 'Too many at once. Try again in a moment.', {
          retryAfter,
        })
      }
    },
  }
}
