import { isUuid } from '@homing/core'
import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi, Refusal } from '../json-api.ts'
import { createJsonApi } from '../json-api.ts'
import { idOf, recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import type { Ticket, ZendeskSupportSettings } from './types.ts'

/** Zendesk's own words for what is wrong, in answers. */
const CLOSED = /closed prevents ticket update/i

export function createApi(settings: ZendeskSupportSettings, io: ConnectorIo): JsonApi {
  return createJsonApi(
    {
      base: settings.base,
      farSide: 'Zendesk',
      headers: { authorization: settings.authorization },
      refusal,
    },
    io,
  )
}

export function ticketPath(id: string): string {
  return `/api/v2/tickets/${encodeURIComponent(id)}`
}

/** Throws `thread-gone` for one that is not there any more. */
export async function readTicket(id: string, api: JsonApi): Promise<Ticket> {
  const ticket = ticketOf(recordAt(await api.call('GET', ticketPath(id)), 'ticket'))
  if (!ticket) throw new SendError('retry', 'Zendesk answered something that is no ticket')
  return ticket
}

/** The tickets that were opened for a conversation, newest first. Deleted ones are not among them. */
export async function ticketsOf(conversation: string, api: JsonApi): Promise<readonly Ticket[]> {
  const query = new URLSearchParams({ external_id: conversation })
  const answer = await api.call('GET', `/api/v2/tickets?${query.toString()}`)
  return recordsOf(recordAt(answer)?.['tickets'])
    .map(ticketOf)
    .filter((ticket) => ticket !== undefined)
    .sort((a, b) => Number(b.id) - Number(a.id))
}

/** Our conversation, if that is what a ticket's external id is. */
export function conversationOf(externalId: unknown): string | undefined {
  const id = textOf(externalId)
  return id !== undefined && isUuid(id) ? id : undefined
}

/** What was made: the comments among a change's events. */
export function receiptOf(audit: unknown, thread: string): Receipt {
  const comments = recordsOf(recordAt(audit)?.['events']).filter(({ type }) => type === 'Comment')
  return {
    externalIds: comments.map(({ id }) => idOf(id)).filter((id) => id !== undefined),
    thread,
  }
}

export function isClosed({ status, json }: Pick<Refusal, 'status' | 'json'>): boolean {
  return status === 422 && CLOSED.test(JSON.stringify(recordAt(json, 'details') ?? {}))
}

export function ticketOf(
  record: Readonly<Record<string, unknown>> | undefined,
): Ticket | undefined {
  const id = idOf(record?.['id'])
  if (!record || id === undefined) return undefined
  const requester = record['requester_id']
  return {
    id,
    status: textOf(record['status']) ?? '',
    requester: typeof requester === 'number' ? requester : undefined,
    updated: textOf(record['updated_at']),
    externalId: textOf(record['external_id']),
  }
}

function refusal(refused: Refusal): SendError | undefined {
  const { method, path, status, json } = refused
  if (isClosed(refused)) return new SendError('thread-gone', 'the ticket is closed')
  if (status === 404 && path.startsWith('/api/v2/tickets/')) {
    return new SendError('thread-gone', 'the ticket is not at Zendesk any more')
  }
  if (status === 409) return new SendError('retry', 'the ticket was changed at the same moment')
  // The key was used with another body: an earlier try made the ticket.
  if (method === 'POST' && /idempot/i.test(textOf(recordAt(json)?.['error']) ?? '')) {
    return new SendError('unknown', 'Zendesk has had this ticket before')
  }
  if (status === 422) {
    const fields = Object.keys(recordAt(json, 'details') ?? {})
    const about = fields.length > 0 ? ` (${fields.join(', ')})` : ''
    return new SendError('bad-content', `Zendesk refused it${about}: look for required fields`)
  }
  return undefined
}
