import { localStoreContract } from '../test/contracts/local-store-contract.ts'
import { createMemoryLocalStore } from './memory-local-store.ts'

// Two tabs of one memory are one object: it shares with nobody else.
localStoreContract(
  'memory',
  async () => {
    const store = createMemoryLocalStore({ device: 'device-1' })
    return { open: async () => store, dispose: async () => {} }
  },
  { durable: false },
)
