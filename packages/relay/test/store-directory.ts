import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { NOW } from './contracts/store-fixtures.ts'

/** A directory that goes with the test, and stores opened in it that are closed with it. */
export interface StoreDirectory {
  /** Where the relay's directory is, or will be. */
  readonly path: string
  /** Beside it. */
  beside(name: string): string
  open(path?: string): Promise<Store>
}

/** Every store starts a thread, and most of that is compiling the same files again. */
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'homing-compile-cache')

export async function makeStoreDirectory(parent = tmpdir()): Promise<StoreDirectory> {
  const root = await mkdtemp(join(parent, 'homing-store-'))
  const opened: Store[] = []
  onTestFinished(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await rm(root, { recursive: true })
  })
  const path = join(root, 'data')
  return {
    path,
    beside: (name) => join(root, name),
    open: async (directory = path) => {
      const store = await openSqliteStore({ directory, now: () => NOW, randomBytes })
      opened.push(store)
      return store
    },
  }
}
