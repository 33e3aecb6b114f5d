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
  /** It goes on in memory, and shares nothing with other pages any more. */
  part(held: KeyedTransaction): Promise<void>
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
  /** Does in memory what storage still owes an answer to, oldest first. */
  const owed = new Set<() => void>()
  /** What was changed in memory alone. The rest of it is as storage once was, and may be old. */
  const changed = new Set<string>()
  /** What those were told that were refused for want of room, and are on their second try. */
  const refused: Error[] = []
  let opened = false
  let tries = 0

  const become = (next: 'durable' | 'memory'): void => {
    if (state === 'durable') void mirror.run(options.part)
    // What was asked first goes first in memory too: nobody waits out a time of his own.
    for (const settle of owed) settle()
    if (state === 'closed' || state === next) return
    state = next
    changed.clear()
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
            for (const [key, value] of await held.all('')) {
              // What another tab kept meanwhile stands.
              if (changed.has(key) || (await kept.get(key)) === undefined) kept.put(key, value)
            }
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
      const half = opened ? STORE_TIMEOUT_MS / 2 : STORE_OPEN_TIMEOUT_MS / 2
      // A page that slept finds its time over before an answer that came meanwhile: it waits on.
      let stop = clock.after(half, () => {
        stop = clock.after(half, reject)
      })
      work.then(resolve, reject).finally(() => stop())
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
    // Too late: it was done in memory by now.
    if (state === 'memory') return value
    await mirror.run(async (to) => {
      for (const note of notes) note(to)
    })
    return value
  }

  const persist = <Value>(
    work: (transaction: KeyedTransaction) => Promise<Value>,
  ): Promise<Value> =>
    attempt((transaction) => {
      // What was asked first goes first, and this one after it.
      for (const error of refused) throw error
      return work(transaction)
    }).catch((error: Error | null) => {
      if (error?.name !== 'QuotaExceededError') throw error
      refused.push(error)
      // The cached history makes room for the drafts; the relay has it all.
      const room = durable.run(async (transaction) => {
        for (const prefix of cache) transaction.delete(prefix, true)
      })
      return inTime(room)
        .then(() =>
          attempt((transaction) => {
            // What was asked before it went on in memory, and this one after it.
            if (state === 'memory') throw error
            return work(transaction)
          }),
        )
        .finally(() => refused.pop())
    })

  /** In memory, and so that it is known what has to be moved one day. */
  const remember = <Value>(work: (transaction: KeyedTransaction) => Promise<Value>) =>
    mirror.run((held) =>
      work({
        ...held,
        put: (key, value) => {
          changed.add(key)
          held.put(key, value)
        },
      }),
    )

  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          if (owed.delete(settle)) remember(work).then(resolve, reject)
        }
        owed.add(settle)
        // Closed, it keeps nothing any more: the page may have asked to forget.
        if (state !== 'durable') return settle()
        persist(work).then(
          (value) => {
            owed.delete(settle)
            resolve(value)
          },
          () => become('memory'),
        )
      }),
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
