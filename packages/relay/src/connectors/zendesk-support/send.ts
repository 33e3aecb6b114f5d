import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { idOf, recordAt } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import { isOfVisitor, openingText, saidText, subjectOf } from '../ticket-text.ts'
import { requesterOf } from './requester.ts'
import { createApi, readTicket, receiptOf, ticketPath, ticketsOf } from './tickets.ts'
import type { Ticket, ZendeskSupportSettings } from './types.ts'

/**
 * What was said before takes at most so many characters. With MAX_TEXT of the connector it stays
 * below the 64 kB at which Zendesk cuts a comment without a word.
 */
const MAX_TRANSCRIPT = 12_000
const TAG = 'homing'

/**
 * A visitor's words are public comments by the visitor; comments without an author would be the
 * token's user's, and pass for an agent's answer. The words of agents and bots, which the visitor
 * has already, are internal notes.
 */
export async function send(
  outbound: Outbound,
  settings: ZendeskSupportSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createApi(settings, io)
  if (isStatus(outbound.entry.body)) return sendStatus(outbound, api)
  if (saidText(outbound) === '') return bare(outbound.thread)
  if (outbound.thread !== undefined) return comment(outbound, outbound.thread, api)
  const known = await ticketsOf(outbound.conversation, api)
  const open = known.find(({ status }) => status !== 'closed')
  return open ? comment(outbound, open.id, api) : openTicket(outbound, known[0], settings, api)
}

/** A closed ticket takes nothing more; the new one is its follow-up. */
async function openTicket(
  outbound: Outbound,
  closed: Ticket | undefined,
  settings: ZendeskSupportSettings,
  api: JsonApi,
): Promise<Receipt> {
  const requester = await requesterOf(outbound, settings, api)
  const answer = await api.call('POST', '/api/v2/tickets', {
    headers: { 'idempotency-key': outbound.key },
    body: {
      ticket: {
        subject: subjectOf(outbound),
        comment: {
          body: openingText(outbound, MAX_TRANSCRIPT),
          public: true,
          author_id: requester,
        },
        requester_id: requester,
        external_id: outbound.conversation,
        tags: [TAG],
        metadata: markOf(outbound),
        ...(closed ? { via_followup_source_id: Number(closed.id) } : {}),
      },
    },
  })
  const ticket = idOf(recordAt(answer, 'ticket')?.['id'])
  if (ticket === undefined) throw new SendError('unknown', 'Zendesk named no ticket')
  return receiptOf(recordAt(answer, 'audit'), ticket)
}

/** Twice at most: the second time with the stamp of who came between. */
async function comment(outbound: Outbound, thread: string, api: JsonApi): Promise<Receipt> {
  const ticket = await readTicket(thread, api)
  try {
    return await addComment(outbound, ticket, api)
  } catch (error) {
    if (refusalOf(error)?.status !== 409) throw error
    return addComment(outbound, await readTicket(thread, api), api)
  }
}

async function addComment(outbound: Outbound, ticket: Ticket, api: JsonApi): Promise<Receipt> {
  if (ticket.status === 'closed') throw new SendError('thread-gone', 'the ticket is closed')
  const visitor = isOfVisitor(outbound)
  // Zendesk opens a ticket for a mail of its requester, but not for a comment by the API.
  const waiting = ticket.status === 'solved' || ticket.status === 'pending'
  const answer = await api.call('PUT', ticketPath(ticket.id), {
    body: {
      ticket: {
        comment: {
          body: saidText(outbound),
          public: visitor,
          ...(visitor && ticket.requester !== undefined ? { author_id: ticket.requester } : {}),
        },
        metadata: markOf(outbound),
        ...(visitor && waiting ? { status: 'open' } : {}),
        ...(ticket.updated === undefined
          ? {}
          : { safe_update: true, updated_stamp: ticket.updated }),
      },
    },
  })
  return receiptOf(recordAt(answer, 'audit'), ticket.id)
}

async function sendStatus({ entry, thread }: Outbound, api: JsonApi): Promise<Receipt> {
  const status = isStatus(entry.body) ? entry.body.status : undefined
  if (thread === undefined || (status !== 'open' && status !== 'resolved')) return bare(thread)
  const { status: now } = await readTicket(thread, api)
  const wanted = status === 'open' ? 'open' : 'solved'
  if (now !== wanted && now !== 'closed') {
    await api.call('PUT', ticketPath(thread), { body: { ticket: { status: wanted } } })
  }
  return bare(thread)
}

/** Kept with the change, seen by nobody: by it our words are found again. */
function markOf({ key }: Outbound): { readonly homing: string } {
  return { homing: key }
}

function bare(thread: string | undefined): Receipt {
  return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
}
