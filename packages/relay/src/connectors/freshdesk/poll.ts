import type { ConnectorIo, Fact } from '../connector.ts'
import { parseJson } from '../json.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import { isRecord } from '../settings.ts'
import { PAGE_ROWS, createApi, readMessages, ticketOf } from './tickets.ts'
import type { FreshdeskSettings, Message, Ticket } from './types.ts'

/**
 * All that happens in Freshdesk is asked for: its webhooks carry no number of the words they
 * bring, so words that came twice could not be told from words that were said twice.
 *
 *   tickets changed since ──▶ of ours, those that moved ──▶ their messages ──▶ facts
 *
 * The cursor keeps what each ticket was like at the last look, so that a ticket at rest costs
 * nothing. Every message has its own event id: what is read twice is applied once.
 */

/** So far back is looked again: two changes within one second have one time. ms */
const OVERLAP_MS = 60_000
/** Messages so much older than the last look were told. ms */
const TOLD_AFTER_MS = 10 * 60_000
/** Pages of a hundred: changed tickets in one look, and messages of one ticket. */
const MAX_TICKET_PAGES = 3
const MAX_MESSAGE_PAGES = 10
/** Tickets remembered; older ones are read once more when they move. */
const MAX_KNOWN = 500

interface Cursor {
  readonly since: number
  readonly known: ReadonlyMap<string, Known>
}

interface Known {
  readonly updated: number
  readonly status: Ticket['status']
  /** The page of messages to read on from. */
  readonly page: number
}

export async function poll(
  cursor: string | undefined,
  settings: FreshdeskSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const from = readCursor(cursor)
  if (!from) return { facts: [], cursor: writeCursor({ since: io.now, known: new Map() }) }
  const api = createApi(settings, io)
  const names = new Map<string, string | undefined>()
  const known = new Map(from.known)
  const facts: Fact[] = []
  let { since } = from
  for (const ticket of await changedSince(since - OVERLAP_MS, api)) {
    since = Math.max(since, ticket.updated)
    const before = known.get(ticket.id)
    if (!ticket.ours || before?.updated === ticket.updated) continue
    // oxlint-disable-next-line no-await-in-loop -- one after the other: calls are counted
    const { messages, page } = await newMessages(ticket, before?.page ?? 1, api)
    const fresh = messages.filter(({ time }) => time >= from.since - TOLD_AFTER_MS)
    for (const message of fresh) {
      // oxlint-disable-next-line no-await-in-loop -- most are of one agent, who is asked for once
      const fact = await factOf(message, ticket, names, api)
      if (fact) facts.push(fact)
    }
    facts.push(...statusOf(ticket, before))
    known.delete(ticket.id)
    known.set(ticket.id, { updated: ticket.updated, status: ticket.status, page })
  }
  return { facts, cursor: writeCursor({ since, known }) }
}

async function changedSince(since: number, api: JsonApi): Promise<readonly Ticket[]> {
  const tickets: Ticket[] = []
  for (let page = 1; page <= MAX_TICKET_PAGES; page++) {
    const query = new URLSearchParams({
      updated_since: new Date(since).toISOString().replace(/\.\d+Z$/, 'Z'),
      order_by: 'updated_at',
      order_type: 'asc',
      per_page: String(PAGE_ROWS),
      page: String(page),
    })
    // oxlint-disable-next-line no-await-in-loop -- pages come one after the other
    const rows = recordsOf(await api.call('GET', `/tickets?${query.toString()}`))
    tickets.push(...rows.map(ticketOf).filter((ticket) => ticket !== undefined))
    if (rows.length < PAGE_ROWS) break
  }
  return tickets
}

async function newMessages(
  ticket: Ticket,
  first: number,
  api: JsonApi,
): Promise<{ readonly messages: readonly Message[]; readonly page: number }> {
  const messages: Message[] = []
  let page = first
  for (; page < first + MAX_MESSAGE_PAGES; page++) {
    // oxlint-disable-next-line no-await-in-loop -- pages come one after the other
    const rows = await readMessages(ticket.id, page, api)
    messages.push(...rows)
    if (rows.length < PAGE_ROWS) break
  }
  return { messages, page }
}

/** Private notes are between agents. Notes from outside are ours; a requester's mail is none. */
async function factOf(
  message: Message,
  ticket: Ticket,
  names: Map<string, string | undefined>,
  api: JsonApi,
): Promise<Fact | undefined> {
  const { id, incoming, text, files } = message
  if (message.private || (text === '' && files.length === 0)) return undefined
  const name = incoming ? undefined : await nameOf(message.author, names, api)
  return {
    kind: 'message',
    event: `conversation-${id}`,
    externalId: id,
    where: { thread: ticket.id },
    time: message.time,
    author: {
      role: incoming ? 'visitor' : 'agent',
      id: message.author,
      ...(name === undefined ? {} : { name }),
    },
    body: { type: 'text', text },
    ...(files.length > 0 ? { media: files } : {}),
    echo: incoming && message.note,
  }
}

/** A ticket begins open; only a change is news. */
function statusOf(ticket: Ticket, before: Known | undefined): readonly Fact[] {
  if (ticket.status === (before?.status ?? 'open')) return []
  return [
    {
      event: `status-${ticket.id}-${ticket.updated}`,
      where: { thread: ticket.id },
      time: ticket.updated,
      kind: 'status',
      status: ticket.status,
      author: { role: 'agent', id: 'agent' },
    },
  ]
}

async function nameOf(
  agent: string,
  names: Map<string, string | undefined>,
  api: JsonApi,
): Promise<string | undefined> {
  if (!names.has(agent)) {
    const answer = await api.call('GET', `/agents/${agent}`).catch((error: unknown) => {
      // Not every key may see agents, and former ones are gone: then nobody is named.
      const status = refusalOf(error)?.status
      if (status === 403 || status === 404) return undefined
      throw error
    })
    names.set(agent, textOf(recordAt(answer, 'contact')?.['name']))
  }
  return names.get(agent)
}

function writeCursor({ since, known }: Cursor): string {
  const tickets = [...known]
    .slice(-MAX_KNOWN)
    .map(([id, { updated, status, page }]) => [id, updated, status, page])
  return JSON.stringify({ since, tickets })
}

function readCursor(cursor: string | undefined): Cursor | undefined {
  const parsed = cursor === undefined ? undefined : parseJson(new TextEncoder().encode(cursor))
  if (!isRecord(parsed) || typeof parsed['since'] !== 'number') return undefined
  const rows: unknown = parsed['tickets']
  const known = new Map<string, Known>()
  for (const row of Array.isArray(rows) ? (rows as readonly unknown[]) : []) {
    if (!Array.isArray(row)) continue
    const [id, updated, status, page] = row as readonly unknown[]
    if (typeof id !== 'string' || typeof updated !== 'number' || typeof page !== 'number') continue
    known.set(id, { updated, status: status === 'resolved' ? 'resolved' : 'open', page })
  }
  return { since: parsed['since'], known }
}
