import type { Author, BubbleItem, DeliveryState, StatusBody, ThreadItem } from '@homing/core'
import type { ComponentChildren } from 'preact'

import type { PanelActions } from '../engine/state.ts'
import type { Strings } from '../locales/en.ts'
import { fill } from '../locales/fill.ts'
import type { Formats } from './format.ts'
import { Message } from './message.tsx'
import { Still } from './still.ts'
import type { Later } from './view.ts'

export interface ThreadItemsProps {
  readonly items: readonly ThreadItem[]
  readonly strings: Strings
  readonly formats: Formats
  readonly locale: string
  /** Stands for agents who gave no name. */
  readonly site: string
  readonly offline: boolean
  readonly actions: PanelActions
  readonly later: Later | undefined
  /** Midnight of the reader's day. */
  readonly today: number
}

/** The thread's items, in order; looked at again only when one of them changed. */
export class ThreadItems extends Still<ThreadItemsProps> {
  override render(props: ThreadItemsProps): ComponentChildren {
    const { items, strings, formats, locale, site, offline, actions, today, later } = props
    const lastOwn = items.findLast((item) => item.kind === 'bubble' && item.mine && !isFailed(item))
    return items.map((item) => {
      switch (item.kind) {
        case 'day':
        case 'unread':
          return (
            <div key={item.key} part={item.kind}>
              <b>{item.kind === 'day' ? formats.day(item.time, today, strings) : strings.unread}</b>
            </div>
          )
        case 'notice':
          return (
            <p key={item.key} part="notice" data-seq={item.seq} dir="auto">
              {item.body.type === 'handed_over'
                ? (later?.handedOverText(item.body, locale) ?? item.body.fallback)
                : noticeOf(item.body, item.author, strings)}
            </p>
          )
        case 'bubble':
          return (
            <Message
              key={item.key}
              {...(item as Omit<BubbleItem, 'key'>)}
              {...{ strings, formats, locale, site, actions, later }}
              delivery={item === lastOwn ? wordFor(item.state, strings, offline) : ''}
            />
          )
      }
    })
  }
}

function noticeOf(body: StatusBody, author: Author, strings: Strings): string {
  switch (body.status) {
    case 'open':
      return strings.reopened
    case 'resolved':
      return strings.resolved
    case 'joined':
      return fill(strings.joined, { name: author.name || strings.agent })
    default:
      // A status of a later version: still worth a line.
      return strings.unsupported
  }
}

function wordFor(state: DeliveryState, strings: Strings, offline: boolean): string {
  return state === 'pending' && offline ? strings.waiting : strings[state]
}

function isFailed(item: ThreadItem): boolean {
  return item.kind === 'bubble' && item.state === 'failed'
}
