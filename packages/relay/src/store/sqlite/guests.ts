import type { DatabaseSync } from 'node:sqlite'
import { leftBy, leftThread } from '../left-address.ts'
import { prepare } from './database.ts'
import type { Routes } from './routes.ts'
import type { Windows } from './windows.ts'

/** As many browsers as one person has, with room; the one that came first is forgotten first. */
const MAX_GUESTS = 20

interface OwnerRow {
  readonly key: number
  readonly visitor: string
}

/** Other browsers of a conversation's visitor, and the address that a link was sent to. */
export function prepareGuests(db: DatabaseSync, routes: Routes, windows: Windows) {
  const selectOwner = prepare<OwnerRow>(
    db,
    'SELECT key, visitor FROM conversations WHERE id = ? AND site = ?',
  )
  const selectGuest = prepare<{ came: number }>(
    db,
    'SELECT came FROM guests WHERE conversation = ? AND visitor = ?',
  )
  const insertGuest = prepare(
    db,
    `INSERT INTO guests (conversation, site, visitor, came) VALUES (?, ?, ?, ?)
     ON CONFLICT (conversation, visitor) DO UPDATE SET came = excluded.came`,
  )
  const dropOldest = prepare(
    db,
    `DELETE FROM guests WHERE conversation = ?1 AND visitor NOT IN (
       SELECT visitor FROM guests WHERE conversation = ?1
       ORDER BY came DESC, visitor LIMIT ${MAX_GUESTS})`,
  )
  const updateEmail = prepare(db, 'UPDATE visitors SET email = ? WHERE site = ? AND id = ?')
  const isGuest = (key: number, visitor: string): boolean =>
    selectGuest.get(key, visitor) !== undefined

  return {
    isGuest,
    admit: (conversation: string, site: string, visitor: string, now: number): boolean => {
      const owner = selectOwner.get(conversation, site)
      if (!owner) return false
      if (owner.visitor === visitor) return true
      insertGuest.run(owner.key, site, visitor, now)
      dropOldest.run(owner.key)
      return true
    },
    leaveAddress: (
      of: { readonly site: string; readonly conversation: string; readonly visitor: string },
      at: { readonly connector: string; readonly address: string },
      now: number,
    ): boolean => {
      const owner = selectOwner.get(of.conversation, of.site)
      if (!owner) return false
      const own = owner.visitor === of.visitor
      if (!own && !isGuest(owner.key, of.visitor)) return false
      const thread = leftThread(at.address, of.conversation)
      routes.bind(at.connector, of.conversation, thread)
      windows.opt(at.connector, thread, false, now)
      if (own) updateEmail.run(at.address, of.site, of.visitor)
      return true
    },
    optAllOut: (connector: string, address: string, now: number): void => {
      for (const thread of routes.threadsFrom(connector, leftBy(address))) {
        windows.opt(connector, thread, true, now)
      }
    },
  }
}

export type Guests = ReturnType<typeof prepareGuests>
