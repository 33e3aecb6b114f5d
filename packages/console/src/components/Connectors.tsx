import { useEffect } from 'preact/hooks'

import type { ConnectorLine } from '../connector.ts'
import { roleOf } from '../connector.ts'
import { faceOf, roleText } from '../connector-faces.ts'
import type { Desk } from '../desk.ts'
import { hrefOf, hrefOfConnector } from '../route.ts'
import { fill, strings } from '../strings.ts'
import { ConnectorForm } from './ConnectorForm.tsx'
import { ConnectorPage } from './ConnectorPage.tsx'
import { CopyField } from './CopyField.tsx'
import { Gallery } from './Gallery.tsx'
import { HealthPill, reasonsOf } from './HealthPill.tsx'
import { Icon } from './Icon.tsx'
import { Missing } from './Missing.tsx'
import { Tile } from './Tile.tsx'

/** Everything about far sides: those that are set up, one of them, and setting up another. */
export function Connectors({ desk }: { readonly desk: Desk }) {
  const route = desk.state.route.value
  const connectors = desk.state.connectors.value
  useEffect(() => {
    desk.actions.loadConnectors()
    // What they refused is told with them.
    desk.actions.loadDeliveries()
  }, [desk])

  if (connectors.state !== 'ready') {
    return (
      <main class="page">
        <Head />
        {connectors.state === 'loading' ? (
          <output class="page-note">{strings.loading}</output>
        ) : (
          <div class="page-note" role="alert">
            <p>{strings.connectorsError}</p>
            <button type="button" class="button" onClick={desk.actions.loadConnectors}>
              {strings.retry}
            </button>
          </div>
        )}
      </main>
    )
  }
  const { types, lines } = connectors
  if (route.name === 'connect') {
    if (route.type === null) return <Gallery types={types} />
    const type = types.find(({ name }) => name === route.type)
    return type ? (
      <ConnectorForm key={type.name} desk={desk} ready={connectors} type={type} line={undefined} />
    ) : (
      <Missing title={strings.unknownType} hint={strings.unknownTypeHint} />
    )
  }
  if (route.name === 'connectors' && route.connector !== null) {
    const line = lines.find(({ id }) => id === route.connector)
    return line ? (
      <ConnectorPage key={line.id} desk={desk} ready={connectors} line={line} />
    ) : (
      <Missing title={strings.missingConnector} hint={strings.missingConnectorHint} />
    )
  }
  if (lines.length === 0) {
    return <Gallery types={types} first foot={<Snippet desk={desk} relay={connectors.relay} />} />
  }
  return (
    <main class="page">
      <Head add />
      <ul class="connector-list">
        {lines.map((line) => (
          <li key={line.id}>
            <Line desk={desk} line={line} />
          </li>
        ))}
      </ul>
      <Snippet desk={desk} relay={connectors.relay} />
    </main>
  )
}

function Head({ add }: { readonly add?: boolean }) {
  return (
    <header class="page-head page-head-row">
      <div>
        <h1 data-pane-title tabIndex={-1}>
          {strings.connectors}
        </h1>
        <p>{strings.connectorsHint}</p>
      </div>
      {add ? (
        <a class="button button-primary" href={hrefOf({ name: 'connect', type: null })}>
          <Icon name="plus" />
          {strings.addConnector}
        </a>
      ) : null}
    </header>
  )
}

function Line({ desk, line }: { readonly desk: Desk; readonly line: ConnectorLine }) {
  const { title } = faceOf(line.type)
  const role = roleOf(line.roles)
  const reasons = reasonsOf(line)
  const connectors = desk.state.connectors.value
  const type =
    connectors.state === 'ready' && connectors.types.find(({ name }) => name === line.type)
  return (
    <article class="connector-line">
      <Tile type={line.type} />
      <div class="connector-main">
        <p class="connector-top">
          <a class="connector-title" href={hrefOfConnector(line.id)}>
            {title}
          </a>
          {line.id === line.type ? null : <span class="connector-id">{line.id}</span>}
        </p>
        <p class="connector-role">
          {role === undefined ? strings.settings : roleText(role)}
          {line.from === 'file' ? ` · ${strings.fromFile}` : ''}
        </p>
      </div>
      <div class="connector-side">
        <HealthPill desk={desk} line={line} />
        {line.parked > 0 ? (
          <a
            class="connector-parked"
            href={hrefOf({ name: 'deliveries', connector: line.id })}
            aria-label={`${title}: ${parkedText(line.parked)}`}
          >
            {parkedText(line.parked)}
          </a>
        ) : null}
      </div>
      {reasons.map((reason) => (
        <p key={reason} class="connector-reason">
          {reason}
        </p>
      ))}
      {type && type.webhooks ? (
        <div class="connector-hook">
          <CopyField
            desk={desk}
            what={`${strings.webhookAddress}, ${line.id}`}
            text={line.webhook}
          />
        </div>
      ) : null}
    </article>
  )
}

export function parkedText(count: number): string {
  return count === 1 ? strings.waitingOne : fill(strings.waitingMany, { count })
}

function Snippet({ desk, relay }: { readonly desk: Desk; readonly relay: string }) {
  return (
    <section class="snippet" aria-labelledby="snippet">
      <h2 id="snippet">{strings.snippet}</h2>
      <p>{strings.snippetHint}</p>
      <CopyField
        desk={desk}
        what={strings.snippet}
        text={`<script async src="${relay}/widget/${desk.site.key}.js"></script>`}
      />
    </section>
  )
}
