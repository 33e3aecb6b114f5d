import type { BubbleItem, ErrorCode } from '@homing/core'
import { parseText } from '@homing/core'
import type { ComponentChildren, VNode } from 'preact'
import { Component } from 'preact'

import type { PanelActions } from '../engine/state.ts'
import type { Strings } from '../locales/en.ts'
import { Avatar } from './avatar.tsx'
import { isoOf } from './conversation-row.tsx'
import type { Formats } from './format.ts'
import { AlertIcon } from './icons.tsx'
import { isEmoji, textOf } from './message-text.ts'
import { sameFields } from './same-fields.ts'

export interface MessageProps {
  readonly item: BubbleItem
  /** The last own bubble says how far it got; "" for all others. */
  readonly delivery: string
  readonly strings: Strings
  readonly formats: Formats
  /** Stands for agents who gave no name. */
  readonly site: string
  readonly actions: PanelActions
}

/** One bubble with what belongs to it: name and picture, time, how far it got, what to do if it failed. */
export class Message extends Component<MessageProps> {
  /** The fold makes all items anew with every change; only what looks different is drawn again. */
  override shouldComponentUpdate(next: MessageProps): boolean {
    const { item, ...rest } = this.props
    const { item: nextItem, ...nextRest } = next
    return !sameFields(item, nextItem) || !sameFields(rest, nextRest)
  }

  override render({ item, delivery, strings, formats, site, actions }: MessageProps): VNode {
    const { mine, author, state } = item
    const name = author.name || (author.role === 'agent' ? strings.agent : site)
    const text = textOf(item.body)
    const failed = state === 'failed'
    return (
      <div part="message" data-mine={mine} data-first={item.first} data-last={item.last}>
        {!mine && item.first && (
          <div part="author" aria-hidden="true">
            <bdi>{name}</bdi>
            {author.role === 'bot' && <span part="automated">{strings.automated}</span>}
          </div>
        )}
        <div part="line">
          {!mine && item.last && <Avatar name={author.name || site} />}
          <div
            part="bubble"
            data-id={item.id}
            data-seq={item.seq}
            data-state={state}
            data-emoji={text !== undefined && isEmoji(text)}
            data-unsupported={text === undefined}
          >
            <span part="said-by">{mine ? strings.you : name}: </span>
            <span part="text" dir="auto">
              {text === undefined ? strings.unsupported : linked(text)}
            </span>
          </div>
        </div>
        {failed ? (
          <Failure item={item} strings={strings} actions={actions} />
        ) : (
          (item.last || delivery) && (
            <div part="meta" aria-live="off">
              <time part="time" dateTime={isoOf(item.time)} title={formats.full(item.time)}>
                {formats.time(item.time)}
              </time>
              {delivery && (
                <span part="delivery" data-state={state}>
                  {delivery}
                </span>
              )}
            </div>
          )
        )}
      </div>
    )
  }
}

type FailureProps = Pick<MessageProps, 'item' | 'strings' | 'actions'>

/** The same words can never pass: there is nothing to try again. */
const TOO_LONG: ReadonlySet<string> = new Set(['too_long', 'too_large'] satisfies ErrorCode[])

function Failure({ item, strings, actions }: FailureProps): VNode {
  const code = item.failed?.code ?? ''
  return (
    <div part="failure">
      <p part="failure-reason">
        <AlertIcon />
        <span>
          <b>{strings.failed}</b> · {reasonOf(code, strings)}
        </span>
      </p>
      {!TOO_LONG.has(code) && (
        <button type="button" part="retry" onClick={() => actions.retry(item.id)}>
          {strings.retry}
        </button>
      )}
      <button type="button" part="discard" onClick={() => actions.discard(item.id)}>
        {strings.discard}
      </button>
    </div>
  )
}

function reasonOf(code: string, strings: Strings): string {
  if (TOO_LONG.has(code)) return strings.failedTooLong
  return code === 'rate_limited' ? strings.failedTooMany : strings.failedOther
}

function linked(text: string): ComponentChildren {
  return parseText(text).map((part) =>
    part.kind === 'text' ? (
      part.text
    ) : (
      <a part="link" href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
        {part.text}
      </a>
    ),
  )
}
