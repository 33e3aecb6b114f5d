import type { BubbleItem, ThreadItem } from '@homing/core'
import { isText, lineOf, parseText } from '@homing/core'

import type { Desk } from '../desk.ts'
import { noticeText } from '../notice-text.ts'
import type { ThreadView } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

export function ThreadItems(props: {
  readonly desk: Desk
  readonly thread: ThreadView
  readonly name: string
}) {
  const { desk, thread, name } = props
  const lastMine = thread.items.findLast((item) => item.kind === 'bubble' && item.mine)
  return (
    <ol class="items">
      {thread.items.map((item) => (
        <li key={item.key} class={`item item-${item.kind}`}>
          <Item item={item} desk={desk} name={name} status={item === lastMine} />
        </li>
      ))}
    </ol>
  )
}

function Item(props: {
  readonly item: ThreadItem
  readonly desk: Desk
  readonly name: string
  /** Say how far it got: once, below the newest of one's own. */
  readonly status: boolean
}) {
  const { item, desk, name } = props
  switch (item.kind) {
    case 'day':
      return (
        <div class="day">
          <time dateTime={desk.when.dayOf(item.time)}>{desk.when.day(item.time)}</time>
        </div>
      )
    case 'unread':
      return <div class="unread-line">{strings.newMessages}</div>
    case 'notice': {
      const who = item.author.role === 'visitor' ? name : (item.author.name ?? desk.me.agent.name)
      return (
        <div class="notice">
          <bdi>{noticeText(item.body, who)}</bdi>
          <time dateTime={new Date(item.time).toISOString()}>{desk.when.clock(item.time)}</time>
        </div>
      )
    }
    case 'bubble':
      return <Bubble item={item} desk={desk} name={name} status={props.status} />
  }
}

function Bubble(props: {
  readonly item: BubbleItem
  readonly desk: Desk
  readonly name: string
  readonly status: boolean
}) {
  const { item, desk } = props
  const own = item.mine && item.author.id === 'self'
  const author = own ? '' : item.mine ? (item.author.name ?? strings.bot) : ''
  const speaker = own ? desk.me.agent.name : author === '' ? props.name : author
  return (
    <div
      class={`bubble-place${item.mine ? ' mine' : ''}${item.first ? ' first' : ''}${item.last ? ' last' : ''}`}
    >
      {item.first && author !== '' ? (
        <div class="bubble-author" aria-hidden="true">
          <bdi>{author}</bdi>
          {item.author.role === 'bot' ? <span class="bot-tag">{strings.bot}</span> : null}
        </div>
      ) : null}
      <div
        class="bubble"
        data-id={item.id}
        data-seq={item.seq}
        data-state={item.state}
        title={desk.when.full(item.time)}
      >
        {item.first ? <span class="hidden">{speaker}: </span> : null}
        <Words item={item} />
      </div>
      {item.state === 'failed' ? (
        <Failed item={item} desk={desk} />
      ) : item.last || props.status ? (
        <div class="bubble-foot">
          <time dateTime={new Date(item.time).toISOString()}>{desk.when.clock(item.time)}</time>
          {props.status && own ? (
            <span class={item.state === 'read' ? 'state state-read' : 'state'}>
              <Icon
                name={item.state === 'read' || item.state === 'delivered' ? 'ticks' : 'check'}
              />
              {strings[item.state]}
            </span>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

/** Plain text with links; nothing in it is ever markup. */
function Words({ item }: { readonly item: BubbleItem }) {
  const { body } = item
  if (!isText(body)) {
    return <p class="words words-other">{lineOf(body) || strings.unsupported}</p>
  }
  return (
    <p class="words" dir="auto">
      {parseText(body.text).map((part) =>
        part.kind === 'text' ? (
          part.text
        ) : (
          <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {part.text}
          </a>
        ),
      )}
    </p>
  )
}

/** Refused by the relay, and so still its author's; or taken by it, and given up on its way on. */
function Failed({ item, desk }: { readonly item: BubbleItem; readonly desk: Desk }) {
  const why = item.failed?.message ?? ''
  if (item.seq !== undefined) {
    return (
      <div class="bubble-failed">
        <span class="failed-reason">
          <Icon name="alert" />
          {fill('{what}: {why}', { what: strings.notDelivered, why })}
        </span>
      </div>
    )
  }
  return (
    <div class="bubble-failed">
      <span class="failed-reason">
        <Icon name="alert" />
        {fill('{what}. {why}', { what: strings.failed, why })}
      </span>
      <button type="button" class="link-button" onClick={() => desk.actions.retry(item.id)}>
        {strings.retry}
      </button>
      <button type="button" class="link-button" onClick={() => desk.actions.discard(item.id)}>
        {strings.discard}
      </button>
    </div>
  )
}
