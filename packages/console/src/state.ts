import type { ConversationStatus, Page, ThreadItem, VisitorCard } from '@homing/core'
import type { ReadonlySignal, Signal } from '@preact/signals'
import { computed, signal } from '@preact/signals'

import type { ConnectorBody } from './api.ts'
import type { ConnectorLine, ConnectorType, Finding } from './connector.ts'
import type { SaveOutcome } from './connectors.ts'
import type { ConversationRoutes } from './conversation-routes.ts'
import type { Route } from './route.ts'
import { LIST } from './route.ts'
import { fill, strings } from './strings.ts'

/**
 * What the console shows of one site, as signals. `inbox.ts`, `deliveries.ts`, `connectors.ts` and
 * `conversation-routes.ts` are the only writers; components read, and call `Actions`.
 */
export interface ConsoleState {
  readonly route: Signal<Route>
  /** `offline` only after the link has been down long enough to say so, quietly. */
  readonly connection: Signal<'connecting' | 'online' | 'offline'>
  /** False until the relay told which conversations there are. */
  readonly loaded: Signal<boolean>
  /** Newest activity first. */
  readonly rows: Signal<readonly Row[]>
  readonly filter: Signal<Filter>
  readonly query: Signal<string>
  /** The rows that filter and search leave. */
  readonly visible: ReadonlySignal<readonly Row[]>
  /** Conversations with something unread. */
  readonly unread: ReadonlySignal<number>
  /** The conversation on screen; null for none. */
  readonly thread: Signal<ThreadView | null>
  readonly deliveries: Signal<Deliveries>
  readonly connectors: Signal<Connectors>
  /** Where the conversation on screen goes; null until it is known. */
  readonly routes: Signal<(ConversationRoutes & { readonly conversation: string }) | null>
  /** A sentence about something that failed; null for none. */
  readonly notice: Signal<string | null>
  /** Said to screen readers, politely: the newest message that came in. */
  readonly announcement: Signal<string>
}

export type Filter = 'open' | 'resolved' | 'all'

export interface Row {
  readonly id: string
  readonly visitor: VisitorCard
  /** The visitor's name, or one made from the id. */
  readonly name: string
  readonly page: Page | null
  readonly status: ConversationStatus
  /** Last line, whoever wrote it. */
  readonly line: string
  /** Who wrote it, as "You: " or "Mira: "; empty for the visitor. */
  readonly prefix: string
  readonly time: number
  readonly unread: boolean
  readonly typing: boolean
  readonly online: boolean
}

export interface ThreadView {
  readonly conversation: string
  readonly phase: 'loading' | 'ready' | 'missing'
  readonly items: readonly ThreadItem[]
  /** Older entries exist; `loading` while they are fetched. */
  readonly earlier: 'none' | 'more' | 'loading'
  /** Highest seq in `items`; 0 for none. */
  readonly head: number
  /** Time of the first entry, where it is known. */
  readonly started: number | null
}

export type Deliveries =
  | { readonly state: 'loading' }
  | { readonly state: 'failed' }
  | { readonly state: 'ready'; readonly parked: readonly Parked[] }

export interface Parked {
  readonly id: string
  readonly connector: string
  readonly conversation: string
  readonly seq: number
  readonly attempts: number
  readonly reason: string
  readonly time: number
}

export type Connectors =
  | { readonly state: 'loading' }
  | { readonly state: 'failed' }
  | {
      readonly state: 'ready'
      /** The address that far sides and pages reach the relay by. */
      readonly relay: string
      readonly types: readonly ConnectorType[]
      readonly lines: readonly ConnectorLine[]
    }

export interface Actions {
  /** Send a reply. Blank text is ignored. */
  reply(conversation: string, text: string): void
  retry(draftId: string): void
  /** Give up a failed reply. */
  discard(draftId: string): void
  /** The composer's text changed: kept for this conversation, and told as typing. */
  typed(conversation: string, text: string): void
  /** The text kept for this conversation. */
  kept(conversation: string): string
  /** The reader has seen the thread up to here. */
  seen(conversation: string, seq: number): void
  loadEarlier(conversation: string): void
  setStatus(conversation: string, status: ConversationStatus): void
  loadDeliveries(): void
  replay(delivery: string): void
  loadConnectors(): void
  saveConnector(id: string, body: ConnectorBody): Promise<SaveOutcome>
  /** False: it could not be done. */
  removeConnector(id: string): Promise<boolean>
  /** undefined: it could not be asked. */
  examine(id: string): Promise<readonly Finding[] | undefined>
  /** null: all desks of the site. False: it could not be done. */
  setDesks(conversation: string, desks: readonly string[] | null): Promise<boolean>
  go(route: Route): void
}

export function createState(): ConsoleState {
  const rows = signal<readonly Row[]>([])
  const filter = signal<Filter>('open')
  const query = signal('')
  return {
    route: signal(LIST),
    connection: signal('connecting'),
    loaded: signal(false),
    rows,
    filter,
    query,
    visible: computed(() => rows.value.filter((row) => isShown(row, filter.value, query.value))),
    unread: computed(() => rows.value.filter((row) => row.unread).length),
    thread: signal(null),
    deliveries: signal({ state: 'loading' }),
    connectors: signal({ state: 'loading' }),
    routes: signal(null),
    notice: signal(null),
    announcement: signal(''),
  }
}

function isShown(row: Row, filter: Filter, query: string): boolean {
  if (filter !== 'all' && row.status !== filter) return false
  const wanted = query.trim().toLowerCase()
  return (
    wanted === '' ||
    row.name.toLowerCase().includes(wanted) ||
    row.line.toLowerCase().includes(wanted) ||
    (row.visitor.email ?? '').toLowerCase().includes(wanted)
  )
}

/** The end of an id is its random part, so two unnamed visitors look different. */
export function nameOf(visitor: VisitorCard): string {
  const name = visitor.name?.trim() ?? ''
  return name === '' ? fill(strings.visitor, { id: visitor.id.slice(-4).toUpperCase() }) : name
}
