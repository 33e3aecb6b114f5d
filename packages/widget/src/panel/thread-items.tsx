import type { DayItem, DeliveryState, NoticeItem, ThreadItem } from '@homing/core'
import type { VNode } from 'preact'

import type { Strings } from '../locales/en.ts'
import { fill } from '../locales/fill.ts'
import type { Formats } from './format.ts'
import { formatsOf } from './format.ts'
import { Message } from './message.tsx'
import { useValue } from './use-value.ts'
import type { View } from './view.ts'

/** The thread's items, in order. */
export function ThreadItems({ view }: { view: View }): VNode {
  const { state, actions } = view
  const strings = useValue(state.strings)
  const formats = formatsOf(useValue(state.locale))
  const { items } = useValue(state.thread)
  const site = useValue(state.settings).name
  const offline = useValue(state.connection) === 'offline'
  const lastOwn = items.findLast((item) => item.kind === 'bubble' && item.mine && !isFailed(item))

  return (
    <>
      {items.map((item) => {
        switch (item.kind) {
          case 'day':
            return <DayLine key={item.key} {...{ item, formats, strings, now: view.now() }} />
          case 'unread':
            return (
              <div key={item.key} part="unread" role="separator">
                <span>{strings.newMessages}</span>
              </div>
            )
          case 'notice':
            return <Notice key={item.key} {...{ item, strings }} />
          case 'bubble':
            return (
              <Message
                key={item.key}
                delivery={item === lastOwn ? wordFor(item.state, strings, offline) : ''}
                {...{ item, strings, formats, site, actions }}
              />
            )
        }
      })}
    </>
  )
}

interface DayLineProps {
  readonly item: DayItem
  readonly formats: Formats
  readonly strings: Strings
  readonly now: number
}

function DayLine({ item, formats, strings, now }: DayLineProps): VNode {
  return (
    <div part="day" role="separator">
      <span>{formats.day(item.time, now, strings)}</span>
    </div>
  )
}

function Notice({ item, strings }: { item: NoticeItem; strings: Strings }): VNode {
  return (
    <p part="notice" data-seq={item.seq} dir="auto">
      {noticeOf(item, strings)}
    </p>
  )
}

function noticeOf({ body, author }: NoticeItem, strings: Strings): string {
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
  return state === 'pending' && offline ? strings.pendingOffline : strings[state]
}

function isFailed(item: ThreadItem): boolean {
  return item.kind === 'bubble' && item.state === 'failed'
}
