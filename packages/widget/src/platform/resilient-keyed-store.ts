import type { Clock, KeyedStore, KeyedTransaction } from '@homing/core'
import { createMemoryKeyedStore, STORE_OPEN_TIMEOUT_MS, STORE_TIMEOUT_MS } from '@homing/core'

/**
 * A KeyedStore that always answers: what the browser's storage refuses, loses or never answers
 * goes on in memory, with everything small that was read or written so far.
 *
 *   durable ──refused, full, too late──▶ memory ──storage answers again──▶ durable
 *                                                 (what memory holds is moved there first)
 */
export interface ResilientOptions {
  readonly durable: KeyedStore
  readonly clock: Clock
  /** Keys that begin with these are a cache: not mirrored, and the first to go when it is full. */
  readonly cache: readonly string[]
  /** Always there, once anything is. */
  readonly mark: string
  /** May what memory holds be moved to what storage has? Both as they were written. */
  mayMove(held: KeyedTransaction, kept: KeyedTransaction): Promise<boolean>
  /** It began or ceased to be durable. */
  changed(durable: boolean): void
}

/** Storage that failed is tried again after this, and then after twice as long each time … */
const RETRY_MS = 30_000
/** … this often at most: a page must not spend its life on broken storage. */
const MAX_RETRIES = 6

export function createResilientKeyedStore(options: ResilientOptions): KeyedStore {
  const { durable, clock, cache, mark } = options
  const mirror = createMemoryKeyedStore()
  let state: 'durable' | 'memory' | 'closed' = 'durable'
  /** Ends the wait for each answer that storage owes, oldest first. */
  const underWay = new Set<() => void>()
  let opened = false
  let tries = 0

  const become = (next: 'durable' | 'memory'): void => {
    if (state === 'closed' || state === next) return
    state = next
    // What was asked first goes first in memory too: nobody waits out a time of his own.
    if (next === 'memory') for (const giveUp of underWay) giveUp()
    options.changed(next === 'durable')
    if (next === 'memory') retryLater()
  }

  function retryLater(): void {
    if (tries < MAX_RETRIES) clock.after(RETRY_MS * 2 ** tries++, () => void moveBack())
  }

  /** Storage answers again: give it what memory holds, then trust it again. */
  async function moveBack(): Promise<void> {
    if (state !== 'memory') return
    try {
      const moved = await mirror.run((held) =>
        inTime(
          durable.run(async (kept) => {
            if (!(await options.mayMove(held, kept))) return false
            for (const [key, value] of await held.all('')) kept.put(key, value)
            return true
          }),
        ),
      )
      if (moved) become('durable')
    } catch {
      retryLater()
    }
  }

  function inTime<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        underWay.delete(giveUp)
        stop()
      }
      const giveUp = (): void => {
        end()
        reject(new Error('The browser storage gives no answer.'))
      }
      const stop = clock.after(opened ? STORE_TIMEOUT_MS : STORE_OPEN_TIMEOUT_MS, giveUp)
      underWay.add(giveUp)
      work.then(resolve, reject).finally(end)
    })
  }

  /** Run on storage, and note in the mirror what was seen and done there. */
  async function attempt<Value>(
    work: (transaction: KeyedTransaction) => Promise<Value>,
  ): Promise<Value> {
    const notes: ((to: KeyedTransaction) => void)[] = []
    const value = await inTime(
      durable.run(async (transaction) => {
        notes.length = 0
        // Emptied behind our back: this page goes on as who it is.
        if (opened && (await transaction.get(mark)) === undefined) {
          for (const [key, value] of await mirror.run((held) => held.all('')))
            transaction.put(key, value)
        }
        return work(noting(transaction, notes, cache))
      }),
    )
    opened = true
    await mirror.run(async (to) => {
      for (const note of notes) note(to)
    })
    return value
  }

  return {
    run: async (work) => {
      // Closed, it keeps nothing any more: the page may have asked to forget.
      if (state !== 'durable') return mirror.run(work)
      try {
        return await attempt(work)
      } catch (error) {
        if ((error as Error | null)?.name === 'QuotaExceededError') {
          // The cached history makes room for the drafts; the relay has it all.
          try {
            await inTime(
              durable.run(async (transaction) => {
                for (const prefix of cache) transaction.delete(prefix, true)
              }),
            )
            return await attempt(work)
          } catch {
            // No room even so.
          }
        }
        become('memory')
        return mirror.run(work)
      }
    },
    durable: () => state === 'durable',
    close: () => {
      state = 'closed'
      durable.close()
    },
  }
}

function noting(
  transaction: KeyedTransaction,
  notes: ((to: KeyedTransaction) => void)[],
  cache: readonly string[],
): KeyedTransaction {
  const put = (key: string, value: unknown): void => {
    if (value !== undefined && !cache.some((prefix) => key.startsWith(prefix)))
      notes.push((to) => to.put(key, value))
  }
  return {
    get: async (key) => {
      const value = await transaction.get(key)
      put(key, value)
      return value
    },
    all: async (from, to) => {
      const found = await transaction.all(from, to)
      for (const [key, value] of found) put(key, value)
      return found
    },
    put: (key, value) => {
      transaction.put(key, value)
      put(key, value)
    },
    delete: (key, below) => {
      transaction.delete(key, below)
      notes.push((to) => to.delete(key, below))
    },
  }
}
