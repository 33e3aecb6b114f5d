import type { UseStore } from 'idb-keyval'
import { promisifyRequest } from 'idb-keyval'

/**
 * One object store of one database, as idb-keyval's store function, with what the field taught:
 * the handle is given up when a newer build wants the database, opened anew when the browser
 * closed it behind our back, and writes ask for strict durability. It does not know about
 * time-outs or fallbacks; a hanging open hangs here.
 */
export interface Database {
  readonly use: UseStore
  close(): void
}

const STORE = 'homing'

export function openDatabase(factory: IDBFactory, name: string): Database {
  let opening: Promise<IDBDatabase> | undefined

  const open = (): Promise<IDBDatabase> => {
    if (opening) return opening
    const current = new Promise<IDBDatabase>((resolve, reject) => {
      // Blocked storage throws here in some engines and fires an error in others.
      const request = factory.open(name)
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

  const run: UseStore = async (mode, callback) => {
    const database = await open()
    return callback(database.transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE))
  }

  return {
    use: async (mode, callback) => {
      try {
        return await run(mode, callback)
      } catch (error) {
        if (!isClosed(error)) throw error
        // Closed behind our back: once more on a new handle.
        opening = undefined
        return run(mode, callback)
      }
    },
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

/** The handle is dead, the database is not. */
function isClosed(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'InvalidStateError' || error.name === 'UnknownError')
  )
}
