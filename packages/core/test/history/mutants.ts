import type { Random } from '@homing/core'
import type { EventOf, HistoryEvent, LogEntry, Seen } from './event.ts'
import type { RuleId } from './rule.ts'
import { ON_ITS_WAY_MS } from './rules/catching-up.ts'

/**
 * One fault put into a good history, at a place that chance picks. A checker that does not flag it
 * under this rule is blind to it.
 */
export interface Mutant {
  readonly rule: RuleId
  readonly name: string
  /** Undefined where the history has no place for it. */
  readonly apply: (history: History, random: Random) => History | undefined
}

type History = readonly HistoryEvent[]
type Op = HistoryEvent['op']

export const MUTANTS: readonly Mutant[] = [
  {
    rule: 'C1',
    name: 'an acked entry is lost from the end of the log',
    apply: (history, random) =>
      withLog(
        history,
        random,
        (log) => ackOf(history, log.entries.at(-1)) !== undefined,
        (entries) => entries.slice(0, -1),
      ),
  },
  {
    rule: 'C1',
    name: 'an ack is forged',
    apply: (history, random) =>
      doubled(history, pickOf(history, 'ack', random, ofLast(history)), (ack) => ({
        ...ack,
        draft: 'a draft that nobody took',
        seq: ack.seq + 1_000,
      })),
  },
  {
    rule: 'C2',
    name: 'an entry is in the log twice',
    apply: (history, random) =>
      withLog(
        history,
        random,
        ({ entries }) => entries.length > 0,
        (entries) => [...entries, { ...pick(entries, random)!, seq: entries.length + 1 }],
      ),
  },
  {
    rule: 'C2',
    name: 'the same words are in the log under a second id',
    apply: (history, random) => {
      const words = new Set(all(history, 'submit').map((event) => event.words))
      return withLog(
        history,
        random,
        ({ entries }) => entries.some((entry) => words.has(entry.words)),
        (entries) => {
          const again = pick(
            entries.filter((entry) => words.has(entry.words)),
            random,
          )!
          return [...entries, { ...again, id: 'a fresh id', seq: entries.length + 1 }]
        },
      )
    },
  },
  {
    rule: 'C2',
    name: 'a repeat is told another seq',
    apply: (history, random) =>
      doubled(history, pickOf(history, 'ack', random), (ack) => ({ ...ack, seq: ack.seq + 1 })),
  },
  {
    rule: 'C2',
    name: 'a draft is stored with other words',
    apply: (history, random) => {
      const submitted = new Set(all(history, 'submit').map(({ draft }) => draft))
      return withLog(
        history,
        random,
        ({ entries }) => entries.some(({ id }) => submitted.has(id)),
        (entries) => {
          const { id } = pick(
            entries.filter((entry) => submitted.has(entry.id)),
            random,
          )!
          return entries.map((entry) => (entry.id === id ? { ...entry, words: 'others' } : entry))
        },
      )
    },
  },
  {
    rule: 'C3',
    name: 'the log has a hole',
    apply: (history, random) =>
      withLog(
        history,
        random,
        ({ entries }) => entries.length > 1,
        (entries) => {
          const gone = Math.floor(random() * (entries.length - 1))
          return entries.filter((_, index) => index !== gone)
        },
      ),
  },
  {
    rule: 'C3',
    name: 'the log does not begin at 1',
    apply: (history, random) =>
      withLog(
        history,
        random,
        ({ entries }) => entries.length > 0,
        (entries) => entries.map((entry) => ({ ...entry, seq: entry.seq + 1 })),
      ),
  },
  {
    rule: 'C4',
    name: 'two drafts of one device change places',
    apply: (history, random) => {
      // Of these the place in the order is another one, or none.
      const moved = new Set([
        ...all(history, 'retry').map(({ draft }) => draft),
        ...all(history, 'unordered').flatMap(({ drafts }) => drafts),
      ])
      const pairs = pairsOf(history).filter(
        ([a, b]) =>
          a.device === b.device &&
          a.conversation === b.conversation &&
          !moved.has(a.draft) &&
          !moved.has(b.draft),
      )
      const pair = pick(pairs, random)
      return pair && exchanged(history, pair[0].draft, pair[1].draft)
    },
  },
  {
    rule: 'C5',
    name: 'a draft overtakes one that was acked before it left',
    apply: (history, random) => {
      const sent = new Map(all(history, 'sent').map((event) => [event.draft, event]))
      const acked = new Map(all(history, 'ack').map((event) => [event.draft, event]))
      const pairs = pairsOf(history).filter(([a, b]) => {
        const first = acked.get(a.draft)
        const second = sent.get(b.draft)
        return (
          a.device !== b.device &&
          a.conversation === b.conversation &&
          first !== undefined &&
          second !== undefined &&
          history.indexOf(first) < history.indexOf(second)
        )
      })
      const pair = pick(pairs, random)
      return pair && exchanged(history, pair[0].draft, pair[1].draft)
    },
  },
  {
    rule: 'C6',
    name: 'a reader misses one',
    apply: (history, random) =>
      withRead(history, random, 3, (entries) => [entries[0]!, ...entries.slice(2)]),
  },
  {
    rule: 'C6',
    name: 'a reader is shown one twice',
    apply: (history, random) =>
      withRead(history, random, 1, (entries) => [...entries, entries.at(-1)!]),
  },
  {
    rule: 'C6',
    name: 'a reader is shown two the wrong way round',
    apply: (history, random) =>
      withRead(history, random, 2, ([first, second, ...rest]) => [second!, first!, ...rest]),
  },
  {
    rule: 'C6',
    name: 'a reader is shown other words',
    apply: (history, random) =>
      withRead(history, random, 1, ([first, ...rest]) => [{ ...first!, words: 'others' }, ...rest]),
  },
  {
    rule: 'C6',
    name: 'a reader skips a whole run',
    apply: (history, random) => {
      const followed = all(history, 'read').filter((event, _, reads) =>
        reads.some(
          (other) =>
            other.who === event.who &&
            other.conversation === event.conversation &&
            other.entries[0]!.seq > event.entries[0]!.seq,
        ),
      )
      // The first run of a reader is where it begins; only a later one leaves a hole.
      const later = followed.filter(({ entries }) => entries[0]!.seq > 1)
      const gone = pick(later, random)
      return gone && history.filter((event) => event !== gone)
    },
  },
  {
    rule: 'C7',
    name: 'a reader falls behind',
    apply: (history, random) => {
      const log = all(history, 'log')[0]
      const look = history.findLast((event) => event.op === 'look')
      if (!log || !look) return undefined
      const heads = new Map(
        all(history, 'log').map(({ conversation, entries }) => [conversation, entries.length]),
      )
      /** Who had read how far before the last read of each. */
      const before = new Map<string, number>()
      const last = new Map<string, EventOf<'read'>>()
      for (const event of all(history, 'read')) {
        const key = `${event.who} ${event.conversation}`
        const known = last.get(key)
        if (known) before.set(key, known.epoch === log.epoch ? known.entries.at(-1)!.seq : 0)
        last.set(key, event)
      }
      const left = new Map(
        history.flatMap((event, at) =>
          event.op === 'close' || event.op === 'forgot' || event.op === 'sleep'
            ? [[event.who, at] as const]
            : [],
        ),
      )
      // Only who is still there when it is looked at, and had the time to follow.
      const expected = [...last].flatMap(([key, event]) =>
        event.epoch === log.epoch &&
        (before.get(key) ?? 0) < (heads.get(event.conversation) ?? 0) &&
        event.t + 2 * ON_ITS_WAY_MS < look.t &&
        (left.get(event.who) ?? -1) < history.indexOf(event)
          ? [event]
          : [],
      )
      const gone = pick(expected, random)
      return gone && history.filter((event) => event !== gone)
    },
  },
  {
    rule: 'C8',
    name: 'a submitted draft is lost',
    apply: (history, random) =>
      doubled(history, pickOf(history, 'submit', random), (submit) => ({
        ...submit,
        draft: 'a draft that nobody knows',
        words: 'lost words',
      })),
  },
  {
    rule: 'C8',
    name: 'a draft waits for ever',
    apply: (history, random) => {
      const submit = pickOf(history, 'submit', random)
      if (!submit) return undefined
      const { t, who } = submit
      const waits = { ...submit, draft: 'a draft that waits', words: 'waiting words' }
      const shown = { t, who, op: 'status', draft: waits.draft, state: 'pending' } as const
      return history.flatMap((event) => (event === submit ? [event, waits, shown] : [event]))
    },
  },
  {
    rule: 'C9',
    name: 'a status falls',
    apply: (history, random) => {
      const risen = pickOf(history, 'status', random, ({ state }) => state === 'read')
      return doubled(history, risen, (event) => ({ ...event, state: 'stored' }))
    },
  },
  {
    rule: 'C9',
    name: 'a stored draft fails',
    apply: (history, random) => {
      const stored = pickOf(history, 'status', random, ({ state }) => state === 'stored')
      return doubled(history, stored, (event) => ({ ...event, state: 'failed' }))
    },
  },
  {
    rule: 'C9',
    name: 'what was delivered becomes undelivered',
    apply: (history, random) => {
      const risen = pickOf(history, 'status', random, ({ state }) => state === 'delivered')
      return doubled(history, risen, (event) => ({ ...event, state: 'undelivered' }))
    },
  },
  {
    rule: 'C9',
    name: 'a delivered mark runs ahead of the far side',
    apply: (history, random) => {
      if (all(history, 'restored').length > 0) return undefined
      const visitors = draftsOf(history, 'visitor')
      const early = pickOf(
        history,
        'status',
        random,
        ({ state, draft }) => state === 'delivered' && visitors.has(draft),
      )
      return (
        early && history.filter((event) => event.op !== 'answered' || event.draft !== early.draft)
      )
    },
  },
  {
    rule: 'C9',
    name: 'an agent’s words are delivered to a page that was not shown them',
    apply: (history, random) => {
      if (all(history, 'restored').length > 0) return undefined
      const agents = draftsOf(history, 'agent')
      const visitors = new Set(
        all(history, 'open').flatMap(({ who, role }) => (role === 'visitor' ? [who] : [])),
      )
      const early = pickOf(
        history,
        'status',
        random,
        ({ state, draft }) => state === 'delivered' && agents.has(draft),
      )
      return (
        early &&
        history.map((event) =>
          event.op === 'read' && visitors.has(event.who)
            ? { ...event, entries: event.entries.filter(({ id }) => id !== early.draft) }
            : event,
        )
      )
    },
  },
  {
    rule: 'C9',
    name: 'an entry is called undelivered that nobody refused',
    apply: (history, random) => {
      if (all(history, 'restored').length > 0) return undefined
      const there = new Set([...draftsOf(history, 'visitor'), ...draftsOf(history, 'agent')])
      const refused = pickOf(
        history,
        'status',
        random,
        ({ state, draft }) => state === 'undelivered' && there.has(draft),
      )
      return (
        refused &&
        history.filter(
          (event) => event.op !== 'answered' || event.taken || event.draft !== refused.draft,
        )
      )
    },
  },
  {
    rule: 'C10',
    name: 'a delivery is skipped',
    apply: (history, random) => {
      const gone = pickOf(history, 'attempt', random, notParked(history))
      if (!gone) return undefined
      return history.filter((event) => event.op !== 'attempt' || event.draft !== gone.draft)
    },
  },
  {
    rule: 'C10',
    name: 'a second try has another key',
    apply: (history, random) =>
      // In a log that a backup replaced, what is sent again is owed anew.
      all(history, 'restored').length > 0
        ? undefined
        : doubled(history, pickOf(history, 'attempt', random), (event) => ({
            ...event,
            delivery: 'a fresh key',
          })),
  },
  {
    rule: 'C10',
    name: 'two deliveries of a conversation change places',
    apply: (history, random) => {
      if (all(history, 'restored').length > 0) return undefined
      const place = new Map(
        all(history, 'submit').map(({ draft, conversation }) => [draft, conversation]),
      )
      const parked = new Set(all(history, 'parked').map(({ draft }) => draft))
      const firsts = firstAttempts(history).filter(({ draft }) => !parked.has(draft))
      const pairs = firsts.flatMap((a, at) =>
        firsts
          .slice(at + 1)
          .filter((b) => place.has(a.draft) && place.get(a.draft) === place.get(b.draft))
          .slice(0, 1)
          .map((b) => [a, b] as const),
      )
      const pair = pick(pairs, random)
      if (!pair) return undefined
      const [a, b] = pair
      // All tries of the first come after the second's.
      const moved = history.filter((event) => event.op === 'attempt' && event.draft === a.draft)
      return history
        .filter((event) => !moved.includes(event))
        .flatMap((event) => (event === b ? [event, ...moved] : [event]))
    },
  },
  {
    rule: 'C11',
    name: 'an event is applied twice',
    apply: (history, random) => {
      const told = pickOf(history, 'inbound', random, ({ ok }) => ok)
      if (!told) return undefined
      return withLog(
        history,
        random,
        ({ conversation }) => conversation === told.conversation,
        (entries) => {
          const first = entries.find(({ id }) => id === told.draft)!
          return [...entries, { ...first, id: 'another id', seq: entries.length + 1 }]
        },
      )
    },
  },
  {
    rule: 'C11',
    name: 'an event is answered before it is stored, and lost',
    apply: (history, random) =>
      all(history, 'restored').length > 0
        ? undefined
        : doubled(history, pickOf(history, 'inbound', random), (event) => ({
            ...event,
            event: 'another event',
            draft: 'its entry',
            words: 'lost words',
            ok: true,
          })),
  },
  {
    rule: 'C12',
    name: 'a conversation is shown to somebody else',
    apply: (history, random) => {
      const roles = new Map(all(history, 'open').map(({ who, role }) => [who, role]))
      const logs = new Map(all(history, 'log').map((log) => [log.conversation, log.epoch]))
      const read = pickOf(
        history,
        'read',
        random,
        ({ who, conversation, epoch }) =>
          roles.get(who) === 'visitor' && logs.get(conversation) === epoch,
      )
      return read && history.map((event) => (event === read ? { ...read, party: 'eve' } : event))
    },
  },
  {
    rule: 'C12',
    name: 'somebody else writes into a conversation',
    apply: (history, random) =>
      withLog(
        history,
        random,
        ({ entries }) => entries.some(({ role }) => role === 'visitor'),
        (entries) => {
          const { id } = pick(
            entries.filter(({ role }) => role === 'visitor'),
            random,
          )!
          return entries.map((entry) => (entry.id === id ? { ...entry, author: 'eve' } : entry))
        },
      ),
  },
]

