import { attachedOf } from '../attached.ts'
import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { htmlToText } from '../html-to-text.ts'
import type { JsonApi, Refusal } from '../json-api.ts'
import { createJsonApi } from '../json-api.ts'
import { idOf, recordAt, recordsOf, textOf, timeOf } from '../json-fields.ts'
import type { FreshdeskSettings, Message, Ticket } from './types.ts'

/** On every ticket of ours: what is asked for is told by it from the rest of the helpdesk. */
export const TAG = 'homing'
/** Freshdesk's numbers. */
export const STATUS = { open: 2, resolved: 4 } as const
const RESOLVED: ReadonlySet<unknown> = new Set([4, 5])
const NOTE_SOURCE = 2

/** Rows of one answer; Freshdesk gives no more. */
export const PAGE_ROWS = 100

export function createApi(settings: FreshdeskSettings, io: ConnectorIo): JsonApi {
  return createJsonApi(
    {
      base: `${settings.base}/api/v2`,
      farSide: 'Freshdesk',
      headers: {
        // The key is the name; the password is not looked at.
        authorization: `Basic ${Buffer.from(`${settings.apiKey}:X`).toString('base64')}`,
      },
      refusal,
    },
    io,
  )
}

export function ticketPath(id: string): string {
  return `/tickets/${encodeURIComponent(id)}`
}

/** Throws `thread-gone` for one that is not there any more, or lies in the trash. */
export async function readTicket(id: string, api: JsonApi): Promise<Ticket> {
  const ticket = ticketOf(await api.call('GET', ticketPath(id)))
  if (!ticket) throw new SendError('retry', 'Freshdesk answered something that is no ticket')
  if (ticket.deleted) throw new SendError('thread-gone', 'the ticket was deleted')
  return ticket
}

/** One page of a ticket's replies and notes, oldest first, without the words that opened it. */
export async function readMessages(
  ticket: string,
  page: number,
  api: JsonApi,
): Promise<readonly Message[]> {
  const path = `${ticketPath(ticket)}/conversations?per_page=${PAGE_ROWS}&page=${page}`
  return recordsOf(await api.call('GET', path))
    .map(messageOf)
    .filter((message) => message !== undefined)
}

export function ticketOf(value: unknown): Ticket | undefined {
  const record = recordAt(value)
  const id = idOf(record?.['id'])
  if (!record || id === undefined) return undefined
  const requester = record['requester_id']
  const tags: unknown = record['tags']
  return {
    id,
    status: RESOLVED.has(record['status']) ? 'resolved' : 'open',
    requester: typeof requester === 'number' ? requester : undefined,
    updated: timeOf(record['updated_at']) ?? 0,
    ours: Array.isArray(tags) && tags.includes(TAG),
    deleted: record['deleted'] === true,
    text: htmlToText(textOf(record['description']) ?? ''),
  }
}

export function messageOf(value: unknown): Message | undefined {
  const record = recordAt(value)
  const id = idOf(record?.['id'])
  if (!record || id === undefined) return undefined
  return {
    id,
    incoming: record['incoming'] === true,
    private: record['private'] !== false,
    note: record['source'] === NOTE_SOURCE,
    author: idOf(record['user_id']) ?? 'agent',
    text: htmlToText(textOf(record['body']) ?? ''),
    time: timeOf(record['created_at']) ?? 0,
    files: recordsOf(record['attachments']).flatMap((file) =>
      attachedOf(file['attachment_url'], file['name'], file['content_type']),
    ),
  }
}

function refusal({ path, status, json }: Refusal): SendError | undefined {
  if (status === 404 && /^\/tickets\/[^?]/.test(path)) {
    return new SendError('thread-gone', 'the ticket is not at Freshdesk any more')
  }
  if (status === 400 || status === 409) {
    // The names of the fields, never what stood in them.
    const fields = recordsOf(recordAt(json)?.['errors'])
      .map(({ field }) => textOf(field))
      .filter((field) => field !== undefined)
    const about = fields.length > 0 ? ` (${fields.join(', ')})` : ''
    return new SendError('bad-content', `Freshdesk refused it${about}: look for required fields`)
  }
  return undefined
}
