import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DATABASE_FILE, assertPragma, openDatabase, readPragma } from './database.ts'
import { migrate, readMigrations } from './migrate.ts'

const BIRTH = { epoch: 'first', secret: new Uint8Array(32), now: 1 }

function open(): DatabaseSync {
  const directory = mkdtempSync(join(tmpdir(), 'homing-database-'))
  const db = openDatabase(join(directory, DATABASE_FILE))
  onTestFinished(() => {
    db.close()
    rmSync(directory, { recursive: true })
  })
  return db
}

const tables = (db: DatabaseSync) =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name)

describe('opening', () => {
  it('C1: sets what durability hangs on', () => {
    const db = open()
    expect(readPragma(db, 'journal_mode')).toBe('wal')
    expect(readPragma(db, 'synchronous')).toBe(2)
    expect(readPragma(db, 'foreign_keys')).toBe(1)
    expect(readPragma(db, 'secure_delete')).toBe(1)
    expect(readPragma(db, 'mmap_size')).toBe(0)
    expect(readPragma(db, 'busy_timeout')).toBeGreaterThan(0)
  })

  it('C1: does not start where it was not taken', () => {
    // A database in memory has no WAL, and says so only when asked.
    expect(() => openDatabase(':memory:')).toThrow(/journal_mode = memory .* needs wal/)
    const db = open()
    db.exec('PRAGMA synchronous = NORMAL')
    expect(() => assertPragma(db, 'synchronous', 2)).toThrow(/synchronous = 1 .* needs 2/)
  })
})

describe('migrations', () => {
  const FIRST = { number: 1, name: '0001-one.sql', sql: 'CREATE TABLE meta (name, value)' }

  it('are applied once, in order, and recorded', () => {
    const db = open()
    const second = { number: 2, name: '0002-two.sql', sql: 'CREATE TABLE two (id)' }
    migrate(db, BIRTH, [FIRST])
    migrate(db, { ...BIRTH, epoch: 'second', now: 2 }, [FIRST, second])
    migrate(db, { ...BIRTH, epoch: 'third', now: 3 }, [FIRST, second])
    expect(tables(db)).toEqual(['meta', 'migrations', 'two'])
    expect(db.prepare('SELECT number, name, time FROM migrations').all()).toEqual([
      expect.objectContaining({ number: 1, name: '0001-one.sql', time: 1 }),
      expect.objectContaining({ number: 2, name: '0002-two.sql', time: 2 }),
    ])
    expect(db.prepare("SELECT value FROM meta WHERE name = 'epoch'").all()).toEqual([
      expect.objectContaining({ value: 'first' }),
    ])
  })

  it('leave nothing behind when they fail half-way', () => {
    const db = open()
    const broken = {
      number: 2,
      name: '0002-two.sql',
      sql: 'CREATE TABLE two (id); CREATE nonsense',
    }
    migrate(db, BIRTH, [FIRST])
    expect(() => migrate(db, BIRTH, [FIRST, broken])).toThrow(/nonsense/)
    expect(tables(db)).toEqual(['meta', 'migrations'])
    expect(() => migrate(open(), BIRTH, [{ ...FIRST, sql: 'nonsense' }])).toThrow(/nonsense/)
  })

  it('are numbered without gaps', () => {
    const migrations = readMigrations()
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1))
    expect(migrations[0]?.name).toBe('0001-log.sql')
  })
})
