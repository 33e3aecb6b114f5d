import type { Role } from '@homing/core'
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './database.ts'
import type { Deliveries, OwedRow } from './deliveries.ts'
import type { Routes } from './routes.ts'

/** A desk that a conversation has from now on. */
export interface EnteringDesk {
  readonly connector: string
  /** Whose entries it is told. */
  readonly takes: readonly Role[]
  /** Made beforehand, for as many deliveries as there may be. */
  readonly deliveryIds: readonly string[]
}

interface AwayRow {
  readonly head: number
  /** JSON list of seqs. */
  readonly own: string
}

/**
 * Which desks a conversation has. One that is new to it is owed the newest entry, and what was said
 * before goes along as its transcript. One that comes back is owed what it missed.
 */
export function prepareDesks(db: DatabaseSync, routes: Routes, deliveries: Deliveries) {
  const selectConversation = prepare<{ key: number; site: string; head: number }>(
    db,
    'SELECT key, site, head FROM conversations WHERE id = ?',
  )
  const updateDesks = prepare(db, 'UPDATE conversations SET desks = ? WHERE key = ?')
  const insertAway = prepare(
    db,
    `INSERT INTO desks_away (connector, conversation, head, own) VALUES (?, ?, ?, '[]')
     ON CONFLICT DO NOTHING`,
  )
  const takeAway = prepare<AwayRow>(
    db,
    'DELETE FROM desks_away WHERE connector = ? AND conversation = ? RETURNING head, own',
  )
  const addOwn = prepare(
    db,
    `UPDATE desks_away SET own = json_insert(own, '$[#]', ?)
     WHERE connector = ? AND conversation = ?`,
  )
  const selectNewest = prepare<{ seq: number }>(
    db,
    `SELECT seq FROM entries WHERE conversation = ?1
       AND role IN (SELECT value FROM json_each(?2)) ORDER BY seq DESC LIMIT 1`,
  )
  const selectMissed = prepare<{ seq: number }>(
    db,
    `SELECT seq FROM entries WHERE conversation = ?1 AND seq > ?2
       AND role IN (SELECT value FROM json_each(?3))
       AND seq NOT IN (SELECT value FROM json_each(?4)) ORDER BY seq DESC LIMIT ?5 + 0`,
  )

  const owedTo = (conversation: string, key: number, desk: EnteringDesk): readonly number[] => {
    const { connector, deliveryIds } = desk
    const takes = JSON.stringify(desk.takes)
    const away = takeAway.get(connector, conversation)
    const known =
      routes.opened(connector, conversation) ||
      deliveries.waiting(connector, conversation).length > 0
    if (!known) return selectNewest.all(key, takes).map(({ seq }) => seq)
    if (!away) return []
    const missed = selectMissed.all(key, away.head, takes, away.own, deliveryIds.length)
    return missed.map(({ seq }) => seq).toReversed()
  }

  return {
    set: (
      id: string,
      desks: string | null,
      entering: readonly EnteringDesk[],
      leaving: readonly string[],
      now: number,
    ): boolean => {
      const found = selectConversation.get(id)
      if (!found) return false
      updateDesks.run(desks, found.key)
      for (const connector of leaving) insertAway.run(connector, id, found.head)
      for (const desk of entering) {
        for (const [index, seq] of owedTo(id, found.key, desk).entries()) {
          const owed: OwedRow = { key: found.key, site: found.site, seq }
          deliveries.owe(desk.deliveryIds[index] ?? '', desk.connector, owed, now)
        }
      }
      return true
    },
    /** An entry that a desk told while it was away: it need not be told that one. */
    toldBy: (connector: string, conversation: string, seq: number) => {
      addOwn.run(seq, connector, conversation)
    },
  }
}

export type Desks = ReturnType<typeof prepareDesks>
