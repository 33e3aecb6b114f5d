import type { Hello, LocalStore } from '@homing/core'
import type { FakeRelay } from '@homing/core/testing/fake-relay'
import { createFakeRelay } from '@homing/core/testing/fake-relay'
import type { FarEnd } from '@homing/core/testing/wire'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createFakeSockets } from '../../test/fake-socket.ts'
import type { Consent, WidgetEvents } from '../commands.ts'
import { en } from '../locales/en.ts'
import { browserClock } from '../platform/browser.ts'
import type { Session } from './session.ts'
import { createSession } from './session.ts'
import type { WidgetState } from './state.ts'
import { createState } from './state.ts'

const SETTINGS = {
  key: 'pk_test',
  relay: 'https://relay.test',
  name: 'Test shop',
  engine: '',
  appearance: { accent: '#2e3bc4', side: 'end', scheme: 'auto' },
} as const

const kept = vi.hoisted(() => ({ store: undefined as LocalStore | undefined }))

vi.mock(import('@homing/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    createMemoryLocalStore: (options) => (kept.store = core.createMemoryLocalStore(options)),
  }
})

const notes = async (): Promise<Readonly<Record<string, string>>> =>
  (await kept.store?.load(0))?.notes ?? {}

let relay: FakeRelay
let hellos: Hello[]
let said: string[]
let sockets: { count(): number }
let session: Session | undefined

beforeEach(() => {
  relay = createFakeRelay({ clock: browserClock, site: 'pk_test' })
  hellos = []
  said = []
  const listening: FarEnd = {
    open: (say) => {
      const link = relay.open(say)
      return {
        hear: (frame) => {
          if (frame.t === 'hello') hellos.push(frame)
          said.push(frame.t)
          return link.hear(frame)
        },
        gone: () => link.gone(),
      }
    },
  }
  const fake = createFakeSockets(listening)
  sockets = fake
  vi.stubGlobal('WebSocket', fake.WebSocket)
})

afterEach(() => {
  session?.stop()
  session = undefined
  vi.unstubAllGlobals()
})

async function begin(consent: Consent = 'none') {
  const state: WidgetState = createState(SETTINGS, en, 'en')
  const events: [keyof WidgetEvents, unknown][] = []
  const remembered: boolean[] = []
  session = createSession({
    state,
    consent: () => consent,
    emit: (name, event) => events.push([name, event]),
    remember: (used) => remembered.push(used),
    close: () => {},
  })
  await session.ready
  session.shown()
  await vi.waitFor(() => expect(state.connection.peek()).toBe('online'))
  return { state, events, remembered, actions: session.actions }
}

const states = (state: WidgetState): string[] =>
  state.thread
    .peek()
    .items.flatMap((item) => (item.kind === 'bubble' ? [`${item.state} ${item.mine}`] : []))

describe('a session', () => {
  it('C8: words are shown at once, kept, sent, and then stored', async () => {
    const { state, events, actions } = await begin()
    actions.submit('  Is it in stock?  ')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    const [conversation] = relay.conversations()
    expect(relay.log(conversation ?? '')[0]?.body).toEqual({
      type: 'text',
      text: 'Is it in stock?',
    })
    expect(events.map(([name]) => name)).toContain('sent')
    expect(state.conversations.peek()[0]).toMatchObject({ line: 'Is it in stock?', mine: true })
  })

  it('blank words are no message', async () => {
    const { state, actions } = await begin()
    actions.submit('  \n ')
    expect(states(state)).toEqual([])
    expect(state.thread.peek().phase).toBe('empty')
  })

  it('an answer counts as unread until it was seen', async () => {
    const { state, events, actions } = await begin()
    actions.submit('hello')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    const [conversation = ''] = relay.conversations()
    relay.answer(conversation, 'hi')
    await vi.waitFor(() => expect(state.unread.peek()).toBe(1))
    expect(events).toContainEqual(['unread', { count: 1 }])
    expect(events.filter(([name]) => name === 'received')).toHaveLength(1)
    actions.seen(2)
    await vi.waitFor(() => expect(state.unread.peek()).toBe(0))
    await vi.waitFor(() => expect(relay.marks(conversation).visitor).toBe(2))
  })

  it('C8: unsent text belongs to its conversation', async () => {
    const { state, actions } = await begin()
    actions.submit('first')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    const [first = ''] = relay.conversations()
    actions.typed('half a sen')
    actions.newConversation()
    expect(state.composer.peek()).toBe('')
    actions.openConversation(first)
    expect(state.composer.peek()).toBe('half a sen')
  })

  it('C8: text is kept though the visitor goes to another conversation at once, or leaves', async () => {
    const { state, actions } = await begin()
    actions.submit('first')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    const [first = ''] = relay.conversations()
    actions.typed('half a sen')
    actions.newConversation()
    actions.typed('other')
    window.dispatchEvent(new Event('pagehide'))
    actions.openConversation(first)
    expect(await notes()).toMatchObject({ [`text:${first}`]: 'half a sen' })
    expect(Object.values(await notes())).toContain('other')
  })

  it('where a conversation begins is told, where the visitor goes after that is not', async () => {
    const { state, actions } = await begin('functional')
    expect(hellos[0]?.page?.url).toBeDefined()
    actions.submit('hello')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    said.length = 0
    window.dispatchEvent(new Event('popstate'))
    expect(said).not.toContain('page')
  })

  it('without consent no page is told and nothing is remembered', async () => {
    const { state, remembered, actions } = await begin('none')
    actions.submit('hello')
    await vi.waitFor(() => expect(states(state)).toEqual(['stored true']))
    expect(hellos.every((hello) => hello.page === undefined)).toBe(true)
    expect(said).not.toContain('page')
    expect(remembered).toEqual([false])
    expect(state.durable.peek()).toBe(false)
  })

  it('a page that sleeps has no link, and has one again when it wakes', async () => {
    const { state } = await begin()
    expect(relay.links()).toBe(1)
    window.dispatchEvent(new Event('pagehide'))
    expect(relay.links()).toBe(0)
    window.dispatchEvent(new Event('pageshow'))
    await vi.waitFor(() => expect(relay.links()).toBe(1))
    await vi.waitFor(() => expect(state.connection.peek()).toBe('online'))
    expect(sockets.count()).toBe(2)
  })

  it('stopped, it has no link and hears of nothing', async () => {
    await begin()
    session?.stop()
    expect(relay.links()).toBe(0)
    window.dispatchEvent(new Event('pageshow'))
    window.dispatchEvent(new Event('focus'))
    expect(sockets.count()).toBe(1)
  })
})
