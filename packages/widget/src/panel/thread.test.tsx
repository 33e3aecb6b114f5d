import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { Stage } from '../../test/stage.ts'
import { AGENT, NOW, VISITOR, draft, entry, setStage } from '../../test/stage.ts'
import { Message } from './message.tsx'
import { FAILURE_WORDS } from './failure-words.ts'

let stage: Stage
beforeEach(() => {
  stage = setStage()
})
afterEach(() => stage.unmount())

const texts = (): (string | null)[] => stage.parts('text').map((text) => text.textContent)

describe('thread', () => {
  test('is a log that announces politely only once it stands', async () => {
    vi.useFakeTimers()
    try {
      const log = stage.part('log')
      expect(log?.getAttribute('role')).toBe('log')
      await stage.show({ entries: [entry(1, AGENT, 'One'), entry(2, AGENT, 'Two')] })
      expect(log?.getAttribute('aria-live')).toBe('off')
      vi.advanceTimersByTime(1_000)
      await stage.drawn()
      expect(log?.getAttribute('aria-live')).toBe('polite')
      await stage.show({ entries: [entry(2, AGENT, 'Two')] }, { earlier: 'loading' })
      expect(log?.getAttribute('aria-live')).toBe('off')
      expect(log?.getAttribute('aria-busy')).toBe('true')
    } finally {
      vi.useRealTimers()
    }
  })

  test('stands in while loading, greets when empty, and keeps the greeting at the beginning', async () => {
    expect(stage.part('skeleton')).not.toBeNull()
    await stage.show({})
    expect(stage.part('skeleton')).toBeNull()
    expect(stage.part('greeting')?.dataset['alone']).toBe('true')
    await stage.show({ entries: [entry(1, VISITOR, 'Hello')] })
    expect(stage.part('greeting')?.dataset['alone']).toBe('false')
    await stage.show({ entries: [entry(7, VISITOR, 'Hello')] }, { earlier: 'more' })
    expect(stage.part('greeting')).toBeNull()
    stage.part('earlier')?.click()
    expect(stage.actions.loadEarlier).toHaveBeenCalledOnce()
  })

  test('bubbles carry id, seq and state', async () => {
    await stage.show({ entries: [entry(1, VISITOR, 'Hello')], drafts: [draft('d1', 'There')] })
    expect(
      stage.parts('bubble').map(({ dataset }) => [dataset['id'], dataset['seq'], dataset['state']]),
    ).toEqual([
      ['e1', '1', 'stored'],
      ['d1', undefined, 'pending'],
    ])
  })

  test('groups one author’s bubbles: the name above the first, picture and time at the last', async () => {
    await stage.show({
      entries: [entry(1, AGENT, 'One'), entry(2, AGENT, 'Two'), entry(3, VISITOR, 'Three')],
    })
    expect(stage.parts('author').map((name) => name.textContent)).toEqual(['Lena'])
    expect(
      stage
        .parts('message')
        .map(({ dataset }) => [dataset['mine'], dataset['first'], dataset['last']]),
    ).toEqual([
      ['false', 'true', 'false'],
      ['false', 'false', 'true'],
      ['true', 'true', 'true'],
    ])
    expect(stage.parts('time')).toHaveLength(2)
  })

  test('marks a bot as automatic', async () => {
    await stage.show({ entries: [entry(1, { role: 'bot', id: 'b', name: 'Guide' }, 'Beep')] })
    expect(stage.part('automated')?.textContent).toBe('Automated')
  })

  test('C9: how far it got is said under the last own bubble only', async () => {
    const entries = [entry(1, VISITOR, 'One'), entry(2, AGENT, 'Two'), entry(3, VISITOR, 'Three')]
    await stage.show({ entries })
    expect(stage.parts('delivery').map((word) => word.textContent)).toEqual(['Sent'])
    await stage.show({ entries, delivered: { visitor: 0, agent: 3 } })
    expect(stage.parts('delivery').map((word) => word.textContent)).toEqual(['Delivered'])
    await stage.show({ entries, read: { visitor: 0, agent: 3 } })
    expect(stage.parts('delivery').map((word) => word.textContent)).toEqual(['Read'])
    await stage.show({ entries, drafts: [draft('d1', 'Four')] })
    expect(stage.parts('delivery').map((word) => word.textContent)).toEqual(['Sending…'])
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(stage.parts('delivery').map((word) => word.textContent)).toEqual(['Will be sent later'])
  })

  test('C8: a failed draft gives the reason, a retry and a way to remove it', async () => {
    const failed = { code: 'rate_limited', message: 'slow', retryable: true }
    await stage.show({ drafts: [draft('d1', 'Hello', failed)] })
    expect(stage.part('bubble')?.dataset['state']).toBe('failed')
    expect(stage.part('failure-reason')?.textContent).toBe('Not sent · Too many messages at once.')
    stage.part('retry')?.click()
    expect(stage.actions.retry).toHaveBeenCalledWith('d1')
    stage.part('discard')?.click()
    expect(stage.actions.discard).toHaveBeenCalledWith('d1')
  })

  test('C8: what can never pass is not offered again', async () => {
    await stage.show({
      drafts: [draft('d1', 'Long', { code: 'too_long', message: 'x', retryable: false })],
    })
    expect(stage.part('retry')).toBeNull()
    expect(stage.part('discard')).not.toBeNull()
    expect(stage.part('failure-reason')?.textContent).toContain('It is too long.')
  })

  test.each([
    ['too_long', 'Not delivered · It is too long to be passed on.'],
    ['refused', 'Not delivered · It could not be passed on.'],
    ['of a later version', 'Not delivered · It could not be passed on.'],
  ])(
    'C9: what was not delivered (%s) says so in plain words, and nothing is offered',
    async (code, words) => {
      const undelivered = { n: 1, entries: [{ seq: 1, code, message: 'HTTP 413' }] }
      await stage.show({
        entries: [entry(1, VISITOR, 'One'), entry(2, VISITOR, 'Two')],
        delivered: { visitor: 0, agent: 2 },
        ...({ undelivered } as object),
      })
      expect(stage.parts('bubble').map(({ dataset }) => dataset['state'])).toEqual([
        'failed',
        'delivered',
      ])
      expect(stage.parts('failure-reason').map((reason) => reason.textContent)).toEqual([words])
      expect([stage.part('retry'), stage.part('discard')]).toEqual([null, null])
    },
  )

  test('every language has words for what failed', () => {
    const keys = (words: object): string[] => Object.keys(words).toSorted()
    for (const words of Object.values(FAILURE_WORDS)) {
      expect(keys(words)).toEqual(keys(FAILURE_WORDS['en'] ?? {}))
      expect(Object.values(words).every((text) => text.trim() !== '')).toBe(true)
    }
    expect(Object.keys(FAILURE_WORDS).toSorted()).toEqual(['en', 'zh-TW'])
  })

  test('an unknown body shows its fallback, a strange one says so, and neither throws', async () => {
    const strange = [
      { type: 'card' },
      { type: 'text' },
      { type: 'text', text: 7 },
      { type: 'x', fallback: ' ' },
    ]
    await stage.show({
      entries: [
        entry(1, AGENT, { type: 'card', fallback: 'A card: blue jacket' }),
        ...strange.map((body, at) => entry(at + 2, AGENT, body)),
      ],
    })
    expect(texts()).toEqual([
      'A card: blue jacket',
      ...strange.map(() => 'This message cannot be shown here.'),
    ])
  })

  test('status entries are lines of their own, days are named, the unread mark stands above', async () => {
    await stage.show(
      {
        entries: [
          { ...entry(1, VISITOR, 'Old'), time: NOW - 86_400_000 },
          entry(2, AGENT, { type: 'status', status: 'joined' }),
          entry(3, AGENT, 'New one'),
          entry(4, AGENT, { type: 'status', status: 'resolved' }),
        ],
        unreadFrom: 3,
      },
      { status: 'resolved' },
    )
    expect(stage.parts('day').map((line) => line.textContent)).toEqual(['Yesterday', 'Today'])
    expect(stage.parts('notice').map((line) => line.textContent)).toEqual([
      'Lena joined',
      'Resolved',
    ])
    expect(stage.part('unread')?.nextElementSibling?.textContent).toContain('New one')
    expect(stage.part('resolved')).not.toBeNull()
  })

  test('somebody writing is shown and told, without being announced again and again', async () => {
    await stage.show({ entries: [entry(1, VISITOR, 'Hi')] }, { typing: AGENT })
    expect(stage.part('typing')?.textContent).toBe('LLena is writing…')
    expect(stage.part('typing')?.getAttribute('aria-live')).toBe('off')
  })

  test('tells once how far the reader has seen, and only while open', async () => {
    stage.state.open.value = false
    await stage.show({ entries: [entry(1, AGENT, 'One')] })
    expect(stage.actions.seen).not.toHaveBeenCalled()
    stage.state.open.value = true
    await stage.drawn()
    stage.state.connection.value = 'offline'
    await stage.drawn()
    expect(stage.actions.seen.mock.calls).toEqual([[1]])
  })

  test('a new message draws one bubble more, however many there are', async () => {
    const entries = Array.from({ length: 200 }, (_, at) =>
      entry(at + 1, at % 2 ? AGENT : VISITOR, `Line ${at}`),
    )
    await stage.show({ entries })
    const draws = vi.spyOn(Message.prototype, 'render')
    try {
      await stage.show({ entries: [...entries, entry(201, AGENT, 'One more')] })
      // The new bubble and the one before it, which no longer ends its group.
      expect(draws.mock.calls.length).toBeLessThanOrEqual(2)
    } finally {
      draws.mockRestore()
    }
  })
})

