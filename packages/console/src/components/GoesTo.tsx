import { useState } from 'preact/hooks'

import type { ConnectorLine } from '../connector.ts'
import { titleOfEntry } from '../connector-faces.ts'
import type { RouteLine } from '../conversation-routes.ts'
import type { Desk } from '../desk.ts'
import { hrefOfConnector } from '../route.ts'
import { fill, strings } from '../strings.ts'
import { windowOf, windowText } from '../window-text.ts'
import { DeskPicker } from './DeskPicker.tsx'
import { Tile } from './Tile.tsx'

/** The desks a conversation is answered at, and the messengers its visitor is reached on. */
export function GoesTo(props: { readonly desk: Desk; readonly conversation: string }) {
  const { desk, conversation } = props
  const [picking, setPicking] = useState(false)
  const routes = desk.state.routes.value
  if (routes?.conversation !== conversation || routes.routes.length === 0) return null

  const connectors = desk.state.connectors.value
  const lines = connectors.state === 'ready' ? connectors.lines : []
  const desks = routes.routes.filter(({ role }) => role === 'desk')
  // Reaches on which nobody is known say nothing about this conversation.
  const shown = routes.routes.filter(
    ({ role, active, thread }) => active || (role === 'reach' && thread !== null),
  )
  return (
    <section class="goes-to" aria-labelledby="goes-to">
      <div class="goes-to-head">
        <h2 id="goes-to">{strings.routes}</h2>
        {desks.length === 0 || picking ? null : (
          <button
            type="button"
            class="link-button"
            aria-label={`${strings.desksChange}: ${strings.desksTitle}`}
            onClick={() => setPicking(true)}
          >
            {strings.desksChange}
          </button>
        )}
      </div>
      {picking ? (
        <DeskPicker
          desk={desk}
          conversation={conversation}
          routes={desks}
          onDone={() => setPicking(false)}
        />
      ) : shown.length === 0 ? (
        <p class="goes-to-none">{strings.routesOnlyHere}</p>
      ) : (
        <ul class="goes-to-list">
          {shown.map((route) => (
            <li key={route.connector} class="route">
              <Tile type={route.type} size="small" />
              <div class="route-text">
                <a class="route-name" href={hrefOfConnector(route.hook)}>
                  {titleOfEntry(route.type, route.hook)}
                </a>
                <State desk={desk} route={route} lines={lines} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function State(props: {
  readonly desk: Desk
  readonly route: RouteLine
  readonly lines: readonly ConnectorLine[]
}) {
  const { desk, route, lines } = props
  const connectors = desk.state.connectors.value
  const type =
    connectors.state === 'ready' && connectors.types.find(({ name }) => name === route.type)
  const window = windowOf(route, lines)
  return (
    <>
      <p class="route-state">
        {route.optedOut
          ? strings.routeOut
          : route.role === 'desk'
            ? type && type.line
              ? strings.routeLine
              : strings.routeDesk
            : (phoneOf(route.thread) ?? strings.routeReach)}
        {route.waiting === 0 ? '' : ` · ${fill(strings.routeWaiting, { count: route.waiting })}`}
      </p>
      {window && !route.optedOut ? (
        <p class="route-window" data-window={window.state}>
          {windowText(window, route.type, desk.when)}
        </p>
      ) : null}
      {route.failure ? (
        <p class="route-failure">{fill(strings.routeFailed, { seq: route.failure.seq })}</p>
      ) : null}
    </>
  )
}

/** Other addresses are numbers that only the far side can read. */
function phoneOf(thread: string | null): string | undefined {
  const digits = /^(?:whatsapp:)?\+?(\d{8,15})$/.exec(thread ?? '')?.[1]
  return digits === undefined ? undefined : `+${digits}`
}
