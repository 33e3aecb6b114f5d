import type { DatabaseSync } from 'node:sqlite'
import type { SavedConnector } from '../store.ts'
import { prepare } from './database.ts'

/** Connectors set up in the console. The log keeps their settings sealed and cannot read them. */
export function prepareConnectors(db: DatabaseSync) {
  const selectAll = prepare<SavedConnector>(
    db,
    'SELECT id, site, type, role, sealed, created, updated FROM connectors ORDER BY created, id',
  )
  const upsert = prepare(
    db,
    `INSERT INTO connectors (id, site, type, role, sealed, created, updated)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET site = excluded.site, type = excluded.type,
       role = excluded.role, sealed = excluded.sealed, updated = excluded.updated`,
  )
  const remove = prepare(db, 'DELETE FROM connectors WHERE id = ?')

  return {
    all: () => selectAll.all(),
    save: ({ id, site, type, role, sealed, created, updated }: SavedConnector) => {
      upsert.run(id, site, type, role, sealed, created, updated)
    },
    drop: (id: string) => remove.run(id) > 0,
  }
}
