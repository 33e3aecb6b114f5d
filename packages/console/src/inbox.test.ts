import type {
  BubbleItem,
  ClientFrame,
  ConversationSummary,
  Entry,
  LinkEvents,
  ServerFrame,
} from '@homing/core'
import { createMemoryLocalStore, createSyncEngine, uuidv7 } from '@homing/core'
import { createVirtualClock, MORNING } from '@homing/core/testing/virtual-clock'
import { describe, expect, it } from 'vitest'

import { idOf } from '../test/desk-rig.ts'
import { createInbox } from './inbox.ts'
import { createKeptTexts } from './kept-texts.ts'
import { createState } from './state.ts'

const VISITOR = { role: 'visitor', id: idOf(1_000) } as const
const SUPPORT = { role: 'agent', id: 'owner', name: 'Support' } as const
const MIRA = { role: 'agent', id: 'mira', name: 'Mira' } as const

function entry(seq: number, author: Entry['author'], body: Entry['body'] | string): Entry {
  return {
    seq,
    id: idOf(5_000 + seq),
    author,
    time: MORNING + seq * 1_000,
    body: typeof body === 'string' ? { type: 'text', text: body } : body,
  }
}

function summary(n: number, change: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id: idOf(n),
    head: 0,
    status: 'open',
    read: { visitor: 0, agent: 0 },
    time: MORNING + n,
    visitor: { id: VISITOR.id, name: 'Amelie' },
    ...change,
  }
}

/** The inbox over core's real engine; the far end of its link is the test. */
function setUp(options: { refuseStatus?: boolean } = {}) {
  const clock = createVirtualClock()
  const state = createState()
  const sent: ClientFrame[] = []
  const storage = createKeptTexts(undefined)
  const rig = { ended: 0, link: undefined as LinkEvents | undefined, statuses: [] as unknown[] }
  let made = 0
  const inbox = createInbox({
    state,
    clock,
    texts: storage,
    agent: SUPPORT,
    dayOf: (time) => new Date(time).toISOString().slice(0, 10),
    ended: () => rig.ended++,
    api: {
      async setStatus(...change) {
        rig.statuses.push(change)
        if (options.refuseStatus) throw new Error('refused')
      },
    },
    engine: (events) =>
      createSyncEngine({
        site: 'pk_a',
        relay: 'https://relay.example.com',
        side: 'agent',
        client: 'console/test',
        store: createMemoryLocalStore({ device: idOf(1) }),
        transports: [
          {
            name: 'socket',
            open(target, link) {
              rig.link = link
              sent.push(target.hello())
              return {
                send: (frame) => {
                  sent.push(frame)
                  return true
                },
                abandon: () => link.closed('closed'),
              }
            },
          },
        ],
        clock,
        random: () => 0.5,
        newId: () => uuidv7(clock.now(), (count) => new Uint8Array(count).fill(++made)),
        tail: 1,
        greeting: () => ({}),
        events,
      }),
  })
  const hear = async (...frames: ServerFrame[]): Promise<void> => {
    for (const frame of frames) await rig.link?.received(frame)
    await clock.advance(1)
  }
  const welcome = async (...conversations: ConversationSummary[]): Promise<void> => {
    await clock.advance(0)
    await hear({
      t: 'welcome',
      visitor: SUPPORT.id,
      time: clock.now(),
      epoch: 'e',
      conversations,
      limits: { text: 4_000, frame: 65_536, unacked: 8 },
      n: 0,
    })
  }
  const entries = (n: number, list: readonly Entry[], extra: object = {}): Promise<void> =>
    hear({ t: 'entries', conversation: idOf(n), epoch: 'e', entries: list, ...extra })
  const sentOf = <Type extends ClientFrame['t']>(type: Type) =>
    sent.filter((frame): frame is Extract<ClientFrame, { t: Type }> => frame.t === type)
  const bubbles = (): readonly BubbleItem[] =>
    (state.thread.value?.items ?? []).filter((item) => item.kind === 'bubble')
  return { clock, state, inbox, rig, hear, welcome, entries, sentOf, bubbles }
}

