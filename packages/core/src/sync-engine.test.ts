import { beforeEach, describe, expect, it } from 'vitest'
import type { Browser, Tab } from '../test/browser.ts'
import { createBrowser, flush, online } from '../test/browser.ts'
import type { FakeRelay } from '../test/fake-relay.ts'
import { createFakeRelay } from '../test/fake-relay.ts'
import type { VirtualClock } from '../test/virtual-clock.ts'
import { createVirtualClock, settled } from '../test/virtual-clock.ts'
import { ACK_TIMEOUT_MS, MAX_POSITIONS, TYPING_REPEAT_MS, TYPING_TTL_MS } from './constants.ts'
import type { LocalStore } from './local-store.ts'
import { createMemoryLocalStore } from './memory-local-store.ts'
import type { Entry } from './protocol.ts'
import type { TabMessage } from './sync.ts'

const A = 'conversation-a'

let clock: VirtualClock
let relay: FakeRelay
let browser: Browser

beforeEach(() => {
  clock = createVirtualClock()
  relay = createFakeRelay({ clock })
  browser = createBrowser({ clock, far: relay })
})

const words = (entries: readonly Entry[]): string[] =>
  entries.map(({ body }) => (body as { text?: string }).text ?? body.type)

/** A tab that has said hello and one word. */
async function talking(): Promise<Tab> {
  const tab = await browser.tab()
  await online(tab)
  await tab.say(A, 'one')
  await flush(tab)
  return tab
}

/** As a page of the same browser says it. */
const asOf = (tab: Tab): Pick<TabMessage, 'whose' | 'epoch'> => {
  tab.engine.typing('nobody watches', true)
  const { whose = '', epoch = '' } = tab.told.at(-1) ?? {}
  return { whose, epoch }
}

const stateOf = (tab: Tab): { seqs: number[]; drafts: string[] } => ({
  seqs: tab.engine.conversation(A)?.entries.map(({ seq }) => seq) ?? [],
  drafts: tab.engine.drafts(A).map(({ id }) => id),
})

describe('sending', () => {
  it('C8: words are shown before they are sent, and the same words after they are', async () => {
    const tab = await browser.tab()
    const draft = await tab.say(A, 'one')
    expect(tab.shown(A)).toEqual(['one'])
    expect(tab.engine.drafts(A)).toEqual([draft])
    await online(tab)
    expect(tab.shown(A)).toEqual(['one'])
    expect(tab.engine.drafts(A)).toEqual([])
    expect(words(relay.log(A))).toEqual(['one'])
    expect(tab.engine.conversation(A)?.entries[0]).toEqual(relay.log(A)[0])
  })

  it('C2: a page that is reloaded with waiting drafts sends each once', async () => {
    const before = await browser.tab()
    await online(before)
    await before.say(A, 'one')
    await before.say(A, 'two')
    // They are at the relay; the answers are not here.
    before.wire.link().hand()
    before.close()
    const after = await browser.tab()
    expect(after.shown(A)).toEqual(['one', 'two'])
    await online(after)
    expect(words(relay.log(A))).toEqual(['one', 'two'])
    expect(after.shown(A)).toEqual(['one', 'two'])
    expect(after.engine.drafts()).toEqual([])
    expect(relay.visitors()).toBe(1)
  })

  it('C2: an ack that is lost makes the draft go out again, and be stored once', async () => {
    const tab = await talking()
    await tab.say(A, 'two')
    const link = tab.wire.link()
    link.hand()
    link.inward.length = 0
    await clock.advance(ACK_TIMEOUT_MS - 1)
    expect(link.outward).toEqual([])
    await clock.advance(1)
    expect(link.outward).toMatchObject([{ t: 'send', n: 2 }])
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'two'])
    expect(tab.shown(A)).toEqual(['one', 'two'])
    expect(tab.engine.drafts()).toEqual([])
  })

  it('C4: words sent around a broken link land in the order they were pressed', async () => {
    const tab = await talking()
    await tab.say(A, 'two')
    await tab.say(A, 'three')
    tab.wire.link().hand(1)
    tab.wire.link().cut()
    await tab.say(A, 'four')
    await clock.advance(1_000)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'two', 'three', 'four'])
    expect(tab.shown(A)).toEqual(['one', 'two', 'three', 'four'])
  })

  it('C6: own acks among words of others keep the order of the log', async () => {
    const tab = await talking()
    await tab.say(A, 'mine 1')
    relay.answer(A, 'theirs 1')
    await tab.say(A, 'mine 2')
    tab.wire.link().hand(1)
    relay.answer(A, 'theirs 2')
    await flush(tab)
    expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
    expect(tab.engine.drafts()).toEqual([])
  })

  it('C8: a terminal reject is a failure with its reason; later words go on', async () => {
    const tab = await talking()
    relay.refuse = (frame) => (frame.n === 2 ? { code: 'too_long' } : undefined)
    const bad = await tab.say(A, 'two')
    await tab.say(A, 'three')
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'three'])
    expect(tab.engine.drafts(A)).toMatchObject([{ id: bad.id, failed: { code: 'too_long' } }])
    const later = await browser.tab()
    expect(later.engine.drafts(A)).toMatchObject([{ id: bad.id, failed: { code: 'too_long' } }])
    await tab.engine.retry(bad.id)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'three', 'two'])
    expect(tab.engine.drafts(A)).toEqual([])
    expect(later.engine.drafts(A)).toEqual([])
  })

  it('C8: a failed draft that is discarded is gone everywhere', async () => {
    const tab = await talking()
    const other = await browser.tab()
    relay.refuse = () => ({ code: 'too_long' })
    const bad = await tab.say(A, 'two')
    await flush(tab)
    expect(other.shown(A)).toEqual(['one', 'two'])
    await tab.engine.discard(bad.id)
    await settled()
    expect(tab.shown(A)).toEqual(['one'])
    expect(other.shown(A)).toEqual(['one'])
    expect((await browser.store.load(50)).drafts).toEqual([])
  })

  it('C8: words too large for a frame fail here, and do not stop those after them', async () => {
    const tab = await talking()
    await tab.say(A, '漢'.repeat(30_000))
    await tab.say(A, 'three')
    await flush(tab)
    await clock.advance(1_000)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'three'])
    expect(tab.engine.drafts(A)).toMatchObject([
      { failed: { code: 'too_large', retryable: false } },
    ])
  })
})

