import type { ConversationView, Draft, Entry } from '@homing/core'
import { describe, expect, it } from 'vitest'

import { itemOf, threadOf } from './view.ts'

const entry = (seq: number, role: 'visitor' | 'agent', text: string): Entry => ({
  seq,
  id: `id-${seq}`,
  author: { role, id: role, ...(role === 'agent' ? { name: 'Mia' } : {}) },
  time: seq * 1_000,
  body: { type: 'text', text },
})

const view = (entries: readonly Entry[], visitor = 0): ConversationView => ({
  id: 'c1',
  status: 'open',
  read: { visitor, agent: 0 },
  delivered: { visitor: 0, agent: 0 },
  position: { epoch: 'e', seq: entries.at(-1)?.seq ?? 0 },
  entries,
  head: entries.at(-1)?.seq ?? 0,
  time: entries.at(-1)?.time ?? 0,
})

const waiting: Draft = {
  id: 'd1',
  conversation: 'c1',
  n: 2,
  time: 9_000,
  body: { type: 'text', text: 'and the red one?' },
}

const options = { loading: false, unreadFrom: undefined, loadingEarlier: false, dayOf: () => 'day' }

describe('what the panel shows', () => {
  it('the list shows the newest words, also when they are still waiting', () => {
    const answered = view([entry(1, 'visitor', 'hello'), entry(2, 'agent', 'hi')])
    expect(itemOf(answered, [])).toMatchObject({ line: 'hi', mine: false, unread: 1 })
    expect(itemOf(answered, [waiting])).toMatchObject({
      line: 'and the red one?',
      mine: true,
      author: null,
      time: 9_000,
    })
  })

  it('a thread that begins above 1 has earlier entries', () => {
    expect(threadOf(view([entry(7, 'agent', 'hi')]), [], options).earlier).toBe('more')
    expect(threadOf(view([entry(1, 'agent', 'hi')]), [], options).earlier).toBe('none')
    expect(
      threadOf(view([entry(7, 'agent', 'hi')]), [], { ...options, loadingEarlier: true }).earlier,
    ).toBe('loading')
  })

  it('nothing known is loading until the store was read, then empty', () => {
    expect(threadOf(undefined, [], { ...options, loading: true }).phase).toBe('loading')
    expect(threadOf(undefined, [], options).phase).toBe('empty')
    expect(threadOf(undefined, [waiting], options).phase).toBe('ready')
  })
})
