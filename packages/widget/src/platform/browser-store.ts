import type { Clock, Draft, KeyedStore, KeyedTransaction, LocalStore } from '@homing/core'
import { createKeyedLocalStore } from '@homing/core'

import { createIdbKeyedStore } from './idb-keyed-store.ts'
import { createResilientKeyedStore } from './resilient-keyed-store.ts'

/** The browser's LocalStore: IndexedDB where it works, memory where it does not. */
export function openBrowserStore(
  options: BrowserStoreOptions & {
    /** Asked when it is needed: in some frames the very question throws. */
    readonly factory: () => IDBFactory
    readonly name: string
  },
): LocalStore {
  return createBrowserStore(createIdbKeyedStore(options.factory, options.name), options)
}

export interface BrowserStoreOptions {
  readonly clock: Clock
  readonly newId: () => string
  /** It began or ceased to be durable. */
  changed(durable: boolean): void
}

/** The same over any storage that keeps things as IndexedDB does. */
export function createBrowserStore(durable: KeyedStore, options: BrowserStoreOptions): LocalStore {
  const store = createResilientKeyedStore({
    durable,
    clock: options.clock,
    cache: ['c:', 'e:'],
    mark: 'me',
    part: async (held) => {
      const me = await meOf(held)
      // A count of its own: two pages that count for one device may pass one another.
      if (me) held.put('me', { ...me, device: options.newId() })
    },
    mayMove: async (held, kept) => {
      const mine = await meOf(held)
      const theirs = await meOf(kept)
      const token = theirs?.identity?.token
      // Another tab is somebody else in there by now: this page stays who it is.
      if (token && token !== mine?.identity?.token) return false
      // Nobody yet: it is this page, before anybody else can be. The count goes on from the higher.
      let counter = Math.max(mine?.counter ?? 0, theirs?.counter ?? 0)
      // What waits here was counted by itself: it comes after what was counted there.
      const drafts = (await held.all('d:')) as [string, Draft][]
      for (const [key, draft] of drafts.sort(([, one], [, other]) => one.n - other.n))
        held.put(key, { ...draft, n: ++counter })
      const me = { ...(token ? theirs : mine), counter }
      held.put('me', me)
      kept.put('me', me)
      return true
    },
    changed: options.changed,
  })
  return createKeyedLocalStore({ store, newDevice: options.newId })
}

interface Me {
  readonly counter?: number
  readonly identity?: { readonly token?: string } | null
}

const meOf = async (transaction: KeyedTransaction): Promise<Me | undefined> =>
  (await transaction.get('me')) as Me | undefined
