import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../log.ts'
import { DATABASE_FILE } from '../store/sqlite/database.ts'
import type { Store } from '../store/store.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import { configureConnectors } from './configure.ts'
import type { Roster } from './roster.ts'
import { openRoster } from './roster.ts'
import { createSeal, readSealKey } from './seal.ts'

const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count))
const SITE = 'pk_test'
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const HOOK = { url: 'https://desk.test/hook', secrets: [SECRET] }

let directory: string
let store: Store

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homing-roster-'))
  store = await openSqliteStore({ directory, now: () => 1_000, randomBytes: random })
})
afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true })
})

async function open(key?: Uint8Array, file: unknown = []): Promise<Roster> {
  const fixed = configureConnectors(file)
  if (!fixed.ok) throw new Error(fixed.problems.join())
  const seal = createSeal(key ?? (await readSealKey(join(directory, 'seal.key'), random)), random)
  const clock = { now: () => 2_000 }
  return openRoster({ store, seal, clock, log: SILENT_LOG, fixed: fixed.settings })
}

const hook = (changes: object = {}) => ({
  id: 'hook',
  site: SITE,
  type: 'webhook',
  settings: HOOK,
  ...changes,
})

describe('connectors set up in the console', () => {
  test('are at work at once, and after a restart', async () => {
    const roster = await open()
    const { connectors } = roster
    expect(await roster.save(hook())).toMatchObject({ ok: true })
    expect(connectors.get('hook')).toMatchObject({ site: SITE, type: 'webhook', role: 'desk' })
    const again = await open()
    expect(again.connectors.get('hook')).toMatchObject({ site: SITE, type: 'webhook' })
    expect(again.ofSite('pk_other')).toEqual([])
  })

  test('secrets go in and never come out: not in a list, not in the log’s file', async () => {
    const roster = await open()
    await roster.save(hook())
    const [line] = roster.list(SITE)
    expect(line).toMatchObject({ settings: { url: HOOK.url }, secrets: ['secrets'] })
    expect(JSON.stringify(line)).not.toContain(SECRET)
    await store.close()
    const text = (await readFile(join(directory, DATABASE_FILE))).toString('latin1')
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain('desk.test')
    store = await openSqliteStore({ directory, now: () => 1_000, randomBytes: random })
  })

  test('a secret that is left out stays; with another type nothing is taken over', async () => {
    const roster = await open()
    await roster.save(hook())
    const url = 'https://other.test/hook'
    expect(await roster.save(hook({ settings: { url } }))).toMatchObject({ ok: true })
    expect(roster.list(SITE)[0]).toMatchObject({ settings: { url }, secrets: ['secrets'] })
    const other = await roster.save(hook({ type: 'request-tracker', settings: { url } }))
    expect(other.ok).toBe(false)
    expect(roster.connectors.get('hook')?.type).toBe('webhook')
  })

  test('every problem is listed, and what was there stays at work', async () => {
    const roster = await open()
    await roster.save(hook())
    const saved = await roster.save(hook({ settings: { url: 'nowhere', secrets: [], tpyo: 1 } }))
    expect(saved.ok ? [] : saved.problems).toEqual([
      expect.stringMatching(/^settings\.url:/),
      expect.stringMatching(/^settings\.tpyo:/),
    ])
    expect(roster.connectors.get('hook')).toBeDefined()
    expect((await store.connectors()).map(({ id }) => id)).toEqual(['hook'])
  })

  test('C12: an id of another site is taken, and cannot be changed or removed from here', async () => {
    const roster = await open()
    await roster.save(hook())
    expect(await roster.save(hook({ site: 'pk_other' }))).toMatchObject({ ok: false })
    expect(await roster.remove('hook', 'pk_other')).toBe(false)
    expect(roster.list('pk_other')).toEqual([])
    expect(await roster.remove('hook', SITE)).toBe(true)
    expect(roster.connectors.size).toBe(0)
    expect(await store.connectors()).toEqual([])
  })

  test('the operator’s file wins, and is not changed from here', async () => {
    const roster = await open(undefined, [hook()])
    expect(await roster.save(hook())).toMatchObject({ ok: false })
    expect(await roster.remove('hook', SITE)).toBe(false)
    expect(roster.list(SITE)).toMatchObject([{ id: 'hook', from: 'file', settings: {} }])
  })

  test('with another key they say so, and the relay starts', async () => {
    await (await open()).save(hook())
    const roster = await open(random(32))
    expect(roster.connectors.size).toBe(0)
    expect(roster.list(SITE)[0]?.problems).toEqual([expect.stringContaining('seal.key')])
    expect(await roster.save(hook())).toMatchObject({ ok: true })
    expect(roster.connectors.size).toBe(1)
  })

  test('a change is told', async () => {
    const roster = await open()
    let told = 0
    roster.onChange(() => told++)
    await roster.save(hook())
    await roster.save(hook({ settings: {} }))
    await roster.save(hook({ settings: { url: 'no' } }))
    await roster.remove('hook', SITE)
    expect(told).toBe(2)
  })
})

describe('the seal', () => {
  test('one flipped bit, or another owner, does not open', () => {
    const seal = createSeal(random(32), random)
    const sealed = seal.close({ token: 'x' }, 'a')
    expect(seal.open(sealed, 'a')).toEqual({ token: 'x' })
    expect(() => seal.open(sealed, 'b')).toThrow(/cannot be opened/)
    for (let byte = 0; byte < sealed.length; byte++) {
      const changed = Uint8Array.from(sealed)
      changed[byte] = (changed[byte] ?? 0) ^ 1
      expect(() => seal.open(changed, 'a')).toThrow(/cannot be opened/)
    }
    expect(() => seal.open(new Uint8Array(), 'a')).toThrow(/cannot be opened/)
  })

  test('its key is made once, for its owner only, and a broken one is not replaced', async () => {
    const path = join(directory, 'keys', 'seal.key')
    const key = await readSealKey(path, random)
    expect(await readSealKey(path, random)).toEqual(key)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await writeFile(path, 'short')
    await expect(readSealKey(path, random)).rejects.toThrow(/is no key/)
  })
})
