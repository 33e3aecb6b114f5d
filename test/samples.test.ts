import { describe, expect, it } from 'vitest'

import { compare, median, quantile } from './samples.ts'

/** Times around a middle, wider above than below, as times are. */
const around = (middle: number): readonly number[] =>
  Array.from({ length: 300 }, (_, index) => middle + 0.3 * ((index * 7919) % 97) ** 2 * 1e-4)

describe('samples', () => {
  it('know their middle and their ends', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5)
    expect(quantile([], 0.5)).toBeNaN()
  })

  it('are the same when only chance is between them, and apart when something else is', () => {
    expect(compare(around(1), around(1.01), 0.001).apart).toBe(false)
    expect(compare(around(1), around(1.2), 0.05).apart).toBe(true)
    expect(compare(around(1), around(1.2), 0.25).apart).toBe(false)
  })
})
