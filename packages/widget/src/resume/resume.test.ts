import { isText, uuidv7 } from '@homing/core'
import type { FakeRelay } from '@homing/core/testing/fake-relay'
import { createFakeRelay } from '@homing/core/testing/fake-relay'
import type { VirtualClock } from '@homing/core/testing/virtual-clock'
import { createVirtualClock } from '@homing/core/testing/virtual-clock'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createFakeSockets } from '../../test/fake-socket.ts'
import { refusal, relayAnswers } from '../../test/relay-answers.ts'
import { SETTINGS } from '../../test/stage.ts'
import type { CommandContext } from '../engine/commands.ts'
import { perform } from '../engine/commands.ts'
import type { Session } from '../engine/session.ts'
import { createSession } from '../engine/session.ts'
import type { WidgetState } from '../engine/state.ts'
import { createState } from '../engine/state.ts'
import { en } from '../locales/en.ts'
import { browserClock, newId } from '../platform/browser.ts'
import { resume } from './resume.ts'

let relay: FakeRelay
let state: WidgetState
let session: Session | undefined
let clock: VirtualClock
const remembered: boolean[] = []

beforeEach(() => {
  relay = createFakeRelay({ clock: browserClock, site: 'pk_test' })
  state = createState(SETTINGS, en, 'en')
  clock = createVirtualClock()
  remembered.length = 0
  vi.stubGlobal('WebSocket', createFakeSockets(relay).WebSocket)
})

afterEach(() => {
  session?.stop()
  session = undefined
  vi.unstubAllGlobals()
})

const begin = (): Session =>
  (session ??= createSession({
    state,
    consent: () => 'none',
    emit: () => {},
    remember: (used) => remembered.push(used),
    close: () => {},
  }))

/** As the engine has it, without a panel. */
const context = {
  get state() {
    return state
  },
  session: begin,
  current: () => session,
  setOpen: async (open: boolean) => {
    if (state.open.peek() === open) return
    state.open.value = open
    begin().shown()
  },
} as unknown as CommandContext

const pageAt = (fragment: string): Window =>
  ({
    location: { href: `https://shop.example/${fragment}` },
    history: { state: null, replaceState: () => {} },
  }) as unknown as Window

/** The visitor's other device begins a conversation, as one that a code has made his own. */
function beginElsewhere(token: string, text: string): string {
  const conversation = newId()
  const link = relay.open(() => {})
  const device = newId()
  const hello = { t: 'hello', v: 1, site: 'pk_test', token, device, client: 'test' } as const
  void link.hear({ ...hello, positions: {} })
  const id = uuidv7(Date.now(), (count) => crypto.getRandomValues(new Uint8Array(count)))
  void link.hear({ t: 'send', id, conversation, n: 1, body: { type: 'text', text } })
  link.gone()
  return conversation
}

/** The relay knows the code: the conversation is this visitor's, and the link tells of it. */
function relayResumes(): { readonly conversation: string; readonly asked: unknown[] } {
  const found = { conversation: '', asked: [] as unknown[] }
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const request = JSON.parse(init?.body as string) as { readonly token: string }
    found.asked.push([url, request])
    found.conversation ||= beginElsewhere(request.token, 'Is the blue one in stock?')
    relay.answer(found.conversation, 'It is!')
    return Response.json({ conversation: found.conversation })
  })
  cleanups.push(() => fetched.mockRestore())
  return found
}

const cleanups: (() => void)[] = []
afterEach(() => cleanups.splice(0).forEach((each) => each()))

/** Own words in a conversation of this browser, and back on the screen. */
async function writeHere(text: string): Promise<string> {
  await begin().ready
  await context.setOpen(true)
  begin().send(text)
  await vi.waitFor(() => expect(texts()).toEqual([text]))
  return screenOf()
}

const screenOf = (): string => {
  const screen = state.screen.peek()
  return screen.name === 'thread' ? screen.conversation : screen.name
}

const texts = (): string[] =>
  state.thread
    .peek()
    .items.flatMap((item) => (item.kind === 'bubble' && isText(item.body) ? [item.body.text] : []))

/** Until it is so, while the time of the resumption goes on. */
async function until(check: () => void): Promise<void> {
  await vi.waitFor(async () => {
    await clock.advance(250)
    check()
  })
}

