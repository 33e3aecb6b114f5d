import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './database.ts'

export function prepareRoutes(db: DatabaseSync) {
  const selectThread = prepare<{ thread: string }>(
    db,
    'SELECT thread FROM routes WHERE connector = ? AND conversation = ?',
  )
  const selectConversation = prepare<{ conversation: string }>(
    db,
    'SELECT conversation FROM routes WHERE connector = ? AND thread = ?',
  )
  // The first binding of either side wins.
  const insertRoute = prepare(
    db,
    `INSERT INTO routes (connector, conversation, thread) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const selectExternalId = prepare<{ known: number }>(
    db,
    'SELECT 1 AS known FROM external_ids WHERE connector = ? AND id = ?',
  )
  const insertExternalId = prepare(
    db,
    'INSERT INTO external_ids (connector, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
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
    thread: (connector: string, conversation: string) =>
      selectThread.get(connector, conversation)?.thread,
    conversationOf: (connector: string, thread: string) =>
      selectConversation.get(connector, thread)?.conversation,
    link: (connector: string, conversation: string, thread: string) => {
      insertRoute.run(connector, conversation, thread)
    },
    isEcho: (connector: string, id: string) => selectExternalId.get(connector, id) !== undefined,
    remember: (connector: string, ids: readonly string[]) => {
      for (const id of ids) insertExternalId.run(connector, id)
    },
    cursor: (connector: string) => selectCursor.get(connector)?.cursor,
    saveCursor: (connector: string, cursor: string) => {
      upsertCursor.run(connector, cursor)
    },
  }
}

export type Routes = ReturnType<typeof prepareRoutes>
