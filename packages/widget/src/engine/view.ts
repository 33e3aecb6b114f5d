import type { ConversationView, Draft } from '@homing/core'
import { emptyView, foldThread, isMine, lineOf, unreadOf } from '@homing/core'

import type { ConversationItem, Thread } from './state.ts'

/** From what the sync engine holds to what the panel shows. Pure. */

export function itemOf(view: ConversationView, drafts: readonly Draft[]): ConversationItem {
  const draft = drafts.at(-1)
  const last = view.entries.findLast((entry) => entry.body.type !== 'status')
  const newest = draft ?? last
  return {
    id: view.id,
    status: view.status,
    line: newest ? lineOf(newest.body) : '',
    mine: draft !== undefined || (last !== undefined && isMine(last.author, 'visitor')),
    author: draft ? null : (last?.author ?? null),
    time: draft?.time ?? view.time,
    unread: unreadOf(view.entries, view.read, 'visitor').length,
    typing: view.typing !== undefined,
  }
}

export interface ThreadOptions {
  readonly loading: boolean
  /** First seq that was new when the thread was opened. */
  readonly unreadFrom: number | undefined
  readonly loadingEarlier: boolean
  readonly dayOf: (time: number) => string
}

export function threadOf(
  known: ConversationView | undefined,
  drafts: readonly Draft[],
  options: ThreadOptions,
): Thread {
  const view = known ?? emptyView('', '', 0)
  const items = foldThread({ ...view, ...options, drafts, side: 'visitor' })
  const first = view.entries[0]
  const hasEarlier = first !== undefined && first.seq > 1
  return {
    phase: items.length > 0 ? 'ready' : options.loading ? 'loading' : 'empty',
    status: view.status,
    items,
    earlier: !hasEarlier ? 'none' : options.loadingEarlier ? 'loading' : 'more',
    typing: view.typing ?? null,
    head: view.position.seq,
  }
}

/** Day by the reader's own calendar. */
export function localDay(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
