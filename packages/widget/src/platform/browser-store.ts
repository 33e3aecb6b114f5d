import type { Clock, KeyedStore, KeyedTransaction, LocalStore } from '@homing/core'
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
    mayMove: async (held, kept) => {
      // Another tab is somebody else in there by now: this page stays who it is.
      const theirs = await identityOf(kept)
      // Nobody yet: it is this page, before anybody else can be.
      if (!theirs) kept.put('me', await held.get('me'))
      return !theirs || theirs === (await identityOf(held))
    },
    changed: options.changed,
  })
  return createKeyedLocalStore({ store, newDevice: options.newId })
}

async function identityOf(transaction: KeyedTransaction): Promise<string | undefined> {
  const me = (await transaction.get('me')) as { identity?: { token?: string } | null } | undefined
  return me?.identity?.token
}
