import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

import type { ConnectorType } from '../connector.ts'
import { faceOf, GROUPS, inOrder, isMatch } from '../connector-faces.ts'
import { hrefOf } from '../route.ts'
import { fill, strings } from '../strings.ts'
import { Blank } from './Blank.tsx'
import { Icon } from './Icon.tsx'
import { Tile } from './Tile.tsx'

/** Everything that can be connected, to pick from. */
export function Gallery(props: {
  readonly types: readonly ConnectorType[]
  /** Nothing is connected yet: this is the beginning. */
  readonly first?: boolean
  readonly foot?: ComponentChildren
}) {
  const { types, first } = props
  const [query, setQuery] = useState('')
  const found = inOrder(types).filter(({ name }) => isMatch(name, query.trim()))
  const groups = GROUPS.flatMap(({ group, title }) => {
    const members = found.filter(({ name }) => faceOf(name).group === group)
    return members.length === 0 ? [] : [{ group, title, members }]
  })
  return (
    <main class="page page-wide">
      {first ? null : (
        <a class="page-back" href={hrefOf({ name: 'connectors', connector: null })}>
          <Icon name="back" />
          {strings.backToConnectors}
        </a>
      )}
      <header class="page-head page-head-row">
        <div>
          <h1 data-pane-title tabIndex={-1}>
            {first ? strings.firstConnector : strings.gallery}
          </h1>
          <p>{first ? strings.firstConnectorHint : strings.galleryHint}</p>
        </div>
        <search class="gallery-search">
          <Icon name="search" />
          <input
            type="search"
            aria-label={strings.gallerySearch}
            placeholder={strings.search}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </search>
      </header>
      {groups.map(({ group, title, members }) => (
        <section key={group} class="gallery-group" aria-labelledby={`group-${group}`}>
          <h2 id={`group-${group}`}>{title}</h2>
          <ul class="gallery">
            {members.map(({ name }) => (
              <li key={name}>
                <a class="gallery-card" href={hrefOf({ name: 'connect', type: name })}>
                  <Tile type={name} />
                  <span class="gallery-text">
                    <span class="gallery-name">{faceOf(name).title}</span>
                    <span class="gallery-line">{faceOf(name).line}</span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <output class="hidden">
        {query.trim() === '' || groups.length > 0 ? '' : fill(strings.galleryEmpty, { query })}
      </output>
      {groups.length > 0 ? null : (
        <Blank
          icon="search"
          title={fill(strings.galleryEmpty, { query: query.trim() })}
          hint={strings.galleryEmptyHint}
        />
      )}
      {props.foot}
    </main>
  )
}
