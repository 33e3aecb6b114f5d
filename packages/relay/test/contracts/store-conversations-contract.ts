import { describe, expect, it } from 'vitest'
import type { Body } from '@homing/core'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, OTHER_SITE, SITE, fromAgent, fromVisitor, id, text, upTo } from './store-fixtures.ts'

const CONVERSATION = id(1000)
const RESOLVED: Body = { type: 'status', status: 'resolved' }
const OPEN: Body = { type: 'status', status: 'open' }
const JOINED: Body = { type: 'status', status: 'joined' }

/** Status, marks, pages, lists. */
export function storeConversationsContract(current: () => StoreUnderTest): void {
  describe('a conversation', () => {
    it('has what its first entry brought', async () => {
      const { store } = current()
      const page = { url: 'https://shop.example/lamp', title: 'A lamp' }
      await store.append(fromVisitor(1, { page }))
      expect(await store.conversation(CONVERSATION)).toEqual({
        id: CONVERSATION,
        site: SITE,
        visitor: { id: 'ada' },
        head: 1,
        status: 'open',
        read: { visitor: 0, agent: 0 },
        delivered: { visitor: 0, agent: 0 },
        undelivered: { n: 0, entries: [] },
        page,
        created: NOW,
        updated: NOW + 1,
      })
      expect(await store.conversation(id(7))).toBeUndefined()
    })

    it('keeps the page it started with until another one is set', async () => {
      const { store, reopen } = current()
      await store.append(fromVisitor(1, { page: { url: 'https://shop.example/a' } }))
      await store.append(fromVisitor(2, { page: { url: 'https://shop.example/b' } }))
      expect((await store.conversation(CONVERSATION))?.page?.url).toBe('https://shop.example/a')
      await store.setPage(CONVERSATION, { url: 'https://shop.example/c', referrer: 'https://r' })
      await store.setPage(id(7), { url: 'https://shop.example/nowhere' })
      expect((await (await reopen()).conversation(CONVERSATION))?.page).toEqual({
        url: 'https://shop.example/c',
        referrer: 'https://r',
      })
    })

    it('has the status that a status entry gives it', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const say = (n: number, body: Body) => store.append(fromAgent(n, { body }))
      expect(await say(2, JOINED)).toMatchObject({ statusChanged: false })
      expect(await say(3, RESOLVED)).toMatchObject({ statusChanged: true })
      expect((await store.conversation(CONVERSATION))?.status).toBe('resolved')
      expect(await say(4, RESOLVED)).toMatchObject({ statusChanged: false })
      expect(await say(5, text('one more thing'))).toMatchObject({ statusChanged: false })
      expect((await store.conversation(CONVERSATION))?.status).toBe('resolved')
      expect(await say(6, OPEN)).toMatchObject({ statusChanged: true })
      expect((await store.conversation(CONVERSATION))?.status).toBe('open')
    })

    it("is opened again by its visitor's words, once", async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromAgent(2, { body: RESOLVED }))
      expect(await store.append(fromVisitor(3, { n: 2 }))).toMatchObject({ statusChanged: true })
      expect(await store.append(fromVisitor(4, { n: 3 }))).toMatchObject({ statusChanged: false })
      expect((await store.conversation(CONVERSATION))?.status).toBe('open')
    })

    it('does not change its status with a repeat', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromAgent(2, { body: RESOLVED }))
      expect(await store.append(fromVisitor(1))).toMatchObject({ statusChanged: false })
      expect((await store.conversation(CONVERSATION))?.status).toBe('resolved')
    })
  })

  describe('read marks', () => {
    it('C9: only rise, never above the head, each side for itself', async () => {
      const { store, reopen } = current()
      await Promise.all(upTo(5).map((n) => store.append(fromVisitor(n))))
      for (const by of ['agent', 'visitor'] as const) {
        expect(await store.mark(CONVERSATION, by, 3)).toBe(true)
        expect(await store.mark(CONVERSATION, by, 2)).toBe(false)
        expect(await store.mark(CONVERSATION, by, 3)).toBe(false)
      }
      expect((await store.conversation(CONVERSATION))?.read).toEqual({ visitor: 3, agent: 3 })
      for (const by of ['agent', 'visitor'] as const) {
        expect(await store.mark(CONVERSATION, by, 99)).toBe(true)
        expect(await store.mark(CONVERSATION, by, 99)).toBe(false)
      }
      expect(await store.mark(id(7), 'agent', 1)).toBe(false)
      const reopened = await reopen()
      expect((await reopened.conversation(CONVERSATION))?.read).toEqual({ visitor: 5, agent: 5 })
    })
  })

  describe('lists', () => {
    const newest = async (filter: object) => {
      const lines = await current().store.conversations({ site: SITE, limit: 10, ...filter })
      return lines.map((line) => line.id)
    }

    /** Conversations 1 to 6, of two visitors; 2 and 5 are resolved. */
    const fill = async (): Promise<void> => {
      const { store } = current()
      const own = { ada: 0, bob: 0 }
      for (const n of upTo(6)) {
        const who = n % 3 === 0 ? 'bob' : 'ada'
        own[who] += 1
        await store.append(fromVisitor(n, { who, n: own[who], conversation: id(n) }))
      }
      for (const n of [2, 5]) {
        const time = NOW + n
        await store.append(fromAgent(n + 100, { conversation: id(n), body: RESOLVED, time }))
      }
    }

    it('C12: give one site only, newest activity first', async () => {
      const { store } = current()
      await fill()
      await store.append(fromVisitor(9, { site: OTHER_SITE, n: 1, conversation: id(9) }))
      expect(await newest({})).toEqual([6, 5, 4, 3, 2, 1].map(id))
      await store.append(fromAgent(200, { conversation: id(1), time: NOW + 500 }))
      expect(await newest({})).toEqual([1, 6, 5, 4, 3, 2].map(id))
    })

    it('C12: filter by visitor', async () => {
      await fill()
      expect(await newest({ visitor: 'bob' })).toEqual([6, 3].map(id))
      expect(await newest({ visitor: 'ada', status: 'resolved' })).toEqual([5, 2].map(id))
      expect(await newest({ visitor: 'nobody' })).toEqual([])
    })

    it('filter by status, and page by time', async () => {
      await fill()
      expect(await newest({ status: 'resolved' })).toEqual([5, 2].map(id))
      expect(await newest({ status: 'open', limit: 2 })).toEqual([6, 4].map(id))
      expect(await newest({ limit: 3 })).toEqual([6, 5, 4].map(id))
      expect(await newest({ limit: 3, before: NOW + 4 })).toEqual([3, 2, 1].map(id))
      expect(await newest({ visitor: 'ada', before: NOW + 4, limit: 1 })).toEqual([2].map(id))
    })

    it("stay in order when an entry's time lies in the past", async () => {
      const { store } = current()
      await fill()
      await store.append(fromAgent(200, { conversation: id(6), time: NOW - 5_000 }))
      expect((await newest({}))[0]).toBe(id(6))
    })

    it('show the last entry and what the agents have not read', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromVisitor(2))
      await store.append(fromAgent(3))
      await store.append(fromVisitor(4, { n: 3 }))
      await store.mark(CONVERSATION, 'agent', 1)
      const [line] = await store.conversations({ site: SITE, limit: 1 })
      expect(line).toMatchObject({ unread: 2, head: 4, last: { seq: 4, id: id(4) } })
      expect(line?.visitor).toEqual({ id: 'ada' })
    })
  })
}
