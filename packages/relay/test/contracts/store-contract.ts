import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { storeCareContract } from './store-care-contract.ts'
import { storeConversationsContract } from './store-conversations-contract.ts'
import { storeDeliveredContract } from './store-delivered-contract.ts'
import { storeDeliveriesContract } from './store-deliveries-contract.ts'
import { storeFarSidesContract } from './store-far-sides-contract.ts'
import { storeGuestsContract } from './store-guests-contract.ts'
import { storeLogContract } from './store-log-contract.ts'

/** One place that keeps a log, e.g. one directory. Only one store is open on it at a time. */
export interface StoreBacking {
  open(): Promise<Store>
  /** Close what is open and remove what was kept. */
  dispose(): Promise<void>
  /** A path that does not exist yet, for a backup. */
  freePath(name: string): string
}

/** What a suite's tests work on. */
export interface StoreUnderTest {
  readonly store: Store
  readonly backing: StoreBacking
  /** Close and open again: what was promised must still be there. */
  reopen(): Promise<Store>
}

/** What every Store keeps to. */
export function storeContract(name: string, create: () => Promise<StoreBacking>): void {
  describe(`Store contract: ${name}`, () => {
    let backing: StoreBacking
    let store: Store

    beforeEach(async () => {
      backing = await create()
      store = await backing.open()
    })

    afterEach(async () => {
      await store.close()
      await backing.dispose()
    })

    const current = (): StoreUnderTest => ({
      store,
      backing,
      reopen: async () => {
        await store.close()
        store = await backing.open()
        return store
      },
    })

    storeLogContract(current)
    storeConversationsContract(current)
    storeDeliveriesContract(current)
    storeDeliveredContract(current)
    storeFarSidesContract(current)
    storeGuestsContract(current)
    storeCareContract(current)
  })
}
