import type { Random } from './clock.ts'
import { BACKOFF_MAX_MS, BACKOFF_MIN_MS } from './constants.ts'

/**
 * Full jitter: anything between nothing and the doubled ceiling, so that clients cut off together
 * do not come back together. `failures` counts from 1; the first retry is random too.
 */
export function backoffMs(failures: number, random: Random): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.max(0, failures - 1))
  return Math.round(ceiling * random())
}
