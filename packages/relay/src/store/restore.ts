import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import type { RandomBytes } from '@homing/core'
import { copyFiles, filesBeside } from '../files/copy.ts'
import { FILES_DIRECTORY } from '../files/files.ts'
import { isBroken, prepare, DATABASE_FILE } from './sqlite/database.ts'
import { copyDatabase } from './sqlite/copy.ts'
import { syncPath } from './sqlite/files.ts'
import { lockDirectory } from './sqlite/lock.ts'
import { assertNotNewer, readMigrations, schemaVersion } from './sqlite/migrate.ts'
import { markRestore } from './sqlite/restore-marker.ts'
import { newEpoch } from './sqlite-store.ts'

const INCOMING_FILE = 'incoming.sqlite'
/** The log and what SQLite keeps beside it. */
const LOG_FILES = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`]

export interface RestoreOptions {
  /** A file that `Store.backup` made. It is only read, and so are the files that lie beside it. */
  readonly from: string
  readonly directory: string
  readonly randomBytes: RandomBytes
}

export interface Restored {
  readonly epoch: string
  /** Where the log that was there before is kept; undefined when there was none. */
  readonly aside: string | undefined
  /** How many kept files came back with it; those that were there are not counted. */
  readonly files: number
}

/**
 * Put a backup in the place of the log. Until the very last step nothing that was there is
 * changed, and what was there is kept. Files that came with messages are added to those there.
 *
 * Blocks while it works: it is a command of its own, no relay runs in the directory meanwhile.
 */
export function restoreBackup(options: RestoreOptions): Restored {
  const from = resolve(options.from)
  const directory = resolve(options.directory)
  const epoch = newEpoch(options.randomBytes)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const unlock = lockDirectory(directory)
  const incoming = join(directory, INCOMING_FILE)
  try {
    verify(from)
    rmSync(incoming, { force: true })
    copyDatabase(from, incoming)
    const db = new DatabaseSync(incoming)
    try {
      beginNewLife(db, epoch)
    } finally {
      db.close()
    }
    const files = copyFiles(filesBeside(from), join(directory, FILES_DIRECTORY))
    return { epoch, aside: putInPlace(directory, incoming, epoch), files }
  } finally {
    rmSync(incoming, { force: true })
    unlock()
  }
}

function verify(from: string): void {
  if (!existsSync(from)) throw new HomingError('not_found', `There is no file ${from}.`)
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(from, { readOnly: true })
    const version = schemaVersion(db)
    if (version === 0) throw new HomingError('bad_request', `${from} holds no log.`)
    assertNotNewer(version, readMigrations().length)
    const [found] = prepare<{ integrity_check: string }>(db, 'PRAGMA integrity_check(1)').all()
    const [orphan] = prepare<object>(db, 'PRAGMA foreign_key_check').all()
    if (found?.integrity_check !== 'ok' || orphan) throw damaged(from, found?.integrity_check)
  } catch (error) {
    if (isBroken(error)) throw damaged(from, error)
    throw error
  } finally {
    db?.close()
  }
}

function damaged(from: string, cause: unknown): HomingError {
  return new HomingError(
    'bad_request',
    `${from} is damaged or is not a relay's log. Nothing was changed; try an earlier backup.`,
    { cause },
  )
}

/** What was kept in a backup goes on under another epoch. */
export function beginNewLife(db: DatabaseSync, epoch: string): void {
  db.exec('BEGIN IMMEDIATE')
  prepare(db, "UPDATE meta SET value = ? WHERE name = 'epoch'").run(epoch)
  // What was owed when the backup was made may have left since. A lease was of a process that is
  // gone, and holds nothing up.
  prepare(
    db,
    `UPDATE deliveries SET state = 'unknown', worker = NULL, at = CASE state WHEN 'claimed' THEN 0 ELSE at END
     WHERE state IN ('due', 'claimed')`,
  ).run()
  // And who signed out since must not be in again.
  prepare(db, 'DELETE FROM sessions').run()
  db.exec('COMMIT')
}

function putInPlace(directory: string, incoming: string, epoch: string): string | undefined {
  const there = LOG_FILES.filter((name) => existsSync(join(directory, name)))
  const aside = join(directory, `before-${epoch.slice(0, 8)}`)
  const finish = markRestore(directory)
  if (there.length > 0) mkdirSync(aside, { mode: 0o700 })
  for (const name of there) renameSync(join(directory, name), join(aside, name))
  if (there.length > 0) syncPath(aside)
  renameSync(incoming, join(directory, DATABASE_FILE))
  syncPath(directory)
  finish()
  return there.length > 0 ? aside : undefined
}
