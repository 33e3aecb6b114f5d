/** Figures of things measured many times: what lies in the middle, and how wide they lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export interface Comparison {
  readonly a: number
  readonly b: number
  /** How far apart two medians of the same thing come to lie by chance, generously. */
  readonly noise: number
  readonly apart: boolean
}

/** Standard errors that two medians may differ by. */
const ERRORS = 6
/** The standard error of a median is about this many half widths over the root of the count. */
const OF_HALF_WIDTH = 1.86

/**
 * Do two series take the same time? Their medians may differ by what their own spread allows, or
 * by `floor`, below which a difference is no news over any network; in the unit of the values.
 */
export function compare(a: readonly number[], b: readonly number[], floor: number): Comparison {
  const error = Math.hypot(errorOf(a), errorOf(b))
  const noise = Math.max(floor, ERRORS * error)
  return { a: median(a), b: median(b), noise, apart: Math.abs(median(a) - median(b)) > noise }
}

function errorOf(values: readonly number[]): number {
  const halfWidth = (quantile(values, 0.75) - quantile(values, 0.25)) / 2
  return (OF_HALF_WIDTH * halfWidth) / Math.sqrt(values.length)
}
