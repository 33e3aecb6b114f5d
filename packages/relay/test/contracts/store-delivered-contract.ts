import { describe, expect, it } from 'vitest'
import type { Delivery, Outcome, Toward, Word } from '../../src/store/store.ts'
import type { StoreUnderTest } from './store-contract.ts'
import { NOW, fromAgent, fromVisitor, id } from './store-fixtures.ts'

const LEASE_MS = 1_000
/** Later than every delivery of a test was queued. */
const LATER = NOW + 60_000
const CONVERSATION = id(1000)
const DONE: Outcome = { kind: 'done', receipt: { externalIds: [] } }
const UNSURE: Outcome = { kind: 'parked', reason: 'may have arrived' }
const REFUSED: Outcome = { kind: 'parked', reason: 'refused there', code: 'refused' }
const desk = (...others: readonly string[]): Toward => ({ side: 'agent', sure: true, others })
const PHONE: Toward = { side: 'visitor', sure: false, others: [] }

/** What has reached the other side, and what has not. */
export function storeDeliveredContract(current: () => StoreUnderTest): void {
  const store = () => current().store
  const claimAll = (at = LATER): Promise<readonly Delivery[]> =>
    store().claim('worker', 10, LEASE_MS, at)
  const say = async (from: number, to: number, connectors = ['desk']): Promise<void> => {
    for (let n = from; n <= to; n++) await store().append(fromVisitor(n, { connectors }))
  }
  /** The delivery that a connector is given next. */
  const next = async (connector = 'desk'): Promise<Delivery> => {
    const found = (await claimAll()).find((each) => each.connector === connector)
    if (!found) throw new Error(`Nothing was claimed for ${connector}.`)
    return found
  }
  const settle = (delivery: Delivery, outcome: Outcome, toward: Toward): Promise<boolean> =>
    store().settle(delivery, outcome, LATER, undefined, toward)
  const known = async () => {
    const { delivered, undelivered } = (await store().conversation(CONVERSATION))!
    return { delivered, undelivered: undelivered.entries }
  }
  const undelivered = async () => (await known()).undelivered.map(({ seq, code }) => [seq, code])
  const marks = async () => (await known()).delivered

  describe('delivered marks', () => {
    it('C9: a desk that took an entry has it: the mark rises in the commit that settles it', async () => {
      await say(1, 2)
      await settle(await next(), DONE, desk())
      expect(await marks()).toEqual({ visitor: 0, agent: 1 })
      await settle(await next(), DONE, desk())
      expect(await marks()).toEqual({ visitor: 0, agent: 2 })
      await current().reopen()
      expect(await known()).toEqual({ delivered: { visitor: 0, agent: 2 }, undelivered: [] })
    })

    it('C9: a lease that was lost raises nothing', async () => {
      await say(1, 1)
      const delivery = await next()
      await store().claim('another', 10, LEASE_MS, LATER + 2 * LEASE_MS)
      expect(await settle(delivery, DONE, desk())).toBe(false)
      expect(await marks()).toEqual({ visitor: 0, agent: 0 })
    })

    it('C9: of what was sent together all of it arrived', async () => {
      await say(1, 3)
      const first = await next()
      await store().claimBehind(first, 2, LATER)
      await settle(first, DONE, desk())
      expect((await marks()).agent).toBe(3)
    })

    it('C9: who tells later whether it arrived is believed then, and one part says nothing', async () => {
      await say(1, 1, [])
      await store().append(fromAgent(2, { connectors: ['phone'] }))
      const delivery = await next('phone')
      await settle(delivery, { kind: 'done', receipt: { externalIds: ['m1'] } }, PHONE)
      const word = (state: Word['state'], part?: number): Promise<boolean> =>
        store().confirm(
          'phone',
          delivery.id,
          { externalId: `m${state}`, state, ...(part === undefined ? {} : { part }) },
          LATER,
          PHONE,
        )
      await word('sent')
      await word('delivered', 2)
      expect((await marks()).visitor).toBe(0)
      await word('read')
      expect((await marks()).visitor).toBe(2)
    })

    it('C9: a reader of the log raises it: never above the head, never down, each side for itself', async () => {
      await say(1, 5, [])
      expect(await store().kept(CONVERSATION, 'visitor', 3)).toBe(true)
      expect(await store().kept(CONVERSATION, 'visitor', 3)).toBe(false)
      expect(await store().kept(CONVERSATION, 'visitor', 2)).toBe(false)
      expect(await store().kept(CONVERSATION, 'agent', 99)).toBe(true)
      expect(await store().kept(id(7), 'agent', 1)).toBe(false)
      expect(await marks()).toEqual({ visitor: 3, agent: 5 })
    })
  })

  describe('what is undelivered', () => {
    it('C9: counts its changes, and nothing else', async () => {
      const n = async () => (await store().conversation(CONVERSATION))!.undelivered.n
      await say(1, 3)
      await settle(await next(), DONE, desk())
      expect(await n()).toBe(0)
      const refused = await next()
      await settle(refused, REFUSED, desk())
      expect(await n()).toBe(1)
      await settle(await next(), DONE, desk())
      expect(await n()).toBe(1)
      await store().replay(refused.id, LATER)
      await settle(await next(), DONE, desk())
      await store().kept(CONVERSATION, 'agent', 3)
      expect(await n()).toBe(2)
    })

    it('C9: a refused entry is, with the reason, and stays so when younger ones arrive', async () => {
      await say(1, 2)
      await settle(await next(), REFUSED, desk())
      await settle(await next(), DONE, desk())
      expect(await known()).toEqual({
        delivered: { visitor: 0, agent: 2 },
        undelivered: [{ seq: 1, side: 'agent', code: 'refused', reason: 'refused there' }],
      })
      await current().reopen()
      expect(await undelivered()).toEqual([[1, 'refused']])
    })

    it('C9: what may yet arrive has no reason for its author, and is not delivered either', async () => {
      await say(1, 2)
      await settle(await next(), UNSURE, desk())
      await settle(await next(), DONE, desk())
      expect(await undelivered()).toEqual([[1, undefined]])
    })

    it('C9: a replay that arrives ends it', async () => {
      await say(1, 2)
      const first = await next()
      await settle(first, REFUSED, desk())
      await settle(await next(), DONE, desk())
      await store().replay(first.id, LATER)
      expect(await undelivered()).toEqual([[1, 'refused']])
      await settle(await next(), DONE, desk())
      expect(await known()).toEqual({ delivered: { visitor: 0, agent: 2 }, undelivered: [] })
    })

    it('C9: nobody is told while another desk may have it, and nobody when one has', async () => {
      await say(1, 1, ['desk', 'other'])
      const both = await claimAll()
      const of = (connector: string) => both.find((each) => each.connector === connector)!
      await settle(of('desk'), REFUSED, desk('other'))
      expect(await undelivered()).toEqual([[1, undefined]])
      await settle(of('other'), DONE, desk('desk'))
      expect(await known()).toEqual({ delivered: { visitor: 0, agent: 1 }, undelivered: [] })
    })

    it('C9: once no desk is left that may, its author is told why the one refused it', async () => {
      await say(1, 1, ['desk', 'other'])
      const both = await claimAll()
      const of = (connector: string) => both.find((each) => each.connector === connector)!
      await settle(of('desk'), REFUSED, desk('other'))
      await settle(of('other'), UNSURE, desk('desk'))
      expect(await undelivered()).toEqual([[1, 'refused']])
    })

    it('C9: a desk that has it already makes the refusal of another one no news', async () => {
      await say(1, 1, ['desk', 'other'])
      const both = await claimAll()
      const of = (connector: string) => both.find((each) => each.connector === connector)!
      await settle(of('other'), DONE, desk('desk'))
      await settle(of('desk'), REFUSED, desk('other'))
      expect(await undelivered()).toEqual([])
    })

    it('C9: what the other side has read is not undelivered, and who reads the log has all of it', async () => {
      await say(1, 2)
      const first = await next()
      await store().mark(CONVERSATION, 'agent', 1)
      await settle(first, REFUSED, desk())
      expect(await undelivered()).toEqual([])
      await settle(await next(), REFUSED, desk())
      expect(await undelivered()).toEqual([[2, 'refused']])
      expect(await store().kept(CONVERSATION, 'agent', 2)).toBe(true)
      expect(await undelivered()).toEqual([])
    })

    it('C9: an answer does not say that what came before it arrived', async () => {
      await say(1, 1)
      const first = await next()
      await store().append(fromAgent(2))
      await settle(first, REFUSED, desk())
      expect(await undelivered()).toEqual([[1, 'refused']])
    })

    it('C9: a far side that took it and says later that it failed is heard', async () => {
      await say(1, 1, [])
      await store().append(fromAgent(2, { connectors: ['phone'] }))
      const delivery = await next('phone')
      await settle(delivery, { kind: 'done', receipt: { externalIds: ['m1'] } }, PHONE)
      const denied = { kind: 'parked', reason: 'no such number', code: 'unreachable' } as const
      expect(
        await store().deny('phone', delivery.id, { externalId: 'm1' }, denied, LATER, PHONE),
      ).toBe(true)
      expect((await known()).undelivered).toEqual([
        { seq: 2, side: 'visitor', code: 'unreachable', reason: 'no such number' },
      ])
    })
  })
}
