import type { Author, Body } from '@homing/core'

/** What a connector of a site takes, as far as the log needs to know. */
export interface Route {
  readonly connector: string
  /** Whose entries are sent there. */
  readonly takes: readonly Author['role'][]
}

/**
 * The connectors that are owed an entry. Never the one it came from: that far side has it already,
 * and would show it twice. Pure.
 */
export function routesFor(
  entry: { readonly author: Author; readonly body: Body; readonly from?: string },
  routes: readonly Route[],
): readonly string[] {
  return routes
    .filter((route) => route.connector !== entry.from && route.takes.includes(entry.author.role))
    .map((route) => route.connector)
}
