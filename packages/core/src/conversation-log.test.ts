import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationView } from './conversation-log.ts'
import {
  emptyView,
  fitOf,
  withCache,
  withEarlier,
  withEntries,
  withRead,
  withSummary,
  withTyping,
} from './conversation-log.ts'
import type { Body, Entry, Role } from './protocol.ts'

const entry = (
  seq: number,
  role: Role = 'bot',
  body: Body = { type: 'text', text: `${seq}` },
): Entry => ({
  seq,
  id: `id-${seq}`,
  author: { role, id: role },
  time: seq,
  body,
})

const run = (from: number, to: number): Entry[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => entry(from + at))

const view = (from: number, to: number): ConversationView =>
  withEntries(emptyView('c', 'e', 0), run(from, to), 'e', true)

const seqs = ({ entries }: ConversationView): number[] => entries.map(({ seq }) => seq)

describe('fit', () => {
  it.each([
    ['the next', 6, 7, 'continues'],
    ['an overlap', 4, 7, 'continues'],
    ['what is known', 2, 5, 'known'],
    ['nothing', 1, 0, 'known'],
    ['a gap', 7, 8, 'gap'],
  ] as const)('C6: %s', (_, from, to, kind) => {
    expect(fitOf(view(1, 5), run(from, to)).kind).toBe(kind)
  })

  it('C6: whatever runs come, a reader has a prefix of the log or knows of the gap', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 9 })))
    fc.assert(
      fc.property(runs, (all) => {
        let held = emptyView('c', 'e', 0)
        for (const [from, length] of all) {
          const fit = fitOf(held, run(from, from + length))
          if (fit.kind === 'gap') expect(from).toBeGreaterThan(held.position.seq + 1)
          if (fit.kind === 'continues') held = withEntries(held, fit.fresh, 'e', false)
          expect(seqs(held)).toEqual(run(1, held.position.seq).map(({ seq }) => seq))
        }
      }),
    )
  })
})

describe('entries', () => {
  it('C6: a new window replaces the old one', () => {
    const next = withEntries(view(1, 3), run(8, 9), 'e2', true)
    expect(seqs(next)).toEqual([8, 9])
    expect(next.position).toEqual({ epoch: 'e2', seq: 9 })
  })

  it('C6: earlier entries join only where they touch', () => {
    expect(seqs(withEarlier(view(5, 6), run(2, 5)))).toEqual([2, 3, 4, 5, 6])
    expect(seqs(withEarlier(view(5, 6), run(1, 3)))).toEqual([5, 6])
    expect(seqs(withEarlier(emptyView('c', 'e', 0), run(1, 3)))).toEqual([])
  })

  it('C9: who writes has read what is above it', () => {
    const next = withEntries(
      view(1, 2),
      [entry(3, 'visitor'), entry(4, 'agent'), entry(5, 'bot')],
      'e',
      false,
    )
    expect(next.read).toEqual({ visitor: 3, agent: 4 })
  })

  it('C9: the log says what the status is: the last word counts', () => {
    const status = (...entries: Entry[]): string =>
      withEntries(emptyView('c', 'e', 0), entries, 'e', true).status
    const resolved = entry(1, 'agent', { type: 'status', status: 'resolved' })
    expect(status(resolved)).toBe('resolved')
    expect(status(resolved, entry(2, 'agent'))).toBe('resolved')
    expect(status(resolved, entry(2, 'visitor'))).toBe('open')
    expect(status(resolved, entry(2, 'agent', { type: 'status', status: 'open' }))).toBe('open')
    expect(status(resolved, entry(2, 'agent', { type: 'status', status: 'joined' }))).toBe(
      'resolved',
    )
  })

  it('P11: who has written is not writing any more; others may be', () => {
    const typing = withTyping(view(1, 2), { role: 'agent', id: 'a' })
    expect(withEntries(typing, [entry(3, 'agent')], 'e', false).typing).toBeUndefined()
    expect(withEntries(typing, [entry(3, 'visitor')], 'e', false).typing).toEqual({
      role: 'agent',
      id: 'a',
    })
  })
})

describe('marks and summaries', () => {
  it('C9: a mark only rises', () => {
    const held = withRead(withRead(view(1, 5), 'agent', 4), 'agent', 2)
    expect(held.read.agent).toBe(4)
    expect(withRead(held, 'agent', 4)).toBe(held)
    const summary = {
      id: 'c',
      head: 3,
      status: 'resolved',
      read: { visitor: 2, agent: 1 },
    } as const
    expect(withSummary(held, summary)).toMatchObject({
      head: 5,
      status: 'resolved',
      read: { visitor: 2, agent: 4 },
    })
  })

  it('P6: a conversation known by its summary alone is as old as the relay says', () => {
    const summary = { id: 'c', head: 3, status: 'open', read: { visitor: 0, agent: 0 } } as const
    expect(withSummary(emptyView('c', 'e', 99), { ...summary, time: 7 }).time).toBe(7)
    expect(withSummary(emptyView('c', 'e', 99), summary).time).toBe(99)
  })

  it('C9: neither cache nor memory sets the other back', () => {
    const marks = { epoch: 'e', status: 'resolved', read: { visitor: 1, agent: 9 } } as const
    const cached = { id: 'c', position: { epoch: 'e', seq: 4 }, entries: run(3, 4), marks }
    expect(withCache(undefined, cached)).toMatchObject({
      status: 'resolved',
      read: marks.read,
      head: 4,
      time: 4,
    })
    expect(seqs(withCache(view(1, 3), cached))).toEqual([1, 2, 3, 4])
    expect(seqs(withCache(view(1, 6), cached))).toEqual([1, 2, 3, 4, 5, 6])
    expect(seqs(withCache(view(1, 1), cached))).toEqual([3, 4])
    const ahead = withRead(view(1, 6), 'visitor', 5)
    expect(withCache(ahead, cached)).toMatchObject({
      read: { visitor: 5, agent: 9 },
      position: { seq: 6 },
    })
  })
})
