import type { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import { prepare } from './database.ts'
import type { AppendRow, VisitorCardRow } from './rows.ts'

/** Visitors and their devices' counters of sends. */
export function prepareVisitors(db: DatabaseSync) {
  const selectByToken = prepare<VisitorCardRow>(
    db,
    `SELECT id AS visitor, name AS visitorName, email, locale FROM visitors
     WHERE site = ? AND token_hash = ?`,
  )
  const insertVisitor = prepare(
    db,
    `INSERT INTO visitors (site, id, token_hash, locale, name, email, created)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const selectCounter = prepare<{ n: number }>(
    db,
    'SELECT n FROM devices WHERE site = ? AND visitor = ? AND device = ?',
  )
  const upsertCounter = prepare(
    db,
    `INSERT INTO devices (site, visitor, device, n) VALUES (?, ?, ?, ?)
     ON CONFLICT (site, visitor, device) DO UPDATE SET n = excluded.n`,
  )

  const counter = (site: string, visitor: string, device: string): number =>
    selectCounter.get(site, visitor, device)?.n ?? 0

  /** Take the counter if it is the next; one that was taken is fine. One that skips is an error. */
  const take = (
    site: string,
    visitor: string,
    device: string,
    n: number,
  ): HomingError | undefined => {
    const expected = counter(site, visitor, device) + 1
    if (n === expected) upsertCounter.run(site, visitor, device, n)
    if (n <= expected) return undefined
    const message = `Send number ${expected} is missing before ${n}.`
    return new HomingError('out_of_order', message, { expected })
  }

  return {
    byToken: (site: string, tokenHash: Uint8Array) => selectByToken.get(site, tokenHash),
    counter,
    take,
    /** Write the visitor's row if it is not there. False: the token is another visitor's. */
    ensure: (row: AppendRow): boolean => {
      const { site, author, visitor, contact, now } = row
      const tokenHash = visitor?.tokenHash ?? null
      const locale = visitor?.locale ?? null
      const { name = null, email = null } = contact ?? {}
      if (insertVisitor.run(site, author, tokenHash, locale, name, email, now) > 0) return true
      const owner = tokenHash && selectByToken.get(site, tokenHash)
      return !owner || owner.visitor === author
    },
  }
}

export type Visitors = ReturnType<typeof prepareVisitors>
