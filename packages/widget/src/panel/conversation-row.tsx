import type { VNode } from 'preact'

import type { ConversationItem } from '../engine/state.ts'
import { fill } from '../locales/fill.ts'
import { Avatar } from './avatar.tsx'
import { CheckIcon } from './later-icons.tsx'
import type { View } from './view.ts'

interface ConversationRowProps {
  readonly item: ConversationItem
  readonly view: View
}

export function ConversationRow({ item, view }: ConversationRowProps): VNode {
  const { strings, formats, today, settings, actions } = view
  const name = (item.author?.role !== 'visitor' && item.author?.name) || settings.name
  const line = item.line || strings.newConversation
  return (
    <li part="row-item">
      <button
        part="row"
        data-id={item.id}
        data-unread={item.unread > 0}
        onClick={() => actions.openConversation(item.id)}
      >
        <Avatar name={name} />
        <span part="row-text">
          <span part="row-head">
            <b part="row-name" dir="auto">
              {name}
            </b>
            {item.status === 'resolved' && (
              <span part="row-resolved">
                <CheckIcon />
                <span part="said-by">{strings.resolved}</span>
              </span>
            )}
            <time part="row-time" dateTime={new Date(item.time).toJSON()}>
              {formats.brief(item.time, today, strings)}
            </time>
          </span>
          <span part="row-foot">
            {item.typing ? (
              <span part="row-typing">{fill(strings.typing, { name })}</span>
            ) : (
              <span part="row-line" dir="auto">
                {item.mine && `${strings.you}: `}
                {line}
              </span>
            )}
            {item.unread > 0 && (
              <>
                <b part="badge" aria-hidden="true">
                  {item.unread > 99 ? '99+' : item.unread}
                </b>
                <span part="said-by">{fill(strings.unreadLabel, { count: item.unread })}</span>
              </>
            )}
          </span>
        </span>
      </button>
    </li>
  )
}
