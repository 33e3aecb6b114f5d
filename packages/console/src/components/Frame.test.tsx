import type { BubbleItem } from '@homing/core'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, it } from 'vitest'

import { createDeskRig, idOf, NOW, rowOf } from '../../test/desk-rig.ts'
import type { DeskRig } from '../../test/desk-rig.ts'
import type { ThreadView } from '../state.ts'
import { Frame, titleOf } from './Frame.tsx'

afterEach(() => act(() => render(null, document.body)))

async function show(rig: DeskRig): Promise<void> {
  await act(() => render(<Frame desk={rig.desk} />, document.body))
}

const press = (key: string, target: Element = document.body): boolean =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

const one = <Kind extends Element>(selector: string): Kind => {
  const found = document.querySelector<Kind>(selector)
  if (!found) throw new Error(`No ${selector}`)
  return found
}

const texts = (selector: string): string[] =>
  [...document.querySelectorAll(selector)].map((element) => element.textContent ?? '')

function bubble(n: number, change: Partial<BubbleItem> = {}): BubbleItem {
  return {
    kind: 'bubble',
    key: `b${n}`,
    id: `b${n}`,
    seq: n,
    author: { role: 'visitor', id: 'v' },
    mine: false,
    time: NOW,
    body: { type: 'text', text: `Text ${n}` },
    state: 'stored',
    first: true,
    last: true,
    ...change,
  }
}

function opened(rig: DeskRig, n: number, change: Partial<ThreadView> = {}): void {
  rig.desk.state.route.value = { name: 'inbox', conversation: idOf(n), details: false }
  rig.desk.state.thread.value = {
    conversation: idOf(n),
    phase: 'ready',
    items: [],
    earlier: 'none',
    head: 0,
    started: null,
    ...change,
  }
}

describe('list', () => {
  it('List: filter and search leave what they should, and say when nothing is left', async () => {
    const rig = createDeskRig()
    const { state } = rig.desk
    state.rows.value = [
      rowOf(1, { visitor: { id: idOf(9), name: 'Amelie' } }),
      rowOf(2, { line: 'Do you ship to Iceland?' }),
      rowOf(3, { status: 'resolved' }),
    ]
    await show(rig)
    expect(document.querySelectorAll('.row')).toHaveLength(2)
    await act(() => void (state.query.value = 'iceland'))
    expect(texts('.row-line')).toEqual(['Do you ship to Iceland?'])
    await act(() => void (state.query.value = 'AMEL'))
    expect(texts('.row-name')).toEqual(['Amelie'])
    await act(() => void (state.query.value = 'zzz'))
    expect(texts('.blank-title')[0]).toBe('No match')
    await act(() => {
      state.query.value = ''
      state.filter.value = 'resolved'
    })
    expect(document.querySelectorAll('.row')).toHaveLength(1)
  })

  it('List: unread is said in words as well, and counted in the title', async () => {
    const rig = createDeskRig()
    rig.desk.state.rows.value = [rowOf(1, { unread: true }), rowOf(2)]
    await show(rig)
    expect(one('.row-unread .dot').textContent).toBe('Unread')
    expect(titleOf(rig.desk.state.unread.value, 'Harbour')).toBe('(1) Inbox · Harbour')
  })

  it('List: a lost link is said, a good one is not', async () => {
    const rig = createDeskRig()
    await show(rig)
    expect(one('.connection').textContent).toBe('')
    await act(() => void (rig.desk.state.connection.value = 'offline'))
    expect(one('.connection').textContent).toContain('Reconnecting')
  })
})

