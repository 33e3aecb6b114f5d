import type { Author, Body } from '@homing/core'
import { isStatus } from '@homing/core'
import type { ConfiguredConnector } from '../connectors/configured.ts'
import type { RouteRole } from '../connectors/connector.ts'

/** What a connector of a site takes, as far as the log needs to know. */
export interface Route {
  readonly connector: string
  readonly role: RouteRole
  /** Whose entries are sent to a desk. */
  readonly takes: readonly Author['role'][]
  /** An entry waits so long for others of its conversation, ms. */
  readonly gatherMs: number
}

export const routeOf = ({ id, role, capabilities }: ConfiguredConnector): Route => ({
  connector: id,
  role,
  takes: capabilities.takes,
  gatherMs: capabilities.gatherMs,
})

/**
 * The connectors that are owed an entry. Never the one it came from: that far side has it already,
 * and would show it twice. To a reach goes what others say to the visitor. Pure.
 */
export function routesFor(
  entry: { readonly author: Author; readonly body: Body; readonly from?: string },
  routes: readonly Route[],
): readonly Route[] {
  const { author, body, from } = entry
  return routes.filter((route) => {
    if (route.connector === from) return false
    if (route.role === 'desk') return route.takes.includes(author.role)
    return (author.role === 'agent' || author.role === 'bot') && !isStatus(body)
  })
}