/** Drafts of that side that are in the log in the end. */
function draftsOf(history: History, role: LogEntry['role']): ReadonlySet<string> {
  const entries = all(history, 'log').flatMap((log) => log.entries)
  return new Set(entries.flatMap((entry) => (entry.role === role ? [entry.id] : [])))
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)]
}

function all<O extends Op>(history: History, op: O): readonly EventOf<O>[] {
  return history.filter((event): event is EventOf<O> => event.op === op)
}

function pickOf<O extends Op>(
  history: History,
  op: O,
  random: Random,
  suits: (event: EventOf<O>) => boolean = () => true,
): EventOf<O> | undefined {
  return pick(all(history, op).filter(suits), random)
}

/** The event once more, right after itself, changed. */
function doubled<Event extends HistoryEvent>(
  history: History,
  event: Event | undefined,
  change: (event: Event) => Event,
): History | undefined {
  if (!event) return undefined
  return history.flatMap((each) => (each === event ? [event, change(event)] : [each]))
}

function withLog(
  history: History,
  random: Random,
  suits: (log: EventOf<'log'>) => boolean,
  change: (entries: readonly LogEntry[]) => readonly LogEntry[],
): History | undefined {
  const log = pickOf(history, 'log', random, suits)
  if (!log) return undefined
  const changed = { ...log, entries: change(log.entries) }
  return history.map((event) => (event === log ? changed : event))
}

