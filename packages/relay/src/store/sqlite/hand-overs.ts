import type { DatabaseSync } from 'node:sqlite'
import type { HandOver } from '../store.ts'
import { prepare } from './database.ts'
import type { Routes } from './routes.ts'
import type { Windows } from './windows.ts'

/** Known, in time, and for nobody else's conversation. */
const IS_GOOD = `code_hash = ? AND site = ? AND expires > ? AND NOT EXISTS (
  SELECT 1 FROM conversations c WHERE c.id = hand_overs.conversation
  AND (c.site <> hand_overs.site OR c.visitor <> hand_overs.visitor AND NOT EXISTS (
    SELECT 1 FROM guests g WHERE g.conversation = c.key AND g.visitor = hand_overs.visitor)))`

/** One-time codes that bind an address elsewhere to a conversation. */
export function prepareHandOvers(db: DatabaseSync, routes: Routes, windows: Windows) {
  const dropEnded = prepare(db, 'DELETE FROM hand_overs WHERE expires <= ?')
  const insert = prepare(
    db,
    `INSERT INTO hand_overs (code_hash, site, conversation, visitor, expires)
     VALUES (?, ?, ?, ?, ?)`,
  )
  const look = prepare<HandOver>(
    db,
    `SELECT site, conversation, visitor, expires FROM hand_overs WHERE ${IS_GOOD}`,
  )
  const take = prepare<HandOver>(
    db,
    `DELETE FROM hand_overs WHERE ${IS_GOOD}
     RETURNING site, conversation, visitor, expires`,
  )

  return {
    save: (
      codeHash: Uint8Array,
      { site, conversation, visitor, expires }: HandOver,
      now: number,
    ) => {
      dropEnded.run(now)
      insert.run(codeHash, site, conversation, visitor, expires)
    },
    look: (codeHash: Uint8Array, site: string, now: number) => look.get(codeHash, site, now),
    take: (
      codeHash: Uint8Array,
      to: { readonly site: string; readonly connector: string; readonly address: string },
      now: number,
    ) => {
      const taken = take.get(codeHash, to.site, now)
      if (!taken) return undefined
      routes.bind(to.connector, taken.conversation, to.address)
      // Who takes a conversation along wants to be answered there, whatever he said before.
      windows.opt(to.connector, to.address, false, now)
      return taken
    },
  }
}
