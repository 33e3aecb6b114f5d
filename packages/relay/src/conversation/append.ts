import type { Author, Body, Clock, Page } from '@homing/core'
import type { Bus } from '../bus/bus.ts'
import type { Appended, NewEntry, Store } from '../store/store.ts'
import type { Route } from './route.ts'
import { routesFor } from './route.ts'

/**
 * The one way into the log, for visitors, agents and far sides alike.
 *
 * Decide (which connectors are owed it), commit (entry and deliveries in one transaction), then
 * tell (hints, delivery worker). Nothing is told that is not committed, and nobody waits for the
 * telling.
 */
export type Append = (draft: AppendDraft) => Promise<Appended>

export interface AppendDraft {
  readonly site: string
  readonly conversation: string
  /** The draft id. */
  readonly id: string
  readonly author: Author
  readonly body: Body
  /** The relay's own time when absent. */
  readonly time?: number
  readonly visitor?: NonNullable<NewEntry['visitor']>
  readonly page?: Page
  /** How a visitor who came without a token is called. */
  readonly contact?: NonNullable<NewEntry['contact']>
  /** The far side's event that brought it. It is not sent back there. */
  readonly event?: { readonly connector: string; readonly id: string }
}

export interface AppendOptions {
  readonly store: Pick<Store, 'append'>
  readonly bus: Pick<Bus, 'publish'>
  readonly clock: Pick<Clock, 'now'>
  /** The connectors of a site. */
  readonly routesOf: (site: string) => readonly Route[]
  /** Deliveries wait in the store. */
  readonly nudge: () => void
}

export function createAppend({ store, bus, clock, routesOf, nudge }: AppendOptions): Append {
  return async (draft) => {
    const { event } = draft
    const routes = routesFor(
      { author: draft.author, body: draft.body, ...(event ? { from: event.connector } : {}) },
      routesOf(draft.site),
    )
    const appended = await store.append({
      ...draft,
      time: draft.time ?? clock.now(),
      connectors: owedBy('desk', routes),
      reaches: owedBy('reach', routes),
      waits: waitsOf(routes),
    })
    if (appended.fresh && appended.entry) {
      const { site, conversation } = draft
      const { visitor } = appended
      const topics = [`visitor:${visitor}`, `agents:${site}`] as const
      bus.publish(topics, {
        kind: 'grew',
        site,
        visitor,
        conversation,
        seq: appended.entry.seq,
      })
      if (appended.statusChanged) {
        bus.publish(topics, { kind: 'changed', site, visitor, conversation })
      }
      if (routes.length > 0) nudge()
    }
    return appended
  }
}

const owedBy = (role: Route['role'], routes: readonly Route[]): readonly string[] =>
  routes.filter((route) => route.role === role).map(({ connector }) => connector)

const waitsOf = (routes: readonly Route[]): Readonly<Record<string, number>> =>
  Object.fromEntries(routes.map(({ connector, gatherMs }) => [connector, gatherMs]))
