import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromVisitor, id } from '../../test/contracts/store-fixtures.ts'
import { openRelayRig } from '../../test/relay-rig.ts'
import type { RelayRig } from '../../test/relay-rig.ts'
import { runBackup, runRestore } from '../commands/backup.ts'
import type { Command } from '../commands/command.ts'
import { openStore } from '../commands/command.ts'
import { copyFiles, filesBeside } from './copy.ts'
import type { Files } from './files.ts'
import { FILES_DIRECTORY, createFiles } from './files.ts'

const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
/** Another disk than the one of temporary files. */
const OTHER_DISK = '/dev/shm'

let rig: RelayRig
let beside: string
let files: Files
beforeEach(async () => {
  rig = await openRelayRig()
  beside = await mkdtemp(join(tmpdir(), 'homing-copies-'))
  files = createFiles({ directory: join(rig.directory, FILES_DIRECTORY), randomBytes: random })
})
afterEach(async () => {
  await rig.close()
  await rm(beside, { recursive: true, force: true })
})

async function run(command: Command, file: string, directory = rig.directory): Promise<string> {
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  await command({ args: [file], environment: { HOMING_DATA: directory }, print })
  return lines.join('\n')
}

/** A file that came with a message, and the entry that tells of it. */
async function bring(n: number): Promise<string> {
  const kept = await files.keep({ bytes: bytes(`file ${n}`), type: 'text/plain', name: `${n}.txt` })
  const body = { type: 'file', name: kept.name, fallback: kept.name, url: `/v1/files/${kept.id}/x` }
  await rig.relay.store.append(fromVisitor(n, { body }))
  return kept.id
}

describe('C1: a backup takes the files along that came with messages', () => {
  test('and a restore elsewhere hands them out as before', async () => {
    const ids = [await bring(1), await bring(2)]
    const backup = join(beside, 'copy.sqlite')
    expect(await run(runBackup, backup)).toContain(`2 files of messages to ${backup}.files`)
    const later = await bring(3)
    const elsewhere = join(beside, 'elsewhere')
    expect(await run(runRestore, backup, elsewhere)).toContain('With it came 2 files of messages.')
    const restored = createFiles({
      directory: join(elsewhere, FILES_DIRECTORY),
      randomBytes: random,
    })
    for (const [index, each] of ids.entries()) {
      const found = await restored.read(each)
      expect(Buffer.from(found?.bytes ?? []).toString()).toBe(`file ${index + 1}`)
      expect(found?.file).toMatchObject({ name: `${index + 1}.txt`, type: 'text/plain', size: 6 })
    }
    expect(await restored.read(later)).toBeUndefined()
    expect((await stat(join(elsewhere, FILES_DIRECTORY))).mode & 0o777).toBe(0o700)
  })

  test('every file that its log tells of, though they come all the while', async () => {
    const backup = join(beside, 'copy.sqlite')
    await bring(1)
    let over = false
    const bringing = (async () => {
      for (let n = 2; !over; n++) await bring(n)
    })()
    await new Promise<void>((resolve) => setImmediate(resolve))
    await run(runBackup, backup)
    over = true
    await bringing
    const elsewhere = join(beside, 'elsewhere')
    await run(runRestore, backup, elsewhere)
    const store = await openStore({ data: elsewhere })
    const entries = await store.readAfter(id(1000), 0, 10_000)
    await store.close()
    const told = entries.map(({ body }) => ('url' in body ? String(body.url).split('/')[3] : ''))
    const there = await readdir(join(elsewhere, FILES_DIRECTORY))
    expect(told.length).toBeGreaterThan(0)
    expect(told.filter((each) => !there.includes(`${each}.json`))).toEqual([])
  })

  test('over what is there: files that came later stay, and the same ones are not taken twice', async () => {
    const first = await bring(1)
    const backup = join(beside, 'copy.sqlite')
    await run(runBackup, backup)
    const later = await bring(2)
    await rig.relay.close()
    expect(await run(runRestore, backup)).not.toContain('With it came')
    for (const each of [first, later]) expect(await files.read(each)).toBeDefined()
  })

  test('nothing is overwritten, and where no file ever came none is made', async () => {
    const backup = join(beside, 'copy.sqlite')
    expect(await run(runBackup, backup)).not.toContain('files')
    expect(await readdir(beside)).toEqual(['copy.sqlite'])
    await bring(1)
    const other = join(beside, 'other.sqlite')
    await run(runBackup, other)
    await rm(other)
    await expect(run(runBackup, other)).rejects.toThrow(`${other}.files is there already`)
    expect(existsSync(other)).toBe(false)
  })

  test('half a file is none', async () => {
    const whole = await bring(1)
    const from = join(rig.directory, FILES_DIRECTORY)
    await writeFile(join(from, 'A'.repeat(22)), 'half')
    await writeFile(join(from, `${'B'.repeat(22)}.json.new`), '{')
    const to = join(beside, 'files')
    expect(copyFiles(from, to)).toBe(1)
    expect((await readdir(to)).toSorted()).toEqual([whole, `${whole}.json`].toSorted())
    // One that was cut short: its bytes are there, its description is not.
    await rm(join(to, `${whole}.json`))
    await rm(join(to, whole))
    await writeFile(join(to, whole), 'torn')
    expect(copyFiles(from, to)).toBe(1)
    expect(await readFile(join(to, whole), 'utf8')).toBe('file 1')
    expect(await readFile(join(from, whole), 'utf8')).toBe('file 1')
  })

  test.skipIf(!existsSync(OTHER_DISK))('to another disk', async () => {
    const kept = await bring(1)
    const away = await mkdtemp(join(OTHER_DISK, 'homing-copies-'))
    try {
      const backup = join(away, 'copy.sqlite')
      await run(runBackup, backup)
      expect(await readFile(join(filesBeside(backup), kept), 'utf8')).toBe('file 1')
      expect((await stat(join(filesBeside(backup), kept))).mode & 0o777).toBe(0o600)
    } finally {
      await rm(away, { recursive: true })
    }
  })
})
