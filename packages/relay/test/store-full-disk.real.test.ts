import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Store } from '../src/store/store.ts'
import { SITE, fromVisitor, id, seqsOf, text, upTo } from './contracts/store-fixtures.ts'
import { makeStoreDirectory } from './store-directory.ts'

const DISK_BYTES = 3 * 1024 * 1024

const disk = mkdtempSync(join(tmpdir(), 'homing-disk-'))
const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'homing-test', disk], {
  encoding: 'utf8',
})
const mounted = mount.status === 0
if (!mounted) {
  const why = `a small disk cannot be mounted here (needs root): ${mount.stderr.trim()}`
  if (process.env['CI']) throw new Error(why)
  console.log(`Skipped, a full disk was not tried: ${why}`)
}

afterAll(() => {
  if (mounted) spawnSync('umount', [disk])
  rmdirSync(disk)
})

function fill(): string {
  const path = join(disk, 'ballast')
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(path, Buffer.alloc(Number(bavail) * bsize))
  return path
}

/** Append until the disk is full. Gives the numbers of what was acked and of what was refused. */
async function appendUntilFull(store: Store): Promise<{ acked: number[]; refused: number[] }> {
  const acked: number[] = []
  const refused: number[] = []
  for (let first = 1; refused.length === 0; first += 10) {
    const numbers = upTo(10).map((n) => first + n - 1)
    const answers = await Promise.allSettled(
      numbers.map((n) => store.append(fromVisitor(n, { body: text('x'.repeat(4_000)) }))),
    )
    for (const [index, answer] of answers.entries()) {
      const n = numbers[index] ?? 0
      if (answer.status === 'fulfilled') acked.push(n)
      else {
        expect(answer.reason).toMatchObject({ code: 'unavailable', retryable: true })
        refused.push(n)
      }
    }
  }
  return { acked, refused }
}

describe.skipIf(!mounted)('a full disk', () => {
  it('C1 C8: refuses with `unavailable`, loses nothing acked, and recovers with the space', async () => {
    const directory = await makeStoreDirectory(disk)
    const store = await directory.open()
    await store.append(fromVisitor(1, { id: id(900), conversation: id(2000), n: 1 }))
    await store.saveSite({
      key: SITE,
      name: 'Lamps',
      origins: [],
      appearance: { accent: '#000000', side: 'end', scheme: 'auto' },
    })

    const ballast = fill()
    const { acked, refused } = await appendUntilFull(store)
    expect(refused.length).toBeGreaterThan(0)
    await expect(store.append(fromVisitor(9_999, { n: 1 }))).rejects.toMatchObject({
      code: 'unavailable',
    })
    await expect(store.saveCursor('desk', 'x'.repeat(100_000))).rejects.toMatchObject({
      code: 'unavailable',
    })

    // Reading goes on meanwhile.
    expect(await store.sites()).toHaveLength(1)
    expect(await seqsOf(store, id(2000))).toEqual([1])
    const before = await store.readAfter(id(1000), 0, 10_000)
    expect(before).toHaveLength(acked.length)

    rmSync(ballast)
    await expect(store.check()).resolves.toBeUndefined()
    for (const n of refused) {
      await store.append(fromVisitor(n, { body: text('x'.repeat(4_000)) }))
    }
    await store.close()

    const reopened = await directory.open()
    const entries = await reopened.readAfter(id(1000), 0, 10_000)
    expect(entries.map(({ seq }) => seq)).toEqual(upTo(entries.length))
    expect(entries.map((entry) => entry.id).toSorted()).toEqual(
      [...acked, ...refused].map(id).toSorted(),
    )
  })

  it('C1: a backup that does not fit leaves nothing, and the log serves on', async () => {
    const directory = await makeStoreDirectory(disk)
    const store = await directory.open()
    await store.append(fromVisitor(1))
    const ballast = fill()
    await expect(store.backup(directory.beside('copy'))).rejects.toMatchObject({
      code: 'unavailable',
    })
    rmSync(ballast)
    expect(await store.append(fromVisitor(2))).toMatchObject({ entry: { seq: 2 } })
    await expect(store.backup(directory.beside('copy'))).resolves.toBeUndefined()
  })
})
