import type { DatabaseSync } from 'node:sqlite'
import type { DeliveryState } from '../store.ts'
import { prepare } from './database.ts'

export interface QueueRow {
  readonly key: number
  readonly seq: number
  readonly id: string
  readonly connector: string
  readonly conversation: number
  readonly state: DeliveryState
  readonly attempts: number
}

export const QUEUE_COLUMNS = 'key, seq, id, connector, conversation, state, attempts'

// Word for word the condition of the index `deliveries_open`, so that SQLite uses it.
export const IS_OPEN = "state IN ('due', 'claimed', 'unknown')"

/**
 * A conversation's deliveries to one connector stand in a queue of their own, by seq, and only the
 * one with `turn = 1` is looked at. Some stand in it together (`leader`): they were sent with that
 * one, and whatever becomes of it becomes of them.
 */
export function prepareQueue(db: DatabaseSync) {
  const select = prepare<QueueRow>(db, `SELECT ${QUEUE_COLUMNS} FROM deliveries WHERE id = ?`)
  const put = prepare(
    db,
    `UPDATE deliveries SET state = ?, turn = 0, at = ?, reason = ?, worker = NULL WHERE key = ?`,
  )
  const putMembers = prepare(
    db,
    `UPDATE deliveries SET state = ?1, at = ?2, reason = ?3, worker = NULL,
       leader = CASE WHEN ?1 IN ('done', 'unknown') THEN leader END
     WHERE leader = ?4`,
  )
  const selectLast = prepare<{ seq: number | null }>(
    db,
    'SELECT max(seq) AS seq FROM deliveries WHERE leader = ?',
  )
  const passTurn = prepare(
    db,
    `UPDATE deliveries SET turn = 1 WHERE key = (
       SELECT key FROM deliveries WHERE connector = ? AND conversation = ? AND ${IS_OPEN}
       ORDER BY seq LIMIT 1)`,
  )
  const takeTurnBack = prepare(
    db,
    `UPDATE deliveries SET turn = 0
     WHERE connector = ? AND conversation = ? AND ${IS_OPEN} AND turn = 1 AND state <> 'claimed'`,
  )
  // Who was sent together with another one is claimed without a turn of his own.
  const selectClaimed = prepare<{ key: number }>(
    db,
    `SELECT key FROM deliveries WHERE connector = ? AND conversation = ? AND ${IS_OPEN}
     AND state = 'claimed' AND turn = 1`,
  )

  const pass = ({ connector, conversation }: QueueRow): void => {
    passTurn.run(connector, conversation)
  }

  return {
    find: (id: string) => select.get(id),
    /** Also of those that stand together with it. The turn is then nobody's: `pass` it. */
    put: (row: QueueRow, state: DeliveryState, at: number, reason: string | null) => {
      put.run(state, at, reason, row.key)
      putMembers.run(state, at, reason, row.key)
    },
    /** The seq of the last one that was sent with it; its own when it went alone. */
    lastSeq: (row: QueueRow): number => Math.max(row.seq, selectLast.get(row.key)?.seq ?? 0),
    pass,
    /** Something became due that may be older than what waits now; but not while one is under way. */
    reorder: (row: QueueRow) => {
      if (selectClaimed.get(row.connector, row.conversation)) return
      takeTurnBack.run(row.connector, row.conversation)
      pass(row)
    },
  }
}

export type Queue = ReturnType<typeof prepareQueue>
