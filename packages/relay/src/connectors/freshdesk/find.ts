import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { idOf, recordAt, recordsOf } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import { conversationOfText, isOfVisitor, sameWords, saidText } from '../ticket-text.ts'
import { PAGE_ROWS, createApi, readMessages, readTicket, ticketOf, ticketPath } from './tickets.ts'
import type { FreshdeskSettings } from './types.ts'

/** How far Freshdesk's clock may be behind ours, ms: its times are whole seconds. */
const SKEW_MS = 5_000
/** Pages of a hundred read of one ticket. */
const MAX_PAGES = 20

/**
 * Freshdesk keeps nothing of ours with a note, so our words are known by themselves: the same
 * ones, by the same side, not before they were written. Of two equal ones the later is taken.
 */
export async function reconcile(
  outbound: Outbound,
  settings: FreshdeskSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  // Setting a status twice is setting it once.
  if (isStatus(outbound.entry.body)) return 'absent'
  const api = createApi(settings, io)
  const thread = outbound.thread ?? (await findTicket(outbound, api))
  if (thread === undefined) return 'absent'
  if (outbound.thread === undefined) {
    const { text } = await readTicket(thread, api)
    if (squeezed(text).includes(squeezed(saidText(outbound)))) return { externalIds: [], thread }
  }
  const said = saidText(outbound)
  const visitor = isOfVisitor(outbound)
  const since = (outbound.more.at(-1) ?? outbound.entry).time - SKEW_MS
  let found: string | undefined
  for (let page = 1; page <= MAX_PAGES; page++) {
    // oxlint-disable-next-line no-await-in-loop -- pages come one after the other
    const messages = await readMessages(thread, page, api)
    found =
      messages.findLast(
        (message) =>
          message.incoming === visitor && message.time >= since && sameWords(message.text, said),
      )?.id ?? found
    if (messages.length < PAGE_ROWS) break
  }
  return found === undefined ? 'absent' : { externalIds: [found], thread }
}

/** The conversation that the link at the end of a ticket's first text names. */
export async function locate(
  thread: string,
  settings: FreshdeskSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  if (!/^\d{1,20}$/.test(thread)) return undefined
  try {
    const ticket = await readTicket(thread, createApi(settings, io))
    return ticket.ours ? conversationOfText(ticket.text) : undefined
  } catch (error) {
    if (error instanceof SendError && error.failure === 'thread-gone') return undefined
    throw error
  }
}

/** The ticket that was opened for a conversation, for when nobody remembered it; the newest. */
export async function findTicket(outbound: Outbound, api: JsonApi): Promise<string | undefined> {
  const contact = await findContact(outbound.visitor.id, api)
  if (contact === undefined) return undefined
  const query = new URLSearchParams({ requester_id: contact, per_page: String(PAGE_ROWS) })
  const rows = recordsOf(await api.call('GET', `/tickets?${query.toString()}`))
  for (const ticket of rows.map(ticketOf)) {
    if (!ticket?.ours || ticket.deleted) continue
    // A list leaves descriptions out.
    // oxlint-disable-next-line no-await-in-loop -- mostly there is one
    const whole = ticketOf(await api.call('GET', ticketPath(ticket.id)))
    if (whole && conversationOfText(whole.text) === outbound.conversation) return whole.id
  }
  return undefined
}

async function findContact(externalId: string, api: JsonApi): Promise<string | undefined> {
  try {
    const query = new URLSearchParams({ unique_external_id: externalId })
    const [contact] = recordsOf(await api.call('GET', `/contacts?${query.toString()}`))
    return idOf(recordAt(contact)?.['id'])
  } catch (error) {
    // Keys that may not see contacts still open tickets.
    if (refusalOf(error)?.status === 403) return undefined
    throw error
  }
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
