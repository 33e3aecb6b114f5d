import type { Random } from '@homing/core'

/**
 * When a failed delivery is tried again: one table, one pure function.
 *
 * It begins with many quick tries. A helpdesk that restarts is away for seconds or a minute, and a
 * visitor who waits should not wait for a table: in the first minute no gap is longer than five
 * seconds, in the first three none longer than fifteen. A try costs one request, and a connector
 * that is down is held as a whole, so quick tries do not add up. Then come the long gaps of the
 * Standard Webhooks specification, so that nobody has to get up on a Sunday: about three days.
 */
export const RETRY_TABLE_MS: readonly number[] = [
  ...repeat(1_000, 1),
  ...repeat(2_000, 1),
  ...repeat(3_000, 1),
  ...repeat(5_000, 11),
  ...repeat(10_000, 6),
  ...repeat(15_000, 4),
  ...repeat(30_000, 4),
  ...[1, 2, 5, 15, 30].map((minutes) => minutes * 60_000),
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600_000),
]

/** Part of a delay that is left to chance, so that what failed together does not come back together. */
export const RETRY_JITTER = 0.2
/** A far side may ask for patience, but not for ever, ms. */
export const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Milliseconds until the next try, after `attempts` failed ones; undefined when the table is at its
 * end. The far side's Retry-After counts when it is longer than the table's delay.
 */
export function retryDelay(
  attempts: number,
  random: Random,
  retryAfter?: number,
): number | undefined {
  const delay = RETRY_TABLE_MS[Math.max(1, attempts) - 1]
  if (delay === undefined) return undefined
  const asked = Math.min(retryAfter ?? 0, MAX_RETRY_AFTER_MS)
  // Jitter only ever adds: earlier than asked for is too early.
  return Math.round(Math.max(delay, asked) * (1 + RETRY_JITTER * random()))
}

function repeat(delay: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => delay)
}
