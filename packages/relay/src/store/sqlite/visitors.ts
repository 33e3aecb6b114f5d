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
    `INSERT INTO visitors (site, id, token_hash, locale, created) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const selectCounter = prepare<{ n: number }>(
    db,
    'SELECT n FROM devices WHERE site = ? AND visitor = ? AND device = ?',
  )
  // Takes the next counter and no other: an earlier one is taken already, a later one leaves a gap.
  const takeCounter = prepare(
    db,
    `INSERT INTO devices (site, visitor, device, n) SELECT ?1, ?2, ?3, ?4
     WHERE ?4 = 1 OR EXISTS (SELECT 1 FROM devices WHERE site = ?1 AND visitor = ?2 AND device = ?3)
     ON CONFLICT (site, visitor, device) DO UPDATE SET n = excluded.n WHERE n = excluded.n - 1`,
  )

  const counter = (site: string, visitor: string, device: string): number =>
    selectCounter.get(site, visitor, device)?.n ?? 0

  /** The counter as it may be taken: the next one or an earlier one. */
  const assertNext = (site: string, visitor: string, device: string, n: number): void => {
    const expected = counter(site, visitor, device) + 1
    if (n <= expected) return
    throw new HomingError('out_of_order', `Send number ${expected} is missing before ${n}.`, {
      expected,
    })
  }

  const take = (site: string, visitor: string, device: string, n: number): void => {
    takeCounter.run(site, visitor, device, n)
  }

  return {
    byToken: (site: string, tokenHash: Uint8Array) => selectByToken.get(site, tokenHash),
    counter,
    assertNext,
    take,
    skip: (site: string, visitor: string, device: string, n: number) => {
      assertNext(site, visitor, device, n)
      take(site, visitor, device, n)
    },
    /** Write the visitor's row if it is not there. False: the token is another visitor's. */
    ensure: (row: AppendRow): boolean => {
      const { site, author, visitor, now } = row
      const tokenHash = visitor?.tokenHash ?? null
      if (insertVisitor.run(site, author, tokenHash, visitor?.locale ?? null, now) > 0) return true
      const owner = tokenHash && selectByToken.get(site, tokenHash)
      return !owner || owner.visitor === author
    },
  }
}

export type Visitors = ReturnType<typeof prepareVisitors>
