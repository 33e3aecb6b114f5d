/** Shallow: what a component is given looks the same, so that it need not be drawn again. */
export function sameFields<T extends object>(one: T, other: T): boolean {
  for (const key of Object.keys({ ...one, ...other }) as (keyof T)[]) {
    if (one[key] !== other[key]) return false
  }
  return true
}