describe('reading', () => {
  it('C6: a gap is asked for and filled, in order', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    relay.answer(A, 'three')
    // The first of two is lost on the way.
    tab.wire.link().inward.shift()
    tab.wire.link().deliver()
    await settled()
    expect(tab.shown(A)).toEqual(['one'])
    await flush(tab)
    expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('C6: what comes twice or late is shown once', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    const link = tab.wire.link()
    const [run] = link.inward
    await flush(tab)
    link.say(run!, run!)
    await flush(tab)
    expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('C7: a lost hint is noticed at the next pong', async () => {
    const tab = await talking()
    relay.deaf = true
    relay.answer(A, 'two')
    relay.deaf = false
    await flush(tab)
    expect(tab.shown(A)).toEqual(['one'])
    await clock.advance(37_000)
    await flush(tab)
    expect(tab.shown(A)).toEqual(['one', 'two'])
  })

  it('P12: a question without an answer is asked again after the next pong', async () => {
    const tab = await talking()
    relay.deaf = true
    relay.answer(A, 'two')
    const link = tab.wire.link()
    link.say({ t: 'pong', heads: { [A]: 2 } })
    link.deliver()
    await settled()
    expect(link.take()).toMatchObject([{ t: 'resume' }])
    link.say({ t: 'pong', heads: { [A]: 2 } })
    link.deliver()
    await settled()
    expect(link.take()).toMatchObject([{ t: 'resume' }])
  })

  it('P12: an ack of a draft that is not kept any more still shows what is missing', async () => {
    const tab = await talking()
    relay.deaf = true
    relay.answer(A, 'two')
    tab.wire.link().say({ t: 'ack', id: 'gone', conversation: A, seq: 2, time: 1 })
    await flush(tab)
    expect(tab.shown(A)).toEqual(['one', 'two'])
  })

  it('P6: a long log comes as its tail, and the rest when it is asked for', async () => {
    const tab = await talking()
    for (let i = 2; i <= 120; i++) relay.answer(A, `${i}`)
    tab.close()
    const fresh = await createBrowser({
      clock,
      far: relay,
      store: await copyOfIdentity(browser.store),
      device: 'device-2',
    }).tab()
    await online(fresh)
    const seqs = (): number[] => stateOf(fresh).seqs
    expect([seqs().at(0), seqs().at(-1)]).toEqual([71, 120])
    await fresh.engine.loadEarlier(A)
    await flush(fresh)
    expect([seqs().at(0), seqs().at(-1)]).toEqual([21, 120])
    await fresh.engine.loadEarlier(A)
    await flush(fresh)
    await fresh.engine.loadEarlier(A)
    await flush(fresh)
    expect(fresh.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('P8: what the local store has is not asked for', async () => {
    const tab = await talking()
    for (let i = 2; i <= 120; i++) relay.answer(A, `${i}`)
    await flush(tab)
    const again = await browser.tab()
    expect(stateOf(again).seqs).toHaveLength(50)
    await again.engine.loadEarlier(A)
    expect(stateOf(again).seqs).toHaveLength(100)
    expect(again.told).toEqual([])
  })

  it('C9: a read mark only rises, here and after a reload', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    await flush(tab)
    tab.engine.read(A, 99)
    await flush(tab)
    expect(relay.marks(A)).toEqual({ visitor: 2, agent: 2 })
    const link = tab.wire.link()
    link.say({ t: 'read', conversation: A, by: 'agent', seq: 1 })
    link.say({
      t: 'conversation',
      conversation: { id: A, head: 2, status: 'open', read: { visitor: 0, agent: 0 } },
    })
    await flush(tab)
    tab.engine.read(A, 1)
    expect(tab.engine.conversation(A)?.read).toEqual({ visitor: 2, agent: 2 })
    tab.close()
    const again = await browser.tab()
    expect(again.engine.conversation(A)?.read).toEqual({ visitor: 2, agent: 2 })
    await again.engine.reload()
    expect(again.engine.conversation(A)?.read).toEqual({ visitor: 2, agent: 2 })
  })

  it('C9: what an answer implies is still known offline after a reload', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    relay.setStatus(A, 'resolved')
    // Only the entries arrive; the link breaks before anything is said of marks or status.
    const link = tab.wire.link()
    while (link.inward.at(-1)?.t === 'conversation') link.inward.pop()
    link.deliver()
    await settled()
    link.cut()
    const { read, status } = tab.engine.conversation(A)!
    expect({ read, status }).toEqual({ read: { visitor: 1, agent: 3 }, status: 'resolved' })
    tab.close()
    const again = await browser.tab()
    expect(again.engine.conversation(A)).toMatchObject({ read, status })
  })

  it('P27: what others wrote and is kept here is told as delivered, own words are not', async () => {
    const tab = await talking()
    expect(relay.kept(A).visitor).toBe(0)
    relay.answer(A, 'two')
    await flush(tab)
    expect(relay.kept(A).visitor).toBe(2)
    expect((await browser.store.load(50)).conversations[0]?.position.seq).toBe(2)
    await tab.say(A, 'three')
    await flush(tab)
    expect(relay.kept(A).visitor).toBe(2)
  })

  it('C9: what the relay says of deliveries is shown, kept, and only rises', async () => {
    const tab = await talking()
    const summary = { id: A, head: 1, status: 'open', read: { visitor: 0, agent: 0 } } as const
    const undelivered = { n: 2, entries: [{ seq: 1, code: 'refused' }] } as const
    const delivered = { visitor: 0, agent: 1 }
    const say = async (more: object): Promise<void> => {
      tab.wire.link().say({ t: 'conversation', conversation: { ...summary, ...more } })
      await flush(tab)
    }
    await say({ delivered, undelivered })
    await say({ delivered, undelivered: { n: 1, entries: [{ seq: 1 }] } })
    const known = { delivered, undelivered }
    expect(tab.engine.conversation(A)).toMatchObject(known)
    tab.close()
    const again = await browser.tab()
    expect(again.engine.conversation(A)).toMatchObject(known)
  })

  it('C9: P2: a relay that knows nothing of deliveries, or says null, sets nothing back', async () => {
    const tab = await talking()
    const link = tab.wire.link()
    const summary = { id: A, head: 1, status: 'open', read: { visitor: 0, agent: 0 } } as const
    const delivered = { visitor: 0, agent: 1 }
    link.say({ t: 'conversation', conversation: { ...summary, delivered } })
    link.say({ t: 'conversation', conversation: summary })
    const nothing = { delivered: null, undelivered: null } as unknown as object
    link.say({ t: 'conversation', conversation: { ...summary, ...nothing } })
    link.say({
      t: 'conversation',
      conversation: { ...summary, delivered: { visitor: 0, agent: 0 } },
    })
    await flush(tab)
    expect(tab.engine.conversation(A)?.delivered).toEqual(delivered)
  })

  it('P10: a mark that rose without a link is told at the next welcome', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    await flush(tab)
    tab.wire.link().cut()
    tab.engine.read(A, 2)
    await clock.advance(1_000)
    await flush(tab)
    expect(relay.marks(A).visitor).toBe(2)
  })

  it('P11: typing is shown for a while, and not once the words are there', async () => {
    const tab = await talking()
    const typing = (): string | undefined => tab.engine.conversation(A)?.typing?.name
    relay.type(A, true)
    await flush(tab)
    expect(typing()).toBe('Ada')
    await clock.advance(TYPING_TTL_MS)
    expect(typing()).toBeUndefined()
    relay.type(A, true)
    await flush(tab)
    relay.answer(A, 'two')
    await flush(tab)
    expect(typing()).toBeUndefined()
  })

  it('P11: signals of a conversation that is not known make none', async () => {
    const tab = await talking()
    const link = tab.wire.link()
    link.say({ t: 'typing', conversation: 'other', on: true, author: { role: 'agent', id: 'a' } })
    link.say({ t: 'read', conversation: 'other', by: 'agent', seq: 3 })
    await flush(tab)
    expect(tab.engine.conversations().map(({ id }) => id)).toEqual([A])
  })

  it('P11: typing is told once in a while, and its end once', async () => {
    const tab = await talking()
    const said = (): unknown[] =>
      tab.wire
        .link()
        .take()
        .map((frame) => 'on' in frame && frame.on)
    tab.engine.typing(A, true)
    tab.engine.typing(A, true)
    await clock.advance(TYPING_REPEAT_MS)
    tab.engine.typing(A, true)
    tab.engine.typing(A, false)
    tab.engine.typing(A, false)
    expect(said()).toEqual([true, true, false])
  })
})

describe('identity and lives of the log', () => {
  it('C12: two tabs that begin at once are one visitor', async () => {
    const [one, two] = [await browser.tab(), await browser.tab()]
    await online(one, two)
    await one.say(A, 'one')
    await two.say('conversation-b', 'two')
    await flush(one, two)
    expect(relay.visitors()).toBe(1)
    expect(one.engine.identity()).toEqual(two.engine.identity())
    expect([...relay.conversations()].sort()).toEqual([A, 'conversation-b'])
    expect(one.engine.drafts()).toEqual([])
  })

  it('C12: a page whose place somebody else has taken is him, and shows nothing of whom it was', async () => {
    const tab = await talking()
    const next = await browser.tab()
    const other = { token: 'other', visitor: 'other' }
    await browser.store.claimIdentity(other, tab.engine.identity()?.token)
    for (const page of [tab, next]) {
      expect(page.shown(A)).toEqual(['one'])
      page.engine.overhear({ kind: 'settled', draft: 'any', whose: 'somebody else', epoch: '' })
      await settled()
      expect(page.engine.identity()).toEqual(other)
      expect(page.engine.conversations()).toEqual([])
    }
    // What its link has to say yet is said to whom it was.
    relay.answer(A, 'two')
    await flush(tab, next)
    expect([...tab.shown(A), ...next.shown(A)]).toEqual([])
  })

  it('C12: two pages of one device that are two people hear nothing of one another', async () => {
    const one = await talking()
    const store = createMemoryLocalStore({ device: 'device-1' })
    await store.claimIdentity({ token: 'other', visitor: 'other' })
    const two = await browser.tab({ store })
    relay.answer(A, 'two')
    await flush(one)
    expect(one.shown(A)).toEqual(['one', 'two'])
    expect(two.shown(A)).toEqual([])
  })

  it('P26: the secret is not told to other tabs', async () => {
    const [one] = [await browser.tab(), await browser.tab()]
    await online(one)
    expect(JSON.stringify(one.told)).not.toContain('token')
  })

  it('P9: after a restored backup the cache is dropped, and what was not sent is sent', async () => {
    const tab = await talking()
    for (const text of ['two', 'three']) relay.answer(A, text)
    await flush(tab)
    tab.wire.link().cut()
    relay.restore(2)
    await tab.say(A, 'four')
    await clock.advance(1_000)
    await flush(tab)
    await clock.advance(1_000)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'two', 'four'])
    expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
    const again = await browser.tab()
    expect(again.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('P9: a position ahead of the log is of another log', async () => {
    const tab = await talking()
    relay.answer(A, 'two')
    await flush(tab)
    tab.close()
    const { conversations } = await browser.store.load(50)
    await browser.store.accept({
      conversation: A,
      position: { epoch: relay.epoch, seq: 3 },
      entries: [{ ...conversations[0]!.entries[1]!, seq: 3, id: 'dreamt' }],
      settled: [],
      replace: false,
    })
    const again = await browser.tab()
    await online(again)
    expect(again.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('P6: a hello names no more conversations than it may', async () => {
    for (let i = 0; i <= MAX_POSITIONS; i++) {
      await browser.store.accept({
        conversation: `c${i}`,
        position: { epoch: relay.epoch, seq: 1 },
        entries: [
          { seq: 1, id: `e${i}`, author: { role: 'agent', id: 'a' }, time: i, body: { type: 'x' } },
        ],
        settled: [],
        replace: true,
      })
    }
    const tab = await browser.tab()
    tab.engine.connect()
    await settled()
    tab.wire.link().accept()
    const [hello] = tab.wire.link().take()
    const positions = Object.keys((hello as { positions: object }).positions)
    expect(positions).toHaveLength(MAX_POSITIONS)
    // The one that was quiet for longest is left out.
    expect(positions).not.toContain('c0')
  })
})

describe('tabs', () => {
  it('C8: words of a tab without a link are sent by the one that has one', async () => {
    const leader = await talking()
    const follower = await browser.tab()
    await follower.say(A, 'two')
    await flush(leader)
    expect(words(relay.log(A))).toEqual(['one', 'two'])
    for (const tab of [leader, follower]) expect(tab.shown(A)).toEqual(['one', 'two'])
    expect(follower.engine.drafts()).toEqual([])
  })

  it('C9: words that another tab has sent are not kept here to be put back one day', async () => {
    const leader = await talking()
    const dropped: string[] = []
    const dropDraft = (id: string): Promise<void> => {
      dropped.push(id)
      return browser.store.dropDraft(id)
    }
    const follower = await browser.tab({ store: { ...browser.store, dropDraft } })
    const draft = await follower.say(A, 'two')
    await flush(leader)
    expect(dropped).toContain(draft.id)
    expect((await browser.store.load(50)).drafts).toEqual([])
  })

  it('C9: what storage kept too late, when its entry is known, waits no more', async () => {
    const tab = await talking()
    const { id, time, body } = relay.log(A)[0]!
    await browser.store.saveDraft({ id, conversation: A, time, body })
    await tab.engine.reload()
    expect(stateOf(tab)).toEqual({ seqs: [1], drafts: [] })
    expect((await browser.store.load(50)).drafts).toEqual([])
  })

  it('C6: a tab without a link shows what the other reads', async () => {
    const leader = await talking()
    const follower = await browser.tab()
    relay.answer(A, 'two')
    relay.type(A, true)
    await flush(leader)
    expect(follower.shown(A)).toEqual(['one', 'two'])
    expect(follower.engine.conversation(A)?.typing?.name).toBe('Ada')
    follower.engine.read(A, 2)
    await flush(leader)
    expect(relay.marks(A).visitor).toBe(2)
    expect(leader.engine.conversation(A)?.read.visitor).toBe(2)
  })

  it('C6: a tab that slept reads what it missed, with no hole and nothing twice', async () => {
    const leader = await talking()
    const sleeper = await browser.tab()
    sleeper.frozen = true
    for (const text of ['two', 'three']) relay.answer(A, text)
    leader.engine.read(A, 1)
    await flush(leader)
    sleeper.frozen = false
    relay.answer(A, 'four')
    await flush(leader)
    expect(sleeper.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('C6: a tab that slept through a new life of the log does not mix the two', async () => {
    const leader = await talking()
    const sleeper = await browser.tab()
    relay.answer(A, 'two')
    await flush(leader)
    sleeper.frozen = true
    leader.wire.link().cut()
    relay.restore(1)
    relay.answer(A, 'another two')
    await clock.advance(1_000)
    await flush(leader)
    sleeper.frozen = false
    relay.answer(A, 'three')
    await flush(leader)
    expect(leader.engine.conversation(A)?.entries).toEqual(relay.log(A))
    expect(sleeper.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('C9: marks that a tab tells of a life of the log that is over are nothing here', async () => {
    const tab = await talking()
    const told = (epoch: string): void => {
      const of = { ...asOf(tab), epoch }
      const marks = { read: { visitor: 0, agent: 1 }, delivered: { visitor: 0, agent: 1 } }
      const conversation = { id: A, head: 1, status: 'open', ...marks } as const
      tab.engine.overhear({ ...of, kind: 'frame', frame: { t: 'conversation', conversation } })
      tab.engine.overhear({ ...of, kind: 'read', conversation: A, seq: 5 })
    }
    const { read, delivered } = tab.engine.conversation(A)!
    told('over')
    await settled()
    expect(tab.engine.conversation(A)).toMatchObject({ read, delivered })
    told(asOf(tab).epoch)
    await settled()
    expect(tab.engine.conversation(A)).toMatchObject({ read: { visitor: 5, agent: 1 } })
  })

  it('C7: a tab that believed in a life of the log that is over asks when it hears of another', async () => {
    const leader = await talking()
    const follower = await browser.tab()
    const of = asOf(leader)
    const entries = relay.log(A).map((entry) => ({ ...entry, id: 'of before' }))
    follower.engine.overhear({
      ...of,
      epoch: 'over',
      kind: 'frame',
      frame: { t: 'entries', conversation: A, epoch: 'over', entries, tail: true },
    })
    await settled()
    expect(follower.engine.conversation(A)?.position.epoch).toBe('over')
    follower.engine.overhear({ ...of, kind: 'settled', draft: 'any' })
    await settled()
    const { position } = leader.engine.conversation(A)!
    expect(follower.engine.conversation(A)).toMatchObject({ position, entries: relay.log(A) })
  })

  it('C6: older entries that another tab asked for make no conversation here', async () => {
    const leader = await talking()
    for (let i = 2; i <= 60; i++) relay.answer(A, `${i}`)
    const stranger = await browser.tab({ store: createMemoryLocalStore({ device: 'x' }) })
    stranger.engine.overhear({
      ...asOf(stranger),
      kind: 'frame',
      frame: {
        t: 'entries',
        conversation: A,
        epoch: '',
        entries: relay.log(A).slice(0, 5),
        history: true,
      },
    })
    await settled()
    expect(stateOf(stranger).seqs).toEqual([])
    leader.close()
  })

  it('C8: the tab that had the link is gone; the other goes on with its words', async () => {
    const leader = await talking()
    const follower = await browser.tab()
    follower.frozen = true
    // Kept by a tab that is closed before it could tell or send.
    leader.wire.link().jammed = true
    await leader.say(A, 'two')
    leader.close()
    follower.frozen = false
    await follower.say(A, 'three')
    await online(follower)
    expect(words(relay.log(A))).toEqual(['one', 'two', 'three'])
    expect(follower.shown(A)).toEqual(['one', 'two', 'three'])
    expect((await browser.store.load(50)).drafts).toEqual([])
  })

  it('C4: words of two tabs, both with a link, keep the pressed order', async () => {
    const one = await talking()
    const two = await browser.tab()
    await online(two)
    await one.say(A, 'two')
    await two.say(A, 'three')
    await one.say(A, 'four')
    // The second one is quicker.
    await two.wire.flush()
    await flush(one, two)
    await clock.advance(1_000)
    await flush(one, two)
    expect(words(relay.log(A))).toEqual(['one', 'two', 'three', 'four'])
    for (const tab of [one, two]) expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
    expect([...one.engine.drafts(), ...two.engine.drafts()]).toEqual([])
  })

  it('C8: a draft of a tab that is gone does not hold up those after it', async () => {
    const tab = await talking()
    // Kept by somebody who never told, and who is not there any more.
    await browser.store.saveDraft({
      id: 'lost',
      conversation: A,
      body: { type: 'text', text: 'two' },
      time: 1,
    })
    await tab.say(A, 'three')
    await flush(tab)
    await clock.advance(1_000)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'two', 'three'])
    expect(tab.engine.drafts()).toEqual([])
    expect(relay.arrived.length).toBeLessThan(8)
  })

  it('C8: a store that was swept away under an open page loses no waiting word', async () => {
    const tab = await talking()
    tab.wire.link().jammed = true
    await tab.say(A, 'two')
    await browser.store.clear('all')
    await browser.store.saveDraft({
      id: 'x',
      conversation: A,
      body: { type: 'text', text: 'x' },
      time: 1,
    })
    await browser.store.dropDraft('x')
    tab.wire.link().jammed = false
    await clock.advance(ACK_TIMEOUT_MS)
    await flush(tab)
    await clock.advance(1_000)
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'two'])
    expect(relay.arrived.length).toBeLessThan(6)
  })

  it('C8: what failed is shown on when it is not kept any more', async () => {
    const tab = await talking()
    relay.refuse = () => ({ code: 'too_long' })
    const { id } = await tab.say(A, 'two')
    await flush(tab)
    // Swept away, and put back by a page that did not know it.
    await browser.store.dropDraft(id)
    await tab.engine.reload()
    expect(tab.engine.drafts()).toMatchObject([{ id, failed: { code: 'too_long' } }])
  })

  it('C6: the answer to who lacks little shows no hole to who lacks more', async () => {
    const leader = await talking()
    const asks = await browser.tab()
    const slept = await browser.tab()
    for (const word of ['two', 'three']) relay.answer(A, word)
    await flush(leader)
    const { epoch } = relay
    const of = asOf(leader)
    leader.told.length = 0
    const where = { [A]: { epoch, seq: 2 } }
    leader.engine.overhear({ ...of, kind: 'where', positions: where })
    await settled()
    const [answer] = leader.told
    expect(answer).toMatchObject({ kind: 'frame', frame: { t: 'entries', tail: true } })
    for (const tab of [asks, slept]) expect(stateOf(tab).seqs).toEqual([1, 2, 3])
    const fresh = await createBrowser({ clock, far: relay }).tab()
    fresh.engine.overhear({
      ...asOf(fresh),
      ...(answer as object),
      whose: asOf(fresh).whose,
    } as TabMessage)
    await settled()
    expect(stateOf(fresh).seqs).toEqual([1, 2, 3])
    leader.told.length = 0
    leader.engine.overhear({ ...of, kind: 'where', positions: { [A]: { epoch, seq: 3 } } })
    await settled()
    expect(leader.told).toEqual([])
  })

  it('P26: a draft that is told late is not shown a second time', async () => {
    const leader = await talking()
    const follower = await browser.tab()
    const draft = await follower.say(A, 'two')
    await flush(leader)
    follower.engine.overhear({ ...asOf(follower), kind: 'draft', draft })
    await settled()
    expect(follower.engine.drafts()).toEqual([])
  })

  it.each([
    ['with the link', false],
    ['that is about to have the link', true],
  ])('C8: who has missed that a draft failed is told so by the page %s', async (_, cut) => {
    const leader = await talking()
    relay.refuse = () => ({ code: 'too_long' })
    const draft = await leader.say(A, 'two')
    await flush(leader)
    // A page that slept on a storage of its own keeps what it knew.
    await browser.store.updateDraft(draft)
    if (cut) leader.wire.link().cut()
    const back = await browser.tab()
    expect(back.engine.drafts()).toEqual([draft])
    await back.engine.reload()
    await settled()
    const failed = [{ id: draft.id, failed: { code: 'too_long' } }]
    expect(back.engine.drafts()).toMatchObject(failed)
    const next = await browser.tab()
    expect(next.engine.drafts()).toMatchObject(failed)
  })
})

describe('what may go wrong here', () => {
  it('C8: connect before the store was read still says who it is', async () => {
    const tab = await talking()
    tab.close()
    const again = await browser.tab({ store: slow(browser.store), started: false })
    again.engine.connect()
    await clock.advance(10_000)
    await flush(again)
    expect(relay.links()).toBe(1)
    expect(again.engine.link()).toBe('live')
    expect(relay.visitors()).toBe(1)
  })

  it('P17: disconnect right after connect leaves no link', async () => {
    const tab = await browser.tab()
    tab.engine.connect()
    tab.engine.disconnect()
    await settled()
    expect(tab.wire.links).toEqual([])
    expect(tab.engine.link()).toBe('idle')
  })

  it('P17: a welcome of a link that ended is no link', async () => {
    const tab = await browser.tab({ store: slow(browser.store), started: false })
    void tab.say(A, 'one')
    tab.engine.connect()
    await clock.advance(5_000)
    const first = tab.wire.link()
    first.accept()
    first.hand()
    first.deliver()
    // The welcome waits for the store; meanwhile nobody wants the link any more.
    tab.engine.disconnect()
    await clock.advance(60_000)
    expect(clock.timers()).toBe(0)
    tab.engine.connect()
    for (let second = 0; second < 20; second++) {
      await flush(tab)
      await clock.advance(1_000)
    }
    expect(words(relay.log(A))).toEqual(['one'])
    expect(tab.faults).toEqual([])
  })

  it('C7: a store that fails once costs a repeat, never an entry', async () => {
    let broken = false
    const store: LocalStore = {
      ...browser.store,
      accept: async (run) => {
        if (broken) throw new Error('The disk is gone.')
        return browser.store.accept(run)
      },
    }
    const tab = await browser.tab({ store })
    await online(tab)
    await tab.say(A, 'one')
    await flush(tab)
    broken = true
    relay.answer(A, 'two')
    await flush(tab)
    expect(tab.shown(A)).toEqual(['one'])
    expect(tab.faults).toHaveLength(1)
    broken = false
    relay.answer(A, 'three')
    await flush(tab)
    expect(tab.engine.conversation(A)?.entries).toEqual(relay.log(A))
  })

  it('C8: a listener that throws stops neither frames nor words', async () => {
    const tab = await browser.tab({
      events: {
        changed: () => {
          throw new Error('The screen is broken.')
        },
        link: () => {
          throw new Error('So is the dot.')
        },
        failed: () => {
          throw new Error('And the report.')
        },
      },
    })
    await online(tab)
    await tab.say(A, 'one')
    await flush(tab)
    relay.refuse = () => ({ code: 'too_long' })
    await tab.say(A, 'two')
    await flush(tab)
    relay.answer(A, 'three')
    await flush(tab)
    expect(words(relay.log(A))).toEqual(['one', 'three'])
    expect(stateOf(tab)).toMatchObject({ seqs: [1, 2], drafts: [expect.any(String)] })
  })

  it('P4: a greeting that throws is a fault of the page, not of the link', async () => {
    const tab = await browser.tab({
      greeting: () => {
        throw new Error('No identity today.')
      },
    })
    await online(tab)
    expect(tab.engine.link()).toBe('live')
    expect(tab.faults).toHaveLength(1)
  })

  it('P17: a stopped engine leaves no timer and no link', async () => {
    const tab = await talking()
    relay.type(A, true)
    await flush(tab)
    await tab.say(A, 'two')
    tab.engine.stop()
    expect(clock.timers()).toBe(0)
    expect(tab.wire.link().ended).toBe(true)
    tab.engine.connect()
    await settled()
    expect(tab.wire.links).toHaveLength(1)
  })

  it('P2: the console reads and writes with the same engine', async () => {
    const tab = await talking()
    const console = createBrowser({ clock, far: relay, device: 'console' })
    const desk = await console.tab({ side: 'agent', tail: 1 })
    await online(desk)
    expect(desk.shown(A)).toEqual(['one'])
    await desk.say(A, 'two')
    await flush(desk, tab)
    for (const each of [desk, tab]) expect(each.shown(A)).toEqual(['one', 'two'])
    expect(desk.engine.conversation(A)?.visitor?.id).toBe('visitor-1')
    expect(tab.engine.conversation(A)?.read).toEqual({ visitor: 1, agent: 2 })
  })
})

/** Each operation takes a second of the virtual clock. */
function slow(store: LocalStore): LocalStore {
  return new Proxy(store, {
    get: (target, name: keyof LocalStore) => {
      if (name === 'durable' || name === 'close') return target[name]
      return async (...args: never[]) => {
        await new Promise<void>((resolve) => clock.after(1_000, resolve))
        return (target[name] as (...all: never[]) => unknown)(...args)
      }
    },
  })
}

async function copyOfIdentity(from: LocalStore): Promise<LocalStore> {
  const { identity } = await from.load(1)
  const store = createMemoryLocalStore({ device: 'device-2' })
  if (identity) await store.claimIdentity(identity)
  return store
}
