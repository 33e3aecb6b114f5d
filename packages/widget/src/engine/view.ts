import type { ConversationView, Draft, ThreadItem } from '@homing/core'
import { countUnread, foldThread, isMine, lineOf } from '@homing/core'

import type { ConversationItem, Thread } from './state.ts'

/** From what the sync engine holds to what the panel shows. Pure. */

export function itemOf(view: ConversationView, drafts: readonly Draft[]): ConversationItem {
  const draft = drafts.at(-1)
  const last = view.entries.findLast((entry) => entry.body.type !== 'status')
  return {
    id: view.id,
    status: view.status,
    line: draft ? lineOf(draft.body) : last ? lineOf(last.body) : '',
    mine: draft !== undefined || (last !== undefined && isMine(last.author, 'visitor')),
    author: draft ? null : (last?.author ?? null),
    time: draft?.time ?? view.time,
    unread: countUnread(view.entries, view.read, 'visitor'),
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
  view: ConversationView | undefined,
  drafts: readonly Draft[],
  options: ThreadOptions,
): Thread {
  const read = view?.read ?? { visitor: 0, agent: 0 }
  const entries = view?.entries ?? []
  const items: readonly ThreadItem[] = foldThread({
    entries,
    drafts,
    read,
    side: 'visitor',
    dayOf: options.dayOf,
    ...(options.unreadFrom === undefined ? {} : { unreadFrom: options.unreadFrom }),
  })
  const first = entries[0]
  const hasEarlier = first !== undefined && first.seq > 1
  return {
    phase: items.length > 0 ? 'ready' : options.loading ? 'loading' : 'empty',
    status: view?.status ?? 'open',
    items,
    read,
    earlier: !hasEarlier ? 'none' : options.loadingEarlier ? 'loading' : 'more',
    typing: view?.typing ?? null,
    head: view?.position.seq ?? 0,
  }
}

/** Day by the reader's own calendar. */
export function localDay(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
