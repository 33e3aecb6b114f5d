import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import {
  conversationOf,
  createApi,
  readTicket,
  receiptOf,
  ticketPath,
  ticketsOf,
} from './tickets.ts'
import type { ZendeskSupportSettings } from './types.ts'

/** Pages of a hundred changes read of one ticket, which takes at most 5000 comments. */
const MAX_PAGES = 60

/** Our key stands with the change of the ticket that brought our words. */
export async function reconcile(
  outbound: Outbound,
  settings: ZendeskSupportSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  // Setting a status twice is setting it once.
  if (isStatus(outbound.entry.body)) return 'absent'
  const api = createApi(settings, io)
  const tickets =
    outbound.thread === undefined
      ? (await ticketsOf(outbound.conversation, api)).map(({ id }) => id)
      : [outbound.thread]
  for (const ticket of tickets) {
    // oxlint-disable-next-line no-await-in-loop -- mostly there is one
    const found = await findIn(ticket, outbound.key, api)
    if (found) return found
  }
  return 'absent'
}

export async function locate(
  thread: string,
  settings: ZendeskSupportSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  if (!/^\d{1,15}$/.test(thread)) return undefined
  try {
    return conversationOf((await readTicket(thread, createApi(settings, io))).externalId)
  } catch (error) {
    if (error instanceof SendError && error.failure === 'thread-gone') return undefined
    throw error
  }
}

async function findIn(ticket: string, key: string, api: JsonApi): Promise<Receipt | undefined> {
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({
      'page[size]': '100',
      ...(cursor === undefined ? {} : { 'page[after]': cursor }),
    })
    const path = `${ticketPath(ticket)}/audits?${query.toString()}`
    // oxlint-disable-next-line no-await-in-loop -- each page is named by the one before
    const answer = await api.call('GET', path)
    const ours = recordsOf(recordAt(answer)?.['audits']).find(
      (audit) => recordAt(audit, 'metadata', 'custom')?.['homing'] === key,
    )
    if (ours) return receiptOf(ours, ticket)
    const meta = recordAt(answer, 'meta')
    cursor = textOf(meta?.['after_cursor'])
    if (meta?.['has_more'] !== true || cursor === undefined) return undefined
  }
  return undefined
}
