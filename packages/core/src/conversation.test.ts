import { describe, expect, it } from 'vitest'
import type { ThreadInput, ThreadItem } from './conversation.ts'
import { GROUP_GAP_MS, countUnread, foldThread, lineOf } from './conversation.ts'
import type { Draft } from './local-store.ts'
import type { Author, Body, Entry } from './protocol.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const VISITOR: Author = { role: 'visitor', id: 'v' }
const ADA: Author = { role: 'agent', id: 'ada', name: 'Ada' }
const BO: Author = { role: 'agent', id: 'bo', name: 'Bo' }

const entry = (seq: number, author: Author, time = NOON + seq, body?: Body): Entry => ({
  seq,
  id: `e${seq}`,
  author,
  time,
  body: body ?? { type: 'text', text: `${seq}` },
})

const draft = (id: string, more: Partial<Draft> = {}): Draft => ({
  id,
  conversation: 'c',
  n: 1,
  time: NOON + 60_000,
  body: { type: 'text', text: id },
  ...more,
})

const fold = (input: Partial<ThreadInput>): readonly ThreadItem[] =>
  foldThread({
    entries: [],
    drafts: [],
    read: { visitor: 0, agent: 0 },
    delivered: { visitor: 0, agent: 0 },
    side: 'visitor',
    dayOf: (time) => new Date(time).toISOString().slice(0, 10),
    ...input,
  })

/** "me:1 read first last" */
const drawn = (items: readonly ThreadItem[]): string[] =>
  items.map((item) => {
    if (item.kind !== 'bubble') return item.key
    const ends = `${item.first ? ' first' : ''}${item.last ? ' last' : ''}`
    return `${item.mine ? 'me' : item.author.id}:${item.seq ?? item.id} ${item.state}${ends}`
  })

describe('states', () => {
  it('C9: pending, stored and read, and failed with its reason', () => {
    const failed = { code: 'too_long', message: 'Too long.', retryable: false }
    const items = fold({
      entries: [entry(1, VISITOR), entry(2, VISITOR)],
      drafts: [draft('d1'), draft('d2', { failed })],
      read: { visitor: 2, agent: 1 },
    })
    expect(drawn(items).slice(1)).toEqual([
      'me:1 read first',
      'me:2 stored',
      'me:d1 pending',
      'me:d2 failed last',
    ])
    expect(items.at(-1)).toMatchObject({ failed })
  })

  it('C9: delivered up to the other side’s mark, read up to its other one', () => {
    const entries = [1, 2, 3].map((seq) => entry(seq, VISITOR))
    const read = { visitor: 3, agent: 1 }
    const items = fold({ entries, read, delivered: { visitor: 3, agent: 2 } })
    expect(drawn(items).slice(1)).toEqual(['me:1 read first', 'me:2 delivered', 'me:3 stored last'])
    const agents = [1, 2].map((seq) => entry(seq, ADA))
    const theirs = fold({ entries: agents, side: 'agent', delivered: { visitor: 1, agent: 2 } })
    expect(drawn(theirs).slice(1)).toEqual(['me:1 delivered first', 'me:2 stored last'])
  })

  it('C9: what the other side does not have is not delivered, whatever the marks say', () => {
    const items = fold({
      entries: [1, 2, 3, 4].map((seq) => entry(seq, VISITOR)),
      // That an answer says so of what is above it does not help the one that was refused.
      read: { visitor: 0, agent: 2 },
      delivered: { visitor: 0, agent: 4 },
      undelivered: {
        n: 2,
        entries: [
          { seq: 1, code: 'too_long', message: 'the text is too long' },
          { seq: 3, message: 'the far side did not answer' },
        ],
      },
    })
    expect(drawn(items).slice(1)).toEqual([
      'me:1 failed first',
      'me:2 read',
      'me:3 stored',
      'me:4 delivered last',
    ])
    expect(items[1]).toMatchObject({ seq: 1, failed: { code: 'too_long' } })
  })

  it('C8: a draft whose entry is there is shown once, under the same key', () => {
    const before = fold({ drafts: [draft('e1')] })
    const after = fold({ entries: [entry(1, VISITOR)], drafts: [draft('e1')] })
    expect(drawn(after).slice(1)).toEqual(['me:1 stored first last'])
    expect(after.at(-1)?.key).toBe(before.at(-1)?.key)
  })

  it('C9: the reader’s own mark says nothing of his own words', () => {
    const items = fold({ entries: [entry(1, VISITOR)], read: { visitor: 9, agent: 0 } })
    expect(items.at(-1)).toMatchObject({ state: 'stored' })
  })
})

describe('order and groups', () => {
  it('C6: the order is the log’s, whatever the clocks say', () => {
    const items = fold({
      entries: [entry(1, ADA, NOON + 5_000), entry(2, ADA, NOON), entry(3, ADA, NOON - 5_000)],
    })
    expect(
      items.filter(({ kind }) => kind === 'bubble').map((item) => 'seq' in item && item.seq),
    ).toEqual([1, 2, 3])
  })

  it('bubbles stand together by author and time', () => {
    const items = fold({
      entries: [
        entry(1, ADA, NOON),
        entry(2, ADA, NOON + 1),
        entry(3, BO, NOON + 2),
        entry(4, BO, NOON + 2 + GROUP_GAP_MS),
        entry(5, VISITOR, NOON + 3 + GROUP_GAP_MS),
      ],
    })
    expect(drawn(items).slice(1)).toEqual([
      'ada:1 stored first',
      'ada:2 stored last',
      'bo:3 stored first last',
      'bo:4 stored first last',
      'me:5 stored first last',
    ])
  })

  it('a day has one line, also when clocks disagree around midnight', () => {
    const midnight = Date.UTC(2026, 2, 2)
    const items = fold({
      entries: [
        entry(1, ADA, midnight - 1),
        entry(2, BO, midnight),
        entry(3, ADA, midnight - 1),
        entry(4, BO, midnight),
      ],
    })
    const keys = items.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(['day:2026-03-01', 'e1', 'day:2026-03-02', 'e2', 'e3', 'e4'])
  })

  it('the unread line and a notice part what stands together', () => {
    const resolved: Body = { type: 'status', status: 'resolved' }
    const items = fold({
      entries: [entry(1, ADA), entry(2, ADA), entry(3, ADA, NOON + 3, resolved), entry(4, ADA)],
      unreadFrom: 2,
    })
    expect(drawn(items)).toEqual([
      'day:2026-03-01',
      'ada:1 stored first last',
      'unread',
      'ada:2 stored first last',
      'e3',
      'ada:4 stored first last',
    ])
  })
})

describe('counts and lines', () => {
  it('unread are the other side’s words above the mark', () => {
    const entries = [
      entry(1, ADA),
      entry(2, VISITOR),
      entry(3, ADA),
      entry(4, ADA, NOON, { type: 'status', status: 'resolved' }),
    ]
    expect(countUnread(entries, { visitor: 1, agent: 0 }, 'visitor')).toBe(1)
    expect(countUnread(entries, { visitor: 0, agent: 0 }, 'agent')).toBe(1)
    expect(countUnread(entries, { visitor: 4, agent: 2 }, 'agent')).toBe(0)
  })

  it('P2: a body of a later version is its fallback', () => {
    expect(lineOf({ type: 'text', text: 'words' })).toBe('words')
    expect(lineOf({ type: 'poll', fallback: 'A poll' })).toBe('A poll')
    expect(lineOf({ type: 'poll' })).toBe('')
    expect(lineOf({ type: 'text', fallback: 'No words' } as Body)).toBe('No words')
  })
})
