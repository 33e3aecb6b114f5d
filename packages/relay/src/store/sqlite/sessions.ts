import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './database.ts'
import type { SessionRow } from './rows.ts'

export function prepareSessions(db: DatabaseSync) {
  const selectSession = prepare<SessionRow>(
    db,
    `SELECT token_hash AS tokenHash, agent, name, created, expires FROM sessions
     WHERE token_hash = ? AND expires > ?`,
  )
  const upsertSession = prepare(
    db,
    `INSERT INTO sessions (token_hash, agent, name, created, expires) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (token_hash) DO UPDATE SET agent = excluded.agent, name = excluded.name,
       created = excluded.created, expires = excluded.expires`,
  )
  const deleteSession = prepare(db, 'DELETE FROM sessions WHERE token_hash = ?')
  const deleteEnded = prepare(db, 'DELETE FROM sessions WHERE expires <= ?')

  return {
    find: (tokenHash: Uint8Array, now: number) => selectSession.get(tokenHash, now),
    /** Sweeps out the ended ones on the way: sign-ins are rare, and so are sessions. */
    save: (session: SessionRow, now: number) => {
      deleteEnded.run(now)
      upsertSession.run(
        session.tokenHash,
        session.agent,
        session.name,
        session.created,
        session.expires,
      )
    },
    drop: (tokenHash: Uint8Array) => {
      deleteSession.run(tokenHash)
    },
  }
}
