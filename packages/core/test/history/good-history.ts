import type { Random } from '@homing/core'
import type { Happening, HistoryEvent, LogEntry, Seen } from './event.ts'
import { createRecorder } from './recorder.ts'

/**
 * A history in which every promise is kept, with all that a rule looks at: two visitors, one with
 * two tabs, a console, a far side that is sent to and answers, a draft that failed and was tried
 * again, a reader that comes late, a far side that refuses one entry for good.
 */
export function goodHistory(random: Random, steps = 60): readonly HistoryEvent[] {
  let now = 0
  const { events, note } = createRecorder(() => now)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  const log = new Map<string, LogEntry[]>(CONVERSATIONS.map(({ id }) => [id, []]))
  const cursors = new Map<string, number>()
  /** Drafts that a far side refused at first. */
  const troubles = new Set<string>()
  let drafts = 0
  let hooks = 0

  const logOf = (conversation: string): LogEntry[] => log.get(conversation)!
  const partyOf = (conversation: string): string =>
    CONVERSATIONS.find(({ id }) => id === conversation)!.party

  const append = (conversation: string, entry: Omit<LogEntry, 'seq'>): number => {
    const entries = logOf(conversation)
    const seq = entries.push({ ...entry, seq: entries.length + 1 })
    note('relay', { op: 'head', conversation, epoch: EPOCH, seq })
    for (const sink of entry.sinks) deliver(sink, entry.id)
    return seq
  }

  const deliver = (sink: string, draft: string): void => {
    const refused = random() < 0.1
    if (refused) {
      note(sink, { op: 'answered', sink, draft, taken: false })
      note('relay', { op: 'parked', sink, draft })
      troubles.add(draft)
    }
    const tries = random() < 0.2 ? 2 : 1
    for (let i = 0; i < tries; i++) {
      note('relay', { op: 'attempt', sink, delivery: `delivery of ${draft}`, draft })
    }
    note(sink, { op: 'answered', sink, draft, taken: true })
  }

  const read = (reader: Reader): void => {
    for (const { id: conversation, party } of CONVERSATIONS) {
      if (reader.role === 'visitor' && reader.party !== party) continue
      const at = cursors.get(`${reader.who} ${conversation}`) ?? 0
      const entries = logOf(conversation).slice(at).map(seenOf)
      if (entries.length === 0) continue
      cursors.set(`${reader.who} ${conversation}`, at + entries.length)
      note(reader.who, { op: 'read', conversation, epoch: EPOCH, party: reader.party, entries })
    }
  }

  const press = (): void => {
    const { who, device, conversation, role, party } = pick(AUTHORS)
    const draft = `draft ${++drafts}`
    const words = `words ${drafts}`
    const status = (state: Extract<Happening, { op: 'status' }>['state']): void =>
      note(who, { op: 'status', draft, state })
    note(who, { op: 'submit', draft, conversation, device, words })
    status('pending')
    note(who, { op: 'sent', draft })
    if (random() < 0.1) {
      status('failed')
      note(who, { op: 'retry', draft })
      status('pending')
    }
    now += 5
    const sinks = role === 'visitor' ? [SINK] : []
    const seq = append(conversation, { id: draft, author: party, role, words, sinks })
    note(who, { op: 'ack', draft, conversation, epoch: EPOCH, seq })
    status('stored')
    if (troubles.has(draft)) status('undelivered')
    if (role === 'agent') READERS.filter((reader) => reader.role === 'visitor').forEach(read)
    if (random() < 0.7) status('delivered')
    if (random() < 0.5) status('read')
  }

  const hook = (): void => {
    const { id: conversation } = pick(CONVERSATIONS)
    const event = `event ${++hooks}`
    const draft = `hook ${hooks}`
    const words = `answer ${hooks}`
    const told = { op: 'inbound', sink: SINK, event, conversation, draft, words } as const
    if (random() < 0.3) note(SINK, { ...told, ok: false })
    append(conversation, { id: draft, author: 'helpdesk', role: 'agent', words, sinks: [] })
    note(SINK, { ...told, ok: true })
    if (random() < 0.3) note(SINK, { ...told, ok: true })
  }

  for (const { who, role, party } of READERS) note(who, { op: 'open', role, party })
  for (let step = 0; step < steps; step++) {
    now += Math.floor(random() * 50)
    if (random() < 0.7) press()
    else hook()
    if (random() < 0.5) read(pick(READERS))
  }
  note(LATE.who, { op: 'open', role: LATE.role, party: LATE.party })
  now += 5_000
  for (const reader of [...READERS, LATE]) read(reader)
  note('run', { op: 'look' })
  note('run', { op: 'end', quiet: true })
  for (const [conversation, entries] of log) {
    note('log', { op: 'log', conversation, epoch: EPOCH, party: partyOf(conversation), entries })
  }
  return events
}

interface Reader {
  readonly who: string
  readonly role: 'visitor' | 'agent'
  readonly party: string
}

const EPOCH = 'epoch-1'
const SINK = 'desk'
const CONVERSATIONS = [
  { id: 'lamps', party: 'ann' },
  { id: 'returns', party: 'ann' },
  { id: 'sizes', party: 'bob' },
]
const READERS: readonly Reader[] = [
  { who: 'tab a', role: 'visitor', party: 'ann' },
  { who: 'tab b', role: 'visitor', party: 'ann' },
  { who: 'tab c', role: 'visitor', party: 'bob' },
  { who: 'console', role: 'agent', party: 'ada' },
]
const LATE: Reader = { who: 'late tab', role: 'visitor', party: 'bob' }
const AUTHORS = [
  { who: 'tab a', device: 'phone', conversation: 'lamps', role: 'visitor', party: 'ann' },
  { who: 'tab b', device: 'phone', conversation: 'lamps', role: 'visitor', party: 'ann' },
  { who: 'tab a', device: 'phone', conversation: 'returns', role: 'visitor', party: 'ann' },
  { who: 'tab c', device: 'laptop', conversation: 'sizes', role: 'visitor', party: 'bob' },
  { who: 'console', device: 'console', conversation: 'lamps', role: 'agent', party: 'ada' },
  { who: 'console', device: 'console', conversation: 'sizes', role: 'agent', party: 'ada' },
] as const

const seenOf = ({ seq, id, author, words }: LogEntry): Seen => ({ seq, id, author, words })
