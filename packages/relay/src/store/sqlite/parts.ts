import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './database.ts'
import { IS_OPEN } from './queue.ts'

/** A part of a delivery's text that arrived. */
export interface PartRow {
  readonly part: number
  readonly externalIds: readonly string[]
}

export type Parts = ReturnType<typeof prepareParts>

/** Which parts of a text in parts arrived, in the order of their numbers. */
export function prepareParts(db: DatabaseSync) {
  const select = prepare<{ part: number; externalIds: string }>(
    db,
    'SELECT part, external_ids AS externalIds FROM parts WHERE delivery = ? ORDER BY part',
  )
  const insert = prepare(
    db,
    `INSERT INTO parts (delivery, part, external_ids) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const deleteOne = prepare(db, 'DELETE FROM parts WHERE delivery = ? AND part = ?')
  const deleteOpen = prepare(
    db,
    `DELETE FROM parts WHERE delivery IN (
       SELECT d.id FROM deliveries d JOIN conversations c ON c.key = d.conversation
       WHERE d.connector = ? AND c.id = ? AND d.${IS_OPEN})`,
  )

  const all = (delivery: string): readonly PartRow[] =>
    select.all(delivery).map(({ part, externalIds }) => ({
      part,
      externalIds: JSON.parse(externalIds) as readonly string[],
    }))

  return {
    all,
    add: (delivery: string, part: number, externalIds: readonly string[]): void => {
      insert.run(delivery, part, JSON.stringify(externalIds))
    },
    /** The first one that is not known to have arrived. */
    firstMissing: (delivery: string): number => {
      const known = new Set(all(delivery).map(({ part }) => part))
      let part = 1
      while (known.has(part)) part++
      return part
    },
    drop: (delivery: string, part: number): void => {
      deleteOne.run(delivery, part)
    },
    /** Of what is on its way of a conversation: a new thread has none of it. */
    forget: (connector: string, conversation: string): void => {
      deleteOpen.run(connector, conversation)
    },
  }
}