describe('a link from a mail', () => {
  test('opens the panel and, as soon as it is here, the conversation; meanwhile it is loading', async () => {
    const found = relayResumes()
    await resume(context, pageAt('#homing=abc'), clock)
    expect(state.open.peek()).toBe(true)
    expect(state.thread.peek()).toMatchObject({ phase: 'loading', items: [] })
    await until(() => expect(texts()).toEqual(['Is the blue one in stock?', 'It is!']))
    expect(screenOf()).toBe(found.conversation)
    expect(found.asked).toEqual([
      ['https://relay.example/v1/resume', { site: 'pk_test', token: 'token-1', code: 'abc' }],
    ])
    expect(clock.timers()).toBe(0)
    // Nothing may be kept here, and nothing is.
    expect(remembered.every((used) => !used)).toBe(true)
  })

  test('leaves alone what this browser had: its conversation, the words begun in it, what is unread', async () => {
    const own = await writeHere('Do you ship to Norway?')
    begin().actions.typed('And how')
    await context.setOpen(false)
    begin().actions.showList()
    relay.answer(own, 'We do.')
    await vi.waitFor(() => expect(state.unread.peek()).toBe(1))
    begin().actions.openConversation(own)
    const found = relayResumes()
    const shown: string[] = []
    const stop = state.screen.subscribe(() => state.open.peek() && shown.push(screenOf()))
    await resume(context, pageAt('#homing=abc'), clock)
    await until(() => expect(screenOf()).toBe(found.conversation))
    stop()
    expect(shown).not.toContain(own)
    expect(state.conversations.peek().map(({ id }) => id)).toContain(own)
    expect(relay.log(own)).toHaveLength(2)
    begin().actions.openConversation(own)
    expect(state.composer.peek()).toBe('And how')
  })

  test('followed again, it opens the same conversation', async () => {
    const found = relayResumes()
    for (let time = 0; time < 2; time++) {
      begin().actions.showList()
      await resume(context, pageAt('#homing=abc'), clock)
      await until(() => expect(screenOf()).toBe(found.conversation))
    }
    expect(found.asked).toHaveLength(2)
  })

  test('that has ended leads to where the panel would have opened, and says so', async () => {
    relayAnswers(refusal(404, 'not_found'))
    const own = await writeHere('Do you ship to Norway?')
    await context.setOpen(false)
    await resume(context, pageAt('#homing=abc'), clock)
    await until(() => expect(state.notice.peek()).toMatch(/^The link in that e-mail has ended\./))
    expect(screenOf()).toBe(own)
    expect(texts()).toEqual(['Do you ship to Norway?'])
  })

  test('that nobody could answer for says to come again, in the language of the visitor', async () => {
    relayAnswers()
    state.locale.value = 'zh-TW'
    await resume(context, pageAt('#homing=abc'), clock)
    await vi.waitFor(() => expect(state.connection.peek()).toBe('online'))
    await clock.advance(60_000)
    await until(() => expect(state.notice.peek()).toMatch(/^目前無法開啟那個對話/))
  })

  test('C8: words begun while it loads go along', async () => {
    const found = relayResumes()
    await resume(context, pageAt('#homing=abc'), clock)
    begin().actions.typed('One more')
    await until(() => expect(screenOf()).toBe(found.conversation))
    expect(state.composer.peek()).toBe('One more')
  })

  test('who has sent words meanwhile, or went to the list, is not led away', async () => {
    const found = relayResumes()
    await resume(context, pageAt('#homing=abc'), clock)
    begin().actions.submit('Hello?')
    const here = screenOf()
    await until(() => expect(state.conversations.peek()).toHaveLength(2))
    expect(screenOf()).toBe(here)
    await resume(context, pageAt('#homing=abc'), clock)
    begin().actions.showList()
    await until(() => expect(found.asked).toHaveLength(2))
    expect(screenOf()).toBe('list')
  })

  test('a second one takes the place of the first', async () => {
    relayAnswers(new Promise(() => {}), refusal(404, 'not_found'))
    const own = await writeHere('Do you ship to Norway?')
    await resume(context, pageAt('#homing=abc'), clock)
    await clock.advance(0)
    await resume(context, pageAt('#homing=def'), clock)
    await until(() => expect(state.notice.peek()).not.toBeNull())
    expect(screenOf()).toBe(own)
  })

  test('an address without a code begins nothing', async () => {
    await resume(context, pageAt('#nohoming=abc'), clock)
    expect(session).toBeUndefined()
    expect(state.open.peek()).toBe(false)
  })

  test('the loader’s command takes the code from the page’s own address', async () => {
    relayResumes()
    location.hash = '#reviews&homing=abc'
    await perform(['resume'], context)
    expect(location.hash).toBe('#reviews')
    expect(state.open.peek()).toBe(true)
    location.hash = ''
  })
})
