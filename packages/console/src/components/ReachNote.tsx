import { faceOf } from '../connector-faces.ts'
import type { Desk } from '../desk.ts'
import { fill, strings } from '../strings.ts'
import { windowOf } from '../window-text.ts'
import { Icon } from './Icon.tsx'

/** Said before one writes: the messenger on which the visitor is does not take free text now. */
export function ReachNote(props: { readonly desk: Desk; readonly conversation: string }) {
  const { state } = props.desk
  const routes = state.routes.value
  if (routes?.conversation !== props.conversation) return null
  const connectors = state.connectors.value
  const lines = connectors.state === 'ready' ? connectors.lines : []
  const closed = routes.routes.flatMap((route) => {
    const window = route.role === 'reach' && route.active ? windowOf(route, lines) : undefined
    return window && window.state !== 'open' ? [{ route, window }] : []
  })
  return (
    <output class="reach-notes">
      {closed.map(({ route, window }) => (
        <span key={route.connector} class="reach-note">
          <Icon name="clock" />
          <span>
            {fill(strings.reachClosed, { name: faceOf(route.type).title })}{' '}
            {window.state === 'asked'
              ? strings.reachClosedAsked
              : window.template === false
                ? strings.reachClosedHard
                : strings.reachClosedTemplate}
          </span>
        </span>
      ))}
    </output>
  )
}
