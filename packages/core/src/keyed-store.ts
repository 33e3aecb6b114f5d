/**
 * The least that a LocalStore needs of a place to keep things: values under texts that sort, and
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
  get(key: string): Promise<unknown>
  /** Those whose keys begin so, or lie from `from` to `to`, both included; in the keys' order. */
  all(from: string, to?: string): Promise<readonly KeyedValue[]>
  put(key: string, value: unknown): void
  /** One, or with `below` all whose keys begin so. */
  delete(key: string, below?: boolean): void
}

export type KeyedValue = readonly [key: string, value: unknown]

/** The end of all keys that begin so: sorts after every letter that is used in one. */
export const endOf = (prefix: string): string => `${prefix}\uffff`

export function createMemoryKeyedStore(): KeyedStore {
  let records = new Map<string, unknown>()
  // A failed transaction must leave nothing behind, and two must not see one another's halves.
  let queue: Promise<unknown> = Promise.resolve()

  const within = (from: string, to = endOf(from)): KeyedValue[] =>
    [...records].filter(([key]) => from <= key && key <= to).sort(([a], [b]) => (a < b ? -1 : 1))

  const transaction: KeyedTransaction = {
    get: async (key) => records.get(key),
    all: async (from, to) => within(from, to),
    put: (key, value) => void records.set(key, value),
    delete: (key, below) => {
      for (const [each] of below ? within(key) : [[key]]) records.delete(each ?? key)
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
