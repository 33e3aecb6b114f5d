import type { Entry, ServerFrame } from '../packages/core/src/index.ts'

/**
 * What readers of one conversation were given, as they were given it, and a checker of C6: each of
 * them was given a prefix of the log, without a hole, in order, and nothing twice.
 *
 * A reader lives many times: it goes away and comes back with the position it has got to. What it
 * says it has is what it was given, so its lives follow one another without a seam.
 */
export interface ReaderHistory {
  /** It (re)joins and says that it has everything up to here. */
  joined(reader: string, seq: number): void
  given(reader: string, ...items: readonly Given[]): void
  /** Everything that breaks the rule, in words; compared to the log as it is at the end. */
  problems(log: readonly Entry[]): readonly string[]
  /** How many items all were given. */
  size(): number
}

export interface Given {
  readonly seq: number
  readonly id: string
  /** It begins anew: the tail of a log the reader knows nothing of. */
  readonly tail?: boolean
}

type Event =
  | { readonly kind: 'joined'; readonly seq: number }
  | ({ readonly kind: 'given' } & Given)

export function createReaderHistory(): ReaderHistory {
  const readers = new Map<string, Event[]>()
  const eventsOf = (reader: string): Event[] => {
    const events = readers.get(reader) ?? []
    readers.set(reader, events)
    return events
  }

  return {
    joined: (reader, seq) => void eventsOf(reader).push({ kind: 'joined', seq }),
    given: (reader, ...items) =>
      void eventsOf(reader).push(...items.map((item) => ({ kind: 'given' as const, ...item }))),
    problems: (log) => {
      const ids = new Map(log.map(({ seq, id }) => [seq, id]))
      return [...readers].flatMap(([reader, events]) =>
        problemsOf(events, ids).map((problem) => `${reader}: ${problem}`),
      )
    },
    size: () => [...readers.values()].flat().filter(({ kind }) => kind === 'given').length,
  }
}

function problemsOf(events: readonly Event[], ids: ReadonlyMap<number, string>): string[] {
  const problems: string[] = []
  let place = 0
  for (const event of events) {
    if (event.kind === 'joined') {
      if (event.seq !== place) problems.push(`came back at ${event.seq}, and had ${place}`)
      place = event.seq
      continue
    }
    const { seq, id, tail } = event
    if (!(tail && place === 0) && seq !== place + 1) {
      problems.push(
        seq <= place ? `given ${seq} again after ${place}` : `no ${place + 1} before ${seq}`,
      )
    }
    if (ids.get(seq) !== id) problems.push(`given ${id} as ${seq}, the log has ${ids.get(seq)}`)
    place = seq
  }
  return problems
}

/** A conversation's part of what a raw link heard. The ack of an own draft is its turn in the log. */
export function givenBy(frame: ServerFrame, conversation: string): readonly Given[] {
  if (frame.t === 'ack' && frame.conversation === conversation) return [frame]
  if (frame.t !== 'entries' || frame.conversation !== conversation || frame.history) return []
  return frame.entries.map(({ seq, id }, index) => ({
    seq,
    id,
    ...(frame.tail && index === 0 ? { tail: true } : {}),
  }))
}
