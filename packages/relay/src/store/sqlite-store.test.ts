import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../../test/contracts/store-contract.ts'
import { NOW } from '../../test/contracts/store-fixtures.ts'
import { openSqliteStore } from './sqlite-store.ts'

storeContract('SQLite', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'homing-store-'))
  const directory = join(parent, 'data')
  return {
    open: () => openSqliteStore({ directory, now: () => NOW, randomBytes }),
    dispose: () => rm(parent, { recursive: true }),
    freePath: (name) => join(parent, name),
  }
})