function withRead(
  history: History,
  random: Random,
  atLeast: number,
  change: (entries: readonly Seen[]) => readonly Seen[],
): History | undefined {
  const read = pickOf(history, 'read', random, ({ entries }) => entries.length >= atLeast)
  if (!read) return undefined
  const changed = { ...read, entries: change(read.entries) }
  return history.map((event) => (event === read ? changed : event))
}

function ackOf(history: History, entry: LogEntry | undefined): EventOf<'ack'> | undefined {
  if (!entry) return undefined
  return all(history, 'ack').findLast(
    ({ draft, seq, epoch }) =>
      draft === entry.id && seq === entry.seq && epoch === all(history, 'log')[0]?.epoch,
  )
}

const ofLast =
  (history: History) =>
  ({ epoch }: EventOf<'ack'>): boolean =>
    epoch === all(history, 'log')[0]?.epoch

/** Two submitted drafts that are both in the log, the earlier one first. */
function pairsOf(history: History): readonly (readonly [EventOf<'submit'>, EventOf<'submit'>])[] {
  const stored = new Set(all(history, 'log').flatMap(({ entries }) => entries.map(({ id }) => id)))
  // Nobody promised a place to what was in a log that a backup replaced.
  for (const { epoch, draft } of all(history, 'ack')) {
    if (epoch !== all(history, 'log')[0]?.epoch) stored.delete(draft)
  }
  const submits = all(history, 'submit').filter(({ draft }) => stored.has(draft))
  return submits.flatMap((a, at) => submits.slice(at + 1).map((b) => [a, b] as const))
}

