import { beforeEach, describe, expect, it } from 'vitest'
import type { VirtualClock } from '../test/virtual-clock.ts'
import { createVirtualClock, settled } from '../test/virtual-clock.ts'
import { ACK_TIMEOUT_MS, MAX_UNACKED, OUT_OF_ORDER_HOLD_MS } from './constants.ts'
import type { LocalStore, NewDraft } from './local-store.ts'
import { createMemoryLocalStore } from './memory-local-store.ts'
import type { Outbox } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import type { Reject } from './protocol.ts'

let clock: VirtualClock
let store: LocalStore
let outbox: Outbox
/** "id:n" of each frame that left. */
let sent: string[]
let full: boolean

const took = (): string[] => sent.splice(0)

beforeEach(() => {
  clock = createVirtualClock()
  store = createMemoryLocalStore({ device: 'device-1' })
  sent = []
  full = false
  outbox = createOutbox({
    store,
    clock,
    random: () => 0.5,
    send: (frame) => {
      if (full) return false
      if (frame.t === 'send') sent.push(`${frame.id}:${frame.n}`)
      return true
    },
    changed: () => {},
  })
})

const draft = (id: string): NewDraft => ({
  id,
  conversation: 'c',
  body: { type: 'text', text: id },
  time: 1,
})

async function add(...ids: string[]): Promise<void> {
  for (const id of ids) await outbox.add(draft(id))
}

const reject = (id: string, code: Reject['code'], more: Partial<Reject> = {}) =>
  outbox.rejected({
    t: 'reject',
    id,
    code,
    message: 'No.',
    retryable: code !== 'too_long',
    ...more,
  })

describe('sending', () => {
  it('P13: nothing leaves before it is kept, and nothing without a link', async () => {
    const adding = outbox.add(draft('a'))
    expect(outbox.drafts()).toEqual([])
    await adding
    expect(outbox.drafts()).toMatchObject([{ id: 'a', n: 1 }])
    expect(took()).toEqual([])
    outbox.resume(8)
    expect(took()).toEqual(['a:1'])
  })

  it('P15: at most eight are unacked, and each ack lets the next one go', async () => {
    outbox.resume(MAX_UNACKED)
    await add('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j')
    expect(took()).toEqual(['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6', 'g:7', 'h:8'])
    outbox.remove('a')
    expect(took()).toEqual(['i:9'])
    outbox.remove('b')
    outbox.remove('c')
    expect(took()).toEqual(['j:10'])
  })

  it('P15: the relay may allow fewer', async () => {
    outbox.resume(1)
    await add('a', 'b')
    expect(took()).toEqual(['a:1'])
  })

  it('P15: without an ack in 8 s the same id goes out again, until it is answered', async () => {
    outbox.resume(8)
    await add('a')
    await clock.advance(1_000)
    await add('b')
    took()
    await clock.advance(ACK_TIMEOUT_MS - 1_001)
    expect(took()).toEqual([])
    await clock.advance(1)
    expect(took()).toEqual(['a:1'])
    await clock.advance(1_000)
    expect(took()).toEqual(['b:2'])
    outbox.remove('a')
    outbox.remove('b')
    expect(clock.timers()).toBe(0)
  })

  it('C4: a link that is full holds up all that come after', async () => {
    outbox.resume(8)
    full = true
    await add('a', 'b')
    full = false
    await add('c')
    expect(took()).toEqual(['a:1', 'b:2', 'c:3'])
  })

  it('C4: a new link gets everything again, in pressed order', async () => {
    outbox.resume(8)
    await add('a', 'b')
    outbox.suspend()
    await add('c')
    took()
    expect(clock.timers()).toBe(0)
    outbox.resume(8)
    expect(took()).toEqual(['a:1', 'b:2', 'c:3'])
  })
})

