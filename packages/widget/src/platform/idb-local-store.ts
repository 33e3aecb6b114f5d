import type {
  AcceptedRun,
  CachedConversation,
  ConversationMarks,
  Draft,
  Entry,
  Identity,
  LocalStore,
  Position,
} from '@homing/core'
import { promisifyRequest } from 'idb-keyval'

import type { Database } from './database.ts'

/**
 * LocalStore in IndexedDB. One key per thing, so that no two tabs ever write over one another:
 *
 *   ['me']               device, identity, counter of sends
 *   ['d', id]            a draft
 *   ['c', conversation]  position and marks
 *   ['e', conversation, seq]  an entry
 *   ['n', key]           a note
 *
 * Records carry their version in `['me'].v`; a field may be added without a new one, and the
 * database's own version is never raised, so old and new builds share it. Each method is one
 * transaction. It may throw or hang: `resilient-local-store.ts` is there for that.
 */
export interface IdbLocalStoreOptions {
  readonly database: Database
  /** Makes the device's id. */
  readonly newId: () => string
}

interface Me {
  readonly v: 1
  readonly device: string
  readonly counter: number
  readonly identity: Identity | null
}

interface Cached {
  readonly position: Position
  readonly marks?: ConversationMarks
}

const ME = ['me']
/** All keys that begin with these parts: an array sorts after every number and text. */
const below = (...parts: string[]): IDBKeyRange => IDBKeyRange.bound(parts, [...parts, []])
const byCounter = (a: Draft, b: Draft): number => a.n - b.n

export function createIdbLocalStore({ database, newId }: IdbLocalStoreOptions): LocalStore {
  const write = <Value>(work: (store: IDBObjectStore) => Promise<Value>): Promise<Value> =>
    database.use('readwrite', async (store) => {
      const done = promisifyRequest(store.transaction)
      // Without this a failing transaction would count as unhandled while `work` is under way.
      done.catch(() => {})
      const value = await work(store)
      await done
      return value
    })

  const me = async (store: IDBObjectStore): Promise<Me> => {
    const kept = await get<Me>(store, ME)
    if (kept) return kept
    const fresh: Me = { v: 1, device: newId(), counter: 0, identity: null }
    store.put(fresh, ME)
    return fresh
  }

  return {
    load: (tail) =>
      write(async (store) => {
        const { device, identity } = await me(store)
        const drafts = await all<Draft>(store, below('d'))
        const ids = await promisifyRequest(store.getAllKeys(below('c')))
        const cached = await all<Cached>(store, below('c'))
        const conversations = await Promise.all(
          cached.map(async ({ position, marks }, at): Promise<CachedConversation> => {
            const id = (ids[at] as [string, string])[1]
            const entries = await all<Entry>(
              store,
              IDBKeyRange.bound(['e', id, position.seq - tail + 1], ['e', id, position.seq]),
            )
            return { id, position, entries, ...(marks ? { marks } : {}) }
          }),
        )
        const keys = await promisifyRequest(store.getAllKeys(below('n')))
        const values = await all<string>(store, below('n'))
        const notes = Object.fromEntries(
          keys.map((key, at) => [(key as [string, string])[1], values[at] ?? '']),
        )
        return { identity, device, drafts: drafts.sort(byCounter), conversations, notes }
      }),

    claimIdentity: (offer, replace) =>
      write(async (store) => {
        const kept = await me(store)
        if (kept.identity !== null && kept.identity.token !== replace) return kept.identity
        store.put({ ...kept, identity: offer }, ME)
        return offer
      }),

    saveDraft: (draft) =>
      write(async (store) => {
        const kept = await me(store)
        const numbered: Draft = { ...draft, n: kept.counter + 1 }
        store.put({ ...kept, counter: numbered.n }, ME)
        store.put(numbered, ['d', draft.id])
        return numbered
      }),

    updateDraft: (draft) =>
      write(async (store) => {
        if (await get<Draft>(store, ['d', draft.id])) store.put(draft, ['d', draft.id])
      }),

    renumberDrafts: (first) =>
      write(async (store) => {
        const kept = await me(store)
        const drafts = (await all<Draft>(store, below('d'))).sort(byCounter)
        let n = first
        const renumbered = drafts.map((draft) => (draft.failed ? draft : { ...draft, n: n++ }))
        for (const draft of renumbered) store.put(draft, ['d', draft.id])
        store.put({ ...kept, counter: n - 1 }, ME)
        return renumbered.sort(byCounter)
      }),

    dropDraft: (id) =>
      write(async (store) => {
        store.delete(['d', id])
      }),

    accept: (run) => write((store) => accept(store, run)),

    page: (conversation, before, limit) =>
      database.use('readonly', (store) =>
        all<Entry>(
          store,
          IDBKeyRange.bound(['e', conversation, before - limit], ['e', conversation, before - 1]),
        ),
      ),

    saveMarks: (conversation, marks) =>
      write(async (store) => {
        const cached = await get<Cached>(store, ['c', conversation])
        if (cached) store.put({ ...cached, marks }, ['c', conversation])
      }),

    saveNote: (key, value) =>
      write(async (store) => {
        if (value === undefined) store.delete(['n', key])
        else store.put(value, ['n', key])
      }),

    clear: (what) =>
      write(async (store) => {
        if (what === 'all') {
          store.clear()
          return
        }
        store.delete(below('c'))
        store.delete(below('e'))
      }),

    durable: () => true,
    close: () => database.close(),
  }
}

async function accept(store: IDBObjectStore, run: AcceptedRun): Promise<void> {
  const { conversation, position, entries, settled } = run
  for (const id of settled) store.delete(['d', id])
  const cached = await get<Cached>(store, ['c', conversation])
  // Another tab was quicker; its position stands.
  if (cached && !run.replace && !isAhead(position, cached.position)) return
  if (run.replace) store.delete(below('e', conversation))
  for (const entry of entries) store.put(entry, ['e', conversation, entry.seq])
  store.put({ ...cached, position }, ['c', conversation])
}

function isAhead(next: Position, kept: Position): boolean {
  return next.epoch !== kept.epoch || next.seq > kept.seq
}

/** What this build wrote, or one that keeps the same shape. */
function get<Value>(store: IDBObjectStore, key: IDBValidKey): Promise<Value | undefined> {
  return promisifyRequest<Value | undefined>(store.get(key) as IDBRequest<Value | undefined>)
}

function all<Value>(store: IDBObjectStore, range: IDBKeyRange): Promise<Value[]> {
  return promisifyRequest<Value[]>(store.getAll(range) as IDBRequest<Value[]>)
}
