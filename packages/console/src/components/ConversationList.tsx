import type { Desk } from '../desk.ts'
import { hrefOfConversation } from '../route.ts'
import type { Filter, Row } from '../state.ts'
import { fill, strings } from '../strings.ts'
import { Avatar } from './Avatar.tsx'
import { Blank } from './Blank.tsx'
import { Icon } from './Icon.tsx'

const FILTERS = ['open', 'resolved', 'all'] as const satisfies readonly Filter[]

export function ConversationList({ desk }: { readonly desk: Desk }) {
  const { state } = desk
  const rows = state.visible.value
  const route = state.route.value
  const current = route.name === 'inbox' ? route.conversation : null

  return (
    <section class="list" aria-label={strings.conversations}>
      <header class="list-head">
        <SiteTitle desk={desk} />
        <Connection desk={desk} />
        <Search desk={desk} />
        <fieldset class="segments">
          <legend class="hidden">{strings.filter}</legend>
          {FILTERS.map((filter) => (
            <label class="segment" key={filter}>
              <input
                type="radio"
                name="filter"
                checked={state.filter.value === filter}
                onChange={() => {
                  state.filter.value = filter
                }}
              />
              <span>{strings[filter]}</span>
            </label>
          ))}
        </fieldset>
      </header>
      {/* The links within take the keys; the region only scrolls. */}
      <div class="list-scroll" data-list>
        {!state.loaded.value && state.rows.value.length === 0 ? (
          <Skeleton />
        ) : rows.length === 0 ? (
          <EmptyList desk={desk} />
        ) : (
          <ul class="rows">
            {rows.map((row) => (
              <li key={row.id}>
                <ConversationRow row={row} current={row.id === current} when={desk.when} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function SiteTitle({ desk }: { readonly desk: Desk }) {
  const { sites } = desk.me
  if (sites.length < 2) {
    return (
      <h1 class="list-title" data-pane-title tabIndex={-1}>
        {desk.site.name}
      </h1>
    )
  }
  return (
    <h1 class="list-title">
      <span class="picker">
        <select
          data-pane-title
          aria-label={strings.site}
          value={desk.site.key}
          onChange={(event) => desk.switchSite(event.currentTarget.value)}
        >
          {sites.map((site) => (
            <option key={site.key} value={site.key}>
              {site.name}
            </option>
          ))}
        </select>
        <Icon name="chevron" />
      </span>
    </h1>
  )
}

function Connection({ desk }: { readonly desk: Desk }) {
  const connection = desk.state.connection.value
  return (
    <output class="connection" data-state={connection}>
      {connection === 'offline' ? strings.reconnecting : ''}
    </output>
  )
}

function Search({ desk }: { readonly desk: Desk }) {
  const { query } = desk.state
  return (
    <div class="search">
      <Icon name="search" />
      <input
        data-search
        type="search"
        aria-label={strings.searchLabel}
        placeholder={strings.search}
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value
        }}
      />
      {query.value === '' ? null : (
        <button
          type="button"
          class="search-clear"
          aria-label={strings.clearSearch}
          onClick={() => {
            query.value = ''
            document.querySelector<HTMLElement>('[data-search]')?.focus()
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  )
}

function ConversationRow(props: {
  readonly row: Row
  readonly current: boolean
  readonly when: Desk['when']
}) {
  const { row, current, when } = props
  return (
    <a
      class={row.unread ? 'row row-unread' : 'row'}
      href={hrefOfConversation(row.id)}
      data-row={row.id}
      aria-current={current ? 'true' : undefined}
    >
      <Avatar id={row.visitor.id} name={row.visitor.name} online={row.online} />
      <span class="row-text">
        <span class="row-top">
          <span class="row-name">
            <bdi>{row.name}</bdi>
          </span>
          {row.online ? <span class="hidden">, {strings.online}</span> : null}
          <time class="row-time" dateTime={new Date(row.time).toISOString()}>
            {when.short(row.time)}
          </time>
        </span>
        <span class="row-bottom">
          {row.typing ? (
            <span class="row-line row-typing">{strings.typing}</span>
          ) : (
            <span class="row-line">
              {row.prefix === '' ? null : <span class="row-you">{row.prefix}</span>}
              <bdi>{row.line}</bdi>
            </span>
          )}
          {row.status === 'resolved' ? (
            <span class="row-resolved">
              <Icon name="check" />
              <span class="hidden">{strings.resolved}</span>
            </span>
          ) : null}
          {row.unread ? (
            <span class="dot">
              <span class="hidden">{strings.unread}</span>
            </span>
          ) : null}
        </span>
      </span>
    </a>
  )
}

function EmptyList({ desk }: { readonly desk: Desk }) {
  const { query, filter, rows } = desk.state
  if (query.value.trim() !== '') {
    const hint = fill(strings.emptySearchHint, { query: query.value.trim() })
    return <Blank icon="search" title={strings.emptySearch} hint={hint} />
  }
  if (filter.value === 'all' || rows.value.length === 0) {
    return <Blank icon="inbox" title={strings.emptyAll} hint={strings.emptyAllHint} />
  }
  return filter.value === 'open' ? (
    <Blank icon="check" title={strings.emptyOpen} hint={strings.emptyOpenHint} />
  ) : (
    <Blank icon="inbox" title={strings.emptyResolved} hint={strings.emptyResolvedHint} />
  )
}

function Skeleton() {
  return (
    <div class="skeleton" aria-busy="true">
      <output class="hidden">{strings.loading}</output>
      {[62, 44, 70, 52, 58].map((width) => (
        <div class="skeleton-row" key={width}>
          <span class="skeleton-avatar" />
          <span class="skeleton-lines">
            <span style={{ width: `${width - 18}%` }} />
            <span style={{ width: `${width + 20}%` }} />
          </span>
        </div>
      ))}
    </div>
  )
}
