import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import { textToHtml } from '../html-to-text.ts'
import type { JsonApi } from '../json-api.ts'
import { idOf, recordAt } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import { isOfVisitor, openingText, saidText, subjectOf, visitorName } from '../ticket-text.ts'
import { findTicket } from './find.ts'
import { STATUS, TAG, createApi, readTicket, ticketPath } from './tickets.ts'
import type { FreshdeskSettings } from './types.ts'

/** Characters of what was said before. */
const MAX_TRANSCRIPT = 20_000
/** Of a ticket by "chat", and with the lowest of priorities, which the desk's rules may raise. */
const SOURCE_CHAT = 7
const PRIORITY_LOW = 1

/**
 * A visitor's words are public notes from outside, by the requester; Freshdesk's replies would be
 * an agent's, and mailed. The words of agents and bots, which the visitor has already, are private
 * notes.
 */
export async function send(
  outbound: Outbound,
  settings: FreshdeskSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createApi(settings, io)
  if (isStatus(outbound.entry.body)) return sendStatus(outbound, api)
  if (saidText(outbound) === '') return bare(outbound.thread)
  const thread = outbound.thread ?? (await findTicket(outbound, api))
  return thread === undefined ? openTicket(outbound, settings, api) : addNote(outbound, thread, api)
}

async function openTicket(
  outbound: Outbound,
  settings: FreshdeskSettings,
  api: JsonApi,
): Promise<Receipt> {
  const email = settings.visitorEmail ? outbound.visitor.email : undefined
  const answer = await api.call('POST', '/tickets', {
    body: {
      subject: subjectOf(outbound),
      description: textToHtml(openingText(outbound, MAX_TRANSCRIPT)),
      unique_external_id: outbound.visitor.id,
      name: visitorName(outbound),
      ...(email === undefined ? {} : { email }),
      status: STATUS.open,
      priority: PRIORITY_LOW,
      source: SOURCE_CHAT,
      tags: [TAG],
    },
  })
  const ticket = idOf(recordAt(answer)?.['id'])
  if (ticket === undefined) throw new SendError('unknown', 'Freshdesk named no ticket')
  return { externalIds: [], thread: ticket }
}

async function addNote(outbound: Outbound, thread: string, api: JsonApi): Promise<Receipt> {
  const ticket = await readTicket(thread, api)
  const visitor = isOfVisitor(outbound)
  // First, for it may be done twice: after the note a failure would bring the note twice.
  if (visitor && ticket.status === 'resolved') await setStatus(thread, 'open', api)
  const body = textToHtml(saidText(outbound))
  const answer = await api.call('POST', `${ticketPath(thread)}/notes`, {
    body: visitor
      ? {
          body,
          private: false,
          incoming: true,
          ...(ticket.requester === undefined ? {} : { user_id: ticket.requester }),
        }
      : { body, private: true },
  })
  const note = idOf(recordAt(answer)?.['id'])
  return { externalIds: note === undefined ? [] : [note], thread }
}

async function sendStatus({ entry, thread }: Outbound, api: JsonApi): Promise<Receipt> {
  const status = isStatus(entry.body) ? entry.body.status : undefined
  if (thread === undefined || (status !== 'open' && status !== 'resolved')) return bare(thread)
  const ticket = await readTicket(thread, api)
  // A closed ticket is not brought back to being resolved, nor a pending one to being open.
  if (ticket.status !== status) await setStatus(thread, status, api)
  return bare(thread)
}

async function setStatus(thread: string, to: keyof typeof STATUS, api: JsonApi): Promise<void> {
  await api.call('PUT', ticketPath(thread), { body: { status: STATUS[to] } })
}

function bare(thread: string | undefined): Receipt {
  return { externalIds: [], ...(thread === undefined ? {} : { thread }) }
}
