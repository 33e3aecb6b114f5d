import { describe, expect, it } from 'vitest'
import type { Delivery, HandOver, Outcome, SavedConnector, Word } from '../../src/store/store.ts'
import { MAX_CAUGHT_UP } from '../../src/store/store.ts'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, OTHER_SITE, SITE, fromAgent, fromVisitor, id, upTo } from './store-fixtures.ts'

type Denial = Extract<Outcome, { readonly kind: 'retry' | 'parked' }>

const LEASE_MS = 1_000
/** Later than every delivery of a test was queued. */
const LATER = NOW + 60_000
const PARKED: Denial = { kind: 'parked', reason: 'refused' }
const UNKNOWN: Outcome = { kind: 'unknown', at: LATER, reason: 'timed out' }
const CONVERSATION = id(1000)

const done = (externalIds: readonly string[] = [], thread?: string): Outcome => ({
  kind: 'done',
  receipt: { externalIds, ...(thread === undefined ? {} : { thread }) },
})
const retryAt = (at: number): Denial => ({ kind: 'retry', at, reason: 'down' })
const word = (externalId: string, state: Word['state'], part?: number): Word => ({
  externalId,
  state,
  ...(part === undefined ? {} : { part }),
})

/** What a store keeps beyond the log: queues that go together, late words, addresses, desks. */
export function storeFarSidesContract(current: () => StoreUnderTest): void {
  const store = () => current().store
  const claim = (at = LATER, limit = 10): Promise<readonly Delivery[]> =>
    store().claim('worker', limit, LEASE_MS, at)
  const claimOne = async (at = LATER): Promise<Delivery> => {
    const [delivery] = await claim(at)
    if (!delivery) throw new Error('Nothing was claimed.')
    return delivery
  }
  const settle = (delivery: Delivery, outcome: Outcome, at = LATER): Promise<boolean> =>
    store().settle(delivery, outcome, at)
  const seqs = (deliveries: readonly Delivery[]) => deliveries.map(({ entry }) => entry.seq)
  const say = async (from: number, to: number, connectors = ['desk']): Promise<void> => {
    for (let n = from; n <= to; n++) await store().append(fromVisitor(n, { connectors }))
  }
  /** Everything that is due goes, in order. */
  const flow = async (at = LATER): Promise<readonly [string, number][]> => {
    const went: [string, number][] = []
    for (let found = await claim(at); found.length > 0; found = await claim(at)) {
      for (const each of found) {
        went.push([each.connector, each.entry.seq])
        await settle(each, done(), at)
      }
    }
    return went
  }

  describe('what is sent together', () => {
    const together = async (count: number): Promise<Delivery> => {
      await say(1, count)
      const first = await claimOne()
      const taken = await store().claimBehind(first, count - 1, LATER)
      expect(seqs(taken)).toEqual(upTo(count).slice(1))
      return first
    }

    it('C10: a look behind a leased one changes nothing, and knows no gap', async () => {
      await say(1, 4)
      const first = await claimOne()
      expect(seqs(await store().behind(first, 10, LATER))).toEqual([2, 3, 4])
      expect(seqs(await store().behind(first, 2, LATER))).toEqual([2, 3])
      expect(await store().behind(first, 10, NOW - 1)).toEqual([])
      await settle(first, PARKED)
      const second = await claimOne()
      await settle(second, retryAt(LATER + 500))
      await store().replay(first.id, LATER)
      const replayed = await claimOne()
      expect(replayed.entry.seq).toBe(1)
      // The third is due, but the second before it is not.
      expect(await store().behind(replayed, 10, LATER)).toEqual([])
      expect(await store().claimBehind(replayed, 10, LATER)).toEqual([])
    })

    it('C10: shares the end of the first: done', async () => {
      const first = await together(3)
      await say(4, 4)
      expect(await claim()).toEqual([])
      await settle(first, done(['m1'], 'T1'))
      expect(await store().sent('desk', 'm1')).toEqual({
        conversation: CONVERSATION,
        seq: 3,
        delivery: first.id,
      })
      expect(seqs(await claim())).toEqual([4])
      expect((await store().figures()).deliveries).toMatchObject({ done: 3, due: 0, claimed: 1 })
    })

    it('C10: that surely did not arrive stands for itself again, and costs no try', async () => {
      const first = await together(3)
      await settle(first, retryAt(LATER + 5))
      const again = await claimOne(LATER + 5)
      expect([again.id, again.attempts]).toEqual([first.id, 1])
      expect(await store().together(again)).toEqual([])
      const behind = await store().behind(again, 10, LATER + 5)
      expect(behind.map(({ entry, attempts }) => [entry.seq, attempts])).toEqual([
        [2, 0],
        [3, 0],
      ])
    })

    it('C10: that may have arrived stays together, through a crash as well', async () => {
      const first = await together(3)
      await settle(first, UNKNOWN)
      const unsure = await claimOne()
      expect([unsure.id, unsure.unsure]).toEqual([first.id, true])
      expect(seqs(await store().together(unsure))).toEqual([2, 3])
      expect(await store().behind(unsure, 10, LATER)).toEqual([])
      await current().reopen()
      const found = await claimOne(LATER + LEASE_MS)
      expect([found.id, found.unsure]).toEqual([first.id, true])
      expect(seqs(await store().together(found))).toEqual([2, 3])
      await settle(found, done(['m1']), LATER + LEASE_MS)
      expect(await claim(LATER * 2)).toEqual([])
    })

    it('C10: a process that died in the send: none of them comes back alone', async () => {
      const first = await together(3)
      await current().reopen()
      const back = await claim(LATER)
      expect(back.map(({ id: delivery, unsure }) => [delivery, unsure])).toEqual([[first.id, true]])
      expect(seqs(await store().together(back[0]!))).toEqual([2, 3])
    })

    it('C10: parked, each is shown and replayed by itself, in order', async () => {
      const first = await together(3)
      await settle(first, PARKED)
      const parked = await store().parked(SITE)
      expect(parked.map(({ seq, reason }) => [seq, reason])).toEqual([
        [1, 'refused'],
        [2, 'refused'],
        [3, 'refused'],
      ])
      await store().replay(parked[1]!.id, LATER)
      await store().replay(parked[0]!.id, LATER)
      expect(await flow()).toEqual([
        ['desk', 1],
        ['desk', 2],
      ])
    })

    it('C10: a lost lease takes nobody along', async () => {
      await say(1, 2)
      const lost = await claimOne()
      await claimOne(LATER + LEASE_MS)
      expect(await store().behind(lost, 10, LATER)).toEqual([])
      expect(await store().claimBehind(lost, 10, LATER)).toEqual([])
    })
  })

  describe('waiting', () => {
    it('C10: costs no try, and keeps what may have arrived unsure', async () => {
      await say(1, 1)
      const first = await claimOne()
      await settle(first, { kind: 'wait', at: LATER + 5, reason: 'on the page', unsure: false })
      expect(await claim(LATER + 4)).toEqual([])
      const again = await claimOne(LATER + 5)
      expect(again).toMatchObject({ attempts: 0, unsure: false })
      await settle(again, { kind: 'wait', at: LATER + 9, reason: 'stopped', unsure: true })
      expect(await claimOne(LATER + 9)).toMatchObject({ attempts: 0, unsure: true })
    })

    it('ends with a release, of one conversation or of all, there and nowhere else', async () => {
      const wait: Outcome = { kind: 'wait', at: LATER * 2, reason: 'closed', unsure: false }
      for (const n of [1, 2]) {
        const who = `visitor-${n}`
        const to = { who, conversation: id(n), id: id(n), n: 1, connectors: ['desk', 'other'] }
        await store().append(fromVisitor(n, to))
      }
      for (const each of await claim()) await settle(each, wait)
      await store().release('desk', id(1), LATER)
      const [one, ...none] = await claim()
      expect([one?.connector, one?.conversation, none]).toEqual(['desk', id(1), []])
      await store().release('desk', undefined, LATER)
      expect((await claim()).map(({ conversation }) => conversation)).toEqual([id(2)])
    })

    it('a release puts nothing off, and wakes no lease', async () => {
      await say(1, 2)
      await claimOne()
      await store().release('desk', undefined, LATER + 10)
      expect(await claim()).toEqual([])
      expect(await store().nextDue()).toBe(LATER + LEASE_MS)
    })

    it('an entry may be due there only later, where a far side is told several at once', async () => {
      await store().append(fromVisitor(1, { connectors: ['a', 'b'], waits: { a: 500, b: 0 } }))
      expect((await claim(NOW)).map(({ connector }) => connector)).toEqual(['b'])
      expect(await store().nextDue()).toBe(NOW + 500)
      expect((await claim(NOW + 500)).map(({ connector }) => connector)).toEqual(['a'])
    })

    it('says what is owed there and was not brought', async () => {
      await say(1, 3)
      await settle(await claimOne(), PARKED)
      await settle(await claimOne(), done())
      expect(new Set(await store().waiting('desk', CONVERSATION))).toEqual(new Set([1, 3]))
      expect(await store().waiting('other', CONVERSATION)).toEqual([])
    })
  })

  describe('what a far side says later', () => {
    const sendOne = async (outcome: Outcome = done(['m1'])): Promise<Delivery> => {
      await say(1, 1)
      const delivery = await claimOne()
      await settle(delivery, outcome)
      return delivery
    }
    const states = async () => {
      const { deliveries } = await store().figures()
      return Object.entries(deliveries).flatMap(([state, n]) => (n > 0 ? [state] : []))
    }
    const confirm = (delivery: Delivery, said: Word) =>
      store().confirm('desk', delivery.id, said, LATER)
    const deny = (delivery: Delivery, externalId = 'm1', outcome: Denial = PARKED) =>
      store().deny('desk', delivery.id, { externalId }, outcome, LATER)

    it('C9: it arrived: what may have is done, and the next goes', async () => {
      const delivery = await sendOne(UNKNOWN)
      await say(2, 2)
      expect(await confirm(delivery, word('m1', 'sent'))).toBe(true)
      expect(await store().sent('desk', 'm1')).toMatchObject({ seq: 1, delivery: delivery.id })
      expect(await store().opened('desk', CONVERSATION)).toBe(true)
      expect(seqs(await claim())).toEqual([2])
    })

    it('C9: one part says nothing of the others', async () => {
      const delivery = await sendOne(UNKNOWN)
      expect(await confirm(delivery, word('m1', 'read', 2))).toBe(true)
      expect(await states()).toEqual(['unknown'])
    })

    it('C10: parts that arrived are known, also after a restart, with what they brought', async () => {
      await say(1, 2)
      const delivery = await claimOne()
      await store().arrivedPart(delivery, 1, { externalIds: ['m1'], thread: 'T1' })
      await store().arrivedPart(delivery, 1, { externalIds: ['another'] })
      await store().arrivedPart(delivery, 2, { externalIds: [] })
      await current().reopen()
      expect(await store().arrivedParts(delivery.id)).toEqual(
        new Map([
          [1, { externalIds: ['m1'] }],
          [2, { externalIds: [] }],
        ]),
      )
      expect(await store().thread('desk', CONVERSATION)).toBe('T1')
      expect(await store().sent('desk', 'm1')).toMatchObject({ seq: 1, delivery: delivery.id })
      expect(await store().arrivedParts(id(77))).toEqual(new Map())
    })

    it('C10: of what goes to a new thread nothing has arrived', async () => {
      const delivery = await sendOne(UNKNOWN)
      await store().arrivedPart(delivery, 1, { externalIds: ['m1'] })
      await store().unlink('other', CONVERSATION)
      expect((await store().arrivedParts(delivery.id)).size).toBe(1)
      await store().unlink('desk', CONVERSATION)
      expect((await store().arrivedParts(delivery.id)).size).toBe(0)
    })

    it('C9: word of the part in doubt makes the rest due; of another one, or twice, nothing', async () => {
      const delivery = await sendOne(UNKNOWN)
      await store().arrivedPart(delivery, 1, { externalIds: ['m1'] })
      await confirm(delivery, word('m1', 'delivered', 1))
      await confirm(delivery, word('m3', 'delivered', 3))
      expect(await states()).toEqual(['unknown'])
      await confirm(delivery, word('m2', 'sent', 2))
      expect(await states()).toEqual(['due'])
      expect(await claimOne()).toMatchObject({ id: delivery.id, unsure: false })
    })

    it.each([
      [['sent', 'failed'], 'parked'],
      [['failed', 'sent'], 'parked'],
      [['failed', 'delivered'], 'done'],
      [['delivered', 'failed'], 'done'],
      [['read', 'sent', 'failed', 'delivered'], 'done'],
      [['failed', 'failed', 'read', 'failed'], 'done'],
    ] as const)('C9: %j ends as %s, in whatever order', async (words, end) => {
      const delivery = await sendOne()
      for (const said of words) {
        await (said === 'failed' ? deny(delivery) : confirm(delivery, word('m1', said)))
      }
      expect(await states()).toEqual([end])
    })

    it('C9: twice is once', async () => {
      const delivery = await sendOne()
      expect(await confirm(delivery, word('m1', 'delivered'))).toBe(true)
      expect(await confirm(delivery, word('m1', 'delivered'))).toBe(false)
      expect(await confirm(delivery, word('m1', 'read'))).toBe(true)
      await current().reopen()
      expect(await confirm(delivery, word('m1', 'read'))).toBe(false)
    })

    it('C9: it may come before the answer of the send, whose thread and ids are then kept', async () => {
      await say(1, 2)
      const delivery = await claimOne()
      expect(await confirm(delivery, word('m1', 'delivered'))).toBe(true)
      expect(await settle(delivery, done(['m1', 'm2'], 'T1'))).toBe(true)
      expect(await store().thread('desk', CONVERSATION)).toBe('T1')
      expect(await store().sent('desk', 'm2')).toMatchObject({ delivery: delivery.id })
      expect(seqs(await claim())).toEqual([2])
    })

    it('C9: that it failed may come before the answer of the send, which then settles nothing', async () => {
      await say(1, 1)
      const delivery = await claimOne()
      expect(await deny(delivery)).toBe(true)
      expect(await settle(delivery, done(['m1']))).toBe(false)
      expect(await states()).toEqual(['parked'])
    })

    it('C10: it failed for now: it goes again before the younger, but not for ever', async () => {
      const delivery = await sendOne()
      await say(2, 2)
      let tries = 1
      while (await deny(delivery, `m${tries}`, retryAt(LATER))) {
        const again = await claim()
        if (again.length === 0 || again[0]?.entry.seq === 2) break
        expect(seqs(again)).toEqual([1])
        tries++
        await settle(again[0]!, done([`m${tries}`]))
      }
      expect(tries).toBe(5)
      expect((await store().parked(SITE)).map(({ seq }) => seq)).toEqual([1])
    })

    it('C10: of what was sent together all of it failed', async () => {
      await say(1, 3)
      const first = await claimOne()
      await store().claimBehind(first, 2, LATER)
      await settle(first, done(['m1']))
      expect(await deny(first)).toBe(true)
      expect((await store().parked(SITE)).map(({ seq }) => seq)).toEqual([1, 2, 3])
    })

    it('C12: of another connector it is no news', async () => {
      const delivery = await sendOne(UNKNOWN)
      expect(await store().confirm('other', delivery.id, word('m1', 'read'), LATER)).toBe(false)
      expect(await store().deny('other', delivery.id, { externalId: 'm1' }, PARKED, LATER)).toBe(
        false,
      )
      const nobody = await store().confirm('desk', id(77), word('m1', 'read'), LATER)
      expect([nobody, await states()]).toEqual([false, ['unknown']])
      expect(await store().sent('other', 'm1')).toBeUndefined()
    })
  })

  describe('routes', () => {
    it('a far side may have no name for where something was brought', async () => {
      await say(1, 1)
      expect(await store().opened('desk', CONVERSATION)).toBe(false)
      await settle(await claimOne(), done(['m1']))
      expect(await store().opened('desk', CONVERSATION)).toBe(true)
      expect(await store().thread('desk', CONVERSATION)).toBeUndefined()
      await store().link('desk', CONVERSATION, 'T1')
      expect(await store().thread('desk', CONVERSATION)).toBe('T1')
    })

    it('what was brought into the thread of another is not brought as new again', async () => {
      await store().link('desk', id(5), 'T1')
      await say(1, 1)
      await settle(await claimOne(), done([], 'T1'))
      expect(await store().conversationOf('desk', 'T1')).toBe(id(5))
      expect(await store().opened('desk', CONVERSATION)).toBe(true)
    })

    it('bind takes a thread and a conversation from whatever they were bound to', async () => {
      await store().link('desk', id(1), 'T1')
      await store().link('desk', id(2), 'T2')
      await store().bind('desk', id(1), 'T2')
      expect(await store().thread('desk', id(1))).toBe('T2')
      expect(await store().thread('desk', id(2))).toBeUndefined()
      expect(await store().conversationOf('desk', 'T1')).toBeUndefined()
    })

    it('unlink forgets the thread, so that the next entry opens a new one', async () => {
      await store().link('desk', id(1), 'T1')
      await store().link('other', id(1), 'T1')
      await store().unlink('desk', id(1))
      expect(await store().opened('desk', id(1))).toBe(false)
      expect(await store().thread('other', id(1))).toBe('T1')
    })

    it('a thread that moved takes along what is known of it', async () => {
      await store().link('desk', id(1), '+49')
      await store().openWindow('desk', '+49', NOW)
      await store().opt('desk', '+49', true, NOW)
      await store().moveThread('desk', '+49', '+50')
      expect(await store().thread('desk', id(1))).toBe('+50')
      expect(await store().window('desk', '+50')).toEqual({ opened: NOW, woken: 0 })
      expect(await store().optedOut('desk', '+50')).toBe(true)
      expect(await store().optedOut('desk', '+49')).toBe(false)
    })

    it('a thread does not move onto one that is bound', async () => {
      await store().link('desk', id(1), 'T1')
      await store().link('desk', id(2), 'T2')
      await store().moveThread('desk', 'T1', 'T2')
      expect(await store().conversationOf('desk', 'T2')).toBe(id(2))
      expect(await store().thread('desk', id(1))).toBe('T1')
    })

    it('a line knows the open conversations it was told of or is owed, the one heard of last first', async () => {
      for (const n of [1, 2, 3, 4]) {
        const who = `visitor-${n}`
        const connectors = n === 4 ? [] : ['line']
        const draft = { who, conversation: id(n), id: id(n), n: 1, connectors, time: NOW + 10 - n }
        await store().append(fromVisitor(n, draft))
      }
      const owed = [1, 2, 3].map((n) => ({ conversation: id(n), time: NOW + 10 - n, told: false }))
      expect(await store().onLine(SITE, 'line', 10)).toEqual(owed)
      for (const each of await claim()) {
        await settle(each, each.conversation === id(1) ? PARKED : done())
      }
      await store().append(
        fromAgent(50, { conversation: id(2), body: { type: 'status', status: 'resolved' } }),
      )
      expect(await store().onLine(SITE, 'line', 10)).toEqual([
        { conversation: id(1), time: NOW + 9, told: false },
        { conversation: id(3), time: NOW + 7, told: true },
      ])
      expect(await store().onLine(SITE, 'line', 1)).toHaveLength(1)
      expect(await store().onLine(OTHER_SITE, 'line', 10)).toEqual([])
    })
  })

  describe('a reach', () => {
    const answer = (n: number) => store().append(fromAgent(n, { reaches: ['phone'] }))

    it('C10: is owed an entry where the visitor is bound, and wants it', async () => {
      await say(1, 1, [])
      await answer(11)
      await store().bind('phone', CONVERSATION, '+49')
      await answer(12)
      await store().opt('phone', '+49', true, NOW)
      await answer(13)
      await store().opt('phone', '+49', false, NOW + 1)
      await answer(14)
      expect(await flow()).toEqual([
        ['phone', 3],
        ['phone', 5],
      ])
    })
  })

  describe('windows', () => {
    it('open when the person writes, and never go back', async () => {
      expect(await store().window('phone', '+49')).toBeUndefined()
      await store().openWindow('phone', '+49', NOW)
      await store().openWindow('phone', '+49', NOW - 500)
      const reopened = await current().reopen()
      expect(await reopened.window('phone', '+49')).toEqual({ opened: NOW, woken: 0 })
      expect(await reopened.window('other', '+49')).toBeUndefined()
    })

    it('are closed by the far side; a template that was answered is forgotten with it', async () => {
      await store().woke('phone', '+49', NOW)
      expect(await store().window('phone', '+49')).toEqual({ opened: 0, woken: NOW })
      await store().closeWindow('phone', '+49')
      // Not answered yet: nobody is asked twice.
      expect(await store().window('phone', '+49')).toEqual({ opened: 0, woken: NOW })
      await store().openWindow('phone', '+49', NOW + 1)
      await store().closeWindow('phone', '+49')
      expect(await store().window('phone', '+49')).toEqual({ opened: 0, woken: 0 })
    })

    it('each word about wanting messages counts from its time, however late it comes', async () => {
      expect(await store().optedOut('phone', '+49')).toBe(false)
      await store().opt('phone', '+49', false, NOW + 10)
      await store().opt('phone', '+49', true, NOW)
      expect(await store().optedOut('phone', '+49')).toBe(false)
      await store().opt('phone', '+49', true, NOW + 20)
      const reopened = await current().reopen()
      expect(await reopened.optedOut('phone', '+49')).toBe(true)
      expect(await reopened.optedOut('other', '+49')).toBe(false)
    })
  })

  describe('hand-overs', () => {
    const CODE = new Uint8Array(32).fill(5)
    const to = (address = '+49', site = SITE) => ({ site, connector: 'phone', address })
    const save = (expires = LATER): Promise<HandOver> => {
      const handOver = { site: SITE, conversation: id(1), visitor: 'ada', expires }
      return store()
        .saveHandOver(CODE, handOver, NOW)
        .then(() => handOver)
    }

    it('are taken once, with the address bound and welcome', async () => {
      const handOver = await save()
      await store().opt('phone', '+49', true, NOW)
      expect(await store().takeHandOver(CODE, to(), NOW + 1)).toEqual(handOver)
      expect(await store().takeHandOver(CODE, to('+50'), NOW + 1)).toBeUndefined()
      const reopened = await current().reopen()
      expect(await reopened.thread('phone', id(1))).toBe('+49')
      expect(await reopened.optedOut('phone', '+49')).toBe(false)
    })

    it('C12: are no good at another site, nor too late, and then bind nothing', async () => {
      await save()
      expect(await store().takeHandOver(CODE, to('+49', OTHER_SITE), NOW)).toBeUndefined()
      expect(await store().takeHandOver(CODE, to(), LATER)).toBeUndefined()
      expect(await store().thread('phone', id(1))).toBeUndefined()
    })

    it('C12: are no good for a conversation that is somebody else’s, also when it became that later', async () => {
      const handOver = await save()
      expect(await store().handOver(CODE, SITE, NOW)).toEqual(handOver)
      await store().append(fromVisitor(1, { conversation: id(1), who: 'bob' }))
      expect(await store().handOver(CODE, SITE, NOW)).toBeUndefined()
      expect(await store().takeHandOver(CODE, to(), NOW)).toBeUndefined()
      expect(await store().conversationOf('phone', '+49')).toBeUndefined()
    })

    it('can be looked at without being taken', async () => {
      const handOver = await save()
      expect(await store().handOver(CODE, SITE, NOW)).toEqual(handOver)
      expect(await store().handOver(CODE, OTHER_SITE, NOW)).toBeUndefined()
      expect(await store().handOver(CODE, SITE, LATER)).toBeUndefined()
      expect(await store().takeHandOver(CODE, to(), NOW)).toEqual(handOver)
      expect(await store().handOver(CODE, SITE, NOW)).toBeUndefined()
    })

    it('bind a number anew that was bound before', async () => {
      await store().bind('phone', id(9), '+49')
      await save()
      await store().takeHandOver(CODE, to(), NOW)
      expect(await store().conversationOf('phone', '+49')).toBe(id(1))
      expect(await store().thread('phone', id(9))).toBeUndefined()
    })
  })

  describe('desks of a conversation', () => {
    const ALL = ['visitor', 'agent', 'bot', 'system'] as const
    const setDesks = (
      desks: readonly string[] | undefined,
      entering: readonly string[],
      leaving: readonly string[] = [],
      takes: readonly ('visitor' | 'agent')[] | typeof ALL = ALL,
    ) =>
      store().setDesks(
        CONVERSATION,
        { desks, entering: entering.map((connector) => ({ connector, takes })), leaving },
        LATER,
      )

    it('C10: entries go to the chosen ones only, and to all again', async () => {
      await say(1, 1, [])
      expect(await setDesks(['a'], [])).toBe(true)
      await say(2, 2, ['a', 'b'])
      expect((await store().conversation(CONVERSATION))?.desks).toEqual(['a'])
      await setDesks([], [])
      await say(3, 3, ['a', 'b'])
      await setDesks(undefined, [])
      await say(4, 4, ['a', 'b'])
      expect((await store().conversation(CONVERSATION))?.desks).toBeUndefined()
      expect(await flow()).toEqual(expect.arrayContaining([['a', 2]]))
      expect((await store().figures()).deliveries.done).toBe(3)
    })

    it('C10: one that comes is owed the newest entry that it takes, once', async () => {
      await say(1, 2, [])
      await store().append(fromAgent(51))
      await setDesks(['a', 'b'], ['a'])
      await setDesks(['a', 'b'], ['a'])
      await setDesks(['a', 'b'], ['b'], [], ['visitor'])
      const went = await flow()
      expect(went).toHaveLength(2)
      expect(new Map(went)).toEqual(
        new Map([
          ['a', 3],
          ['b', 2],
        ]),
      )
      await setDesks(['a', 'b'], ['a', 'b'])
      expect(await flow()).toEqual([])
    })

    it('C10: one that comes back is owed what it missed, in order, and not its own words', async () => {
      await say(1, 2, ['a'])
      await flow()
      await setDesks(['b'], ['b'], ['a'])
      expect(await flow()).toEqual([['b', 2]])
      await say(3, 3, ['a', 'b'])
      const late = { connector: 'a', id: 'late' }
      await store().append(fromAgent(51, { connectors: ['b'], event: late }))
      await say(4, 4, ['a', 'b'])
      expect(await flow()).toEqual([
        ['b', 3],
        ['b', 4],
        ['b', 5],
      ])
      await setDesks(['a'], ['a'], ['b'])
      await setDesks(['a'], ['a'], [])
      expect(await flow()).toEqual([
        ['a', 3],
        ['a', 5],
      ])
    })

    it('C10: one that left with something still to go is owed the rest too', async () => {
      await say(1, 1, ['a'])
      await setDesks(['b'], [], ['a'])
      await say(2, 3, ['a', 'b'])
      await setDesks(['a', 'b'], ['a'], [])
      const went = (await flow()).filter(([connector]) => connector === 'a')
      expect(went.map(([, seq]) => seq)).toEqual([1, 2, 3])
    })

    it('C10: what is parked for one is not sent by this back door', async () => {
      await say(1, 1, ['a'])
      await settle(await claimOne(), PARKED)
      await setDesks(['a'], ['a'])
      expect(await flow()).toEqual([])
    })

    it('C10: it is owed the newest of them when it missed too many', async () => {
      await say(1, 1, ['a'])
      await flow()
      await setDesks([], [], ['a'])
      const missed = upTo(MAX_CAUGHT_UP + 4).slice(1)
      await Promise.all(missed.map((n) => store().append(fromVisitor(n))))
      await setDesks(['a'], ['a'])
      const owed = await store().waiting('a', CONVERSATION)
      expect(owed.toSorted((x, y) => x - y)).toEqual(missed.slice(-MAX_CAUGHT_UP))
    })

    it('C12: of a conversation that is not there is nothing', async () => {
      expect(await setDesks(['a'], ['a'])).toBe(false)
    })
  })

  describe('connectors of the console', () => {
    const saved = (changes: Partial<SavedConnector> = {}): SavedConnector => ({
      id: 'shop',
      site: SITE,
      type: 'whatsapp',
      role: 'both',
      sealed: new Uint8Array([1, 2, 3]),
      created: NOW,
      updated: NOW,
      ...changes,
    })

    it('are kept, changed and dropped', async () => {
      await store().saveConnector(saved())
      await store().saveConnector(saved({ id: 'aaa', created: NOW - 1 }))
      await store().saveConnector(
        saved({ sealed: new Uint8Array([9]), created: NOW + 5, updated: NOW + 5 }),
      )
      const reopened = await current().reopen()
      const [first, second, ...none] = await reopened.connectors()
      expect([first?.id, second?.id, none]).toEqual(['aaa', 'shop', []])
      expect([...(second?.sealed ?? [])]).toEqual([9])
      expect(second).toMatchObject({ created: NOW, updated: NOW + 5, role: 'both' })
      expect(await reopened.dropConnector('shop')).toBe(true)
      expect(await reopened.dropConnector('shop')).toBe(false)
    })
  })
}
