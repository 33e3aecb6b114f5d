import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { HomingError } from '@homing/core'

/** The log's file within the relay's directory. */
export const DATABASE_FILE = 'homing.sqlite'

/** "HOMI", in the file's header: tells our files from anybody's. */
export const APPLICATION_ID = 0x484f4d49

/** How long a statement waits for another process that looks at the file (a backup, a shell). */
const BUSY_TIMEOUT_MS = 5_000
/** Page cache, KiB. */
const CACHE_KIB = 16 * 1024
/** Pages in the WAL before they are carried over: 16 MiB. Hot pages are then written once, not often. */
const CHECKPOINT_PAGES = 4_000
/** A WAL that grew beyond this, bytes, while a backup was read is cut back afterwards. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024

const SYNCHRONOUS_FULL = 2

/**
 * Open the log so that a commit that returned is on the disk.
 * What durability hangs on is set and read back: a file system without shared memory, for one,
 * silently refuses WAL.
 */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA mmap_size = 0;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
    `)
    assertPragma(db, 'journal_mode', 'wal')
    assertPragma(db, 'synchronous', SYNCHRONOUS_FULL)
    assertPragma(db, 'foreign_keys', 1)
    assertPragma(db, 'secure_delete', 1)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

export function readPragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return row && Object.values(row)[0]
}

/** A pragma that durability hangs on; anything else than `wanted` and the relay does not start. */
export function assertPragma(db: DatabaseSync, name: string, wanted: string | number): void {
  const found = readPragma(db, name)
  if (found === wanted) return
  throw new HomingError(
    'unavailable',
    `SQLite has ${name} = ${String(found)} where the log needs ${wanted}. ` +
      'Keep the data directory on a local disk.',
  )
}

/** A prepared statement whose rows have a known shape. The SQL beside it is what makes it true. */
export interface Query<Row extends object> {
  get(...values: readonly SQLInputValue[]): Row | undefined
  all(...values: readonly SQLInputValue[]): readonly Row[]
  /** The number of rows it changed. */
  run(...values: readonly SQLInputValue[]): number
}

/**
 * Write `LIMIT ? + 0`: for a bare `LIMIT ?` SQLite's planner wants to know the number, and so it
 * compiles the statement anew each time one is bound, which takes longer than most statements do.
 */
export function prepare<Row extends object = never>(db: DatabaseSync, sql: string): Query<Row> {
  const statement: StatementSync = db.prepare(sql)
  return {
    get: (...values) => statement.get(...values) as Row | undefined,
    all: (...values) => statement.all(...values) as readonly object[] as readonly Row[],
    run: (...values) => Number(statement.run(...values).changes),
  }
}

// Primary result codes of SQLite after which the log, and not the operation, is at fault.
const BROKEN = new Set([
  5, // BUSY: another process holds the file
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  26, // NOTADB
])

/** Does this error mean that the log cannot be used right now? */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' && BROKEN.has(code & 0xff)
}
