import { localStoreContract } from '../../packages/core/test/contracts/local-store-contract.ts'
import { browserClock, newId } from '../../packages/widget/src/platform/browser.ts'
import { openBrowserStore } from '../../packages/widget/src/platform/browser-store.ts'
import { cases } from './vitest.ts'

localStoreContract(
  'IndexedDB',
  async () => {
    const name = newId()
    return {
      open: async () =>
        openBrowserStore({
          factory: () => indexedDB,
          name,
          clock: browserClock,
          newId,
          changed: () => {},
        }),
      dispose: () =>
        new Promise((resolve, reject) => {
          const removal = indexedDB.deleteDatabase(name)
          removal.addEventListener('success', () => resolve())
          removal.addEventListener('error', () => reject(removal.error))
        }),
    }
  },
  { durable: true },
)

Object.assign(globalThis, { cases })
