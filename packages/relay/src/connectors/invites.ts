import type { SiteReach } from '@homing/core'
import type { ConfiguredConnector } from './configured.ts'
import type { Invite } from './connector.ts'

/**
 * An app in which a visitor of a site can go on. `type` is the connector's, which says enough where
 * there is one for each app.
 */
export type Invitation = Invite & { readonly type: string; readonly connector: string }

/**
 * Where the visitors of these connectors' site can go on: one way for each app, and one that binds
 * before one that is only a link.
 */
export function invitationsOf(connectors: readonly ConfiguredConnector[]): readonly Invitation[] {
  const all = connectors.flatMap(({ id, type, invite }) =>
    invite ? [{ ...invite, type, connector: id }] : [],
  )
  const ways = [...all.filter(({ binds }) => binds), ...all.filter(({ binds }) => !binds)]
  return ways.filter(({ app }, index) => ways.findIndex((each) => each.app === app) === index)
}

/** What everybody may know of them. */
export function reachesOf(connectors: readonly ConfiguredConnector[]): readonly SiteReach[] {
  return invitationsOf(connectors).map(({ type, app, binds, asks }) => ({
    type,
    app,
    binds,
    ...(asks ? { asks } : {}),
  }))
}
