import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Site } from '../../src/store/store.ts'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, SITE, fromVisitor, id, tokenHash, upTo } from './store-fixtures.ts'

const SHOP: Site = {
  key: SITE,
  name: 'Lamps',
  origins: ['https://shop.example', 'https://*.shop.example'],
  appearance: { accent: '#224466', side: 'end', scheme: 'auto', offset: { x: 8, y: 16 } },
  locale: 'zh-TW',
}

/** Identity, sites, sessions, figures, closing. */
export function storeCareContract(current: () => StoreUnderTest): void {
  describe('identity', () => {
    it('is made once: epoch and secret stay', async () => {
      const { store, reopen } = current()
      expect(store.epoch).toMatch(/^[0-9a-f]{32}$/)
      expect(store.secret).toHaveLength(32)
      const reopened = await reopen()
      expect(reopened.epoch).toBe(store.epoch)
      expect(Buffer.from(reopened.secret)).toEqual(Buffer.from(store.secret))
    })
  })

  describe('sites', () => {
    it('are kept whole, and replaced by key', async () => {
      const { store, reopen } = current()
      expect(await store.sites()).toEqual([])
      await store.saveSite(SHOP)
      const { locale: _, ...plain } = SHOP
      await store.saveSite({ ...plain, key: 'pk_second' })
      await store.saveSite({ ...SHOP, name: 'Lamps and more' })
      expect(await (await reopen()).sites()).toEqual([
        { ...plain, key: 'pk_second' },
        { ...SHOP, name: 'Lamps and more' },
      ])
    })
  })

  describe('console sessions', () => {
    const session = (token: string, expires: number) => ({
      tokenHash: tokenHash(token),
      agent: { id: 'agent-1', name: 'Grace' },
      created: NOW,
      expires,
    })

    it('last until they end, or are dropped', async () => {
      const { store, reopen } = current()
      await store.saveSession(session('one', NOW + 100))
      await store.saveSession(session('two', NOW + 200))
      const reopened = await reopen()
      const found = await reopened.session(tokenHash('one'), NOW + 99)
      expect(found).toMatchObject({ agent: { id: 'agent-1', name: 'Grace' }, expires: NOW + 100 })
      expect(Buffer.from(found!.tokenHash)).toEqual(Buffer.from(tokenHash('one')))
      expect(await reopened.session(tokenHash('one'), NOW + 100)).toBeUndefined()
      expect(await reopened.session(tokenHash('three'), NOW)).toBeUndefined()
      await reopened.dropSession(tokenHash('two'))
      await reopened.dropSession(tokenHash('two'))
      expect(await reopened.session(tokenHash('two'), NOW)).toBeUndefined()
    })

    it('are prolonged by saving them again', async () => {
      const { store } = current()
      await store.saveSession(session('one', NOW + 100))
      await store.saveSession(session('one', NOW + 500))
      expect(await store.session(tokenHash('one'), NOW + 400)).toMatchObject({ expires: NOW + 500 })
    })
  })

  describe('care', () => {
    it('counts what there is', async () => {
      const { store, reopen } = current()
      for (const n of upTo(3)) {
        await store.append(fromVisitor(n, { conversation: id(n % 2), connectors: ['desk'] }))
      }
      const [one] = await store.claim('worker', 1, 1_000, NOW)
      await store.settle(one!, { kind: 'parked', reason: 'no' }, NOW)
      const [two] = await store.claim('worker', 1, 1_000, NOW)
      await store.settle(two!, { kind: 'done', receipt: { externalIds: [] } }, NOW)
      await store.claim('worker', 1, 1_000, NOW)
      expect(await (await reopen()).figures()).toEqual({
        conversations: 2,
        entries: 3,
        deliveries: { due: 0, claimed: 1, unknown: 0, done: 1, parked: 1 },
      })
    })

    it('checks that it can write', async () => {
      await expect(current().store.check()).resolves.toBeUndefined()
    })

    it('C1: what was asked before closing is finished, what comes after is refused', async () => {
      const { store, reopen } = current()
      const before = store.append(fromVisitor(1))
      const closing = store.close()
      const after = store.append(fromVisitor(2))
      await expect(after).rejects.toMatchObject({ code: 'unavailable', retryable: true })
      expect(await before).toMatchObject({ entry: { seq: 1 } })
      await closing
      await store.close()
      expect((await (await reopen()).conversation(id(1000)))?.head).toBe(1)
    })

    it('C1: copies itself while it is written to', async () => {
      const { store, backing } = current()
      const path = backing.freePath('copy')
      await store.append(fromVisitor(1))
      const [, ...appended] = await Promise.all([
        store.backup(path),
        ...upTo(200).map((n) => store.append(fromVisitor(n + 1))),
      ])
      expect(appended.every(({ fresh }) => fresh)).toBe(true)
      expect((await readFile(path)).length).toBeGreaterThan(0)
    })

    it('overwrites nothing with a copy', async () => {
      const { store, backing } = current()
      const path = backing.freePath('precious')
      await writeFile(path, 'precious')
      await expect(store.backup(path)).rejects.toMatchObject({ code: 'bad_request' })
      expect(await readFile(path, 'utf8')).toBe('precious')
    })
  })
}
