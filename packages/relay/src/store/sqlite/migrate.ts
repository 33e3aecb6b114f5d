import { readFileSync, readdirSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import { APPLICATION_ID, prepare, readPragma } from './database.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/

/** Read at start, in order. A file that was ever released is never edited: the next one corrects it. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

export function readMigrations(): readonly Migration[] {
  const migrations: Migration[] = []
  for (const name of readdirSync(FOLDER).toSorted()) {
    const number = Number(FILE_NAME.exec(name)?.[1])
    if (number !== migrations.length + 1) {
      throw new Error(`${name} is not the migration number ${migrations.length + 1}.`)
    }
    migrations.push({ number, name, sql: readFileSync(new URL(name, FOLDER), 'utf8') })
  }
  return migrations
}

/** What a new log starts with; unused when there is one. */
export interface Birth {
  readonly epoch: string
  readonly secret: Uint8Array
  readonly now: number
}

/** Bring the schema up to this code's. Each step is one transaction, so that a crash repeats none. */
export function migrate(
  db: DatabaseSync,
  birth: Birth,
  migrations: readonly Migration[] = readMigrations(),
): void {
  const applied = schemaVersion(db)
  assertNotNewer(applied, migrations.length)
  for (const migration of migrations.slice(applied)) {
    db.exec('BEGIN IMMEDIATE')
    try {
      if (migration.number === 1) beforeFirst(db)
      db.exec(migration.sql)
      if (migration.number === 1) afterFirst(db, birth)
      prepare(db, 'INSERT INTO migrations (number, name, time) VALUES (?, ?, ?)').run(
        migration.number,
        migration.name,
        birth.now,
      )
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

/** The number of the last migration; 0 for an empty file. Refuses a file that is not ours. */
export function schemaVersion(db: DatabaseSync): number {
  const tables = prepare<{ n: number }>(db, 'SELECT count(*) AS n FROM sqlite_schema').get()
  const id = readPragma(db, 'application_id')
  if (id === 0 && tables?.n === 0) return 0
  if (id !== APPLICATION_ID) {
    throw new HomingError('unavailable', "This SQLite file is not a relay's log.")
  }
  return (
    prepare<{ n: number }>(db, 'SELECT coalesce(max(number), 0) AS n FROM migrations').get()?.n ?? 0
  )
}

/** A relay that does not know the schema would write past its rules. */
export function assertNotNewer(applied: number, known: number): void {
  if (applied <= known) return
  throw new HomingError(
    'unavailable',
    `The log has schema ${applied}, and this relay knows schemas up to ${known}. ` +
      'It was written by a newer relay: start that version, or restore a backup from before.',
  )
}

function beforeFirst(db: DatabaseSync): void {
  db.exec(`
    PRAGMA application_id = ${APPLICATION_ID};
    CREATE TABLE migrations (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      time INTEGER NOT NULL
    ) STRICT;
  `)
}

function afterFirst(db: DatabaseSync, birth: Birth): void {
  const insert = prepare(db, 'INSERT INTO meta (name, value) VALUES (?, ?)')
  insert.run('epoch', birth.epoch)
  insert.run('secret', birth.secret)
  insert.run('beat', 0)
}
