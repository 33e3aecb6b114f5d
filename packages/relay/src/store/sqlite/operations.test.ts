import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { prepareOperations } from './operations.ts'

it('no statement is compiled anew at every call: a bare LIMIT ? would be', () => {
  const db = new DatabaseSync(':memory:')
  migrate(db, { epoch: 'epoch', secret: new Uint8Array(32), now: 0 })
  const prepared: string[] = []
  const prepare = db.prepare.bind(db)
  db.prepare = (sql) => {
    prepared.push(sql)
    return prepare(sql)
  }
  prepareOperations(db)
  db.close()
  expect(prepared.length).toBeGreaterThan(50)
  expect(prepared.filter((sql) => /\bLIMIT\s+[?:@$]\w*(?!\w|\s*\+ 0)/.test(sql))).toEqual([])
})
