import type { KeyedStore, KeyedTransaction, KeyedValue } from '@homing/core'
import { endOf } from '@homing/core'
import type { UseStore } from 'idb-keyval'
import { promisifyRequest } from 'idb-keyval'

/**
 * KeyedStore in IndexedDB: one object store of one database, with what the field taught. The
 * handle is given up when a newer build wants the database and opened anew when the browser
 * closed it behind our back; writes ask for strict durability. The database's version is never
 * raised, so builds of any age share it.
 * It may throw, and a hanging open hangs here: `resilient-keyed-store.ts` is there for that.
 */
export function createIdbKeyedStore(factory: () => IDBFactory, name: string): KeyedStore {
  let opening: Promise<IDBDatabase> | undefined

  const open = (): Promise<IDBDatabase> => {
    if (opening) return opening
    const current = new Promise<IDBDatabase>((resolve, reject) => {
      // Blocked storage throws here in some engines and fires an error in others.
      const request = factory().open(name)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      promisifyRequest(request).then(resolve, reject)
    })
    const forget = (): void => {
      if (opening === current) opening = undefined
    }
    opening = current
    current.then((database) => {
      database.onclose = forget
      database.onversionchange = () => {
        forget()
        database.close()
      }
    }, forget)
    return current
  }

  const use: UseStore = async (mode, work) =>
    work((await open()).transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE))

  const run: KeyedStore['run'] = (work) =>
    use('readwrite', async (store) => {
      const done = promisifyRequest(store.transaction)
      // It may fail while `work` is still under way; that is not unhandled.
      done.catch(() => {})
      const value = await work(transactionOver(store))
      await done
      return value
    })

  return {
    run: async (work) => {
      try {
        return await run(work)
      } catch (error) {
        if (!isClosed(error)) throw error
        opening = undefined
        return run(work)
      }
    },
    durable: () => true,
    close: () => {
      const current = opening
      opening = undefined
      current?.then(
        (database) => database.close(),
        () => {},
      )
    },
  }
}

const STORE = 'homing'

/** The handle is dead, the database is not. */
function isClosed(error: unknown): boolean {
  return /^(InvalidState|Unknown)Error$/.test((error as Error | null)?.name ?? '')
}

function transactionOver(store: IDBObjectStore): KeyedTransaction {
  return {
    get: (key) => promisifyRequest(store.get(key)),
    all: async (from, to = endOf(from)) => {
      const range = IDBKeyRange.bound(from, to)
      // All keys in here are texts.
      const keys = promisifyRequest(store.getAllKeys(range) as IDBRequest<string[]>)
      const values = await promisifyRequest(store.getAll(range))
      return (await keys).map((key, at): KeyedValue => [key, values[at]])
    },
    put: (key, value) => void store.put(value, key),
    delete: (key, below) => void store.delete(below ? IDBKeyRange.bound(key, endOf(key)) : key),
  }
}