describe('keys', () => {
  it('Keys: J and K walk the list, R replies, Escape goes back', async () => {
    const rig = createDeskRig()
    rig.desk.state.rows.value = [rowOf(1), rowOf(2)]
    await show(rig)
    for (const key of ['j', 'j', 'j', 'k']) await act(() => void press(key))
    expect(rig.calls.filter(([name]) => name === 'go').map(([, href]) => href)).toEqual([
      `#/c/${idOf(1)}`,
      `#/c/${idOf(2)}`,
      `#/c/${idOf(1)}`,
    ])
    expect(document.activeElement?.getAttribute('data-row')).toBe(idOf(1))
    await act(() => void press('r'))
    expect(document.activeElement?.hasAttribute('data-reply')).toBe(true)
    await act(() => void press('Escape', document.body))
    expect(rig.calls.at(-1)).toEqual(['go', '#/'])
  })

  it('Keys: letters typed into a field are letters, and can be switched off elsewhere', async () => {
    const rig = createDeskRig()
    rig.desk.state.rows.value = [rowOf(1)]
    await show(rig)
    await act(() => void press('j', one('[data-search]')))
    rig.desk.shortcuts.value = false
    await act(() => void press('j'))
    expect(rig.calls).toEqual([])
  })
})

describe('thread', () => {
  it('XSS: names, words, titles and addresses are text, and no script address is a link', async () => {
    const rig = createDeskRig()
    const evil = '<img src=x onerror=alert(1)>'
    rig.desk.state.rows.value = [
      rowOf(1, {
        visitor: { id: idOf(9), name: evil, email: 'a@b.c?bcc=x@y.z', locale: '"><b>' },
        line: evil,
        page: { url: 'javascript:alert(1)', title: evil, referrer: 'data:text/html,x' },
      }),
    ]
    opened(rig, 1, {
      head: 1,
      items: [
        bubble(1, {
          body: { type: 'text', text: `${evil} javascript:alert(1) <a href="data:x">` },
        }),
        bubble(2, { body: { type: 'card', fallback: evil, html: evil } }),
        bubble(3, {
          mine: true,
          author: { role: 'bot', id: 'b', name: evil },
          body: { type: 'text', text: 'https://ok.example/a' },
        }),
      ],
    })
    rig.desk.state.deliveries.value = {
      state: 'ready',
      parked: [
        {
          id: idOf(7),
          connector: evil,
          conversation: idOf(1),
          seq: 1,
          attempts: 2,
          reason: evil,
          time: NOW,
        },
      ],
    }
    await show(rig)
    expect(document.querySelectorAll('img, script, b')).toHaveLength(0)
    expect(document.body.textContent?.split(evil).length).toBeGreaterThan(6)
    const links = [...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))
    expect(links.filter((href) => !href?.startsWith('#/'))).toEqual(['https://ok.example/a'])
    const outside = one<HTMLAnchorElement>('a[href^="https:"]')
    expect(outside.rel).toBe('noopener noreferrer nofollow ugc')
  })

  it('C9: the newest own message says how far it got; a failed one says why and offers a way', async () => {
    const rig = createDeskRig()
    rig.desk.state.rows.value = [rowOf(1)]
    const own = { mine: true, author: { role: 'agent', id: 'self' } } as const
    opened(rig, 1, {
      head: 2,
      items: [bubble(1, { ...own, state: 'read' }), bubble(2, { ...own, state: 'read' })],
    })
    await show(rig)
    expect(texts('.state')).toEqual(['Read'])
    const failed = { code: 'too_long', message: 'Too long', retryable: false }
    const given = bubble(3, { ...own, state: 'failed', failed })
    const { seq: _, ...refused } = given
    await act(() => opened(rig, 1, { items: [refused] }))
    expect(one('.failed-reason').textContent).toBe('Not sent. Too long')
    for (const button of document.querySelectorAll<HTMLElement>('.link-button')) button.click()
    expect(rig.calls.slice(-2)).toEqual([
      ['retry', 'b3'],
      ['discard', 'b3'],
    ])
    // The relay has it: why it did not reach the person, and nothing to press.
    const failure = { code: 'unreachable', message: 'the person blocked the sender' }
    await act(() => opened(rig, 1, { items: [{ ...given, failed: failure }] }))
    expect(one('.failed-reason').textContent).toBe('Not delivered: the person blocked the sender')
    expect(document.querySelector('.link-button')).toBeNull()
  })

  it('Composer: Enter sends, Shift + Enter and an IME’s Enter do not', async () => {
    const rig = createDeskRig()
    rig.desk.state.rows.value = [rowOf(1)]
    opened(rig, 1)
    await show(rig)
    const field = one<HTMLTextAreaElement>('[data-reply]')
    const type = (text: string): Promise<void> =>
      act(() => {
        field.value = text
        field.dispatchEvent(new Event('input', { bubbles: true }))
      })
    const enter = (init: KeyboardEventInit): Promise<void> =>
      act(
        () =>
          void field.dispatchEvent(
            new KeyboardEvent('keydown', {
              key: 'Enter',
              bubbles: true,
              cancelable: true,
              ...init,
            }),
          ),
      )
    const replies = (): unknown[][] => rig.calls.filter(([name]) => name === 'reply')
    await type('Hello')
    await enter({ shiftKey: true })
    await enter({ isComposing: true })
    await enter({ keyCode: 229 })
    expect(replies()).toEqual([])
    await enter({})
    expect(replies()).toEqual([['reply', idOf(1), 'Hello']])
    expect(field.value).toBe('')
    await type('   ')
    await enter({})
    await type('x'.repeat(4_001))
    await enter({})
    expect(replies()).toHaveLength(1)
    expect(one('.composer-over').textContent).toBe('Too long by 1')
  })

  it('Composer: what was being written is there again', async () => {
    const rig = createDeskRig('Unfinished')
    rig.desk.state.rows.value = [rowOf(1)]
    opened(rig, 1)
    await show(rig)
    expect(one<HTMLTextAreaElement>('[data-reply]').value).toBe('Unfinished')
  })

  it('Thread: a conversation that is not there says so', async () => {
    const rig = createDeskRig()
    opened(rig, 5, { phase: 'missing' })
    await show(rig)
    expect(texts('.blank-title')).toContain('This conversation is not here')
  })

  it('Thread: resolve and reopen follow the status', async () => {
    const rig = createDeskRig()
    const { state } = rig.desk
    state.rows.value = [rowOf(1)]
    opened(rig, 1)
    await show(rig)
    one<HTMLElement>('.button-resolve').click()
    await act(() => void (state.rows.value = [rowOf(1, { status: 'resolved' })]))
    one<HTMLElement>('.thread-head .button').click()
    expect(rig.calls.filter(([name]) => name === 'setStatus')).toEqual([
      ['setStatus', idOf(1), 'resolved'],
      ['setStatus', idOf(1), 'open'],
    ])
  })
})

describe('deliveries', () => {
  it('C10: what is parked is shown with its reason and can be replayed, once per click', async () => {
    const rig = createDeskRig()
    const { state } = rig.desk
    state.route.value = { name: 'deliveries', connector: null }
    state.rows.value = [rowOf(1, { visitor: { id: idOf(9), name: 'Amelie' } })]
    const parked = {
      id: idOf(7),
      connector: 'webhook',
      conversation: idOf(1),
      seq: 3,
      attempts: 1,
      reason: 'The endpoint answered 410.',
      time: NOW,
    }
    state.deliveries.value = { state: 'ready', parked: [parked] }
    await show(rig)
    expect(one('.parked-reason').textContent).toBe('The endpoint answered 410.')
    expect(one('.parked-who').getAttribute('href')).toBe(`#/c/${idOf(1)}`)
    const button = one<HTMLElement>('.parked button')
    await act(() => button.click())
    await act(() => button.click())
    expect(rig.calls.filter(([name]) => name === 'replay')).toEqual([['replay', idOf(7)]])
    await act(() => void (state.deliveries.value = { state: 'ready', parked: [] }))
    expect(texts('.blank-title')).toEqual(['Everything was delivered'])
  })
})
