import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import {
  commentSubject,
  conversationOfMessageId,
  isMailed,
  isStatusChange,
  messageIdOf,
  referenceOf,
} from './identity.ts'
import type { Filter, Rest, Row } from './rest.ts'
import { createRest } from './rest.ts'
import type { RequestTrackerSettings } from './types.ts'

/**
 * Finds our words in RT. A mail is known by its Message-ID, which RT keeps with the attachment;
 * it is looked for within one ticket, for RT has no index on it over all of them.
 */

export async function reconcile(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  const rest = createRest(settings, io)
  // Setting a status twice is setting it once.
  if (isStatusChange(outbound.entry)) return 'absent'
  if (isMailed(outbound.entry)) return (await findMail(outbound, settings, rest)) ?? 'absent'
  const thread = outbound.thread ?? (await findTicket(outbound.conversation, settings, rest))
  if (thread === undefined) return 'absent'
  const found = await findIn(thread, rest, { field: 'Subject', value: commentSubject(outbound) })
  return found ?? 'absent'
}

/** The conversation that a ticket was opened for, by the Message-ID of its first mail of ours. */
export async function locate(
  thread: string,
  settings: RequestTrackerSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  if (!/^\d{1,15}$/.test(thread)) return undefined
  let rows: readonly Row[]
  try {
    const params = { fields: 'MessageId', orderby: 'id', per_page: '1' }
    rows = await createRest(settings, io).list(`/ticket/${thread}/attachments`, params, [
      { field: 'MessageId', operator: 'STARTSWITH', value: 'homing.' },
    ])
  } catch (error) {
    // A ticket we may not see is not ours.
    if (error instanceof SendError && error.failure === 'bad-content') return undefined
    throw error
  }
  const messageId = rows[0]?.['MessageId']
  return typeof messageId === 'string' ? conversationOfMessageId(messageId, settings) : undefined
}

export async function findMail(
  outbound: Outbound,
  settings: RequestTrackerSettings,
  rest: Rest,
): Promise<Receipt | undefined> {
  const wanted = { field: 'MessageId', value: messageIdOf(outbound, settings) }
  if (outbound.thread !== undefined) return findIn(outbound.thread, rest, wanted)
  for (const ticket of await ticketsOf(outbound.conversation, settings, rest)) {
    const receipt = await findIn(ticket, rest, wanted)
    if (receipt) return receipt
  }
  return undefined
}

/** The ticket that was opened for a conversation, for when nobody remembered it. */
export async function findTicket(
  conversation: string,
  settings: RequestTrackerSettings,
  rest: Rest,
): Promise<string | undefined> {
  for (const ticket of await ticketsOf(conversation, settings, rest)) {
    const value = `homing.${conversation}.`
    const found = await findIn(ticket, rest, { field: 'MessageId', operator: 'STARTSWITH', value })
    if (found) return ticket
  }
  return undefined
}

async function ticketsOf(
  conversation: string,
  settings: RequestTrackerSettings,
  rest: Rest,
): Promise<readonly string[]> {
  const rows = await rest.list('/tickets', {
    query: `Queue = ${quote(settings.queue)} AND Subject LIKE ${quote(referenceOf(conversation))}`,
    orderby: 'id',
    per_page: '20',
  })
  return rows.map((row) => String(row['id']))
}

async function findIn(ticket: string, rest: Rest, filter: Filter): Promise<Receipt | undefined> {
  const path = `/ticket/${ticket}/attachments`
  const rows = await rest.list(path, { fields: 'TransactionId', per_page: '1' }, [filter])
  const transaction = rows[0]?.['TransactionId']
  if (typeof transaction !== 'string' && typeof transaction !== 'number') return undefined
  return { externalIds: [`txn-${transaction}`], thread: ticket }
}

/** A string of TicketSQL. */
export function quote(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`
}
