import type { Draft } from './local-store.ts'
import type {
  Author,
  Body,
  DeliveredMarks,
  Entry,
  HandedOverBody,
  ReadMarks,
  StatusBody,
  UndeliveredList,
} from './protocol.ts'
import { isHandedOver, isStatus, isText } from './protocol.ts'

/**
 * What a screen shows of a conversation: a pure fold over its entries and the drafts that still
 * wait. Widget and console render the same items; neither looks into the log itself.
 */
export interface ThreadInput {
  /** Contiguous, oldest first. */
  readonly entries: readonly Entry[]
  /** This reader's drafts of this conversation, in pressed order. */
  readonly drafts: readonly Draft[]
  readonly read: ReadMarks
  readonly delivered: DeliveredMarks
  /** Of this side's entries: what the other side does not have, whatever the marks say. */
  readonly undelivered?: UndeliveredList | undefined
  /** Which side of the glass the reader is on. */
  readonly side: 'visitor' | 'agent'
  /** First seq that was new when the thread was opened; a line is drawn above it. */
  readonly unreadFrom?: number | undefined
  /** The reader's calendar day of a time, e.g. "2026-03-01". */
  readonly dayOf: (time: number) => string
}

/** A status only rises, but for `failed`, which the author can retry. */
export type DeliveryState = 'pending' | 'stored' | 'delivered' | 'read' | 'failed'

export interface DayItem {
  readonly kind: 'day'
  readonly key: string
  readonly time: number
}

export interface UnreadItem {
  readonly kind: 'unread'
  readonly key: string
}

export interface NoticeItem {
  readonly kind: 'notice'
  readonly key: string
  readonly seq: number
  readonly time: number
  readonly author: Author
  readonly body: StatusBody | HandedOverBody
}

export interface BubbleItem {
  readonly kind: 'bubble'
  /** The draft id: the same before and after the ack, so the bubble does not jump. */
  readonly key: string
  readonly id: string
  /** Absent until the relay has numbered it. */
  readonly seq?: number
  readonly author: Author
  /** Written on the reader's side of the glass. */
  readonly mine: boolean
  readonly time: number
  readonly body: Body
  readonly state: DeliveryState
  /** First and last of a group: same author, little time between. */
  readonly first: boolean
  readonly last: boolean
  /** With state `failed`: why. With a seq the relay has the words, and the other side has not. */
  readonly failed?: { readonly code?: string; readonly message?: string }
}

export type ThreadItem = DayItem | UnreadItem | NoticeItem | BubbleItem

/** Bubbles of one author closer than this stand together, ms. */
export const GROUP_GAP_MS = 5 * 60_000

/** One object each: a bubble whose parts are the same is not drawn again. */
const SELF: Readonly<Record<ThreadInput['side'], Author>> = {
  visitor: { role: 'visitor', id: 'self' },
  agent: { role: 'agent', id: 'self' },
}

export function foldThread(input: ThreadInput): readonly ThreadItem[] {
  const items: ThreadItem[] = []
  const self = SELF[input.side]
  const known = new Set<string>()
  const days = new Set<string>()
  let previous: BubbleItem | undefined

  const startDay = (time: number): void => {
    const day = input.dayOf(time)
    // The order is the log's. Where clocks disagree, a day is not begun twice.
    if (days.has(day)) return
    days.add(day)
    previous = undefined
    items.push({ kind: 'day', key: `day:${day}`, time })
  }

  const pushBubble = (bubble: Omit<BubbleItem, 'first' | 'last' | 'kind' | 'key'>): void => {
    const joins =
      previous !== undefined &&
      previous.mine === bubble.mine &&
      previous.author.role === bubble.author.role &&
      previous.author.id === bubble.author.id &&
      bubble.time - previous.time < GROUP_GAP_MS
    if (joins && previous) {
      const open = { ...previous, last: false }
      items[items.length - 1] = open
    }
    previous = { ...bubble, kind: 'bubble', key: bubble.id, first: !joins, last: true }
    items.push(previous)
  }

  for (const entry of input.entries) {
    known.add(entry.id)
    startDay(entry.time)
    if (entry.seq === input.unreadFrom) {
      previous = undefined
      items.push({ kind: 'unread', key: 'unread' })
    }
    if (isStatus(entry.body) || isHandedOver(entry.body)) {
      previous = undefined
      items.push({
        kind: 'notice',
        key: entry.id,
        seq: entry.seq,
        time: entry.time,
        author: entry.author,
        body: entry.body,
      })
      continue
    }
    const mine = isMine(entry.author, input.side)
    const reached = mine ? reachOf(entry.seq, input) : { state: 'stored' as const }
    pushBubble({
      id: entry.id,
      seq: entry.seq,
      // All of a visitor's own words are one author, whichever device wrote them.
      author: mine && input.side === 'visitor' ? self : entry.author,
      mine,
      time: entry.time,
      body: entry.body,
      ...reached,
    })
  }

  for (const draft of input.drafts) {
    // A draft whose entry is here already is settled; its removal is only on the way.
    if (known.has(draft.id)) continue
    startDay(draft.time)
    pushBubble({
      id: draft.id,
      author: self,
      mine: true,
      time: draft.time,
      body: draft.body,
      state: draft.failed ? 'failed' : 'pending',
      ...(draft.failed && { failed: draft.failed }),
    })
  }
  return items
}

/** Entries of the other side above the reader's mark. */
export function countUnread(
  entries: readonly Entry[],
  read: ReadMarks,
  side: 'visitor' | 'agent',
): number {
  return unreadOf(entries, read, side).length
}

export function unreadOf(
  entries: readonly Entry[],
  read: ReadMarks,
  side: 'visitor' | 'agent',
): readonly Entry[] {
  return entries.filter(
    ({ seq, author, body }) => seq > read[side] && !isMine(author, side) && !isStatus(body),
  )
}

export function isMine(author: Author, side: 'visitor' | 'agent'): boolean {
  return side === 'visitor' ? author.role === 'visitor' : author.role !== 'visitor'
}

/** One line of a body, for lists and titles. */
export function lineOf(body: Body): string {
  if (isText(body)) return body.text
  const fallback = (body as { fallback?: unknown }).fallback
  return typeof fallback === 'string' ? fallback : ''
}

/** How far one of this side's entries got, and why no farther. */
export function reachOf(
  seq: number,
  view: Pick<ThreadInput, 'side' | 'read' | 'delivered' | 'undelivered'>,
): Pick<BubbleItem, 'state' | 'failed'> {
  const { read, delivered } = view
  const other = view.side === 'visitor' ? 'agent' : 'visitor'
  const failed = view.undelivered?.entries.find((entry) => entry.seq === seq)
  if (failed?.code) return { state: 'failed', failed }
  if (seq <= read[other]) return { state: 'read' }
  return { state: !failed && seq <= delivered[other] ? 'delivered' : 'stored' }
}