describe('list', () => {
  it('Inbox: says hello as an agent, for the last entry of each conversation', async () => {
    const { welcome, sentOf, state } = setUp()
    expect(state.loaded.value).toBe(false)
    await welcome()
    expect(sentOf('hello')[0]).toMatchObject({ role: 'agent', tail: 1, token: null, site: 'pk_a' })
    expect([state.loaded.value, state.connection.value]).toEqual([true, 'online'])
  })

  it('Inbox: newest activity first, with last line, who wrote it and what is unread', async () => {
    const { welcome, entries, state } = setUp()
    await welcome(summary(1, { head: 9 }), summary(2, { head: 3, time: MORNING + 3_000 }))
    await entries(1, [entry(9, VISITOR, 'Hello?')], { tail: true })
    await entries(2, [entry(3, MIRA, 'On its way.')], { tail: true })
    expect(state.rows.value).toMatchObject([
      { id: idOf(1), name: 'Amelie', line: 'Hello?', prefix: '', unread: true, online: false },
      { id: idOf(2), line: 'On its way.', prefix: 'Mira: ', unread: false },
    ])
    expect(state.unread.value).toBe(1)
    await entries(2, [entry(4, VISITOR, 'Thanks')])
    await entries(2, [entry(60, SUPPORT, 'You are welcome')], { tail: true })
    expect(state.rows.value[0]).toMatchObject({ id: idOf(2), prefix: 'You: ', unread: false })
  })

  it('Inbox: typing, presence, status and a new conversation come in by themselves', async () => {
    const { welcome, hear, state, clock, entries } = setUp()
    await welcome(summary(1))
    const conversation = idOf(1)
    await entries(1, [entry(1, VISITOR, 'Hi')])
    await hear(
      { t: 'typing', conversation, on: true, author: VISITOR },
      { t: 'presence', conversation, online: true },
    )
    expect(state.rows.value[0]).toMatchObject({ typing: true, online: true })
    await clock.advance(10_000)
    expect(state.rows.value[0]?.typing).toBe(false)
    await entries(1, [entry(2, MIRA, { type: 'status', status: 'resolved' })])
    expect(state.rows.value[0]).toMatchObject({ status: 'resolved', line: 'Resolved by Mira' })
    expect(state.visible.value).toEqual([])
    await hear({ t: 'conversation', conversation: summary(2, { visitor: { id: idOf(77) } }) })
    expect(state.rows.value.map(({ name }) => name)).toContain('Visitor 0077')
  })

  it('Inbox: the newest incoming message is announced, history and one’s own are not', async () => {
    const { welcome, entries, state } = setUp()
    await welcome(summary(1, { head: 5 }))
    await entries(1, [entry(5, VISITOR, 'Old')], { tail: true })
    expect(state.announcement.value).toBe('')
    await entries(1, [entry(6, VISITOR, 'One'), entry(7, VISITOR, 'Two')])
    expect(state.announcement.value).toBe('Amelie: Two')
    await entries(1, [entry(8, MIRA, 'Three')])
    await entries(1, [entry(4, VISITOR, 'Older')], { history: true })
    expect(state.announcement.value).toBe('Amelie: Two')
  })
})

