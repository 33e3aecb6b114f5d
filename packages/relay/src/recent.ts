/** A small memory: the newest `limit` pairs, each for as long as its time says. */
export interface Recent<Value> {
  get(key: string, now?: number): Value | undefined
  /** Without `until` it is kept until newer ones push it out. */
  set(key: string, value: Value, until?: number): void
}

export function createRecent<Value>(limit: number): Recent<Value> {
  const kept = new Map<string, { readonly value: Value; readonly until: number }>()
  return {
    get(key, now = 0) {
      const found = kept.get(key)
      if (!found || found.until < now) return undefined
      return found.value
    },
    set(key, value, until = Number.POSITIVE_INFINITY) {
      kept.delete(key)
      kept.set(key, { value, until })
      const [oldest] = kept.keys()
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest)
    },
  }
}
