import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './database.ts'
import type { SiteRow } from './rows.ts'

export function prepareSites(db: DatabaseSync) {
  const selectSites = prepare<SiteRow>(
    db,
    'SELECT key, name, origins, appearance, locale FROM sites ORDER BY key',
  )
  const upsertSite = prepare(
    db,
    `INSERT INTO sites (key, name, origins, appearance, locale) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET name = excluded.name, origins = excluded.origins,
       appearance = excluded.appearance, locale = excluded.locale`,
  )

  return {
    all: () => selectSites.all(),
    save: (site: SiteRow) => {
      upsertSite.run(site.key, site.name, site.origins, site.appearance, site.locale)
    },
  }
}
