import type { KeyedStore } from '@homing/core'
import { createKeyedLocalStore, createMemoryKeyedStore } from '@homing/core'
import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { describe, expect, it } from 'vitest'

import { createBrowserStore } from './browser-store.ts'

const RETRY_MS = 30_000

const draft = (id: string) => ({
  id,
  conversation: 'c1',
  body: { type: 'text', text: id } as const,
  time: 1,
})

/** A page whose storage fails, and the storage as another page has it. */
function twoPages() {
  const clock = createVirtualClock()
  const inner = createMemoryKeyedStore()
  let refuses = false
  let devices = 0
  const durable: KeyedStore = {
    ...inner,
    run: (work) => (refuses ? Promise.reject(new DOMException('no')) : inner.run(work)),
    durable: () => true,
  }
  return {
    page: createBrowserStore(durable, {
      clock,
      newId: () => `device-${++devices}`,
      changed: () => {},
    }),
    other: createKeyedLocalStore({ store: inner, newDevice: () => 'another device' }),
    refuse: () => {
      refuses = true
    },
    back: () => {
      refuses = false
      return clock.advance(RETRY_MS)
    },
  }
}

describe('in memory, while other pages go on using the storage', () => {
  it('C4: it counts for itself, so that neither of two pages takes the other’s place', async () => {
    const { page, other, refuse, back } = twoPages()
    const { device } = await page.load(50)
    refuse()
    await page.saveDraft(draft('d1'))
    const alone = (await page.load(50)).device
    expect(alone).not.toBe(device)
    await page.saveDraft(draft('d2'))
    expect((await page.load(50)).device).toBe(alone)
    await other.claimIdentity({ token: 't', visitor: 'v' })
    await page.claimIdentity({ token: 't', visitor: 'v' })
    await back()
    expect((await page.load(50)).device).toBe(device)
  })

  it('C4: what it counted comes after what was counted in storage, in the order it had', async () => {
    const { page, other, refuse, back } = twoPages()
    await page.claimIdentity({ token: 't', visitor: 'v' })
    refuse()
    for (const id of ['d1', 'd2', 'd3']) await page.saveDraft(draft(id))
    await page.saveDraft(draft('d1'))
    for (const id of ['o1', 'o2', 'o3', 'o4', 'o5']) await other.saveDraft(draft(id))
    await back()
    const { drafts } = await page.load(50)
    expect(drafts.map(({ id, n }) => `${id}:${n}`).join(' ')).toBe(
      'o1:1 o2:2 o3:3 o4:4 o5:5 d2:6 d3:7 d1:8',
    )
  })
})

describe('storage that was swept away', () => {
  it('C4: a counter of the device before is none of the one that is there now', async () => {
    const { page, other } = twoPages()
    await page.load(50)
    await other.clear('all')
    expect((await page.saveDraft(draft('d1'), 0, 9)).n).toBe(1)
  })
})

describe('back on storage that other pages went on using', () => {
  it('C4: the count of sends goes on from the higher one', async () => {
    const { page, other, refuse, back } = twoPages()
    await page.claimIdentity({ token: 't', visitor: 'v' })
    refuse()
    await page.saveDraft(draft('d1'))
    for (const id of ['d2', 'd3', 'd4']) await other.saveDraft(draft(id))
    await back()
    expect(page.durable()).toBe(true)
    // One of this page and three of the other.
    expect((await other.saveDraft(draft('d5'))).n).toBe(5)
    expect((await page.saveDraft(draft('d6'))).n).toBe(6)
  })

  it('C12: somebody else is in there by now: the page stays who it is', async () => {
    const { page, other, refuse, back } = twoPages()
    refuse()
    await page.claimIdentity({ token: 't', visitor: 'v' })
    await other.claimIdentity({ token: 'theirs', visitor: 'w' })
    await back()
    expect(page.durable()).toBe(false)
    expect((await page.load(50)).identity).toEqual({ token: 't', visitor: 'v' })
    expect((await other.load(50)).identity).toEqual({ token: 'theirs', visitor: 'w' })
  })

  it('C12: nobody is in there yet: it is this page, before anybody else can be', async () => {
    const { page, other, refuse, back } = twoPages()
    await page.load(50)
    refuse()
    await page.claimIdentity({ token: 't', visitor: 'v' })
    await back()
    expect(await other.claimIdentity({ token: 'theirs', visitor: 'w' })).toMatchObject({
      token: 't',
    })
  })
})
