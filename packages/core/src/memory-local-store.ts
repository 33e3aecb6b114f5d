import { createKeyedLocalStore } from './keyed-local-store.ts'
import { createMemoryKeyedStore } from './keyed-store.ts'
import type { LocalStore } from './local-store.ts'

/**
 * Keeps everything for as long as the object lives: for the console, whose truth is the relay,
 * and for pages that may keep nothing.
 */
export function createMemoryLocalStore(options: { readonly device: string }): LocalStore {
  return createKeyedLocalStore({
    store: createMemoryKeyedStore(),
    newDevice: () => options.device,
  })
}
