import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { Stage } from '../../test/stage.ts'
import { AGENT, NOW, SETTINGS, VISITOR, entry, setStage } from '../../test/stage.ts'
import { zhTW } from '../locales/zh-TW.ts'
import { Thread } from './thread.tsx'

let stage: Stage
beforeEach(() => {
  stage = setStage()
})
afterEach(() => stage.unmount())

describe('panel', () => {
  test('is a labelled dialog in the language and direction of the state', async () => {
    const panel = stage.part('panel')
    expect(panel?.getAttribute('role')).toBe('dialog')
    expect(panel?.getAttribute('aria-label')).toBe('Fjell & Fjord · Messages')
    stage.state.strings.value = zhTW
    stage.state.locale.value = 'zh-TW'
    stage.state.direction.value = 'rtl'
    await stage.drawn()
    expect(panel?.getAttribute('aria-label')).toBe('Fjell & Fjord · 訊息')
    expect(panel?.lang).toBe('zh-TW')
    expect(panel?.dir).toBe('rtl')
  })

  test('puts the site’s colours, side and distance on its container', () => {
    const { container, state } = stage
    expect(container.dataset['side']).toBe('end')
    expect(container.style.getPropertyValue('--accent')).toBe('#a8482b')
    expect(container.style.getPropertyValue('--accent-ink')).toBe('#fff')
    expect(container.style.getPropertyValue('--offset-x')).toBe('20px')
    state.scheme.value = 'dark'
    state.settings.value = {
      ...SETTINGS,
      appearance: { accent: '#ffd21f', side: 'start', scheme: 'dark', offset: { x: 8, y: 40 } },
    }
    expect(container.dataset).toMatchObject({ side: 'start', scheme: 'dark', open: 'true' })
    expect(container.style.getPropertyValue('--accent-ink')).toBe('#000')
    expect(container.style.getPropertyValue('--offset-y')).toBe('40px')
  })

  test('Escape closes, and not while a character is being composed', () => {
    const press = (isComposing: boolean): void => {
      stage
        .part('input')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, isComposing }))
    }
    press(true)
    expect(stage.actions.close).not.toHaveBeenCalled()
    press(false)
    expect(stage.actions.close).toHaveBeenCalledOnce()
  })

  test('focus goes to the text field on opening', () => {
    expect(stage.root.activeElement).toBe(stage.part('input'))
  })

  test('undone, it leaves root and container as they were found', () => {
    const { root, container } = stage
    stage.unmount()
    expect(container.childNodes).toHaveLength(0)
    expect([...container.attributes].filter(({ value }) => value !== '')).toEqual([])
    expect(root.adoptedStyleSheets).toHaveLength(0)
    stage.unmount()
  })

  test('many changes at once are drawn once', async () => {
    await stage.show({ entries: [entry(1, AGENT, 'One')] })
    const drawings = vi.spyOn(Thread.prototype, 'render')
    stage.state.connection.value = 'offline'
    stage.state.agentsOnline.value = true
    await stage.show({ entries: [entry(1, AGENT, 'One'), entry(2, AGENT, 'Two')] })
    await stage.drawn()
    expect(drawings).toHaveBeenCalledOnce()
    drawings.mockRestore()
  })
})

describe('header', () => {
  test('says the site’s name and whether somebody is there, or nothing where it is not known', async () => {
    expect(stage.part('title')?.textContent).toBe('Fjell & Fjord')
    expect(stage.part('status')).toBeNull()
    stage.state.agentsOnline.value = true
    await stage.drawn()
    expect(stage.part('status')?.textContent).toBe('We are here')
    stage.state.agentsOnline.value = false
    await stage.drawn()
    expect(stage.part('status')?.textContent).toBe('We usually answer within a day')
  })

  test('leads back to the list where there is one', async () => {
    expect(stage.part('back')).toBeNull()
    stage.state.conversations.value = [
      {
        id: 'c2',
        status: 'open',
        line: 'Hello',
        mine: false,
        author: AGENT,
        time: NOW,
        unread: 1,
        typing: false,
      },
    ]
    await stage.drawn()
    expect(stage.part('back')?.dataset['unread']).toBe('true')
    stage.part('back')?.click()
    expect(stage.actions.showList).toHaveBeenCalledOnce()
  })
})

describe('conversation list', () => {
  const item = {
    id: 'c1',
    status: 'open',
    line: 'See you',
    mine: false,
    author: AGENT,
    time: NOW - 120_000,
    unread: 0,
    typing: false,
  } as const

  beforeEach(async () => {
    stage.state.screen.value = { name: 'list' }
    await stage.drawn()
  })

  test('empty, it greets and offers a conversation', () => {
    expect(stage.part('greeting-title')?.textContent).toBe('Hi! How can we help?')
    stage.part('new-conversation')?.click()
    expect(stage.actions.newConversation).toHaveBeenCalledOnce()
  })

  test('a row shows who, what, when and how many are unread, and opens', async () => {
    stage.state.conversations.value = [{ ...item, unread: 120 }]
    await stage.drawn()
    expect(stage.part('row-name')?.textContent).toBe('Lena')
    expect(stage.part('row-line')?.textContent).toBe('See you')
    expect(stage.part('row-time')?.textContent).toMatch(/2:38/)
    expect(stage.part('badge')?.textContent).toBe('99+')
    expect(stage.part('badge')?.nextElementSibling?.textContent).toBe('120 unread')
    stage.part('row')?.click()
    expect(stage.actions.openConversation).toHaveBeenCalledWith('c1')
  })

  test('a row says that somebody is writing, what was mine and what is resolved', async () => {
    stage.state.conversations.value = [
      { ...item, typing: true },
      { ...item, id: 'c2', mine: true, author: VISITOR, status: 'resolved' },
      { ...item, id: 'c3', line: '', author: null, time: Number.NaN },
    ]
    await stage.drawn()
    expect(stage.part('row-typing')?.textContent).toBe('Lena is writing…')
    expect(stage.parts('row-line').map((line) => line.textContent)).toEqual([
      'You: See you',
      'New conversation',
    ])
    expect(stage.parts('row-resolved')).toHaveLength(1)
    expect(stage.parts('row-name')[1]?.textContent).toBe('Fjell & Fjord')
  })
})

describe('connection note', () => {
  const notes = (): (string | null)[] => stage.parts('note').map((note) => note.textContent)

  test('says nothing while the link is young, and one quiet line when it is gone', async () => {
    stage.state.connection.value = 'connecting'
    await stage.drawn()
    expect(notes()).toEqual([])
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(notes()).toEqual(['No connection. Your messages are kept and sent later.'])
  })

  test('C8: promises to keep unsent messages only where they are kept', async () => {
    stage.state.durable.value = false
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(notes()).toEqual([
      'No connection. Keep this page open: unsent messages are lost when you close it.',
    ])
  })

  test('a notice can be dismissed', async () => {
    stage.state.notice.value = 'That did not work.'
    await stage.drawn()
    expect(notes()).toEqual(['That did not work.'])
    stage.part('dismiss')?.click()
    expect(stage.actions.dismissNotice).toHaveBeenCalledOnce()
  })
})
