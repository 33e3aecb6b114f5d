import { useEffect, useRef } from 'preact/hooks'

import { healthOf } from '../connector.ts'
import type { Desk } from '../desk.ts'
import { hrefOf, LIST } from '../route.ts'
import { listenToKeys } from '../shortcuts.ts'
import { fill, strings } from '../strings.ts'
import { Account } from './Account.tsx'
import { Blank } from './Blank.tsx'
import { Connectors } from './Connectors.tsx'
import { ConversationList } from './ConversationList.tsx'
import { Deliveries } from './Deliveries.tsx'
import { Details } from './Details.tsx'
import { Icon, Mark } from './Icon.tsx'
import type { IconName } from './Icon.tsx'
import { Thread } from './Thread.tsx'

/** The signed-in screens. On a narrow page `data-pane` says which one of the columns is shown. */
export function Frame({ desk }: { readonly desk: Desk }) {
  const { state } = desk
  const route = state.route.value
  useEffect(() => listenToKeys(desk, document), [desk])
  usePaneFocus(paneOf(desk) === 'page' ? hrefOf(route) : paneOf(desk))

  const deliveries = state.deliveries.value
  const parked = deliveries.state === 'ready' ? deliveries.parked.length : 0
  const row = state.rows.value.find(
    (one) => route.name === 'inbox' && one.id === route.conversation,
  )

  return (
    <div class="frame" data-pane={paneOf(desk)}>
      <nav class="rail" aria-label={strings.product}>
        <Mark />
        <RailLink
          icon="inbox"
          text={strings.inbox}
          href={hrefOf(LIST)}
          current={route.name === 'inbox'}
          count={state.unread.value}
          countText={strings.unread}
        />
        <RailLink
          icon="deliveries"
          text={strings.deliveries}
          href={hrefOf({ name: 'deliveries', connector: null })}
          current={route.name === 'deliveries'}
          count={parked}
          countText={strings.notDelivered}
          warn
        />
        <RailLink
          icon="plug"
          text={strings.connectors}
          href={hrefOf({ name: 'connectors', connector: null })}
          current={route.name === 'connectors' || route.name === 'connect'}
          count={troubled(desk)}
          countText={strings.connectorsTrouble}
          warn
        />
        <Account desk={desk} />
      </nav>
      {route.name === 'deliveries' ? (
        <Deliveries key={hrefOf(route)} desk={desk} />
      ) : route.name !== 'inbox' ? (
        <Connectors key={hrefOf(route)} desk={desk} />
      ) : (
        <>
          <ConversationList desk={desk} />
          {route.conversation === null ? (
            <main class="thread thread-blank">
              {state.rows.value.length === 0 ? null : (
                <Blank icon="inbox" title={strings.pick} hint={strings.pickHint} />
              )}
            </main>
          ) : (
            <Thread
              key={route.conversation}
              desk={desk}
              conversation={route.conversation}
              row={row}
            />
          )}
          {row ? <Details desk={desk} row={row} /> : null}
        </>
      )}
      <output class="hidden">{state.announcement.value}</output>
      <Notice desk={desk} />
    </div>
  )
}

function paneOf({ state }: Desk): 'list' | 'thread' | 'details' | 'page' {
  const route = state.route.value
  if (route.name !== 'inbox') return 'page'
  if (route.conversation === null) return 'list'
  return route.details ? 'details' : 'thread'
}

/** Connectors that do not work as they should. */
function troubled({ state }: Desk): number {
  const connectors = state.connectors.value
  if (connectors.state !== 'ready') return 0
  return connectors.lines.filter((line) => healthOf(line).state !== 'working').length
}

/** Where only one column or page is shown, the focus must not stay behind in one that is gone. */
function usePaneFocus(pane: string): void {
  const before = useRef(pane)
  useEffect(() => {
    if (before.current === pane) return
    before.current = pane
    const active = document.activeElement
    const lost = !(active instanceof HTMLElement) || active === document.body
    if (!lost && active.offsetParent !== null) return
    const target =
      pane === 'list' || pane.startsWith('#')
        ? document.querySelector<HTMLElement>('[data-pane-title]')
        : document.querySelector<HTMLElement>(`[data-focus="${pane}"]`)
    target?.focus()
  }, [pane])
}

function RailLink(props: {
  readonly icon: IconName
  readonly text: string
  readonly href: string
  readonly current: boolean
  readonly count: number
  readonly countText: string
  readonly warn?: boolean
}) {
  return (
    <a class="rail-link" href={props.href} aria-current={props.current ? 'page' : undefined}>
      <Icon name={props.icon} />
      <span class="rail-text">{props.text}</span>
      {props.count > 0 ? (
        <span class={props.warn ? 'count count-warn' : 'count'}>
          {props.count > 99 ? '99+' : props.count}
          <span class="hidden"> {props.countText}</span>
        </span>
      ) : null}
    </a>
  )
}

function Notice({ desk }: { readonly desk: Desk }) {
  const { notice } = desk.state
  return (
    <div class="notice-place" role="alert">
      {notice.value === null ? null : (
        <div class="toast">
          <span>{notice.value}</span>
          <button
            type="button"
            class="toast-close"
            aria-label={strings.dismiss}
            onClick={() => {
              notice.value = null
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  )
}

export function titleOf(unread: number, site: string): string {
  const title = `${strings.inbox} · ${site}`
  return unread === 0 ? title : fill(strings.unreadTitle, { count: unread, title })
}
