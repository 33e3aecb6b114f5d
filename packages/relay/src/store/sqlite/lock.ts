import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import type { Stop } from '@homing/core'
import { isBroken } from './database.ts'

const LOCK_FILE = 'homing.lock'

/**
 * Take the directory for this process; a second one is refused.
 *
 * The lock is SQLite's own on an empty file of its own: the kernel drops it with the process,
 * however that dies, so there is no stale lock to judge. It holds between threads of one process
 * too. It does not hold between machines on a network file system, where WAL does not work either.
 */
export function lockDirectory(directory: string): Stop {
  const db = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!isBroken(error)) throw error
    throw new HomingError(
      'unavailable',
      `${directory} is in use by another relay. Stop it, or give this one a directory of its own.`,
      { cause: error },
    )
  }
  return () => {
    if (db.isOpen) db.close()
  }
}
