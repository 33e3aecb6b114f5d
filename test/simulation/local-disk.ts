import type {
  KeyedStore,
  KeyedTransaction,
  KeyedValue,
  Random,
} from '../../packages/core/src/index.ts'
import { endOf } from '../../packages/core/src/index.ts'
import type { Program } from './world.ts'

/**
 * A browser's storage, as its tabs share it: transactions one after the other, whole or not at
 * all, in their own time, and all the ways in which browsers take it away.
 */
export interface LocalDisk {
  /** The storage as one page sees it. */
  open(page: Program): KeyedStore
  set(mood: Mood): void
  /** Everything is swept away, as browsers do with sites that were not visited for long. */
  evict(): void
  /** Did anything go wrong with it since the run began? Then it owes nothing. */
  harmed(): boolean
  /** What it holds now under these keys. */
  all(prefix: string): readonly KeyedValue[]
  /** As another page would have left it. */
  put(key: string, value: unknown): void
}

/** `hanging`: never answers. `slow`: answers later than anybody waits. `full`: takes no more. */
export type Mood = 'fine' | 'hanging' | 'slow' | 'refusing' | 'full'

const LATENCY_MS = 12
const SLOW_MS = 6_000

export function createLocalDisk(random: Random): LocalDisk {
  let records = new Map<string, unknown>()
  let mood: Mood = 'fine'
  let harmed = false
  let quota = Infinity
  /** What waits for an answer until the browser notices that its storage is gone. */
  const hung: (() => void)[] = []
  /** The transaction under way; the next one begins after it. */
  let last: Promise<void> = Promise.resolve()

  const sizeOf = (of: ReadonlyMap<string, unknown>): number => JSON.stringify([...of]).length

  /** One transaction of a page; never settles where the storage hangs or the page is gone. */
  const transact = <Value>(
    page: Program,
    work: (transaction: KeyedTransaction) => Promise<Value>,
  ): Promise<Value> =>
    new Promise((resolve, reject) => {
      const refuse = (name: string): void => {
        page.after(0, () => reject(new DOMException('The storage says no.', name)))
      }
      if (mood === 'hanging') {
        hung.push(() => refuse('UnknownError'))
        return
      }
      if (mood === 'refusing') return refuse('UnknownError')
      const before = last
      let release = (): void => {}
      last = new Promise((next) => {
        release = next
      })
      // A page that ends takes its transaction along: aborted, unless it had been committed. Those
      // that wait behind it still wait for the one before it.
      page.onGone(() => void before.then(release))
      const begin = (): void => {
        const copy = new Map(records)
        const slow = mood === 'slow' ? SLOW_MS : LATENCY_MS
        work(transactionOn(copy)).then(
          (value) => {
            page.after(1 + random() * slow, () => {
              if (quota < Infinity && copy.size >= records.size && sizeOf(copy) > quota) {
                release()
                return refuse('QuotaExceededError')
              }
              records = copy
              release()
              page.after(random() * 2, () => resolve(value))
            })
          },
          (error: unknown) => {
            release()
            page.after(0, () => reject(error instanceof Error ? error : new Error('failed')))
          },
        )
      }
      void before.then(() => page.after(0, begin))
    })

  return {
    open: (page) => ({
      run: (work) => transact(page, work),
      durable: () => true,
      close: () => {},
    }),
    set: (next) => {
      if (next !== 'hanging') for (const refuse of hung.splice(0)) refuse()
      mood = next
      if (next !== 'fine') harmed = true
      quota = next === 'full' ? sizeOf(records) : Infinity
    },
    evict: () => {
      harmed = true
      records = new Map()
    },
    harmed: () => harmed,
    all: (prefix) => within(records, prefix),
    put: (key, value) => void records.set(key, value),
  }
}

function within(
  records: ReadonlyMap<string, unknown>,
  from: string,
  to = endOf(from),
): KeyedValue[] {
  return [...records]
    .filter(([key]) => from <= key && key <= to)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function transactionOn(records: Map<string, unknown>): KeyedTransaction {
  return {
    get: async (key) => copyOf(records.get(key)),
    all: async (from, to) => copyOf(within(records, from, to)),
    put: (key, value) => void records.set(key, structuredClone(value)),
    delete: (key, below) => {
      const gone = below ? within(records, key).map(([each]) => each) : [key]
      for (const each of gone) records.delete(each)
    },
  }
}

/** Of what was cloned once on its way in; there is nothing but plain data in it. */
function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf) as Value
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = copyOf(value[key])
  return copy as Value
}
