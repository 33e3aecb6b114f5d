import { useEffect } from 'preact/hooks'

import { entryOf } from '../connector.ts'
import { titleOfEntry } from '../connector-faces.ts'
import type { Desk } from '../desk.ts'
import { hrefOf } from '../route.ts'
import { fill, strings } from '../strings.ts'
import { Blank } from './Blank.tsx'
import { ParkedItem } from './ParkedItem.tsx'

/** Everything of this site that could not be handed on, or what one connector refused. */
export function Deliveries({ desk }: { readonly desk: Desk }) {
  const deliveries = desk.state.deliveries.value
  const route = desk.state.route.value
  const only = route.name === 'deliveries' ? route.connector : null
  useEffect(() => desk.actions.loadDeliveries(), [desk])
  const parked =
    deliveries.state === 'ready'
      ? deliveries.parked.filter((one) => only === null || entryOf(one.connector) === only)
      : []
  return (
    <main class="page">
      <header class="page-head">
        <h1 data-pane-title tabIndex={-1}>
          {strings.deliveries}
        </h1>
        <p>{strings.deliveriesHint}</p>
        {only === null ? null : (
          <p class="page-filter">
            {fill(strings.deliveriesOf, { name: nameIn(desk, only) })}
            <a class="link-button" href={hrefOf({ name: 'deliveries', connector: null })}>
              {strings.deliveriesAll}
            </a>
          </p>
        )}
      </header>
      {deliveries.state === 'loading' ? (
        <output class="page-note">{strings.loading}</output>
      ) : deliveries.state === 'failed' ? (
        <div class="page-note" role="alert">
          <p>{strings.deliveriesError}</p>
          <button type="button" class="button" onClick={desk.actions.loadDeliveries}>
            {strings.retry}
          </button>
        </div>
      ) : parked.length === 0 ? (
        <Blank
          icon="check"
          title={
            only === null
              ? strings.deliveriesEmpty
              : fill(strings.deliveriesOfEmpty, { name: nameIn(desk, only) })
          }
          hint={strings.deliveriesEmptyHint}
        />
      ) : (
        <ul class="parked-list parked-wide">
          {parked.map((one) => (
            <li key={one.id}>
              <ParkedItem desk={desk} parked={one} linked />
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}

function nameIn(desk: Desk, id: string): string {
  const connectors = desk.state.connectors.value
  const line =
    connectors.state === 'ready' ? connectors.lines.find((each) => each.id === id) : undefined
  return line ? titleOfEntry(line.type, line.id) : id
}
