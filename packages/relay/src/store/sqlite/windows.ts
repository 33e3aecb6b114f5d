import type { DatabaseSync } from 'node:sqlite'
import type { Window } from '../store.ts'
import { prepare } from './database.ts'

/** What we know of the person at an address: when he wrote last, and whether he wants us to. */
export function prepareWindows(db: DatabaseSync) {
  const selectWindow = prepare<Window>(
    db,
    'SELECT opened, woken FROM windows WHERE connector = ? AND address = ?',
  )
  const open = prepare(
    db,
    `INSERT INTO windows (connector, address, opened) VALUES (?, ?, ?)
     ON CONFLICT (connector, address) DO UPDATE SET opened = max(opened, excluded.opened)`,
  )
  // Never heard of: the window was never open.
  const woke = prepare(
    db,
    `INSERT INTO windows (connector, address, opened, woken) VALUES (?, ?, 0, ?)
     ON CONFLICT (connector, address) DO UPDATE SET woken = excluded.woken`,
  )
  // What we sent before the person wrote last was answered: it opens nothing any more.
  const close = prepare(
    db,
    `UPDATE windows SET woken = CASE WHEN woken > opened THEN woken ELSE 0 END, opened = 0
     WHERE connector = ? AND address = ?`,
  )
  const moveWindow = prepare(
    db,
    'UPDATE OR IGNORE windows SET address = ?3 WHERE connector = ?1 AND address = ?2',
  )
  const moveOpts = prepare(
    db,
    'UPDATE OR IGNORE opts SET address = ?3 WHERE connector = ?1 AND address = ?2',
  )
  const insertOpt = prepare(
    db,
    `INSERT INTO opts (connector, address, time, out) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET out = excluded.out`,
  )
  const selectOpt = prepare<{ out: number }>(
    db,
    'SELECT out FROM opts WHERE connector = ? AND address = ? ORDER BY time DESC LIMIT 1',
  )

  return {
    find: (connector: string, address: string) => selectWindow.get(connector, address),
    open: (connector: string, address: string, at: number) => {
      open.run(connector, address, at)
    },
    woke: (connector: string, address: string, at: number) => {
      woke.run(connector, address, at)
    },
    close: (connector: string, address: string) => {
      close.run(connector, address)
    },
    /** The same person has another address. */
    move: (connector: string, from: string, to: string) => {
      moveWindow.run(connector, from, to)
      moveOpts.run(connector, from, to)
    },
    opt: (connector: string, address: string, out: boolean, at: number) => {
      insertOpt.run(connector, address, at, out ? 1 : 0)
    },
    optedOut: (connector: string, address: string) => selectOpt.get(connector, address)?.out === 1,
  }
}

export type Windows = ReturnType<typeof prepareWindows>
