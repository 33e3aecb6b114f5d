import type { Draft } from './local-store.ts'
import type { Author, Body, Entry, HandedOverBody, ReadMarks, StatusBody } from './protocol.ts'
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
  /** Which side of the glass the reader is on. */
  readonly side: 'visitor' | 'agent'
  /** First seq that was new when the thread was opened; a line is drawn above it. */
  readonly unreadFrom?: number
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
  /** With state `failed`: why, and whether the same words may succeed later. */
  readonly failed?: NonNullable<Draft['failed']>
}

export type ThreadItem = DayItem | UnreadItem | NoticeItem | BubbleItem

/** Bubbles of one author closer than this stand together, ms. */
export const GROUP_GAP_MS = 5 * 60_000

const SELF: Author = { role: 'visitor', id: 'self' }

export function foldThread(input: ThreadInput): readonly ThreadItem[] {
  const items: ThreadItem[] = []
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
    pushBubble({
      id: entry.id,
      seq: entry.seq,
      // All of a visitor's own words are one author, whichever device wrote them.
      author: mine && input.side === 'visitor' ? SELF : entry.author,
      mine,
      time: entry.time,
      body: entry.body,
      state: mine ? stateOf(entry.seq, input) : 'stored',
    })
  }

  const self: Author = input.side === 'visitor' ? SELF : { role: 'agent', id: 'self' }
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
      ...(draft.failed ? { failed: draft.failed } : {}),
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
  let count = 0
  for (const entry of entries) {
    if (entry.seq > read[side] && !isMine(entry.author, side) && !isStatus(entry.body)) count++
  }
  return count
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

function stateOf(seq: number, input: ThreadInput): DeliveryState {
  const other = input.side === 'visitor' ? input.read.agent : input.read.visitor
  return seq <= other ? 'read' : 'stored'
}
