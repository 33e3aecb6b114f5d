import type { KeyedStore } from '@homing/core'
import { createKeyedLocalStore, createMemoryKeyedStore, STORE_TIMEOUT_MS } from '@homing/core'
import type { VirtualClock } from '@homing/core/testing/virtual-clock'
import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { describe, expect, it } from 'vitest'

import { createResilientKeyedStore } from './resilient-keyed-store.ts'

type World = Pick<Parameters<typeof createResilientKeyedStore>[0], 'clock' | 'durable'>
type Mood = 'well' | 'hangs' | 'refuses' | 'full'

/** Storage as browsers have it: works, and at some point does not. */
function moody() {
  const inner = createMemoryKeyedStore()
  let mood: Mood = 'well'
  let full = false
  const store: KeyedStore = {
    run: (work) => {
      if (mood === 'hangs') return new Promise(() => {})
      if (mood === 'refuses') return Promise.reject(new DOMException('no', 'SecurityError'))
      return inner.run(async (transaction) =>
        work({
          ...transaction,
          put: (key, value) => {
            if (full) throw new DOMException('full', 'QuotaExceededError')
            transaction.put(key, value)
          },
          delete: (key, below) => {
            transaction.delete(key, below)
            if (key === 'e:') full = false
          },
        }),
      )
    },
    durable: () => true,
    close: () => {},
  }
  return {
    store,
    inner,
    be: (next: Mood) => {
      mood = next === 'full' ? 'well' : next
      full = next === 'full'
    },
  }
}

function open(change: (durable: KeyedStore, clock: VirtualClock) => Partial<World> = () => ({})) {
  const clock = createVirtualClock()
  const durable = moody()
  const world = { clock, durable: durable.store, ...change(durable.store, clock) }
  const said: boolean[] = []
  let devices = 0
  const resilient = createResilientKeyedStore({
    ...world,
    cache: ['c:', 'e:'],
    mark: 'me',
    part: async () => {},
    mayMove: async () => true,
    changed: (now) => said.push(now),
  })
  const store = createKeyedLocalStore({
    store: resilient,
    newDevice: () => `device-${++devices}`,
  })
  return { clock, durable, said, store }
}

const draft = (id: string) => ({
  id,
  conversation: 'c1',
  body: { type: 'text', text: id } as const,
  time: 1,
})

