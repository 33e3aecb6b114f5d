import { describe, expect, it } from 'vitest'
import type { Delivery, Outcome } from '../../src/store/store.ts'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, OTHER_SITE, SITE, fromVisitor, id, text, upTo } from './store-fixtures.ts'

const LEASE_MS = 1_000
/** Later than every delivery of a test was queued. */
const LATER = NOW + 60_000
const DONE: Outcome = { kind: 'done', receipt: { externalIds: [] } }
const PARKED: Outcome = { kind: 'parked', reason: 'the desk refused it' }

/** Deliveries, routes, echoes, cursors. */
export function storeDeliveriesContract(current: () => StoreUnderTest): void {
  const claim = (at = LATER, worker = 'worker', limit = 10): Promise<readonly Delivery[]> =>
    current().store.claim(worker, limit, LEASE_MS, at)
  const claimOne = async (at = LATER, worker = 'worker'): Promise<Delivery> => {
    const [delivery] = await claim(at, worker)
    if (!delivery) throw new Error('Nothing was claimed.')
    return delivery
  }
  const settle = (delivery: Delivery, outcome: Outcome, at = LATER): Promise<boolean> =>
    current().store.settle(delivery, outcome, at)
  const seqs = (deliveries: readonly Delivery[]) => deliveries.map(({ entry }) => entry.seq)
  const retryAt = (at: number): Outcome => ({ kind: 'retry', at, reason: 'the desk is down' })

  /** Entries 1 to `count` of one conversation, each owed to the connectors. */
  const say = async (count: number, connectors = ['desk'], conversation = 1): Promise<void> => {
    const who = `visitor-${conversation}`
    for (const n of upTo(count)) {
      await current().store.append(
        fromVisitor(n, {
          who,
          id: id(n + conversation * 10_000),
          conversation: id(conversation),
          connectors,
        }),
      )
    }
  }

  describe('deliveries', () => {
    it('C10: are queued with the entry and say what is to be sent', async () => {
      const { store, reopen } = current()
      const { entry } = await store.append(fromVisitor(1, { connectors: ['desk', 'reach'] }))
      await reopen()
      const claimed = await claim()
      expect(claimed).toHaveLength(2)
      expect(claimed.map(({ connector }) => connector).toSorted()).toEqual(['desk', 'reach'])
      expect(claimed[0]).toMatchObject({
        site: SITE,
        conversation: id(1000),
        entry,
        attempts: 0,
        unsure: false,
        created: NOW,
        worker: 'worker',
      })
      expect(claimed[0]?.id).not.toBe(claimed[1]?.id)
    })

    it('C10: are not queued by a refused append', async () => {
      const { store } = current()
      await say(1)
      const conflict = fromVisitor(1, {
        who: 'visitor-1',
        id: id(10_001),
        conversation: id(1),
        body: text('other'),
        connectors: ['desk'],
        n: 2,
      })
      await expect(store.append(conflict)).rejects.toMatchObject({ code: 'id_conflict' })
      expect((await store.figures()).deliveries.due).toBe(1)
    })

    it('C10: go in order and one at a time within a conversation', async () => {
      await say(3)
      for (const seq of [1, 2, 3]) {
        const claimed = await claim()
        expect(seqs(claimed)).toEqual([seq])
        expect(await claim()).toEqual([])
        expect(await settle(claimed[0]!, DONE)).toBe(true)
      }
      expect(await claim()).toEqual([])
    })

    it('C10: of other conversations and other connectors do not wait for each other', async () => {
      await say(2, ['desk', 'reach'], 1)
      await say(2, ['desk'], 2)
      expect(await claim()).toHaveLength(3)
      expect(await claim()).toEqual([])
    })

    it('C10: are given to one worker only', async () => {
      for (const n of upTo(20)) await say(1, ['desk'], n)
      const rounds = await Promise.all(upTo(6).map((n) => claim(LATER, `worker-${n}`, 5)))
      const ids = rounds.flat().map((delivery) => delivery.id)
      expect(ids).toHaveLength(20)
      expect(new Set(ids).size).toBe(20)
    })

    it('C10: a retry comes again at its time, with the same id, and holds up the younger', async () => {
      await say(2)
      const first = await claimOne()
      await settle(first, retryAt(LATER + 500))
      expect(await claim(LATER + 499)).toEqual([])
      const again = await claimOne(LATER + 500)
      expect(again).toMatchObject({ id: first.id, attempts: 1, unsure: false })
      expect(again.entry.seq).toBe(1)
    })

    it('C10: what may have arrived comes again as unsure', async () => {
      await say(1)
      await settle(await claimOne(), { kind: 'unknown', at: LATER + 10, reason: 'timed out' })
      expect(await claim(LATER + 9)).toEqual([])
      expect(await claimOne(LATER + 10)).toMatchObject({ attempts: 1, unsure: true })
    })

    it("C10: a dead worker's lease runs out, and its delivery comes back as unsure", async () => {
      await say(2)
      const lost = await claimOne(LATER, 'dead')
      expect(await claim(LATER + LEASE_MS - 1)).toEqual([])
      const taken = await claimOne(LATER + LEASE_MS, 'alive')
      expect(taken).toMatchObject({ id: lost.id, attempts: 1, unsure: true, worker: 'alive' })
    })

    it('C10: a lost lease settles nothing', async () => {
      await say(1)
      const lost = await claimOne(LATER, 'slow')
      const taken = await claimOne(LATER + LEASE_MS, 'quick')
      expect(await settle(lost, DONE)).toBe(false)
      expect(await settle({ ...taken, worker: 'slow' }, DONE)).toBe(false)
      expect(await settle(taken, DONE)).toBe(true)
      expect(await settle(taken, PARKED)).toBe(false)
      expect(await current().store.parked(SITE)).toEqual([])
    })

    it('C10: a lease that the same worker took anew is not the old one', async () => {
      await say(1)
      const lost = await claimOne()
      const taken = await claimOne(LATER + LEASE_MS)
      expect(taken.worker).toBe(lost.worker)
      expect(await settle(lost, DONE)).toBe(false)
      expect(await settle(taken, DONE)).toBe(true)
    })

    it('C10: a lease that ran out but was not taken can still be settled', async () => {
      await say(1)
      const late = await claimOne()
      expect(await settle(late, DONE, LATER + LEASE_MS * 5)).toBe(true)
      expect(await claim(LATER + LEASE_MS * 9)).toEqual([])
    })

    it('C10: a parked one is shown with its reason, and the rest flows', async () => {
      await say(2)
      const poison = await claimOne()
      await settle(poison, PARKED, LATER + 7)
      expect(seqs(await claim())).toEqual([2])
      expect(await current().store.parked(SITE)).toEqual([
        {
          id: poison.id,
          connector: 'desk',
          conversation: id(1),
          seq: 1,
          attempts: 1,
          reason: 'the desk refused it',
          time: LATER + 7,
        },
      ])
      expect(await current().store.parked(OTHER_SITE)).toEqual([])
    })

    it('C10: a replayed one goes before the younger that still wait', async () => {
      const { store } = current()
      await say(3)
      const poison = await claimOne()
      await settle(poison, PARKED)
      await settle(await claimOne(), retryAt(LATER + 5))
      expect(await store.replay(poison.id, LATER)).toBe(true)
      expect(await store.parked(SITE)).toEqual([])
      const replayed = await claimOne(LATER + 5)
      expect(replayed).toMatchObject({ id: poison.id, attempts: 1, unsure: false })
      await settle(replayed, DONE)
      expect(seqs(await claim(LATER + 5))).toEqual([2])
    })

    it('C10: a replayed one waits for the younger that is under way', async () => {
      const { store } = current()
      await say(3)
      const poison = await claimOne()
      await settle(poison, PARKED)
      const underway = await claimOne()
      await store.replay(poison.id, LATER)
      expect(await claim()).toEqual([])
      await settle(underway, retryAt(LATER))
      expect(seqs(await claim())).toEqual([1])
    })

    it('C10: replay knows parked ones only', async () => {
      const { store } = current()
      await say(1)
      const delivery = await claimOne()
      expect(await store.replay(delivery.id, LATER)).toBe(false)
      await settle(delivery, DONE)
      expect(await store.replay(delivery.id, LATER)).toBe(false)
      expect(await store.replay('no such delivery', LATER)).toBe(false)
    })

    it('tells when the next one falls due, a lease included', async () => {
      const { store } = current()
      expect(await store.nextDue()).toBeUndefined()
      await say(2)
      expect(await store.nextDue()).toBe(NOW)
      const delivery = await claimOne()
      expect(await store.nextDue()).toBe(LATER + LEASE_MS)
      await settle(delivery, retryAt(LATER + 5_000))
      expect(await store.nextDue()).toBe(LATER + 5_000)
      await settle(await claimOne(LATER + 5_000), DONE)
      expect(await store.nextDue()).toBe(NOW)
      await settle(await claimOne(), PARKED)
      expect(await store.nextDue()).toBeUndefined()
    })
  })

  describe('a held connector', () => {
    it('C10: gives nothing until then, what came meanwhile included; others flow', async () => {
      const { store, reopen } = current()
      await say(1, ['desk', 'reach'], 1)
      await store.holdConnector('desk', LATER + 100, '429')
      await say(1, ['desk'], 2)
      await reopen()
      expect((await claim()).map(({ connector }) => connector)).toEqual(['reach'])
      expect(await claim(LATER + 99)).toEqual([])
      expect(await current().store.nextDue()).toBe(LATER + 100)
      expect(await claim(LATER + 100)).toHaveLength(2)
    })

    it('C10: is not freed by a send that still succeeds, nor by a shorter hold', async () => {
      const { store } = current()
      await say(2)
      const underway = await claimOne()
      await store.holdConnector('desk', LATER + 100, '429')
      await store.holdConnector('desk', LATER + 10, '429')
      expect(await settle(underway, DONE)).toBe(true)
      expect(await claim(LATER + 99)).toEqual([])
      expect(await claim(LATER + 100)).toHaveLength(1)
    })

    it('C10: that is gone waits for a replay, without waking anybody', async () => {
      const { store } = current()
      await say(1, ['desk'], 1)
      await say(1, ['desk'], 2)
      const [gone] = await claim(LATER, 'worker', 1)
      await settle(gone!, retryAt(Number.MAX_SAFE_INTEGER))
      await store.holdConnector('desk', Number.MAX_SAFE_INTEGER, 'gone')
      expect(await store.nextDue()).toBeUndefined()
      expect(await claim(LATER * 2)).toEqual([])
      expect(await store.replay(gone!.id, LATER)).toBe(true)
      expect(await claim()).toHaveLength(2)
    })

    it('C10: is freed by a replay of a parked one of it', async () => {
      const { store } = current()
      await say(1, ['desk'], 1)
      await say(1, ['desk'], 2)
      const [one] = await claim(LATER, 'worker', 1)
      await settle(one!, PARKED)
      await store.holdConnector('desk', Number.MAX_SAFE_INTEGER, 'gone')
      expect(await store.replay(one!.id, LATER)).toBe(true)
      expect(await claim()).toHaveLength(2)
    })

    it('C10: is lifted: what waited is due, what is parked stays so, another stays held', async () => {
      const { store } = current()
      await say(1, ['desk', 'reach'], 1)
      await say(1, ['desk'], 2)
      await say(1, ['desk'], 3)
      const [one, two] = (await claim()).filter(({ connector }) => connector === 'desk')
      await settle(one!, PARKED)
      await store.holdConnector('desk', LATER + 100, '401')
      await store.holdConnector('reach', LATER + 100, '401')
      await settle(two!, retryAt(LATER + 100))
      expect(await claim()).toEqual([])
      expect(await store.liftHold('desk', LATER)).toBe(true)
      expect(await claim()).toMatchObject([{ id: two!.id }])
      expect(await store.holds(LATER)).toMatchObject([{ connector: 'reach' }])
      expect(await store.parked(SITE)).toMatchObject([{ id: one!.id }])
      expect(await store.liftHold('desk', LATER)).toBe(false)
    })
  })

  describe('routes', () => {
    it('bind conversation and thread both ways; the first binding of either wins', async () => {
      const { store, reopen } = current()
      await store.link('desk', id(1), 'T1')
      await store.link('desk', id(1), 'T2')
      await store.link('desk', id(2), 'T1')
      await store.link('reach', id(2), 'T1')
      const reopened = await reopen()
      expect(await reopened.thread('desk', id(1))).toBe('T1')
      expect(await reopened.thread('desk', id(2))).toBeUndefined()
      expect(await reopened.conversationOf('desk', 'T1')).toBe(id(1))
      expect(await reopened.conversationOf('desk', 'T2')).toBeUndefined()
      expect(await reopened.conversationOf('reach', 'T1')).toBe(id(2))
    })

    it('C11: a receipt binds the route, and its ids are known as echoes', async () => {
      const { store } = current()
      await say(1)
      const receipt = { externalIds: ['m1', 'm2'], thread: 'T9' }
      await settle(await claimOne(), { kind: 'done', receipt })
      expect(await store.thread('desk', id(1))).toBe('T9')
      expect(await store.sent('desk', 'm1')).toMatchObject({ conversation: id(1), seq: 1 })
      expect(await store.sent('desk', 'm2')).toMatchObject({ conversation: id(1), seq: 1 })
      expect(await store.sent('desk', 'm3')).toBeUndefined()
      expect(await store.sent('reach', 'm1')).toBeUndefined()
    })

    it("C11: a lost lease's receipt binds nothing", async () => {
      const { store } = current()
      await say(1)
      const lost = await claimOne()
      await claimOne(LATER + LEASE_MS, 'other')
      await settle(lost, { kind: 'done', receipt: { externalIds: ['m1'], thread: 'T9' } })
      expect(await store.thread('desk', id(1))).toBeUndefined()
      expect(await store.sent('desk', 'm1')).toBeUndefined()
    })

    it('remember where polling has got to', async () => {
      const { store, reopen } = current()
      expect(await store.cursor('desk')).toBeUndefined()
      await store.saveCursor('desk', '17')
      await store.saveCursor('desk', '18')
      const reopened = await reopen()
      expect(await reopened.cursor('desk')).toBe('18')
      expect(await reopened.cursor('reach')).toBeUndefined()
    })
  })
}
