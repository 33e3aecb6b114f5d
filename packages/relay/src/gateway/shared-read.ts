/**
 * What many links ask for in one tick is read once: a hint makes all readers of a conversation ask
 * for the same entries at the same time. A question asked later gets a read that begins later, so
 * nobody is answered with a state from before he asked.
 */
export function createSharedRead<Arguments extends readonly (string | number)[], Value>(
  read: (...args: Arguments) => Promise<Value>,
): (...args: Arguments) => Promise<Value> {
  const asked = new Map<string, Promise<Value>>()
  return (...args) => {
    const key = args.join(' ')
    const known = asked.get(key)
    if (known) return known
    const answer = Promise.resolve().then(() => {
      asked.delete(key)
      return read(...args)
    })
    asked.set(key, answer)
    return answer
  }
}
