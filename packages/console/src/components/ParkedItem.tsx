import { useEffect, useState } from 'preact/hooks'

import type { Desk } from '../desk.ts'
import { hrefOfConversation } from '../route.ts'
import type { Parked } from '../state.ts'
import { nameOf } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Icon } from './Icon.tsx'

/** A delivery that waits for a person: what, why, and the way on. */
export function ParkedItem(props: {
  readonly desk: Desk
  readonly parked: Parked
  /** Say whose conversation it is. */
  readonly linked?: boolean
}) {
  const { desk, parked } = props
  const [busy, setBusy] = useState(false)
  // A new list answers: either it is gone from it, or it waits again.
  const list = desk.state.deliveries.value
  useEffect(() => setBusy(false), [list])
  const row = desk.state.rows.value.find((one) => one.id === parked.conversation)
  const title = row?.name ?? nameOf({ id: parked.conversation })
  const tries =
    parked.attempts === 1 ? strings.oneTry : fill(strings.tries, { count: parked.attempts })
  return (
    <article class="parked">
      <div class="parked-top">
        <span class="connector">{parked.connector}</span>
        <time class="parked-time" dateTime={new Date(parked.time).toISOString()}>
          {desk.when.short(parked.time)}
        </time>
      </div>
      {props.linked ? (
        <a class="parked-who" href={hrefOfConversation(parked.conversation)}>
          <bdi>{title}</bdi>
        </a>
      ) : null}
      <p class="parked-reason">{parked.reason}</p>
      <div class="parked-foot">
        <span>
          {fill(strings.messageNumber, { seq: parked.seq })} · {tries}
        </span>
        <button
          type="button"
          class="button button-small"
          aria-disabled={busy}
          aria-label={busy ? undefined : `${strings.replay}: ${parked.connector}, ${title}`}
          onClick={() => {
            if (busy) return
            setBusy(true)
            desk.actions.replay(parked.id)
          }}
        >
          <Icon name="replay" />
          {busy ? strings.replaying : strings.replay}
        </button>
      </div>
    </article>
  )
}