describe('storage that fails', () => {
  it.each(['hangs', 'refuses'] as const)(
    'C8: %s from the start: memory answers in time, and says that it keeps nothing',
    async (mood) => {
      const { clock, durable, said, store } = open()
      durable.be(mood)
      const loaded = store.load(50)
      await clock.advance(2_000)
      expect((await loaded).device).toBe('device-1')
      expect((await store.saveDraft(draft('d1'))).n).toBe(1)
      expect(said).toEqual([false])
      expect(store.durable()).toBe(false)
    },
  )

  it('C4: it fails later: drafts, counter and identity go on in memory', async () => {
    const { clock, durable, store } = open()
    const { device } = await store.load(50)
    await store.claimIdentity({ token: 't', visitor: 'v' })
    await store.saveDraft(draft('d1'))
    await store.saveNote('text:c1', 'half')
    durable.be('hangs')
    const second = store.saveDraft(draft('d2'))
    await clock.advance(STORE_TIMEOUT_MS)
    expect((await second).n).toBe(2)
    const now = await store.load(50)
    expect(now).toMatchObject({ device, identity: { token: 't' }, notes: { 'text:c1': 'half' } })
    expect(now.drafts.map(({ id }) => id)).toEqual(['d1', 'd2'])
  })

  it('C4: what storage owed an answer when it failed goes first in memory', async () => {
    const { clock, durable, store } = open()
    await store.load(50)
    durable.be('hangs')
    const read = store.load(50)
    await clock.advance(STORE_TIMEOUT_MS - 1)
    const first = store.saveDraft(draft('d1'))
    await clock.advance(1)
    const second = store.saveDraft(draft('d2'))
    await clock.advance(0)
    expect([(await first).n, (await second).n]).toEqual([1, 2])
    await read
  })

  it('C4: what is refused for want of room and tried again still goes first', async () => {
    let line: Promise<unknown> = Promise.resolve()
    let full = true
    const { clock, store } = open(({ run, ...rest }, time) => ({
      durable: {
        ...rest,
        // One transaction after the other, and room by the second.
        run: (work) => {
          const turn = line
            .then(() => new Promise<void>((resolve) => time.after(1, resolve)))
            .then(() => {
              if (!full) return run(work)
              full = false
              throw new DOMException('full', 'QuotaExceededError')
            })
          line = turn.catch(() => {})
          return turn
        },
      },
    }))
    const kept = Promise.all([store.saveDraft(draft('d1')), store.saveDraft(draft('d2'))])
    await clock.advance(100)
    const [first, second] = await kept
    expect([first.n, second.n]).toEqual([1, 2])
    expect(store.durable()).toBe(true)
  })

  it('C4: what fits where an earlier one did not is not kept there for another tab to send first', async () => {
    let line: Promise<unknown> = Promise.resolve()
    let tries = 0
    const { clock, durable, store } = open(({ run, ...rest }, time) => ({
      durable: {
        ...rest,
        // One transaction after the other: the drafts', those that make room, the drafts' again.
        run: (work) => {
          const turn = line
            .then(() => new Promise<void>((resolve) => time.after(1, resolve)))
            .then(() => {
              tries++
              if ([1, 2, 5].includes(tries)) throw new DOMException('full', 'QuotaExceededError')
              return run(work)
            })
          line = turn.catch(() => {})
          return turn
        },
      },
    }))
    const kept = Promise.all([store.saveDraft(draft('d1')), store.saveDraft(draft('d2'))])
    await clock.advance(100)
    const [first, second] = await kept
    expect([first.n, second.n, store.durable(), tries]).toEqual([1, 2, false, 6])
    const there = createKeyedLocalStore({ store: durable.inner, newDevice: () => '' })
    expect((await there.load(50)).drafts).toEqual([])
  })

  it('C4: a page that slept hears the answer of its storage after its time is over', async () => {
    const SLEPT_MS = 60_000
    let sleeps = true
    const { clock, said, store } = open(({ run, ...rest }, time) => ({
      clock: {
        ...time,
        after: (ms, callback) => {
          const late = sleeps ? Math.max(ms, SLEPT_MS) : ms
          sleeps = false
          return time.after(late, callback)
        },
      },
      durable: {
        ...rest,
        run: (work) => new Promise((resolve) => time.after(SLEPT_MS + 1, () => resolve(run(work)))),
      },
    }))
    const kept = store.saveDraft(draft('d1'))
    await clock.advance(SLEPT_MS + 1)
    await kept
    expect(said).toEqual([])
  })

  it('C8: what was read at load, and not written by this page, goes on too', async () => {
    const { clock, durable, store } = open()
    const other = createKeyedLocalStore({ store: durable.inner, newDevice: () => 'kept' })
    await other.saveDraft(draft('d0'))
    await store.load(50)
    durable.be('refuses')
    await store.saveDraft(draft('d1'))
    await clock.advance(0)
    const { device, drafts } = await store.load(50)
    expect([device, ...drafts.map(({ id, n }) => `${id} ${n}`)]).toEqual(['kept', 'd0 1', 'd1 2'])
  })

  it('C8: full: the cached history makes room for the draft', async () => {
    const { durable, said, store } = open()
    await store.load(50)
    await store.accept({
      conversation: 'c1',
      position: { epoch: 'e', seq: 1 },
      entries: [
        {
          seq: 1,
          id: 'x',
          author: { role: 'agent', id: 'a' },
          time: 1,
          body: { type: 'text', text: '' },
        },
      ],
      settled: [],
      replace: false,
    })
    durable.be('full')
    await store.saveDraft(draft('d1'))
    expect(said).toEqual([])
    const kept = await createKeyedLocalStore({ store: durable.inner, newDevice: () => '' }).load(50)
    expect(kept.drafts.map(({ id }) => id)).toEqual(['d1'])
    expect(kept.conversations).toEqual([])
  })

  it('C8: it answers again: what memory held is moved there', async () => {
    const { clock, durable, said, store } = open()
    await store.load(50)
    durable.be('refuses')
    await store.saveDraft(draft('d1'))
    durable.be('well')
    await clock.advance(30_000)
    expect(said).toEqual([false, true])
    const kept = await createKeyedLocalStore({ store: durable.inner, newDevice: () => '' }).load(50)
    expect(kept.drafts.map(({ id }) => id)).toEqual(['d1'])
  })

  it('C4 C8: emptied behind its back: the page goes on as who it was, with what it had', async () => {
    const { durable, said, store } = open()
    const { device } = await store.load(50)
    await store.claimIdentity({ token: 't', visitor: 'v' })
    await store.saveDraft(draft('d1'))
    await durable.inner.run(async (transaction) => transaction.delete('', true))
    expect((await store.saveDraft(draft('d2'))).n).toBe(2)
    const kept = await createKeyedLocalStore({ store: durable.inner, newDevice: () => '' }).load(50)
    expect(kept).toMatchObject({ device, identity: { token: 't' } })
    expect(kept.drafts.map(({ id, n }) => `${id} ${n}`)).toEqual(['d1 1', 'd2 2'])
    expect(said).toEqual([])
  })

  it('broken for good: it is tried a few times and then left alone', async () => {
    const { clock, durable, store } = open()
    durable.be('refuses')
    await store.load(50)
    await clock.advance(24 * 3_600_000)
    expect(clock.timers()).toBe(0)
  })
})
