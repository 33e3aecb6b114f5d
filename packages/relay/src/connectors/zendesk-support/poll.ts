import { attachedOf } from '../attached.ts'
import type { ConnectorIo, Fact } from '../connector.ts'
import { maybeHtmlToText } from '../html-to-text.ts'
import { parseJson } from '../json.ts'
import type { JsonApi } from '../json-api.ts'
import { idOf, recordAt, recordsOf, textOf, timeOf } from '../json-fields.ts'
import { isRecord } from '../settings.ts'
import type { Comment, File } from './facts.ts'
import { baseOf, fileOf, messageOf, statusOf } from './facts.ts'
import { conversationOf, createApi, ticketOf, ticketPath } from './tickets.ts'
import type { ZendeskSupportSettings } from './types.ts'

/**
 * Reads what changed, for webhooks that got lost: Zendesk gives up soon, and pauses a webhook that
 * fails often. Its export names each changed ticket once; the comments of ours are then read.
 * Every comment has its own event id, so what is read twice is applied once.
 */

/** Comments so much older than the last look are read again: the export lags behind by a minute. */
const OVERLAP_MS = 15 * 60_000
/** Zendesk takes ten of these calls a minute. */
const MAX_PAGES = 3
/** The export begins at least so long ago. */
const MIN_AGE_S = 60

interface Cursor {
  readonly after: string
  /** Of the look before, ms. */
  readonly since: number
}

export async function poll(
  cursor: string | undefined,
  settings: ZendeskSupportSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const api = createApi(settings, io)
  const from = readCursor(cursor)
  const facts: Fact[] = []
  let after = from?.after
  for (let page = 0; page < MAX_PAGES; page++) {
    const query =
      after === undefined
        ? { start_time: String(Math.floor(io.now / 1000) - MIN_AGE_S) }
        : // The description wants a start on every page; Zendesk heeds the cursor.
          { start_time: '0', cursor: after }
    const path = `/api/v2/incremental/tickets/cursor?${new URLSearchParams(query).toString()}`
    // oxlint-disable-next-line no-await-in-loop -- each page is named by the one before
    const answer = await api.call('GET', path)
    for (const record of from ? recordsOf(recordAt(answer)?.['tickets']) : []) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: calls are counted
      facts.push(...(await newsOf(record, (from?.since ?? io.now) - OVERLAP_MS, settings, api)))
    }
    after = textOf(recordAt(answer)?.['after_cursor']) ?? after
    if (recordAt(answer)?.['end_of_stream'] !== false) break
  }
  const next = after === undefined ? (cursor ?? '') : JSON.stringify({ after, since: io.now })
  return { facts, cursor: next }
}

/** A ticket's messages since then, and where it stands. */
async function newsOf(
  record: Readonly<Record<string, unknown>>,
  since: number,
  settings: ZendeskSupportSettings,
  api: JsonApi,
): Promise<readonly Fact[]> {
  const ticket = ticketOf(record)
  const conversation = conversationOf(ticket?.externalId)
  if (!ticket || conversation === undefined) return []
  const where = { conversation }
  const query = new URLSearchParams({ include: 'users', 'page[size]': '100', sort: '-created_at' })
  const answer = await api.call('GET', `${ticketPath(ticket.id)}/comments?${query.toString()}`)
  const users = recordsOf(recordAt(answer)?.['users'])
  const facts: Fact[] = []
  for (const each of recordsOf(recordAt(answer)?.['comments']).toReversed()) {
    const comment = commentOf(each, users)
    if (!comment || (comment.time ?? since) < since) continue
    const message = messageOf(comment, where, settings)
    const files = filesOf(each).map((file) => fileOf(file, comment, where))
    facts.push(...[message, ...files].filter((fact) => fact !== undefined))
  }
  const updated = timeOf(ticket.updated)
  // Open is where a ticket begins: only when it is told of a change is it news.
  if (statusOf(ticket.status) === 'resolved' && updated !== undefined) {
    facts.push({
      ...baseOf(`status-${ticket.id}-${ticket.status}-${updated}`, where, updated),
      kind: 'status',
      status: 'resolved',
      author: { role: 'agent', id: 'agent' },
    })
  }
  return facts
}

function commentOf(
  record: Readonly<Record<string, unknown>>,
  users: readonly Readonly<Record<string, unknown>>[],
): Comment | undefined {
  const id = idOf(record['id'])
  const author = idOf(record['author_id'])
  if (id === undefined || author === undefined) return undefined
  const user = users.find((each) => idOf(each['id']) === author)
  const name = textOf(user?.['name'])
  const time = timeOf(record['created_at'])
  return {
    id,
    public: record['public'] === true,
    text: maybeHtmlToText(textOf(record['plain_body']) ?? textOf(record['body']) ?? ''),
    // Whoever is not known is left to the webhook, which says it.
    staff: user !== undefined && user['role'] !== 'end-user',
    author: { id: author, ...(name === undefined ? {} : { name }) },
    ...(time === undefined ? {} : { time }),
  }
}

function filesOf(comment: Readonly<Record<string, unknown>>): readonly File[] {
  return recordsOf(comment['attachments']).flatMap((file) => {
    const id = idOf(file['id'])
    const links = attachedOf(file['content_url'], file['file_name'], file['content_type'])
    return id === undefined ? [] : links.map((link) => ({ id, link }))
  })
}

function readCursor(cursor: string | undefined): Cursor | undefined {
  const parsed = cursor === undefined ? undefined : parseJson(new TextEncoder().encode(cursor))
  if (!isRecord(parsed)) return undefined
  const { after, since } = parsed
  return typeof after === 'string' && typeof since === 'number' ? { after, since } : undefined
}
