import type { ReadMarks } from '@homing/core'
import type { DatabaseSync } from 'node:sqlite'
import type { ConversationFilter } from '../store.ts'
import { prepare } from './database.ts'
import { ENTRY_COLUMNS } from './rows.ts'
import type { ConversationLineRow, ConversationRow } from './rows.ts'

/** Told of a conversation; older ones are so many that nobody reads them. */
const MAX_UNDELIVERED = 50

const CONVERSATION_COLUMNS = `c.id AS conversation, c.site, c.head, c.status,
  c.read_visitor AS readVisitor, c.read_agent AS readAgent,
  c.undelivered_n AS undeliveredN, c.delivered_visitor AS deliveredVisitor, c.delivered_agent AS deliveredAgent,
  (SELECT nullif(json_group_array(json_object(
      'seq', u.seq, 'side', u.side, 'code', u.code, 'told', u.told, 'reason', u.reason)), '[]')
   FROM (SELECT * FROM undelivered WHERE conversation = c.key
         ORDER BY seq DESC LIMIT ${MAX_UNDELIVERED}) u) AS undelivered,
  (SELECT nullif(json_group_array(g.visitor), '[]') FROM guests g WHERE g.conversation = c.key)
    AS guests,
  c.page, c.created, c.updated, c.desks,
  v.id AS visitor, v.name AS visitorName, v.email, v.locale`

/** A page of conversations, `p`, with what a list shows of each. */
const lines = (page: string) => `
  WITH p AS (${page})
  SELECT ${CONVERSATION_COLUMNS}, ${ENTRY_COLUMNS},
    (SELECT count(*) FROM entries u
     WHERE u.conversation = c.key AND u.seq > c.read_agent AND u.role = 'visitor') AS unread
  FROM p
  JOIN conversations c ON c.key = p.key
  JOIN visitors v ON v.site = c.site AND v.id = c.visitor
  LEFT JOIN entries e ON e.conversation = c.key AND e.seq = c.head
  ORDER BY c.updated DESC, c.key DESC`

const newestOf = (status: string) => `
  SELECT key, updated FROM conversations
  WHERE site = ?1 AND status = ${status} AND updated < ?2
  ORDER BY updated DESC, key DESC LIMIT ?3 + 0`

const ANY_TIME = Number.MAX_SAFE_INTEGER

export function prepareConversations(db: DatabaseSync) {
  const selectConversation = prepare<ConversationRow>(
    db,
    `SELECT ${CONVERSATION_COLUMNS} FROM conversations c
     JOIN visitors v ON v.site = c.site AND v.id = c.visitor WHERE c.id = ?`,
  )
  const selectByStatus = prepare<ConversationLineRow>(db, lines(newestOf('?4')))
  // Both ends of one index, so that no list is longer to make than it is to show.
  const selectNewest = prepare<ConversationLineRow>(
    db,
    lines(`
      SELECT key FROM (
        SELECT * FROM (${newestOf("'open'")}) UNION ALL SELECT * FROM (${newestOf("'resolved'")})
      ) ORDER BY updated DESC, key DESC LIMIT ?3 + 0`),
  )
  const selectByVisitor = prepare<ConversationLineRow>(
    db,
    lines(`
      SELECT key FROM (
        SELECT key, updated, status FROM conversations INDEXED BY conversations_visitor
        WHERE site = ?1 AND visitor = ?4
        UNION ALL
        SELECT c.key, c.updated, c.status FROM guests g JOIN conversations c ON c.key = g.conversation
        WHERE g.site = ?1 AND g.visitor = ?4
      )
      WHERE updated < ?2 AND (?5 IS NULL OR status = ?5)
      ORDER BY updated DESC, key DESC LIMIT ?3 + 0`),
  )
  const raiseMark = {
    visitor: prepare(
      db,
      `UPDATE conversations SET read_visitor = min(?, head)
       WHERE id = ? AND read_visitor < min(?, head)`,
    ),
    agent: prepare(
      db,
      `UPDATE conversations SET read_agent = min(?, head)
       WHERE id = ? AND read_agent < min(?, head)`,
    ),
  }
  const updatePage = prepare(db, 'UPDATE conversations SET page = ? WHERE id = ?')

  const list = (filter: ConversationFilter): readonly ConversationLineRow[] => {
    const { site, visitor, status, limit, before = ANY_TIME } = filter
    if (visitor !== undefined) {
      return selectByVisitor.all(site, before, limit, visitor, status ?? null)
    }
    if (status !== undefined) return selectByStatus.all(site, before, limit, status)
    return selectNewest.all(site, before, limit)
  }

  return {
    find: (id: string) => selectConversation.get(id),
    list,
    mark: (id: string, by: keyof ReadMarks, seq: number) => raiseMark[by].run(seq, id, seq) > 0,
    setPage: (id: string, page: string) => {
      updatePage.run(page, id)
    },
  }
}
