import { describe, expect, it } from 'vitest'
import type { StoreUnderTest } from './store-contract.ts'
import {
  NOW,
  OTHER_SITE,
  SITE,
  fromAgent,
  fromVisitor,
  id,
  seqsOf,
  text,
  tokenHash,
  upTo,
} from './store-fixtures.ts'

const CONVERSATION = id(1000)

/** Appending, reading, counters, visitors. */
export function storeLogContract(current: () => StoreUnderTest): void {
  describe('the log', () => {
    it('C1: an entry that was acked is there after a reopening', async () => {
      const { store, reopen } = current()
      const { entry } = await store.append(fromVisitor(1))
      const reopened = await reopen()
      expect(await reopened.readAfter(CONVERSATION, 0, 10)).toEqual([entry])
      expect(await reopened.conversation(CONVERSATION)).toMatchObject({ head: 1, created: NOW })
    })

    it('C1: what is asked together is all there, and answered in its own order', async () => {
      const { store, reopen } = current()
      const answers = await Promise.all(upTo(50).map((n) => store.append(fromVisitor(n))))
      expect(answers.map(({ entry }) => entry?.id)).toEqual(upTo(50).map(id))
      expect(await seqsOf(await reopen(), CONVERSATION)).toEqual(upTo(50))
    })

    it('C2: a repeat gives the first seq and time, and queues nothing', async () => {
      const { store } = current()
      const first = await store.append(fromVisitor(1, { connectors: ['desk'] }))
      const again = await store.append(fromVisitor(1, { time: NOW + 99, connectors: ['desk'] }))
      expect(first).toMatchObject({ fresh: true, created: true, visitor: 'ada' })
      expect(again).toEqual({ ...first, fresh: false, created: false })
      expect(await seqsOf(store, CONVERSATION)).toEqual([1])
      expect((await store.figures()).deliveries.due).toBe(1)
    })

    it('C2: a repeat may have the fields of its body in another order', async () => {
      const { store } = current()
      await store.append(fromVisitor(1, { body: { type: 'form', a: 1, b: { c: 2, d: 3 } } }))
      const again = fromVisitor(1, { body: { b: { d: 3, c: 2 }, a: 1, type: 'form' } })
      expect(await store.append(again)).toMatchObject({ fresh: false, entry: { seq: 1 } })
    })

    it('C2: the same id with another body is refused', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const other = fromVisitor(1, { body: text('other words'), n: 2 })
      await expect(store.append(other)).rejects.toMatchObject({ code: 'id_conflict' })
      expect(await seqsOf(store, CONVERSATION)).toEqual([1])
    })

    it('C2: the same id in another conversation is refused', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const other = fromVisitor(1, { conversation: id(2000), n: 2 })
      await expect(store.append(other)).rejects.toMatchObject({ code: 'id_conflict' })
      expect(await store.conversation(id(2000))).toBeUndefined()
    })

    it("C2: an id is its author's: another author may have the same", async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      expect(await store.append(fromAgent(1))).toMatchObject({ fresh: true, entry: { seq: 2 } })
    })

    it('C2: one draft sent many times at once becomes one entry', async () => {
      const { store } = current()
      const answers = await Promise.all(upTo(100).map(() => store.append(fromVisitor(1))))
      expect(answers.filter(({ fresh }) => fresh)).toHaveLength(1)
      expect(new Set(answers.map(({ entry }) => entry?.seq))).toEqual(new Set([1]))
    })

    it('C3: hundreds of appends at once leave every conversation without gaps', async () => {
      const { store } = current()
      const visitors = ['ada', 'bob', 'cyd', 'dan']
      const drafts = visitors.flatMap((who, index) =>
        upTo(100).map((n) =>
          fromVisitor(n, { who, id: id(n + 1000 * index), conversation: id(5000 + index) }),
        ),
      )
      const doubled = drafts.flatMap((draft) => [draft, draft])
      await Promise.all(doubled.map((draft) => store.append(draft)))
      for (const index of visitors.keys()) {
        const entries = await store.readAfter(id(5000 + index), 0, 1000)
        expect(entries.map(({ seq }) => seq)).toEqual(upTo(100))
        expect(new Set(entries.map((entry) => entry.id)).size).toBe(100)
      }
    })

    it('C3: a refused append leaves no gap', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const bad = fromVisitor(1, { body: text('other'), n: 2 })
      await Promise.allSettled([
        store.append(fromVisitor(2)),
        store.append(bad),
        store.append(fromVisitor(3)),
      ])
      expect(await seqsOf(store, CONVERSATION)).toEqual([1, 2, 3])
    })

    it('reads runs from both ends, oldest first', async () => {
      const { store } = current()
      await Promise.all(upTo(10).map((n) => store.append(fromVisitor(n))))
      const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq)
      expect(seqs(await store.readAfter(CONVERSATION, 3, 4))).toEqual([4, 5, 6, 7])
      expect(seqs(await store.readBefore(CONVERSATION, 8, 3))).toEqual([5, 6, 7])
      expect(await store.readAfter(CONVERSATION, 10, 5)).toEqual([])
      expect(await store.readAfter(id(9), 0, 5)).toEqual([])
    })

    it('keeps an entry as it was given, unknown bodies included', async () => {
      const { store } = current()
      const body = { type: 'card', fallback: 'A "blue" one 🟦', items: [{ deep: [1, null] }] }
      const { entry } = await store.append(fromVisitor(1, { body }))
      await store.append(fromAgent(2))
      const [one, two] = await store.readAfter(CONVERSATION, 0, 10)
      expect(one).toEqual(entry)
      expect(one).toEqual({
        seq: 1,
        id: id(1),
        author: { role: 'visitor', id: 'ada' },
        time: NOW + 1,
        body,
      })
      expect(two?.author).toEqual({ role: 'agent', id: 'agent-1', name: 'Grace' })
    })
  })

  describe('the counter', () => {
    it('C4: a counter that skips one is refused, and tells the next', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await expect(store.append(fromVisitor(3))).rejects.toMatchObject({
        code: 'out_of_order',
        retryable: true,
        expected: 2,
      })
      await expect(store.append(fromVisitor(99))).rejects.toMatchObject({ expected: 2 })
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(1)
      expect(await seqsOf(store, CONVERSATION)).toEqual([1])
    })

    it('C4: a first send that is not number one makes neither visitor nor conversation', async () => {
      const { store } = current()
      await expect(store.append(fromVisitor(2))).rejects.toMatchObject({ expected: 1 })
      expect(await store.conversation(CONVERSATION)).toBeUndefined()
      expect(await store.visitor(SITE, tokenHash('ada'))).toBeUndefined()
    })

    it('C4: what arrives early is taken once the missing one came', async () => {
      const { store } = current()
      await expect(store.append(fromVisitor(2))).rejects.toMatchObject({ code: 'out_of_order' })
      await store.append(fromVisitor(1))
      expect(await store.append(fromVisitor(2))).toMatchObject({ entry: { seq: 2 } })
    })

    it('C4: a counter that was taken already is no reason to refuse', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      expect(await store.append(fromVisitor(2, { n: 1 }))).toMatchObject({ entry: { seq: 2 } })
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(1)
    })

    it('C4: a repeat under the next counter takes it; one under a later counter does not', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromVisitor(1, { n: 5 }))
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(1)
      await store.append(fromVisitor(1, { n: 2 }))
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(2)
    })

    it('C4: each device counts for itself', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromVisitor(2))
      const other = fromVisitor(3, { device: 'phone', n: 1 })
      expect(await store.append(other)).toMatchObject({ entry: { seq: 3 } })
      expect(await store.deviceCounter(SITE, 'ada', 'phone')).toBe(1)
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(2)
      expect(await store.deviceCounter(OTHER_SITE, 'ada', 'laptop')).toBe(0)
    })

    it('C4: a terminal rejection takes the counter', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromVisitor(900, { who: 'bob', n: 1, conversation: id(2000) }))
      const conflict = fromVisitor(1, { body: text('other'), n: 2 })
      await expect(store.append(conflict)).rejects.toMatchObject({ code: 'id_conflict' })
      const foreign = fromVisitor(3, { conversation: id(2000) })
      await expect(store.append(foreign)).rejects.toMatchObject({ code: 'not_found' })
      expect(await store.append(fromVisitor(4))).toMatchObject({ entry: { seq: 2 } })
    })

    it('C4: a terminal rejection that skips one is out of order first', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const conflict = fromVisitor(1, { body: text('other'), n: 3 })
      await expect(store.append(conflict)).rejects.toMatchObject({ code: 'out_of_order' })
    })

    it('C4: a skipped counter lets the next one through, before there is a visitor too', async () => {
      const { store, reopen } = current()
      await store.skipCounter(SITE, 'ada', 'laptop', 1)
      expect(await store.append(fromVisitor(2))).toMatchObject({ entry: { seq: 1 } })
      await store.skipCounter(SITE, 'ada', 'laptop', 1)
      expect(await (await reopen()).deviceCounter(SITE, 'ada', 'laptop')).toBe(2)
    })

    it('C4: a skip leaves no hole either', async () => {
      const { store } = current()
      await expect(store.skipCounter(SITE, 'ada', 'laptop', 2)).rejects.toMatchObject({
        code: 'out_of_order',
        expected: 1,
      })
      expect(await store.deviceCounter(SITE, 'ada', 'laptop')).toBe(0)
    })
  })

  describe('whose it is', () => {
    it("C12: a visitor cannot write into another visitor's conversation", async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const foreign = fromVisitor(2, { who: 'bob', n: 1 })
      await expect(store.append(foreign)).rejects.toMatchObject({ code: 'not_found' })
      expect(await seqsOf(store, CONVERSATION)).toEqual([1])
      expect(await store.visitor(SITE, tokenHash('bob'))).toBeUndefined()
    })

    it('C12: a conversation of another site is not there', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const visitor = fromVisitor(2, { site: OTHER_SITE, n: 1 })
      await expect(store.append(visitor)).rejects.toMatchObject({ code: 'not_found' })
      const agent = fromAgent(3, { site: OTHER_SITE })
      await expect(store.append(agent)).rejects.toMatchObject({ code: 'not_found' })
    })

    it('C12: only a visitor begins a conversation', async () => {
      const { store } = current()
      for (const role of ['agent', 'bot', 'system'] as const) {
        const entry = fromAgent(1, { author: { role, id: role } })
        await expect(store.append(entry)).rejects.toMatchObject({ code: 'not_found' })
      }
      expect(await store.conversation(CONVERSATION)).toBeUndefined()
    })

    it("C12: a token that is another visitor's is refused", async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const visitor = { tokenHash: tokenHash('ada'), device: 'phone', n: 1 }
      const thief = fromVisitor(2, { who: 'bob', conversation: id(2000), visitor })
      await expect(store.append(thief)).rejects.toMatchObject({ code: 'unauthorized' })
      expect(await store.conversation(id(2000))).toBeUndefined()
    })

    it("a visitor's row is written with the first entry, and found by its token", async () => {
      const { store } = current()
      expect(await store.visitor(SITE, tokenHash('ada'))).toBeUndefined()
      const visitor = { tokenHash: tokenHash('ada'), device: 'laptop', n: 1, locale: 'zh-TW' }
      await store.append(fromVisitor(1, { visitor }))
      await store.append(fromVisitor(2, { conversation: id(2000) }))
      expect(await store.visitor(SITE, tokenHash('ada'))).toEqual({ id: 'ada', locale: 'zh-TW' })
      expect(await store.visitor(OTHER_SITE, tokenHash('ada'))).toBeUndefined()
    })
  })

  describe('events of the far side', () => {
    const event = { connector: 'desk', id: 'event-1' }

    it('C11: an event is applied once', async () => {
      const { store, reopen } = current()
      await store.append(fromVisitor(1))
      expect(await store.append(fromAgent(2, { event }))).toMatchObject({ fresh: true })
      const again = await (await reopen()).append(fromAgent(3, { event }))
      expect(again).toEqual({ fresh: false, visitor: 'ada', created: false, statusChanged: false })
      expect(await seqsOf(current().store, CONVERSATION)).toEqual([1, 2])
    })

    it('C11: one event told many times at once is applied once', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      const answers = await Promise.all(
        upTo(50).map((n) => store.append(fromAgent(n + 1, { event }))),
      )
      expect(answers.filter(({ fresh }) => fresh)).toHaveLength(1)
      expect(await seqsOf(store, CONVERSATION)).toEqual([1, 2])
    })

    it('C11: events of two connectors do not mix', async () => {
      const { store } = current()
      await store.append(fromVisitor(1))
      await store.append(fromAgent(2, { event }))
      const other = fromAgent(3, { event: { ...event, connector: 'reach' } })
      expect(await store.append(other)).toMatchObject({ fresh: true })
    })

    it('C11: an event whose entry was refused may come again', async () => {
      const { store } = current()
      await expect(store.append(fromAgent(2, { event }))).rejects.toMatchObject({
        code: 'not_found',
      })
      await store.append(fromVisitor(1))
      expect(await store.append(fromAgent(2, { event }))).toMatchObject({ fresh: true })
    })
  })
}
