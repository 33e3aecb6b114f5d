import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { storeContract } from '../../test/contracts/store-contract.ts'
import { NOW, SITE, fromVisitor, id, seqsOf, upTo } from '../../test/contracts/store-fixtures.ts'
import { makeStoreDirectory } from '../../test/store-directory.ts'
import type { StoreDirectory } from '../../test/store-directory.ts'
import { DATABASE_FILE } from './sqlite/database.ts'
import { openSqliteStore } from './sqlite-store.ts'

storeContract('SQLite', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'homing-store-'))
  const directory = join(parent, 'data')
  return {
    open: () => openSqliteStore({ directory, now: () => NOW, randomBytes }),
    dispose: () => rm(parent, { recursive: true }),
    freePath: (name) => join(parent, name),
  }
})

describe('the SQLite store', () => {
  it('makes its directory for its owner only', async () => {
    const directory = await makeStoreDirectory()
    await directory.open()
    expect((await stat(directory.path)).mode & 0o777).toBe(0o700)
  })

  it('refuses a second relay in its directory, and lets it in after the first', async () => {
    const directory = await makeStoreDirectory()
    const first = await directory.open()
    await expect(directory.open()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('in use by another relay'),
    })
    expect(await first.append(fromVisitor(1))).toMatchObject({ fresh: true })
    await first.close()
    await expect(directory.open()).resolves.toBeDefined()
  })

  it("C10: gives a dead process's leases out again at once, as unsure", async () => {
    const directory = await makeStoreDirectory()
    const first = await directory.open()
    await first.append(fromVisitor(1, { connectors: ['desk'] }))
    expect(await first.claim('dead', 1, 60_000, NOW)).toHaveLength(1)
    await first.close()
    const second = await directory.open()
    expect(await second.claim('alive', 1, 60_000, NOW)).toMatchObject([{ unsure: true }])
  })

  it('refuses a log of a newer schema, and leaves it alone', async () => {
    const directory = await makeStoreDirectory()
    await (await directory.open()).close()
    const file = join(directory.path, DATABASE_FILE)
    const db = new DatabaseSync(file)
    db.exec("INSERT INTO migrations (number, name, time) VALUES (99, '0099-later.sql', 0)")
    db.close()
    await expect(directory.open()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/schema 99.*newer relay/),
    })
  })

  it("refuses a file that is not a relay's log", async () => {
    const directory = await makeStoreDirectory()
    await mkdir(directory.path)
    const db = new DatabaseSync(join(directory.path, DATABASE_FILE))
    db.exec('CREATE TABLE somebody_elses (id INTEGER)')
    db.close()
    await expect(directory.open()).rejects.toThrow("is not a relay's log")
  })

  it('C1: more than one commit can hold is still answered, each with its own', async () => {
    const store = await (await makeStoreDirectory()).open()
    const answers = await Promise.all(upTo(1_500).map((n) => store.append(fromVisitor(n))))
    expect(answers.map(({ entry }) => entry?.seq)).toEqual(upTo(1_500))
  })

  it('refuses at once what would wait too long, and recovers', async () => {
    const store = await (await makeStoreDirectory()).open()
    const reads = upTo(20_100).map(() => store.cursor('desk'))
    const answers = await Promise.allSettled(reads)
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(100)
    expect(refused[0]).toMatchObject({ reason: { code: 'unavailable', retryAfter: 1_000 } })
    await expect(store.check()).resolves.toBeUndefined()
  })

  it('survives what cannot be handed to its thread', async () => {
    const store = await (await makeStoreDirectory()).open()
    const alien = { toString: () => 'desk' } as unknown as string
    await expect(store.saveCursor(alien, '1')).rejects.toMatchObject({ code: 'internal' })
    await expect(store.saveCursor('desk', '1')).resolves.toBeUndefined()
  })

  it("C1: does not tell a caller's error as the log's, nor take others down with it", async () => {
    const store = await (await makeStoreDirectory()).open()
    const broken = fromVisitor(2, { author: { role: 'ghost' as 'visitor', id: 'ada' } })
    const [one, two, three] = await Promise.allSettled([
      store.append(fromVisitor(1)),
      store.append(broken),
      store.append(fromVisitor(2)),
    ])
    expect([one.status, two.status, three.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await seqsOf(store, id(1000))).toEqual([1, 2])
  })

  /** What is left of a log when the machine stops at any moment: the file, and part of its WAL. */
  const tornCopy = async (directory: StoreDirectory, tear: (wal: Buffer) => Buffer) => {
    const torn = directory.beside('torn')
    await mkdir(torn)
    await copyFile(join(directory.path, DATABASE_FILE), join(torn, DATABASE_FILE))
    const wal = await readFile(join(directory.path, `${DATABASE_FILE}-wal`))
    await writeFile(join(torn, `${DATABASE_FILE}-wal`), tear(wal))
    return directory.open(torn)
  }
  const FRAME_BYTES = 24 + 4096

  it.each([
    ['cut within the last frame', (wal: Buffer) => wal.subarray(0, -100)],
    ['cut many frames early', (wal: Buffer) => wal.subarray(0, -20 * FRAME_BYTES - 7)],
    ['with garbage in the last frame', (wal: Buffer) => wal.fill(0xa5, wal.length - 500)],
    ['with garbage in the middle', (wal: Buffer) => wal.fill(0xa5, wal.length >> 1, wal.length)],
    ['with old bytes behind its end', (wal: Buffer) => Buffer.concat([wal, wal.subarray(-9_000)])],
  ])('C1: a WAL %s opens as a prefix of what was acked', async (_, tear) => {
    const directory = await makeStoreDirectory()
    const store = await directory.open()
    for (const n of upTo(60)) await store.append(fromVisitor(n))
    const torn = await tornCopy(directory, tear)
    const entries = await torn.readAfter(id(1000), 0, 100)
    expect(entries.length).toBeGreaterThan(5)
    expect(entries).toEqual((await store.readAfter(id(1000), 0, 100)).slice(0, entries.length))
    expect((await torn.conversation(id(1000)))?.head).toBe(entries.length)
    expect(await torn.deviceCounter(SITE, 'ada', 'laptop')).toBe(entries.length)
    const next = entries.length + 1
    expect(await torn.append(fromVisitor(next))).toMatchObject({ entry: { seq: next } })
  })

  it('C1: a whole WAL opens with everything', async () => {
    const directory = await makeStoreDirectory()
    const store = await directory.open()
    for (const n of upTo(60)) await store.append(fromVisitor(n))
    const copy = await tornCopy(directory, (wal) => wal)
    expect(await seqsOf(copy, id(1000))).toEqual(upTo(60))
  })
})
