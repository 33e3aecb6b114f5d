import { useEffect, useRef, useState } from 'preact/hooks'

import type { ConnectorLine } from '../connector.ts'
import { entryOf, healthOf, roleOf } from '../connector.ts'
import { faceOf, roleText } from '../connector-faces.ts'
import type { Desk } from '../desk.ts'
import { hrefOf } from '../route.ts'
import type { Connectors, Parked } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Checkup } from './Checkup.tsx'
import { ConnectorForm } from './ConnectorForm.tsx'
import { CopyField } from './CopyField.tsx'
import { HealthPill } from './HealthPill.tsx'
import { Icon } from './Icon.tsx'
import { ParkedItem } from './ParkedItem.tsx'
import { RemoveConnector } from './RemoveConnector.tsx'
import { Tile } from './Tile.tsx'

type Ready = Extract<Connectors, { state: 'ready' }>

/** More of what was refused stands on the page of deliveries. */
const MOST_PARKED = 3

/** One connector: how it is, what it refused, its settings. */
export function ConnectorPage(props: {
  readonly desk: Desk
  readonly ready: Ready
  readonly line: ConnectorLine
}) {
  const { desk, ready, line } = props
  const face = faceOf(line.type)
  const type = ready.types.find(({ name }) => name === line.type)
  const role = roleOf(line.roles)
  const parked = parkedOf(desk, line.id)
  /** Each save puts a fresh form up: what was typed, secrets first of all, is gone from the page. */
  const [saves, setSaves] = useState(0)
  useFocusOnTitle()

  return (
    <main class="page">
      <a class="page-back" href={hrefOf({ name: 'connectors', connector: null })}>
        <Icon name="back" />
        {strings.backToConnectors}
      </a>
      <header class="page-head connector-head">
        <Tile type={line.type} size="large" />
        <div>
          <h1 data-pane-title tabIndex={-1}>
            {face.title}
          </h1>
          <p>
            {line.id === line.type ? '' : `${line.id} · `}
            {role === undefined ? face.line : roleText(role)}
          </p>
        </div>
        <HealthPill desk={desk} line={line} />
      </header>
      <Trouble desk={desk} line={line} parked={parked} />
      {line.problems.length > 0 ? null : (
        <Checkup key={saves} desk={desk} id={line.id} name={face.title} />
      )}
      {parked.length === 0 ? null : (
        <section class="form-card" aria-labelledby="parked-title">
          <h2 class="form-title" id="parked-title">
            {strings.notDelivered}
          </h2>
          <ul class="parked-list">
            {parked.slice(0, MOST_PARKED).map((one) => (
              <li key={one.id}>
                <ParkedItem desk={desk} parked={one} linked />
              </li>
            ))}
          </ul>
          {parked.length > MOST_PARKED ? (
            <a class="link-button" href={hrefOf({ name: 'deliveries', connector: line.id })}>
              {strings.deliveriesAll} ({parked.length})
            </a>
          ) : null}
        </section>
      )}
      {type?.webhooks ? (
        <section class="form-card" aria-labelledby="hook-title">
          <h2 class="form-title" id="hook-title">
            {strings.webhookAddress}
          </h2>
          <p class="form-help">{fill(strings.webhookHint, { name: face.title })}</p>
          <CopyField desk={desk} what={strings.webhookAddress} text={line.webhook} />
        </section>
      ) : null}
      {line.from === 'file' ? (
        <section class="form-card">
          <h2 class="form-title">{strings.settings}</h2>
          <p>{strings.fromFile}.</p>
          <p class="form-help">{strings.fromFileHint}</p>
        </section>
      ) : (
        <>
          {type ? (
            <ConnectorForm
              key={saves}
              desk={desk}
              ready={ready}
              type={type}
              line={line}
              onSaved={() => setSaves((count) => count + 1)}
            />
          ) : null}
          <RemoveConnector desk={desk} id={line.id} name={face.title} />
        </>
      )}
    </main>
  )
}

/** From the gallery or the list one comes here by a link that is gone then. */
function useFocusOnTitle(): void {
  const done = useRef(false)
  useEffect(() => {
    if (done.current) return
    done.current = true
    document.querySelector<HTMLElement>('[data-pane-title]')?.focus()
  }, [])
}

function parkedOf(desk: Desk, id: string): readonly Parked[] {
  const deliveries = desk.state.deliveries.value
  if (deliveries.state !== 'ready') return []
  return deliveries.parked.filter(({ connector }) => entryOf(connector) === id)
}

/** What keeps it from working, and the way on. */
function Trouble(props: {
  readonly desk: Desk
  readonly line: ConnectorLine
  readonly parked: readonly Parked[]
}) {
  const { desk, line, parked } = props
  const health = healthOf(line)
  if (health.state === 'working') return null
  const broken = health.state === 'broken'
  const first = parked.toSorted((a, b) => a.time - b.time)[0]
  const waitsForUs = !broken && health.until === null
  return (
    <section class="trouble" data-health={health.state} aria-label={strings.status}>
      <Icon name={broken ? 'alert' : 'clock'} />
      <div>
        {(broken ? health.problems : [health.reason]).map((reason) => (
          <p key={reason} class="trouble-reason">
            {reason}
          </p>
        ))}
        <p>{broken ? strings.brokenHint : waitsForUs ? strings.heldReplay : strings.heldHint}</p>
        {!broken && first ? (
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              desk.actions.replay(first.id)
              desk.actions.loadConnectors()
            }}
          >
            <Icon name="replay" />
            {strings.tryNow}
          </button>
        ) : null}
      </div>
    </section>
  )
}
