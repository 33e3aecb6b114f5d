import type { VNode } from 'preact'

import type { ConversationItem } from '../engine/state.ts'
import type { Strings } from '../locales/en.ts'
import { fill } from '../locales/fill.ts'
import { Avatar } from './avatar.tsx'
import type { Formats } from './format.ts'
import { CheckIcon } from './icons.tsx'

export interface ConversationRowProps {
  readonly item: ConversationItem
  readonly strings: Strings
  readonly formats: Formats
  readonly now: number
  /** Stands for agents who gave no name. */
  readonly site: string
  readonly open: (id: string) => void
}

export function ConversationRow(props: ConversationRowProps): VNode {
  const { item, strings, formats, now, site } = props
  const name = item.author?.role !== 'visitor' && item.author?.name ? item.author.name : site
  const line = item.line || strings.newConversation
  return (
    <li part="row-item">
      <button
        type="button"
        part="row"
        data-id={item.id}
        data-unread={item.unread > 0}
        onClick={() => props.open(item.id)}
      >
        <Avatar name={name} />
        <span part="row-head">
          <bdi part="row-name">{name}</bdi>
          {item.status === 'resolved' && (
            <span part="row-resolved">
              <CheckIcon />
              <span part="said-by">{strings.resolved}</span>
            </span>
          )}
          <time part="row-time" dateTime={isoOf(item.time)}>
            {formats.brief(item.time, now, strings)}
          </time>
        </span>
        <span part="row-foot">
          {item.typing ? (
            <span part="row-typing">{fill(strings.typing, { name })}</span>
          ) : (
            <span part="row-line" dir="auto">
              {item.mine ? fill(strings.yourLine, { line }) : line}
            </span>
          )}
          {item.unread > 0 && (
            <>
              <span part="badge" aria-hidden="true">
                {item.unread > 99 ? '99+' : item.unread}
              </span>
              <span part="said-by">{fill(strings.unreadLabel, { count: item.unread })}</span>
            </>
          )}
        </span>
      </button>
    </li>
  )
}

/** A time as machines read it; nothing for one that is none. */
export function isoOf(at: number): string | undefined {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : undefined
}
