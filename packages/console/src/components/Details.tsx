import type { ComponentChildren } from 'preact'

import type { Desk } from '../desk.ts'
import { hrefOfConversation } from '../route.ts'
import { safeUrl } from '../safe-url.ts'
import type { Row } from '../state.ts'
import { strings } from '../strings.ts'
import { Avatar } from './Avatar.tsx'
import { Icon } from './Icon.tsx'
import { GoesTo } from './GoesTo.tsx'
import { ParkedItem } from './ParkedItem.tsx'

/** Who is written to, and where they are. */
export function Details({ desk, row }: { readonly desk: Desk; readonly row: Row }) {
  const { state, when } = desk
  const { visitor, page } = row
  const thread = state.thread.value
  const started = thread?.conversation === row.id ? thread.started : null
  const routes = state.routes.value
  const tag = routes?.conversation === row.id ? routes.tag : undefined
  const deliveries = state.deliveries.value
  const parked =
    deliveries.state === 'ready'
      ? deliveries.parked.filter((one) => one.conversation === row.id)
      : []

  return (
    <aside class="details" aria-label={strings.details}>
      <header class="details-head">
        <a class="icon-button" href={hrefOfConversation(row.id)} aria-label={strings.back}>
          <Icon name="back" />
        </a>
        <h1 class="details-title" tabIndex={-1} data-focus="details">
          {strings.details}
        </h1>
      </header>
      <div class="card">
        <Avatar id={visitor.id} name={visitor.name} online={row.online} large />
        <p class="card-name">
          <bdi>{row.name}</bdi>
        </p>
        <p class="card-presence" data-online={row.online}>
          {row.online ? strings.online : strings.offline}
        </p>
      </div>
      <dl class="facts">
        {visitor.email === undefined ? null : (
          <Fact name={strings.email}>
            <Email address={visitor.email} />
          </Fact>
        )}
        {page ? (
          <Fact name={strings.page}>
            {page.title ? (
              <span class="page-title">
                <bdi>{page.title}</bdi>
              </span>
            ) : null}
            <Address url={page.url} />
          </Fact>
        ) : null}
        {page?.referrer ? (
          <Fact name={strings.cameFrom}>
            <Address url={page.referrer} />
          </Fact>
        ) : null}
        {visitor.locale === undefined ? null : (
          <Fact name={strings.language}>{languageOf(visitor.locale)}</Fact>
        )}
        {started === null ? null : (
          <Fact name={strings.started}>
            <time dateTime={new Date(started).toISOString()}>{when.full(started)}</time>
          </Fact>
        )}
        {tag === undefined ? null : <Fact name={strings.tag}>#{tag}</Fact>}
        <Fact name={strings.status}>{row.status === 'open' ? strings.open : strings.resolved}</Fact>
      </dl>
      <GoesTo key={row.id} desk={desk} conversation={row.id} />
      {parked.length === 0 ? null : (
        <section class="details-parked" aria-label={strings.notDelivered}>
          <h2>{strings.notDelivered}</h2>
          <ul class="parked-list">
            {parked.map((one) => (
              <li key={one.id}>
                <ParkedItem desk={desk} parked={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  )
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

function Address({ url }: { readonly url: string }) {
  const safe = safeUrl(url)
  if (!safe) return <span class="address">{url}</span>
  return (
    <a
      class="address"
      href={safe.href}
      title={safe.href}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
    >
      {safe.label}
    </a>
  )
}

/** Only what is plainly an address becomes one: no header can be smuggled into the mail. */
function Email({ address }: { readonly address: string }) {
  if (!/^[^\s@?&%:/]+@[^\s@?&%:/]+$/.test(address)) return <span>{address}</span>
  return (
    <a class="address" href={`mailto:${address}`}>
      {address}
    </a>
  )
}

function languageOf(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
