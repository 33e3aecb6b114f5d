import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, OTHER_SITE, SITE, fromVisitor, id, tokenHash } from './store-fixtures.ts'

const CONVERSATION = id(1000)
const LATER = NOW + 1000

/** A visitor's other browsers, and the address he left. */
export function storeGuestsContract(current: () => StoreUnderTest): void {
  const store = (): Store => current().store
  const admit = (visitor: string, site = SITE, at = NOW) =>
    store().admitGuest(CONVERSATION, site, visitor, at)
  const seenBy = async (visitor: string): Promise<readonly string[]> => {
    const lines = await store().conversations({ site: SITE, visitor, limit: 10 })
    return lines.map((line) => line.id)
  }
  const of = (visitor = 'ada', site = SITE, conversation = CONVERSATION) => ({
    site,
    conversation,
    visitor,
  })
  const AT = { connector: 'mails', address: 'ada@example.com' }

  describe('guests of a conversation', () => {
    it('C12: write into it and are listed it as its visitor is, and nobody else', async () => {
      await store().append(fromVisitor(1))
      await store().append(fromVisitor(2, { who: 'bob', conversation: id(2000), n: 1 }))
      await expect(store().append(fromVisitor(3, { who: 'bob', n: 2 }))).rejects.toMatchObject({
        code: 'not_found',
      })
      expect(await admit('bob')).toBe(true)
      const { entry, visitor } = await store().append(fromVisitor(4, { who: 'bob', n: 3 }))
      expect(entry).toMatchObject({ seq: 2, author: { role: 'visitor', id: 'bob' } })
      // Whose conversation it is has not changed.
      expect(visitor).toBe('ada')
      expect([await seenBy('ada'), await seenBy('bob'), await seenBy('eve')]).toEqual([
        [CONVERSATION],
        [CONVERSATION, id(2000)],
        [],
      ])
      const reopened = await current().reopen()
      expect(await reopened.conversation(CONVERSATION)).toMatchObject({
        visitor: { id: 'ada' },
        guests: ['bob'],
      })
      expect(await reopened.conversation(id(2000))).not.toHaveProperty('guests')
    })

    it('are told at once which part of it is open, by status and by time', async () => {
      await store().append(fromVisitor(1))
      await admit('bob')
      const list = (over: object) =>
        store().conversations({ site: SITE, visitor: 'bob', limit: 10, ...over })
      expect(await list({ status: 'open' })).toHaveLength(1)
      expect(await list({ status: 'resolved' })).toHaveLength(0)
      expect(await list({ before: NOW })).toHaveLength(0)
    })

    it('its own visitor is none, and a conversation that is not there has none', async () => {
      expect(await admit('bob')).toBe(false)
      await store().append(fromVisitor(1))
      expect(await admit('ada')).toBe(true)
      expect(await admit('bob', OTHER_SITE)).toBe(false)
      expect(await store().conversation(CONVERSATION)).not.toHaveProperty('guests')
    })

    it('are twenty; who came back is not the one that goes', async () => {
      await store().append(fromVisitor(1))
      for (let n = 0; n < 20; n++) await admit(`guest ${n}`, SITE, NOW + n)
      await admit('guest 0', SITE, LATER)
      await admit('one more', SITE, LATER)
      const guests = (await store().conversation(CONVERSATION))?.guests ?? []
      expect(guests).toHaveLength(20)
      expect(guests).toContain('guest 0')
      expect(guests).not.toContain('guest 1')
      expect(await seenBy('guest 1')).toEqual([])
    })

    it('C12: take it along to a messenger as its visitor does', async () => {
      const code = new Uint8Array(32).fill(7)
      const handOver = { site: SITE, conversation: CONVERSATION, visitor: 'bob', expires: LATER }
      await store().append(fromVisitor(1))
      await store().saveHandOver(code, handOver, NOW)
      expect(await store().handOver(code, SITE, NOW)).toBeUndefined()
      await admit('bob')
      expect(await store().handOver(code, SITE, NOW)).toEqual(handOver)
    })
  })

  describe('an address that was left', () => {
    it('is where a reach sends, and stands on the card', async () => {
      await store().append(fromVisitor(1))
      expect(await store().leaveAddress(of(), AT, NOW)).toBe(true)
      const reopened = await current().reopen()
      expect(await reopened.thread('mails', CONVERSATION)).toBe(`ada@example.com ${CONVERSATION}`)
      expect((await reopened.visitor(SITE, tokenHash('ada')))?.email).toBe('ada@example.com')
    })

    it('C12: only in one’s own conversation', async () => {
      expect(await store().leaveAddress(of(), AT, NOW)).toBe(false)
      await store().append(fromVisitor(1))
      expect(await store().leaveAddress(of('bob'), AT, NOW)).toBe(false)
      expect(await store().leaveAddress(of('ada', OTHER_SITE), AT, NOW)).toBe(false)
      expect(await store().thread('mails', CONVERSATION)).toBeUndefined()
      // A guest may, and the card is not his.
      await admit('bob')
      expect(await store().leaveAddress(of('bob'), AT, NOW)).toBe(true)
      expect((await store().conversation(CONVERSATION))?.visitor).toEqual({ id: 'ada' })
    })

    it('may be left in several conversations, and is stopped in all of them at once', async () => {
      await store().append(fromVisitor(1))
      await store().append(fromVisitor(2, { conversation: id(2000) }))
      await store().leaveAddress(of(), AT, NOW)
      await store().leaveAddress(of('ada', SITE, id(2000)), AT, NOW)
      const other = { ...AT, address: 'a.ada@example.com' }
      await store().append(fromVisitor(3, { conversation: id(3000) }))
      await store().leaveAddress(of('ada', SITE, id(3000)), other, NOW)
      await store().optAllOut('mails', AT.address, LATER)
      const out = (conversation: string, address = AT.address) =>
        store().optedOut('mails', `${address} ${conversation}`)
      expect(await out(CONVERSATION)).toBe(true)
      expect(await out(id(2000))).toBe(true)
      expect(await out(id(3000), other.address)).toBe(false)
      // Left again, it is wanted again.
      await store().leaveAddress(of(), AT, LATER + 1)
      expect(await out(CONVERSATION)).toBe(false)
      expect(await out(id(2000))).toBe(true)
    })
  })
}
