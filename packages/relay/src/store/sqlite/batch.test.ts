import { DatabaseSync } from 'node:sqlite'
import { HomingError } from '@homing/core'
import { describe, expect, it } from 'vitest'
import { createBatch } from './batch.ts'
import type { Job } from './operations.ts'

/** A batch over one table of words. The operations' names are borrowed from the real ones. */
function open() {
  const db = new DatabaseSync(':memory:')
  db.exec(`
    CREATE TABLE words (word TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
  `)
  const insert = db.prepare('INSERT INTO words (word) VALUES (?)')
  const words = (): readonly unknown[] =>
    db
      .prepare('SELECT word FROM words ORDER BY rowid')
      .all()
      .map(({ word }) => word)
  const writes = {
    append: (word: string) => {
      insert.run(word)
      return word.length
    },
    link: (word: string) => {
      insert.run(word)
      throw new HomingError('out_of_order', 'Not yet.', { expected: 7 })
    },
    mark: (word: string) => {
      insert.run(word)
      return new HomingError('not_found', 'Taken all the same.')
    },
    // Breaks a rule that SQLite looks at only when it commits.
    setPage: () => {
      db.exec('INSERT INTO children (parent) VALUES (404)')
    },
  }
  const run = createBatch(db, { writes, reads: { sites: words } } as never)
  const job = (name: Job['name'], ...values: readonly unknown[]): Job => ({ name, values })
  return { run, words, job }
}

describe('a batch', () => {
  it('C1: answers every job in its place', () => {
    const { run, job } = open()
    expect(run([job('append', 'one'), job('sites'), job('append', 'three')])).toEqual([
      { value: 3 },
      { value: ['one', 'three'] },
      { value: 5 },
    ])
  })

  it('takes back a job that throws, and it alone', () => {
    const { run, job, words } = open()
    expect(
      run([job('append', 'a'), job('link', 'b'), job('append', 'a'), job('append', 'c')]),
    ).toEqual([
      { value: 1 },
      { failure: { code: 'out_of_order', message: 'Not yet.', expected: 7 } },
      { failure: { code: 'internal', message: expect.stringContaining('UNIQUE') } },
      { value: 1 },
    ])
    expect(words()).toEqual(['a', 'c'])
  })

  it('keeps what a refused job wrote on purpose', () => {
    const { run, job, words } = open()
    expect(run([job('mark', 'a')])).toMatchObject([{ failure: { code: 'not_found' } }])
    expect(words()).toEqual(['a'])
  })

  it('C1: a commit that fails acks nothing of its batch, and the next one works', () => {
    const { run, job, words } = open()
    expect(run([job('append', 'a'), job('setPage'), job('append', 'b'), job('sites')])).toEqual([
      { failure: { code: 'internal', message: expect.stringContaining('FOREIGN KEY') } },
      { failure: { code: 'internal', message: expect.stringContaining('FOREIGN KEY') } },
      { failure: { code: 'internal', message: expect.stringContaining('FOREIGN KEY') } },
      { value: [] },
    ])
    expect(run([job('append', 'c')])).toEqual([{ value: 1 }])
    expect(words()).toEqual(['c'])
  })
})
