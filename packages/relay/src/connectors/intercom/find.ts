import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { idOf, recordAt, recordsOf } from '../json-fields.ts'
import type { Receipt } from '../../store/store.ts'
import { conversationOfText, isOfVisitor, sameWords, saidText } from '../ticket-text.ts'
import { conversationPath, createApi } from './api.ts'
import { findContact } from './contact.ts'
import { authorOf, openingOf, partsOf } from './parts.ts'
import type { IntercomSettings, Part } from './types.ts'

/** How far Intercom's clock may be behind ours, ms: its times are whole seconds. */
const SKEW_MS = 5_000
/** After so long a search that names no conversation is believed, ms. */
const SEARCH_LAG_MS = 60_000
/** Of one visitor. */
const MAX_CONVERSATIONS = 50

/**
 * Intercom keeps nothing of ours with a part, so our words are known by themselves: the same ones,
 * by the same side, not before they were written. Of two equal ones the later is taken.
 */
export function findSaid(conversation: unknown, outbound: Outbound): Part | undefined {
  const said = saidText(outbound)
  const visitor = isOfVisitor(outbound)
  const since = (outbound.more.at(-1) ?? outbound.entry).time - SKEW_MS
  const opening = openingOf(conversation)
  return [...(opening ? [opening] : []), ...partsOf(conversation)].findLast(
    (part) =>
      (authorOf(part)?.role === 'visitor') === visitor &&
      (part.time ?? since) >= since &&
      sameWords(part.text, said),
  )
}

export async function reconcile(
  outbound: Outbound,
  settings: IntercomSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  // Closing twice is closing once.
  if (isStatus(outbound.entry.body)) return 'absent'
  const api = createApi(settings, io)
  const threads = outbound.thread === undefined ? await threadsOf(outbound, api) : [outbound.thread]
  for (const thread of threads) {
    // oxlint-disable-next-line no-await-in-loop -- mostly there is one
    const conversation = await api.call('GET', conversationPath(thread))
    const part = findSaid(conversation, outbound)
    if (part) return { externalIds: [part.id], thread }
  }
  // Intercom's search is behind by a moment: a conversation it does not name may still be there.
  return outbound.thread === undefined && io.now - outbound.entry.time < SEARCH_LAG_MS
    ? 'unsure'
    : 'absent'
}

/** The conversation that our note names: agents write notes, visitors do not. */
export async function locate(
  thread: string,
  settings: IntercomSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  if (!/^\d{1,20}$/.test(thread)) return undefined
  try {
    const conversation = await createApi(settings, io).call('GET', conversationPath(thread))
    for (const part of partsOf(conversation)) {
      const found = part.type === 'note' ? conversationOfText(part.text) : undefined
      if (found !== undefined) return found
    }
    return undefined
  } catch (error) {
    if (error instanceof SendError && error.failure === 'thread-gone') return undefined
    throw error
  }
}

/** The visitor's conversations since the words were written. */
async function threadsOf(outbound: Outbound, api: JsonApi): Promise<readonly string[]> {
  const contact = await findContact(outbound.visitor.id, api)
  if (contact === undefined) return []
  const answer = await api.call('POST', '/conversations/search', {
    body: {
      query: { field: 'contact_ids', operator: '=', value: contact },
      pagination: { per_page: MAX_CONVERSATIONS },
    },
  })
  const since = outbound.entry.time - SKEW_MS
  return recordsOf(recordAt(answer)?.['conversations'])
    .filter(({ created_at: at }) => typeof at !== 'number' || at * 1000 >= since)
    .map(({ id }) => idOf(id))
    .filter((id) => id !== undefined)
}
