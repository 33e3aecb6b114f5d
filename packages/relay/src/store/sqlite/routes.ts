import type { DatabaseSync } from 'node:sqlite'
import { endOf } from '@homing/core'
import { prepare } from './database.ts'
import { IS_OPEN } from './queue.ts'

/** All null: remembered before this was kept. */
export interface SentRow {
  readonly conversation: string | null
  readonly seq: number | null
  readonly delivery: string | null
}

/** Stands before our own id where a far side has no name for the thread. */
const NAMELESS = '\u0000'

export function prepareRoutes(db: DatabaseSync) {
  const selectThread = prepare<{ thread: string }>(
    db,
    'SELECT thread FROM routes WHERE connector = ? AND conversation = ?',
  )
  const selectConversation = prepare<{ conversation: string }>(
    db,
    'SELECT conversation FROM routes WHERE connector = ? AND thread = ?',
  )
  const selectThreads = prepare<{ thread: string }>(
    db,
    'SELECT thread FROM routes WHERE connector = ? AND thread >= ? AND thread < ?',
  )
  // The first binding of either side wins.
  const insertRoute = prepare(
    db,
    `INSERT INTO routes (connector, conversation, thread) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const deleteNameless = prepare(
    db,
    'DELETE FROM routes WHERE connector = ? AND conversation = ? AND thread = ?',
  )
  const deleteRoute = prepare(db, 'DELETE FROM routes WHERE connector = ? AND conversation = ?')
  const deleteThread = prepare(db, 'DELETE FROM routes WHERE connector = ? AND thread = ?')
  const moveRoute = prepare(
    db,
    'UPDATE OR IGNORE routes SET thread = ?3 WHERE connector = ?1 AND thread = ?2',
  )
  const selectSent = prepare<SentRow>(
    db,
    'SELECT conversation, seq, delivery FROM external_ids WHERE connector = ? AND id = ?',
  )
  const insertSent = prepare(
    db,
    `INSERT INTO external_ids (connector, id, conversation, seq, delivery) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET conversation = excluded.conversation, seq = excluded.seq,
       delivery = excluded.delivery WHERE external_ids.delivery IS NULL`,
  )
  const selectHeard = prepare<{ heard: number }>(
    db,
    'SELECT heard FROM external_ids WHERE connector = ? AND id = ?',
  )
  const raiseHeard = prepare(
    db,
    'UPDATE external_ids SET heard = ?3 WHERE connector = ?1 AND id = ?2 AND heard < ?3',
  )
  const selectOnLine = prepare<{ conversation: string; time: number; told: number }>(
    db,
    `SELECT c.id AS conversation, c.updated AS time, EXISTS (
       SELECT 1 FROM routes r WHERE r.connector = ?2 AND r.conversation = c.id) AS told
     FROM conversations c
     WHERE c.site = ?1 AND c.status = 'open' AND (told
       OR EXISTS (SELECT 1 FROM deliveries d
         WHERE d.connector = ?2 AND d.conversation = c.key AND d.${IS_OPEN})
       OR EXISTS (SELECT 1 FROM deliveries d
         WHERE d.connector = ?2 AND d.conversation = c.key AND d.state = 'parked'))
     ORDER BY c.updated DESC, c.key DESC LIMIT ?3 + 0`,
  )
  const selectCursor = prepare<{ cursor: string }>(
    db,
    'SELECT cursor FROM cursors WHERE connector = ?',
  )
  const upsertCursor = prepare(
    db,
    `INSERT INTO cursors (connector, cursor) VALUES (?, ?)
     ON CONFLICT (connector) DO UPDATE SET cursor = excluded.cursor`,
  )

  return {
    thread: (connector: string, conversation: string) => {
      const thread = selectThread.get(connector, conversation)?.thread
      return thread?.startsWith(NAMELESS) ? undefined : thread
    },
    /** Every thread whose name begins so. */
    threadsFrom: (connector: string, start: string) =>
      selectThreads.all(connector, start, endOf(start)).map(({ thread }) => thread),
    opened: (connector: string, conversation: string) =>
      selectThread.get(connector, conversation) !== undefined,
    /** Something was brought there, and the far side has no name for where. */
    linkNameless: (connector: string, conversation: string) => {
      insertRoute.run(connector, conversation, NAMELESS + conversation)
    },
    conversationOf: (connector: string, thread: string) =>
      selectConversation.get(connector, thread)?.conversation,
    link: (connector: string, conversation: string, thread: string) => {
      deleteNameless.run(connector, conversation, NAMELESS + conversation)
      insertRoute.run(connector, conversation, thread)
    },
    bind: (connector: string, conversation: string, thread: string) => {
      deleteRoute.run(connector, conversation)
      deleteThread.run(connector, thread)
      insertRoute.run(connector, conversation, thread)
    },
    unlink: (connector: string, conversation: string) => {
      deleteRoute.run(connector, conversation)
    },
    move: (connector: string, from: string, to: string) => {
      moveRoute.run(connector, from, to)
    },
    sent: (connector: string, id: string) => selectSent.get(connector, id),
    remember: (connector: string, ids: readonly string[], what: SentRow) => {
      for (const id of ids) {
        insertSent.run(connector, id, what.conversation, what.seq, what.delivery)
      }
    },
    /** The highest that was heard of it; 0: nothing. */
    heard: (connector: string, id: string): number => selectHeard.get(connector, id)?.heard ?? 0,
    /** True: nothing as high was heard of it before. */
    hear: (connector: string, id: string, rank: number) => raiseHeard.run(connector, id, rank) > 0,
    onLine: (site: string, connector: string, limit: number) =>
      selectOnLine.all(site, connector, limit).map((row) => ({ ...row, told: row.told === 1 })),
    cursor: (connector: string) => selectCursor.get(connector)?.cursor,
    saveCursor: (connector: string, cursor: string) => {
      upsertCursor.run(connector, cursor)
    },
  }
}

export type Routes = ReturnType<typeof prepareRoutes>
