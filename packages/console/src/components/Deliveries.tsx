import { useEffect } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { strings } from '../strings.ts'
import { Blank } from './Blank.tsx'
import { ParkedItem } from './ParkedItem.tsx'

/** Everything of this site that could not be handed on. */
export function Deliveries({ desk }: { readonly desk: Desk }) {
  const deliveries = desk.state.deliveries.value
  useEffect(() => desk.actions.loadDeliveries(), [desk])
  return (
    <main class="page">
      <header class="page-head">
        <h1 data-pane-title tabIndex={-1}>
          {strings.deliveries}
        </h1>
        <p>{strings.deliveriesHint}</p>
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
      ) : deliveries.parked.length === 0 ? (
        <Blank icon="check" title={strings.deliveriesEmpty} hint={strings.deliveriesEmptyHint} />
      ) : (
        <ul class="parked-list parked-wide">
          {deliveries.parked.map((one) => (
            <li key={one.id}>
              <ParkedItem desk={desk} parked={one} linked />
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}
