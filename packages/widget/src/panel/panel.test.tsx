import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'

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

  test('puts side and scheme on its frame, and what is open', async () => {
    const frame = stage.part('frame')
    expect(frame?.dataset).toMatchObject({ side: 'end', scheme: 'light', open: 'true' })
    stage.state.scheme.value = 'dark'
    stage.state.settings.value = {
      ...SETTINGS,
      appearance: { ...SETTINGS.appearance, side: 'start' },
    }
    await stage.drawn()
    expect(frame?.dataset).toMatchObject({ side: 'start', scheme: 'dark', open: 'true' })
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

  describe('focus on opening', () => {
    const reopen = async (): Promise<void> => {
      stage.state.open.value = false
      await stage.drawn()
      stage.state.open.value = true
      await stage.drawn()
    }

    /** The page's own element takes the focus, in a component of the page when asked so. */
    const focusOnPage = (name: string, within = false): HTMLElement => {
      const element = document.createElement(name)
      element.tabIndex = 0
      const place = document.createElement('div')
      ;(within ? place.attachShadow({ mode: 'open' }) : place).append(element)
      document.body.append(place)
      onTestFinished(() => place.remove())
      element.focus()
      return element
    }

    test('goes to the text field', () => {
      expect(stage.root.activeElement).toBe(stage.part('input'))
    })

    test.each(['button', 'a'])('is taken from a %s of the page', async (name) => {
      focusOnPage(name)
      await reopen()
      expect(stage.root.activeElement).toBe(stage.part('input'))
    })

    test.each(['input', 'textarea', 'select'])('is left to %s of the page', async (name) => {
      const field = focusOnPage(name)
      await reopen()
      expect(document.activeElement).toBe(field)
    })

    test('is left to an editable text, and to a field in a component of the page', async () => {
      const text = focusOnPage('div')
      text.setAttribute('contenteditable', '')
      await reopen()
      expect(document.activeElement).toBe(text)
      const field = focusOnPage('input', true)
      await reopen()
      expect((field.getRootNode() as ShadowRoot).activeElement).toBe(field)
    })
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

  test('empty, it greets and offers a conversation', async () => {
    await stage.drawn()
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
    expect(notes()).toEqual(['No connection.'])
  })

  test('C8: promises to keep unsent messages only where they are kept', async () => {
    stage.state.durable.value = false
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(notes()).toEqual(['No connection. Unsent messages are lost when you close this page.'])
  })

  test('a notice can be dismissed', async () => {
    stage.state.notice.value = 'That did not work.'
    await stage.drawn()
    expect(notes()).toEqual(['That did not work.'])
    expect(stage.part('dismiss')?.getAttribute('aria-label')).toBe('Dismiss')
    stage.part('dismiss')?.click()
    expect(stage.actions.dismissNotice).toHaveBeenCalledOnce()
  })

  test('a notice is said wherever the reader is, on the list as well', async () => {
    stage.state.screen.value = { name: 'list' }
    stage.state.notice.value = 'That did not work.'
    await stage.drawn()
    expect(notes()).toEqual(['That did not work.'])
  })
})