describe('words', () => {
  const say = async (text: string): Promise<void> =>
    stage.show({ entries: [entry(1, AGENT, text)] })

  test('links open elsewhere and give nothing of the page away', async () => {
    await say('See https://shop.example/a?b=1, please')
    const link = stage.part('link') as HTMLAnchorElement | null
    expect(link?.getAttribute('href')).toBe('https://shop.example/a?b=1')
    expect(link?.target).toBe('_blank')
    expect(link?.rel.split(' ').toSorted()).toEqual(['nofollow', 'noopener', 'noreferrer', 'ugc'])
    expect(texts()).toEqual(['See https://shop.example/a?b=1, please'])
  })

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt://%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<script>alert(1)</script>',
    '"><svg/onload=alert(1)>',
    '[x](javascript:alert(1))',
  ])('%s is text and never a link or an element', async (text) => {
    await say(text)
    expect(texts()).toEqual([text])
    expect(stage.part('text')?.children).toHaveLength(0)
  })

  test('hostile names are text too', async () => {
    await stage.show({
      entries: [entry(1, { ...AGENT, name: '<img src=x onerror=alert(1)>' }, 'Hi')],
    })
    expect(stage.part('author')?.textContent).toBe('<img src=x onerror=alert(1)>')
    expect(stage.root.querySelector('img')).toBeNull()
  })

  test('each text finds its own direction', async () => {
    await say('مرحبا')
    expect(stage.part('text')?.getAttribute('dir')).toBe('auto')
  })

  test('up to three emoji stand large', async () => {
    await say('🎉👍🏽')
    expect(stage.part('bubble')?.dataset['emoji']).toBe('true')
    await say('🎉 thanks')
    expect(stage.part('bubble')?.dataset['emoji']).toBe('false')
    await say('123')
    expect(stage.part('bubble')?.dataset['emoji']).toBe('false')
  })
})