describe('the count', () => {
  /** The relay answers the first one twice that it waits for another. */
  async function insist(id: string, expected: number): Promise<void> {
    await reject(id, 'out_of_order', { expected })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    await reject(id, 'out_of_order', { expected })
  }

  it('C4: a device that the relay has not counted begins at 1', async () => {
    for (const id of ['x', 'y']) {
      await store.saveDraft(draft(id))
      await store.dropDraft(id)
    }
    await add('a', 'b')
    outbox.resume(8)
    took()
    await insist('a', 1)
    expect(took()).toEqual(['a:3', 'a:1', 'b:2'])
    await add('c')
    expect(took()).toEqual(['c:3'])
  })

  it('C4: a draft whose ack was lost keeps its counter', async () => {
    await add('a', 'b')
    outbox.resume(8)
    expect(took()).toEqual(['a:1', 'b:2'])
  })

  it('C4: one that came too early waits for the one before it', async () => {
    outbox.resume(8)
    await add('a', 'b')
    took()
    await reject('b', 'out_of_order', { expected: 1 })
    expect(took()).toEqual([])
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    // The first is on its way, so only the second goes again.
    expect(took()).toEqual(['b:2'])
  })

  it('C4: a hole that nobody will fill is closed, once the relay has said so of a fresh question', async () => {
    outbox.resume(8)
    await store.saveDraft(draft('gone'))
    await store.dropDraft('gone')
    await add('a', 'b')
    expect(took()).toEqual(['a:2', 'b:3'])
    await reject('a', 'out_of_order', { expected: 1 })
    await reject('b', 'out_of_order', { expected: 1 })
    expect(took()).toEqual([])
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    expect(took()).toEqual(['a:2', 'b:3'])
    await reject('a', 'out_of_order', { expected: 1 })
    expect(took()).toEqual(['a:1', 'b:2'])
    await add('c')
    expect(took()).toEqual(['c:3'])
  })

  it('C4: an old answer closes nothing: the relay may have gone on meanwhile', async () => {
    outbox.resume(8)
    for (const id of ['theirs 1', 'theirs 2']) await store.saveDraft(draft(id))
    await add('a', 'b')
    took()
    // Another tab sends its two, and has them acked, while this answer is on its way.
    for (const id of ['theirs 1', 'theirs 2']) await store.dropDraft(id)
    await reject('a', 'out_of_order', { expected: 1 })
    await reject('b', 'out_of_order', { expected: 1 })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    expect(took()).toEqual(['a:3', 'b:4'])
  })

  it('C4: two tabs do not close the same hole twice', async () => {
    outbox.resume(8)
    await store.saveDraft(draft('gone'))
    await store.dropDraft('gone')
    await add('a', 'b')
    await reject('a', 'out_of_order', { expected: 1 })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    took()
    // The other one has closed it, and had its first word acked.
    await store.renumberDrafts(1)
    await store.dropDraft('a')
    outbox.remove('a')
    took()
    await reject('b', 'out_of_order', { expected: 1 })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    expect(took()).toEqual(['b:2'])
  })

  it('C8: a draft of a tab that is gone goes first, under its own counter', async () => {
    outbox.resume(8)
    await store.saveDraft(draft('theirs'))
    await add('mine')
    took()
    await reject('mine', 'out_of_order', { expected: 1 })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    expect(took()).toEqual(['theirs:1', 'mine:2'])
  })

  it('C8: a draft that the store lost is kept again', async () => {
    await store.saveDraft(draft('gone'))
    await store.dropDraft('gone')
    await add('a')
    await store.dropDraft('a')
    outbox.resume(8)
    await reject('a', 'out_of_order', { expected: 1 })
    expect((await store.load(1)).drafts).toMatchObject([{ id: 'a' }])
    expect(outbox.drafts()).toEqual((await store.load(1)).drafts)
  })

  it('C4: a draft that the store lost is kept again in its place', async () => {
    await store.load(1)
    await add('a', 'b', 'c')
    await store.dropDraft('b')
    expect(await outbox.keepAgain('b')).toBe(true)
    outbox.resume(8)
    expect(took()).toEqual(['a:1', 'b:2', 'c:3'])
    expect((await store.load(1)).drafts).toEqual(outbox.drafts())
  })

  it('C4: what is pressed now comes after all that is known, kept in this store or not', async () => {
    outbox.put({ ...draft('heard'), n: 12 })
    await add('mine')
    outbox.resume(8)
    expect(took()).toEqual(['heard:12', 'mine:13'])
  })

  it('C4: a link that ends while the count is closed sends nothing', async () => {
    outbox.resume(8)
    await store.saveDraft(draft('gone'))
    await store.dropDraft('gone')
    await add('a')
    took()
    const closing = reject('a', 'out_of_order', { expected: 1 })
    outbox.suspend()
    await closing
    await clock.advance(60_000)
    expect(took()).toEqual([])
    expect(clock.timers()).toBe(0)
  })

  it('C4: a draft kept while the count is closed has the counter that the store gave it', async () => {
    outbox.resume(8)
    await store.saveDraft(draft('gone'))
    await store.dropDraft('gone')
    await add('a')
    await reject('a', 'out_of_order', { expected: 1 })
    await clock.advance(OUT_OF_ORDER_HOLD_MS)
    const adding = outbox.add(draft('b'))
    await Promise.all([reject('a', 'out_of_order', { expected: 1 }), adding])
    const { drafts } = await store.load(1)
    expect(drafts.map(({ id, n }) => [id, n])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(outbox.drafts()).toEqual(drafts)
  })
})

describe('rejects', () => {
  it('C4: a retryable one holds all behind it, for as long as the relay says', async () => {
    outbox.resume(8)
    await add('a', 'b', 'c')
    took()
    await reject('a', 'rate_limited', { retryAfter: 5_000 })
    await reject('b', 'out_of_order', { expected: 1 })
    await reject('c', 'out_of_order', { expected: 1 })
    await add('d')
    await clock.advance(4_999)
    expect(took()).toEqual([])
    await clock.advance(1)
    expect(took()).toEqual(['a:1', 'b:2', 'c:3', 'd:4'])
  })

  it('P16: without a time it waits longer from one to the next, and begins anew after an ack', async () => {
    outbox.resume(8)
    await add('a', 'b')
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      await reject('a', 'unavailable')
      waits.push(clock.next() ?? -1)
      await clock.advance(clock.next() ?? 0)
    }
    expect(waits.slice(0, 4)).toEqual([1_250, 1_500, 2_000, 3_000])
    expect(waits.at(-1)).toBe(16_000)
    outbox.remove('a')
    took()
    await reject('b', 'unavailable')
    await clock.advance(1_250)
    expect(took()).toEqual(['b:2'])
  })

  it('C8: a terminal one fails with its reason, is kept so, and those after it go on', async () => {
    outbox.resume(1)
    await add('a', 'b')
    took()
    const failed = await reject('a', 'too_long')
    const failure = { code: 'too_long', message: 'No.', retryable: false }
    expect(failed).toMatchObject({ id: 'a', failed: failure })
    expect(took()).toEqual(['b:2'])
    expect((await store.load(1)).drafts[0]).toEqual(failed)
    expect(outbox.waiting()).toBe(true)
    outbox.remove('b')
    expect(outbox.waiting()).toBe(false)
    expect(clock.timers()).toBe(0)
  })

  it('C9: what failed stays so where its refusal was not kept, also when the count begins anew', async () => {
    outbox.resume(8)
    await add('a', 'b')
    await reject('a', 'too_long')
    const { failed: _, ...waiting } = outbox.get('a')!
    // Storage that this page shares with nobody any more has it as it was.
    await store.updateDraft(waiting)
    for (const draft of (await store.load(1)).drafts) outbox.put(draft)
    await store.renumberDrafts(8)
    for (const draft of (await store.load(1)).drafts) outbox.put(draft)
    expect(outbox.get('a')).toMatchObject({ failed: { code: 'too_long' } })
  })

  it('C8: what failed can be tried again, behind the others, or discarded', async () => {
    outbox.resume(8)
    await add('a', 'b', 'c')
    await reject('a', 'too_long')
    await reject('b', 'too_long')
    took()
    await outbox.retry('a')
    expect(took()).toEqual(['a:4'])
    await outbox.discard('b')
    await outbox.discard('c')
    expect(outbox.drafts().map(({ id }) => id)).toEqual(['c', 'a'])
    expect((await store.load(1)).drafts.map(({ id }) => id)).toEqual(['c', 'a'])
  })

  it('P16: a reject of a draft that is gone, or of no draft, changes nothing', async () => {
    outbox.resume(8)
    await add('a')
    took()
    expect(await reject('other', 'too_long')).toBeUndefined()
    expect(
      await outbox.rejected({ t: 'reject', code: 'rate_limited', message: '', retryable: true }),
    ).toBeUndefined()
    await add('b')
    expect(took()).toEqual(['b:2'])
    await settled()
  })

  it('C8: what no frame can carry fails at once, and again when it is retried', async () => {
    outbox.resume(8)
    const body = { type: 'text', text: '漢'.repeat(22_000) }
    expect(await outbox.add({ ...draft('a'), body })).toMatchObject({
      failed: { code: 'too_large' },
    })
    await outbox.retry('a')
    expect(outbox.get('a')).toMatchObject({ failed: { code: 'too_large' } })
    expect(took()).toEqual([])
  })
})
