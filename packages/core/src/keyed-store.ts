/**
 * The least that a LocalStore needs of a place to keep things: values under keys that sort, and
 * transactions over them. IndexedDB is one, a map in memory another.
 */
export interface KeyedStore {
  /**
   * Run `work` in one transaction; all its changes are kept when the promise resolves, none when
   * it rejects. `work` awaits nothing but the transaction.
   */
  run<Value>(work: (transaction: KeyedTransaction) => Promise<Value>): Promise<Value>
  /** False where what is kept ends with the page. */
  durable(): boolean
  close(): void
}

export interface KeyedTransaction {
  get(key: Key): Promise<unknown>
  /** From `from` to `to`, both included, in the keys' order. */
  all(from: Key, to: Key): Promise<readonly KeyedValue[]>
  put(key: Key, value: unknown): void
  delete(from: Key, to: Key): void
}

/** Sorts as IndexedDB sorts arrays: part by part, numbers before texts before arrays. */
export type Key = readonly (string | number | readonly never[])[]
export type KeyedValue = readonly [key: Key, value: unknown]

/** The end of a range: sorts after every key that begins with these parts. */
export const after = (...parts: (string | number)[]): Key => [...parts, []]

export function createMemoryKeyedStore(): KeyedStore {
  let records = new Map<string, KeyedValue>()

  const within = (from: Key, to: Key): KeyedValue[] =>
    [...records.values()]
      .filter(([key]) => compare(from, key) <= 0 && compare(key, to) <= 0)
      .sort(([a], [b]) => compare(a, b))

  // A failed transaction must leave nothing behind, and two must not see one another's halves.
  let queue: Promise<unknown> = Promise.resolve()

  const transaction: KeyedTransaction = {
    get: async (key) => records.get(JSON.stringify(key))?.[1],
    all: async (from, to) => within(from, to),
    put: (key, value) => void records.set(JSON.stringify(key), [key, value]),
    delete: (from, to) => {
      for (const [key] of within(from, to)) records.delete(JSON.stringify(key))
    },
  }

  return {
    run: (work) => {
      const turn = queue.then(async () => {
        const before = new Map(records)
        try {
          return await work(transaction)
        } catch (error) {
          records = before
          throw error
        }
      })
      queue = turn.catch(() => {})
      return turn
    },
    durable: () => false,
    close: () => {},
  }
}

const rank = (part: Key[number]): number =>
  typeof part === 'number' ? 0 : typeof part === 'string' ? 1 : 2

function compare(a: Key, b: Key): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? 0
    const y = b[i] ?? 0
    const order = rank(x) - rank(y) || (x < y ? -1 : x > y ? 1 : 0)
    if (order !== 0) return order
  }
  return a.length - b.length
}
