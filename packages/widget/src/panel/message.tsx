import type { BubbleItem } from '@homing/core'
import type { VNode } from 'preact'

import type { PanelActions } from '../engine/state.ts'
import type { Strings } from '../locales/en.ts'
import { Avatar } from './avatar.tsx'
import type { Formats } from './format.ts'
import { isEmoji, textOf } from './message-text.ts'
import { Still } from './still.ts'
import type { Later } from './view.ts'

export interface MessageProps extends BubbleItem {
  /** The last own bubble says how far it got; "" for all others. */
  readonly delivery: string
  readonly strings: Strings
  readonly formats: Formats
  readonly locale: string
  /** Stands for agents who gave no name. */
  readonly site: string
  readonly actions: PanelActions
  /** What comes later, once it is here. */
  readonly later: Later | undefined
}

/**
 * One bubble with what belongs to it: name and picture, time, how far it got, what to do if it
 * failed. It takes the item's fields one by one, because the fold makes all items anew with every
 * change: what looks the same is then left alone.
 */
export class Message extends Still<MessageProps> {
  override render(props: MessageProps): VNode {
    const { mine, author, state, first, last, time, delivery, strings, formats, site } = props
    const name = author.name || (author.role === 'agent' ? strings.agent : site)
    const text = textOf(props.body)
    const Failure = props.later?.Failure
    return (
      <div part="message" data-mine={mine} data-first={first} data-last={last}>
        {!mine && first && (
          <div part="author" aria-hidden="true">
            <bdi>{name}</bdi>
            {author.role === 'bot' && <span part="automated">{strings.automated}</span>}
          </div>
        )}
        <div part="line">
          {!mine && last && <Avatar name={author.name || site} />}
          <div
            part="bubble"
            data-id={props.id}
            data-seq={props.seq}
            data-state={state}
            data-emoji={text !== undefined && isEmoji(text)}
            data-unsupported={text === undefined}
          >
            <span part="said-by">{mine ? strings.you : name}: </span>
            <span part="text" dir="auto">
              {text === undefined ? strings.unsupported : (props.later?.linked(text) ?? text)}
            </span>
          </div>
        </div>
        {state === 'failed' ? (
          Failure ? (
            <Failure {...props} />
          ) : (
            strings.failed
          )
        ) : (
          (last || delivery) && (
            <div part="meta" aria-live="off">
              <time part="time" dateTime={new Date(time).toJSON()} title={formats.full(time)}>
                {formats.time(time)}
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
