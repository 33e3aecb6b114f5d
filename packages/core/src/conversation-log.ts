import type { CachedConversation } from './local-store.ts'
import type {
  Author,
  ConversationStatus,
  ConversationSummary,
  DeliveredMarks,
  Entry,
  Page,
  Position,
  ReadMarks,
  UndeliveredList,
  VisitorCard,
} from './protocol.ts'

/**
 * What is known here of the conversations: a window of each one's newest entries, without holes,
 * and how far it reaches. Immutable values, so that a screen can tell a change by identity.
 * Knows nothing of links, drafts or storage.
 */
export interface ConversationView {
  readonly id: string
  readonly status: ConversationStatus
  readonly read: ReadMarks
  readonly delivered: DeliveredMarks
  readonly undelivered?: UndeliveredList | undefined
  /** The run's end; seq 0 before anything was read. */
  readonly position: Position
  /** Contiguous, ends at `position.seq`. */
  readonly entries: readonly Entry[]
  /** The relay's head, which may be ahead of the position for a moment. */
  readonly head: number
  /** Time of the last entry, or when the conversation was made. */
  readonly time: number
  readonly visitor?: VisitorCard | undefined
  readonly page?: Page | undefined
  readonly typing?: Author | undefined
  /** For agents: is the visitor there? */
  readonly online?: boolean
}

/** What a run of entries means for what is held. */
export type Fit =
  /** It goes on where ours ends; `fresh` is the part that is new. */
  | { readonly kind: 'continues'; readonly fresh: readonly Entry[] }
  /** Nothing in it is new. */
  | { readonly kind: 'known' }
  /** Something is missing between ours and it. */
  | { readonly kind: 'gap' }

export function fitOf(view: ConversationView | undefined, entries: readonly Entry[]): Fit {
  const known = view?.position.seq ?? 0
  const first = entries[0]
  const last = entries.at(-1)
  if (!first || !last || last.seq <= known) return { kind: 'known' }
  if (first.seq > known + 1) return { kind: 'gap' }
  return { kind: 'continues', fresh: entries.filter((entry) => entry.seq > known) }
}

const NONE: ReadMarks = { visitor: 0, agent: 0 }

export function emptyView(id: string, epoch: string, time: number): ConversationView {
  return {
    id,
    status: 'open',
    read: NONE,
    delivered: NONE,
    position: { epoch, seq: 0 },
    entries: [],
    head: 0,
    time,
  }
}

/**
 * What the local store knows, over what is known here. Neither may set the other back: the store
 * is ahead after this tab slept, this tab is ahead of what it has not stored yet.
 */
export function withCache(
  view: ConversationView | undefined,
  { id, position, entries, marks }: CachedConversation,
): ConversationView {
  const first = view ?? { ...emptyView(id, position.epoch, 0), ...marks }
  const fit = fitOf(first, entries)
  const gap = fit.kind === 'gap'
  const grown =
    fit.kind === 'known'
      ? first
      : withEntries(first, gap ? entries : fit.fresh, position.epoch, gap)
  return { ...grown, ...raised(grown, marks) }
}

export function withSummary(
  view: ConversationView,
  summary: ConversationSummary,
): ConversationView {
  const { time = 0 } = summary
  return {
    ...view,
    ...raised(view, summary),
    status: summary.status,
    head: Math.max(view.head, summary.head),
    // Before anything was read of it, the relay knows better when it was made.
    time: view.position.seq === 0 && time ? time : Math.max(view.time, time),
    visitor: summary.visitor ?? view.visitor,
    page: summary.page ?? view.page,
  }
}

/** New entries at the end, or (`replace`) a new window altogether. */
export function withEntries(
  view: ConversationView,
  entries: readonly Entry[],
  epoch: string,
  replace: boolean,
): ConversationView {
  const last = entries.at(-1)
  if (!last) return view
  const { typing } = view
  // Who writes has read what is above it.
  const read = { ...view.read }
  for (const { author, seq } of entries) {
    if (author.role === 'visitor' || author.role === 'agent') {
      read[author.role] = Math.max(read[author.role], seq)
    }
  }
  return {
    ...view,
    read,
    // Who has written is not writing any more.
    typing: entries.some((entry) => entry.author.role === typing?.role) ? undefined : typing,
    entries: replace ? entries : [...view.entries, ...entries],
    position: { epoch, seq: last.seq },
    head: Math.max(view.head, last.seq),
    time: Math.max(view.time, last.time),
    status: statusAfter(view.status, entries),
  }
}

/** Older entries before the window; a run that does not touch it is refused. */
export function withEarlier(view: ConversationView, entries: readonly Entry[]): ConversationView {
  const first = view.entries[0]?.seq ?? 0
  const older = entries.filter((entry) => entry.seq < first)
  if (older.length === 0 || older.at(-1)?.seq !== first - 1) return view
  return { ...view, entries: [...older, ...view.entries] }
}

export function withTyping(view: ConversationView, author: Author | undefined): ConversationView {
  return { ...view, typing: author }
}

export function withRead(
  view: ConversationView,
  by: keyof ReadMarks,
  seq: number,
): ConversationView {
  return seq > view.read[by] ? { ...view, read: { ...view.read, [by]: seq } } : view
}

/** What is known of how far entries came, here and elsewhere: neither sets the other back. */
const raised = (
  view: ConversationView,
  told: Partial<Pick<ConversationSummary, 'read' | 'delivered'>> & {
    readonly undelivered?: UndeliveredList | undefined
  } = view,
): Pick<ConversationView, 'read' | 'delivered' | 'undelivered'> => ({
  read: raiseMarks(view.read, told.read),
  delivered: raiseMarks(view.delivered, told.delivered),
  undelivered:
    (told.undelivered?.n ?? 0) > (view.undelivered?.n ?? 0) ? told.undelivered : view.undelivered,
})

/** Marks only rise. */
export function raiseMarks(a: ReadMarks, told: ReadMarks | null | undefined): ReadMarks {
  const b = told ?? a
  return { visitor: Math.max(a.visitor, b.visitor), agent: Math.max(a.agent, b.agent) }
}

/** The log says it too: a status entry sets it, a visitor's words open a resolved conversation. */
function statusAfter(status: ConversationStatus, entries: readonly Entry[]): ConversationStatus {
  let now = status
  for (const { author, body } of entries) {
    if (body.type !== 'status') {
      if (author.role === 'visitor') now = 'open'
    } else if ('status' in body && (body.status === 'open' || body.status === 'resolved')) {
      now = body.status
    }
  }
  return now
}
