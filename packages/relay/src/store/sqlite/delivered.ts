import type { DatabaseSync } from 'node:sqlite'
import type { Toward } from '../store.ts'
import { prepare } from './database.ts'
import { IS_OPEN } from './queue.ts'
import type { QueueRow } from './queue.ts'

type Side = Toward['side']

/** What is known of a conversation before an entry of it is called undelivered. */
interface MarksRow {
  readonly delivered: number
  readonly read: number
}

/**
 * How far each side of a conversation was brought its entries: a mark that only rises, and the
 * entries below or above it that were given up and that nobody has there.
 *
 * A desk gets its entries in order, so what is below the newest one it took it has too, but for what
 * was parked: that is what `undelivered` holds.
 */
export function prepareDelivered(db: DatabaseSync) {
  const raiseMark = {
    visitor: prepare(
      db,
      `UPDATE conversations SET delivered_visitor = min(?1, head)
       WHERE key = ?2 AND delivered_visitor < min(?1, head)`,
    ),
    agent: prepare(
      db,
      `UPDATE conversations SET delivered_agent = min(?1, head)
       WHERE key = ?2 AND delivered_agent < min(?1, head)`,
    ),
  }
  const selectMarks = {
    visitor: prepare<MarksRow>(
      db,
      `SELECT delivered_visitor AS delivered, read_visitor AS read FROM conversations WHERE key = ?`,
    ),
    agent: prepare<MarksRow>(
      db,
      `SELECT delivered_agent AS delivered, read_agent AS read FROM conversations WHERE key = ?`,
    ),
  }
  const selectKey = prepare<{ key: number }>(db, 'SELECT key FROM conversations WHERE id = ?')
  const selectAny = prepare<{ seq: number }>(
    db,
    'SELECT seq FROM undelivered WHERE conversation = ? AND side = ? LIMIT 1',
  )
  const selectOne = prepare<{ code: string | null }>(
    db,
    'SELECT code FROM undelivered WHERE conversation = ? AND side = ? AND seq = ?',
  )
  const upsert = prepare(
    db,
    `INSERT INTO undelivered (conversation, side, seq, code, told, reason) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET code = excluded.code, told = excluded.told, reason = excluded.reason`,
  )
  const deleteOne = prepare(
    db,
    'DELETE FROM undelivered WHERE conversation = ? AND side = ? AND seq = ?',
  )
  const deleteUpTo = prepare(
    db,
    'DELETE FROM undelivered WHERE conversation = ? AND side = ? AND seq <= ?',
  )
  const countChange = prepare(
    db,
    'UPDATE conversations SET undelivered_n = undelivered_n + 1 WHERE key = ?',
  )
  const selectSeqs = prepare<{ seq: number }>(
    db,
    'SELECT seq FROM deliveries WHERE key = ?1 UNION ALL SELECT seq FROM deliveries WHERE leader = ?1',
  )
  const selectOpen = prepare<{ seq: number }>(
    db,
    `SELECT seq FROM deliveries WHERE connector = ? AND conversation = ? AND ${IS_OPEN} AND seq = ?`,
  )
  const selectRefused = prepare<{ seq: number }>(
    db,
    `SELECT seq FROM deliveries
     WHERE connector = ? AND conversation = ? AND state = 'parked' AND seq = ?`,
  )
  const selectRoute = prepare<{ thread: string }>(
    db,
    `SELECT thread FROM routes
     WHERE connector = ? AND conversation = (SELECT id FROM conversations WHERE key = ?)`,
  )

  /** Also of what was sent together with it. */
  const seqsOf = ({ key }: QueueRow): readonly number[] => selectSeqs.all(key).map(({ seq }) => seq)

  const giveUp = (
    conversation: number,
    seq: number,
    { side, sure, others }: Toward,
    code: string | null,
    reason: string,
  ): void => {
    const known = selectOne.get(conversation, side, seq)
    const marks = selectMarks[side].get(conversation)
    const has = (other: string): boolean =>
      selectRoute.get(other, conversation) !== undefined &&
      selectOpen.get(other, conversation, seq) === undefined &&
      selectRefused.get(other, conversation, seq) === undefined
    if (!known && marks) {
      // Somebody has it there already. Where that is told later, the mark says nothing of this one.
      if (seq <= marks.read) return
      if (sure ? seq <= marks.delivered : others.some(has)) return
    }
    const why = code ?? known?.code ?? null
    const waits = others.some((other) => selectOpen.get(other, conversation, seq) !== undefined)
    upsert.run(conversation, side, seq, why, why !== null && !waits ? 1 : 0, reason)
    countChange.run(conversation)
  }

  return {
    seqsOf,
    /** A delivery arrived, up to this seq. */
    arrived: (row: QueueRow, side: Side, lastSeq: number): void => {
      raiseMark[side].run(lastSeq, row.conversation)
      if (!selectAny.get(row.conversation, side)) return
      let gone = 0
      for (const seq of seqsOf(row)) gone += deleteOne.run(row.conversation, side, seq)
      if (gone > 0) countChange.run(row.conversation)
    },
    /** These were parked. `code`: they will never arrive as they are. */
    givenUp: (
      { conversation }: QueueRow,
      seqs: readonly number[],
      toward: Toward,
      code: string | null,
      reason: string,
    ): void => {
      for (const seq of seqs) giveUp(conversation, seq, toward, code, reason)
    },
    /** A reader of the log itself has it up to here. True: that is news. */
    kept: (id: string, side: Side, seq: number): boolean => {
      const key = selectKey.get(id)?.key
      if (key === undefined) return false
      const rose = raiseMark[side].run(seq, key) > 0
      const cleared = deleteUpTo.run(key, side, seq) > 0
      if (cleared) countChange.run(key)
      return cleared || rose
    },
  }
}

export type Delivered = ReturnType<typeof prepareDelivered>
