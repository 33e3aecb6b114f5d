import { randomBytes } from 'node:crypto'
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import {
  NOW,
  fromVisitor,
  id,
  seqsOf,
  tokenHash,
  upTo,
} from '../../test/contracts/store-fixtures.ts'
import { makeStoreDirectory } from '../../test/store-directory.ts'
import { restoreBackup } from './restore.ts'
import { DATABASE_FILE } from './sqlite/database.ts'
import { markRestore } from './sqlite/restore-marker.ts'

/** A log of three entries, backed up, that then went on to five. */
async function makeBackup({ leased = false } = {}) {
  const directory = await makeStoreDirectory()
  const store = await directory.open()
  const from = directory.beside('backup.sqlite')
  const say = (n: number) => store.append(fromVisitor(n, { connectors: ['desk'] }))
  for (const n of upTo(3)) await say(n)
  await store.saveSession({
    tokenHash: tokenHash('session'),
    agent: { id: 'agent-1', name: 'Grace' },
    created: NOW,
    expires: NOW + 1_000,
  })
  if (leased) await store.claim('worker', 9, 90_000, NOW)
  await store.backup(from)
  for (const n of [4, 5]) await say(n)
  const restore = (path = directory.path, source = from) =>
    restoreBackup({ from: source, directory: path, randomBytes })
  return { directory, store, from, restore }
}

describe('a backup', () => {
  it('stands alone, for its owner only', async () => {
    const { directory, from } = await makeBackup()
    expect((await stat(from)).mode & 0o777).toBe(0o600)
    const beside = await readdir(directory.beside('.'))
    expect(beside.toSorted()).toEqual(['backup.sqlite', 'data'])
    const db = new DatabaseSync(from, { readOnly: true })
    expect(db.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
    db.close()
  })

  it('C3: is one moment of the log, taken while it is written to', async () => {
    const directory = await makeStoreDirectory()
    const store = await directory.open()
    const to = directory.beside('live.sqlite')
    for (const n of upTo(50)) await store.append(fromVisitor(n))
    await Promise.all([
      store.backup(to),
      ...upTo(300).map((n) => store.append(fromVisitor(n + 50))),
    ])
    await store.close()
    restoreBackup({ from: to, directory: directory.beside('other'), randomBytes })
    const restored = await directory.open(directory.beside('other'))
    const seqs = await seqsOf(restored, id(1000))
    expect(seqs.length).toBeGreaterThanOrEqual(50)
    expect(seqs).toEqual(upTo(seqs.length))
    expect((await restored.conversation(id(1000)))?.head).toBe(seqs.length)
  })

  it('leaves nothing behind when it fails', async () => {
    const { directory, store } = await makeBackup()
    await expect(store.backup(directory.beside('no/such/folder/file'))).rejects.toThrow(/ENOENT/)
    expect((await readdir(directory.beside('.'))).toSorted()).toEqual(['backup.sqlite', 'data'])
  })
})

describe('a restore', () => {
  it('C6: brings the backup back under a new epoch, with the same secret', async () => {
    const { directory, store, restore } = await makeBackup()
    const { epoch, secret } = store
    await store.close()
    const restored = restore()
    const reopened = await directory.open()
    expect(reopened.epoch).toBe(restored.epoch)
    expect(reopened.epoch).not.toBe(epoch)
    expect(Buffer.from(reopened.secret)).toEqual(Buffer.from(secret))
    expect(await seqsOf(reopened, id(1000))).toEqual([1, 2, 3])
    expect(await reopened.append(fromVisitor(4))).toMatchObject({ entry: { seq: 4 } })
  })

  it('C8: keeps the log that was there', async () => {
    const { directory, store, restore } = await makeBackup()
    await store.close()
    const { aside } = restore()
    expect(aside).toBeDefined()
    const kept = await directory.open(aside)
    expect(await seqsOf(kept, id(1000))).toEqual([1, 2, 3, 4, 5])
    expect(kept.epoch).toBe(store.epoch)
  })

  it('works into a new directory, which nothing is set aside in', async () => {
    const { directory, restore } = await makeBackup()
    const path = directory.beside('fresh')
    expect(restore(path).aside).toBeUndefined()
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect(await seqsOf(await directory.open(path), id(1000))).toEqual([1, 2, 3])
  })

  it('C10: what was still owed may have left since, and comes back as unsure', async () => {
    const { directory, restore } = await makeBackup()
    restore(directory.beside('fresh'))
    const store = await directory.open(directory.beside('fresh'))
    expect((await store.figures()).deliveries).toMatchObject({ due: 0, claimed: 0, unknown: 3 })
    for (const seq of [1, 2, 3]) {
      const [delivery] = await store.claim('worker', 9, 1_000, NOW)
      expect(delivery).toMatchObject({ unsure: true, entry: { seq } })
      await store.settle(delivery!, { kind: 'done', receipt: { externalIds: [] } }, NOW)
    }
  })

  it('C10: a lease that the backup caught holds nothing up', async () => {
    const { directory, restore } = await makeBackup({ leased: true })
    restore(directory.beside('fresh'))
    const store = await directory.open(directory.beside('fresh'))
    expect(await store.claim('worker', 9, 1_000, NOW)).toMatchObject([{ unsure: true }])
  })

  it('lets nobody in who may have signed out since', async () => {
    const { directory, restore } = await makeBackup()
    restore(directory.beside('fresh'))
    const store = await directory.open(directory.beside('fresh'))
    expect(await store.session(tokenHash('session'), NOW)).toBeUndefined()
  })

  it('is refused while a relay serves from the directory', async () => {
    const { store, restore } = await makeBackup()
    expect(() => restore()).toThrow('in use by another relay')
    expect(await seqsOf(store, id(1000))).toEqual([1, 2, 3, 4, 5])
  })

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -8_192)],
    ['with garbage within', (bytes: Buffer) => bytes.fill(0xa5, 40_000, 60_000)],
    ['of something else', () => Buffer.from('Dear diary, '.repeat(1_000))],
    ['that is empty', () => Buffer.alloc(0)],
  ])('refuses a file %s, and changes nothing', async (_, spoil) => {
    const { directory, store, from, restore } = await makeBackup()
    await store.close()
    const spoilt = directory.beside('spoilt.sqlite')
    await writeFile(spoilt, spoil(await readFile(from)))
    expect(() => restore(directory.path, spoilt)).toThrow(
      expect.objectContaining({ name: 'HomingError', code: 'bad_request' }),
    )
    const reopened = await directory.open()
    expect(reopened.epoch).toBe(store.epoch)
    expect(await seqsOf(reopened, id(1000))).toEqual([1, 2, 3, 4, 5])
  })

  it('refuses a file that is not there, and one of a newer schema', async () => {
    const { directory, from, restore } = await makeBackup()
    const path = directory.beside('fresh')
    expect(() => restore(path, directory.beside('missing'))).toThrow(/There is no file/)
    const db = new DatabaseSync(from)
    db.exec("INSERT INTO migrations (number, name, time) VALUES (99, '0099-later.sql', 0)")
    db.close()
    expect(() => restore(path)).toThrow(/newer relay/)
  })

  it('that was cut short is not taken for an empty log, and can be run again', async () => {
    const { directory, store, restore } = await makeBackup()
    await store.close()
    markRestore(directory.path)
    await expect(directory.open()).rejects.toThrow(/was cut short. Run it again/)
    restore()
    expect(await seqsOf(await directory.open(), id(1000))).toEqual([1, 2, 3])
    expect(await readdir(directory.path)).toContain(DATABASE_FILE)
    expect(await readdir(join(directory.path))).not.toContain('incoming.sqlite')
  })
})
