import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { syncPath } from './files.ts'

/** How long the copy waits for a writer to let it take its snapshot. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Copy a log into a new file, complete and as of one moment, while others write to it.
 * The copy stands alone (no WAL), holds nothing that was deleted, and is on the disk on return.
 * Blocks for as long as that takes: never called on the relay's own thread.
 */
export function copyDatabase(from: string, to: string): void {
  // Made first, and only for us to read: it holds everybody's words and the log's secret.
  closeSync(openSync(to, 'wx', 0o600))
  const db = new DatabaseSync(from, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  syncPath(to)
}
