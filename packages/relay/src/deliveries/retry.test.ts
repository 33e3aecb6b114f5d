import { describe, expect, test } from 'vitest'
import { MAX_RETRY_AFTER_MS, RETRY_JITTER, RETRY_TABLE_MS, retryDelay } from './retry.ts'

describe('the retry table', () => {
  test('a far side that is back after a minute or three is found soon', () => {
    let at = 0
    for (const delay of RETRY_TABLE_MS) {
      if (at < 60_000) expect(delay).toBeLessThanOrEqual(5_000)
      else if (at < 180_000) expect(delay).toBeLessThanOrEqual(15_000)
      at += delay
    }
  })

  test('it never shortens, and lasts three days', () => {
    expect(RETRY_TABLE_MS.toSorted((a, b) => a - b)).toEqual(RETRY_TABLE_MS)
    const days = RETRY_TABLE_MS.reduce((sum, delay) => sum + delay, 0) / 86_400_000
    expect(days).toBeGreaterThan(3)
    expect(days).toBeLessThan(4)
  })

  test('jitter adds up to its part and never takes away', () => {
    expect(retryDelay(1, () => 0)).toBe(RETRY_TABLE_MS[0])
    expect(retryDelay(1, () => 0.999999)).toBe((RETRY_TABLE_MS[0] ?? 0) * (1 + RETRY_JITTER))
  })

  test('Retry-After counts when it is longer, up to its cap', () => {
    expect(retryDelay(1, () => 0, 90_000)).toBe(90_000)
    expect(retryDelay(10, () => 0, 1)).toBe(RETRY_TABLE_MS[9])
    expect(retryDelay(1, () => 0, Number.POSITIVE_INFINITY)).toBe(MAX_RETRY_AFTER_MS)
  })

  test('after its end there is no next try', () => {
    expect(retryDelay(RETRY_TABLE_MS.length, () => 0)).toBe(24 * 3_600_000)
    expect(retryDelay(RETRY_TABLE_MS.length + 1, () => 0)).toBeUndefined()
  })
})