/** Two drafts change places in the log, and everybody agrees: only their order is wrong. */
function exchanged(history: History, a: string, b: string): History {
  const of = new Map([
    [a, b],
    [b, a],
  ])
  const words = new Map(all(history, 'submit').map((event) => [event.draft, event.words]))
  const swap = <Entry extends Seen>(entries: readonly Entry[]): readonly Entry[] => {
    const found = new Map(
      all(history, 'log').flatMap((log) => log.entries.map((entry) => [entry.id, entry])),
    )
    return entries.map((entry) => {
      const other = found.get(of.get(entry.id) ?? '')
      if (!other) return entry
      const { id, author } = other
      const swapped = { ...entry, id, author, words: words.get(id)! }
      return 'role' in entry ? { ...swapped, role: other.role, sinks: other.sinks } : swapped
    })
  }
  const acks = new Map(all(history, 'ack').map((event) => [event.draft, event.seq]))
  return history.map((event) => {
    if (event.op === 'log') return { ...event, entries: swap(event.entries) }
    if (event.op === 'read') return { ...event, entries: swap(event.entries) }
    if (event.op !== 'ack') return event
    const other = of.get(event.draft)
    return other === undefined ? event : { ...event, seq: acks.get(other) ?? event.seq }
  })
}

function firstAttempts(history: History): readonly EventOf<'attempt'>[] {
  const seen = new Set<string>()
  return all(history, 'attempt').filter(({ sink, draft }) => {
    if (seen.has(`${sink} ${draft}`)) return false
    seen.add(`${sink} ${draft}`)
    return true
  })
}

const notParked = (history: History): ((event: EventOf<'attempt'>) => boolean) => {
  const parked = new Set(all(history, 'parked').map(({ draft }) => draft))
  const owed = new Set(
    all(history, 'log').flatMap(({ entries }) =>
      entries.filter(({ sinks }) => sinks.length > 0).map(({ id }) => id),
    ),
  )
  return ({ draft }) => owed.has(draft) && !parked.has(draft)
}
