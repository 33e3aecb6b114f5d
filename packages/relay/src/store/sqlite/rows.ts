import type { Author, Body, ConversationStatus, Entry, Page, Role, VisitorCard } from '@homing/core'
import type {
  ConsoleSession,
  Conversation,
  ConversationLine,
  Delivery,
  Sent,
  Site,
  Undelivered,
} from '../store.ts'
import type { SentRow } from './routes.ts'

/**
 * What crosses between the relay's thread and the log's: flat rows, for they are cheap to clone.
 * JSON is made and read on the relay's side only, once each; the log's thread sees text.
 */

export interface EntryRow {
  readonly seq: number
  readonly id: string
  readonly role: Role
  readonly author: string
  readonly name: string | null
  readonly time: number
  readonly body: string
}

/** Column list of an EntryRow, for a table called `e`. */
export const ENTRY_COLUMNS = 'e.seq, e.id, e.role, e.author, e.name, e.time, e.body'

export interface AppendRow {
  readonly site: string
  readonly conversation: string
  readonly id: string
  readonly role: Role
  readonly author: string
  readonly name: string | null
  readonly time: number
  readonly body: string
  /** What the body does to the conversation's status. */
  readonly status: 'open' | 'resolved' | 'reopen' | 'keep'
  readonly visitor: VisitorRow | null
  readonly page: string | null
  readonly deliveries: readonly {
    readonly id: string
    readonly connector: string
    readonly role: 'desk' | 'reach'
    readonly waitMs: number
  }[]
  /** How a visitor who has no token is called. */
  readonly contact: { readonly name: string | null; readonly email: string | null } | null
  readonly event: { readonly connector: string; readonly id: string } | null
  readonly now: number
}

export interface VisitorRow {
  readonly tokenHash: Uint8Array
  readonly device: string
  readonly n: number
  readonly locale: string | null
}

export interface AppendedRow {
  readonly fresh: boolean
  /** 0: the event was known. */
  readonly seq: number
  /** The entry of the first time, when this draft was there already. */
  readonly first: EntryRow | null
  readonly visitor: string
  readonly created: boolean
  readonly statusChanged: boolean
}

export interface VisitorCardRow {
  readonly visitor: string
  readonly visitorName: string | null
  readonly email: string | null
  readonly locale: string | null
}

export interface ConversationRow extends VisitorCardRow {
  readonly conversation: string
  readonly site: string
  readonly head: number
  readonly status: ConversationStatus
  readonly readVisitor: number
  readonly readAgent: number
  readonly deliveredVisitor: number
  readonly deliveredAgent: number
  readonly undeliveredN: number
  /** JSON list of UndeliveredRow; null for none. */
  readonly undelivered: string | null
  /** JSON list of visitors; null for none. */
  readonly guests: string | null
  readonly page: string | null
  readonly created: number
  readonly updated: number
  readonly desks: string | null
}

interface UndeliveredRow {
  readonly seq: number
  readonly side: Undelivered['side']
  readonly code: Undelivered['code'] | null
  readonly told: number
  readonly reason: string
}

/** A conversation, its last entry (all null when it has none) and the unread count. */
export type ConversationLineRow = ConversationRow &
  (EntryRow | { readonly seq: null }) & { readonly unread: number }

export interface DeliveryRow extends EntryRow {
  readonly delivery: string
  readonly site: string
  readonly connector: string
  readonly conversation: string
  readonly attempts: number
  readonly unsure: number
  readonly created: number
}

export interface SiteRow {
  readonly key: string
  readonly name: string
  readonly origins: string
  readonly appearance: string
  readonly locale: string | null
}

export interface SessionRow {
  readonly tokenHash: Uint8Array
  readonly agent: string
  readonly name: string
  readonly created: number
  readonly expires: number
}

// What was written by `JSON.stringify` of a typed value is read back as that type.
const parse = <Value>(json: string): Value => JSON.parse(json) as Value

export function toEntry(row: EntryRow): Entry {
  return {
    seq: row.seq,
    id: row.id,
    author: toAuthor(row),
    time: row.time,
    body: parse<Body>(row.body),
  }
}

function toAuthor(row: EntryRow): Author {
  const { role, author: id, name } = row
  return name === null ? { role, id } : { role, id, name }
}

export function toVisitorCard(row: VisitorCardRow): VisitorCard {
  return {
    id: row.visitor,
    ...(row.visitorName === null ? {} : { name: row.visitorName }),
    ...(row.email === null ? {} : { email: row.email }),
    ...(row.locale === null ? {} : { locale: row.locale }),
  }
}

export function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.conversation,
    site: row.site,
    visitor: toVisitorCard(row),
    head: row.head,
    status: row.status,
    read: { visitor: row.readVisitor, agent: row.readAgent },
    delivered: { visitor: row.deliveredVisitor, agent: row.deliveredAgent },
    undelivered: {
      n: row.undeliveredN,
      entries:
        row.undelivered === null ? [] : parse<UndeliveredRow[]>(row.undelivered).map(toUndelivered),
    },
    ...(row.guests === null ? {} : { guests: parse<readonly string[]>(row.guests) }),
    ...(row.page === null ? {} : { page: parse<Page>(row.page) }),
    created: row.created,
    updated: row.updated,
    ...(row.desks === null ? {} : { desks: parse<readonly string[]>(row.desks) }),
  }
}

function toUndelivered({ seq, side, code, told, reason }: UndeliveredRow): Undelivered {
  return { seq, side, reason, ...(told === 1 && code ? { code } : {}) }
}

export function toConversationLine(row: ConversationLineRow): ConversationLine {
  return {
    ...toConversation(row),
    ...(row.seq === null ? {} : { last: toEntry(row) }),
    unread: row.unread,
  }
}

export function toDelivery(row: DeliveryRow, worker: string): Delivery {
  return {
    id: row.delivery,
    site: row.site,
    connector: row.connector,
    conversation: row.conversation,
    entry: toEntry(row),
    attempts: row.attempts,
    unsure: row.unsure === 1,
    created: row.created,
    worker,
  }
}

export function toSent({ conversation, seq, delivery }: SentRow): Sent {
  return {
    ...(conversation === null ? {} : { conversation }),
    ...(seq === null ? {} : { seq }),
    ...(delivery === null ? {} : { delivery }),
  }
}

export function toSite(row: SiteRow): Site {
  return {
    key: row.key,
    name: row.name,
    origins: parse<Site['origins']>(row.origins),
    appearance: parse<Site['appearance']>(row.appearance),
    ...(row.locale === null ? {} : { locale: row.locale }),
  }
}

export function fromSite(site: Site): SiteRow {
  return {
    key: site.key,
    name: site.name,
    origins: JSON.stringify(site.origins),
    appearance: JSON.stringify(site.appearance),
    locale: site.locale ?? null,
  }
}

export function toSession(row: SessionRow): ConsoleSession {
  return {
    tokenHash: row.tokenHash,
    agent: { id: row.agent, name: row.name },
    created: row.created,
    expires: row.expires,
  }
}

export function fromSession(session: ConsoleSession): SessionRow {
  return {
    // A copy: a Buffer may be a view of a large shared pool, which would be cloned whole.
    tokenHash: new Uint8Array(session.tokenHash),
    agent: session.agent.id,
    name: session.agent.name,
    created: session.created,
    expires: session.expires,
  }
}