describe('thread', () => {
  it('Inbox: opening asks for older entries once, and again only for still older ones', async () => {
    const { welcome, entries, inbox, sentOf, state } = setUp()
    await welcome(summary(1, { head: 100 }))
    await entries(1, [entry(100, VISITOR, 'Newest')], { tail: true })
    inbox.open(idOf(1))
    inbox.open(idOf(1))
    await entries(1, [])
    expect(sentOf('history')).toMatchObject([{ before: 100 }])
    expect(state.thread.value).toMatchObject({ earlier: 'loading', head: 100 })
    const older = Array.from({ length: 50 }, (_, i) => entry(50 + i, VISITOR, `Line ${50 + i}`))
    await entries(1, older, { history: true })
    expect(state.thread.value).toMatchObject({ earlier: 'more', head: 100 })
    inbox.actions.loadEarlier(idOf(1))
    await entries(1, [])
    expect(sentOf('history').at(-1)).toMatchObject({ before: 50 })
  })

  it('C8: a reply is shown at once and stays one bubble, with one author, through its ack', async () => {
    const { welcome, entries, inbox, sentOf, hear, bubbles, clock } = setUp()
    await welcome(summary(1, { head: 1 }))
    await entries(1, [entry(1, VISITOR, 'Hi')], { tail: true })
    inbox.open(idOf(1))
    inbox.actions.reply(idOf(1), '  ')
    inbox.actions.reply(idOf(1), 'Hello')
    await clock.advance(1)
    const pending = bubbles().at(-1)
    expect(pending).toMatchObject({ mine: true, state: 'pending', author: { id: 'self' } })
    expect(inbox.busy()).toBe(true)
    const [send] = sentOf('send')
    if (!send) throw new Error('Nothing was sent.')
    const conversation = idOf(1)
    await hear({ t: 'ack', id: send.id, conversation, seq: 2, time: clock.now() })
    expect(bubbles().at(-1)).toMatchObject({
      key: pending?.key,
      seq: 2,
      state: 'stored',
      author: { id: 'self' },
    })
    expect([sentOf('send').length, inbox.busy()]).toEqual([1, false])
    await hear({ t: 'read', conversation, by: 'visitor', seq: 2 })
    expect(bubbles().at(-1)?.state).toBe('read')
  })

  it('C8: a refused reply keeps its words, its reason, and both ways out', async () => {
    const { welcome, inbox, sentOf, hear, bubbles, clock, entries } = setUp()
    await welcome(summary(1))
    await entries(1, [entry(1, VISITOR, 'Hi')])
    inbox.open(idOf(1))
    inbox.actions.reply(idOf(1), 'Hello')
    await clock.advance(1)
    const id = sentOf('send')[0]?.id ?? ''
    await hear({ t: 'reject', id, code: 'not_found', message: 'Gone.', retryable: false })
    expect(bubbles().at(-1)).toMatchObject({ state: 'failed', failed: { message: 'Gone.' } })
    inbox.actions.retry(id)
    await clock.advance(1)
    expect(sentOf('send').map((frame) => frame.id)).toEqual([id, id])
    await hear({ t: 'reject', id, code: 'not_found', message: 'Gone.', retryable: false })
    inbox.actions.discard(id)
    await clock.advance(1)
    expect(bubbles().map(({ seq }) => seq)).toEqual([1])
  })

  it('Inbox: the line above what is new stays until one answers; nothing read means no line', async () => {
    const { welcome, entries, inbox, state, clock } = setUp()
    await welcome(summary(1, { head: 3, read: { visitor: 0, agent: 2 } }), summary(2, { head: 1 }))
    await entries(1, [entry(3, VISITOR, 'New')], { tail: true })
    await entries(2, [entry(1, VISITOR, 'First')], { tail: true })
    const hasLine = (): boolean =>
      state.thread.value?.items.some(({ kind }) => kind === 'unread') ?? false
    inbox.open(idOf(1))
    expect(hasLine()).toBe(true)
    inbox.actions.seen(idOf(1), 3)
    await clock.advance(1)
    expect([hasLine(), state.rows.value.find(({ id }) => id === idOf(1))?.unread]).toEqual([
      true,
      false,
    ])
    inbox.actions.reply(idOf(1), 'Answer')
    await clock.advance(1)
    expect(hasLine()).toBe(false)
    inbox.open(idOf(2))
    expect(hasLine()).toBe(false)
  })

  it('Inbox: an unknown conversation is loading until the relay has spoken, then missing', async () => {
    const { welcome, inbox, state } = setUp()
    inbox.open(idOf(8))
    expect(state.thread.value?.phase).toBe('loading')
    await welcome()
    expect(state.thread.value?.phase).toBe('missing')
    inbox.open(null)
    expect(state.thread.value).toBeNull()
  })

  it('Inbox: what is being written is kept per conversation and told as typing', async () => {
    const { welcome, inbox, sentOf, clock, entries } = setUp()
    await welcome(summary(1), summary(2))
    await entries(1, [entry(1, VISITOR, 'Hi')])
    inbox.actions.typed(idOf(1), 'Hel')
    inbox.actions.typed(idOf(2), 'Other')
    expect([inbox.actions.kept(idOf(1)), inbox.actions.kept(idOf(2))]).toEqual(['Hel', 'Other'])
    expect(sentOf('typing').map(({ conversation, on }) => [conversation, on])).toEqual([
      [idOf(1), true],
      [idOf(2), true],
    ])
    inbox.actions.reply(idOf(1), 'Hello')
    await clock.advance(1)
    expect(inbox.actions.kept(idOf(1))).toBe('')
  })

  it('Inbox: a status that could not be changed is said', async () => {
    const { inbox, rig, state, clock } = setUp({ refuseStatus: true })
    inbox.actions.setStatus(idOf(1), 'resolved')
    await clock.advance(1)
    expect(rig.statuses).toEqual([[idOf(1), 'resolved']])
    expect(state.notice.value).toContain('could not be changed')
  })
})

describe('link', () => {
  it('C7: a short loss is not spoken of, a long one is, however often it is tried meanwhile', async () => {
    const { welcome, rig, state, clock } = setUp()
    await welcome()
    rig.link?.closed('lost')
    await clock.advance(1_500)
    rig.link?.closed('lost')
    await clock.advance(1_500)
    expect(state.connection.value).toBe('online')
    rig.link?.closed('lost')
    await clock.advance(1_500)
    expect(state.connection.value).toBe('offline')
    // Past the longest back-off there is a link again to say welcome on.
    await clock.advance(30_000)
    await welcome()
    expect(state.connection.value).toBe('online')
  })

  it('Session: the relay that no longer knows us ends the session', async () => {
    const { clock, hear, rig } = setUp()
    await clock.advance(0)
    await hear({ t: 'reject', code: 'unauthorized', message: 'Sign in.', retryable: false })
    expect(rig.ended).toBe(1)
  })

  it('Inbox: stopped, it leaves no timer behind', async () => {
    const { welcome, inbox, clock, rig } = setUp()
    await welcome(summary(1))
    rig.link?.closed('lost')
    inbox.stop()
    inbox.stop()
    expect(clock.timers()).toBe(0)
  })
})
