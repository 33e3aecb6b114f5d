import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { recordsOf } from '../json-fields.ts'
import type { Api } from './api.ts'
import { createApi } from './api.ts'
import { conversationOf, sourceOf } from './identity.ts'
import type { ChatwootSettings } from './types.ts'
import { idOf, timeOf } from './types.ts'

/** Finds our words in Chatwoot, by the marks they were sent with. */

/** Pages of twenty messages looked back through. */
const MAX_PAGES = 20
/** How far Chatwoot's clock may be behind ours, ms. */
const MAX_SKEW_MS = 10 * 60_000

export async function reconcile(
  outbound: Outbound,
  settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  // Setting a status twice is setting it once.
  if (isStatus(outbound.entry.body)) return 'absent'
  const api = createApi(settings, io)
  const thread = outbound.thread ?? (await findThread(outbound, api))
  if (thread === undefined) return 'absent'
  const found = await findMessage(thread, sourceOf(outbound), outbound.entry.time, api)
  if (typeof found !== 'string') return { externalIds: [String(found)], thread }
  return found
}

/** The conversation in Chatwoot that was opened for ours, when nobody remembered it. */
async function findThread(outbound: Outbound, api: Api): Promise<string | undefined> {
  const path = `/contacts/${encodeURIComponent(outbound.conversation)}`
  const contact = await api.inbox('GET', path, { missing: 'empty' })
  const id = idOf(contact['id'])
  return id === undefined ? undefined : findThreadOf(id, outbound, api)
}

export async function findThreadOf(
  contact: number,
  outbound: Outbound,
  api: Api,
): Promise<string | undefined> {
  const answer = await api.account('GET', `/contacts/${contact}/conversations`)
  const found = recordsOf(answer['payload']).find(
    (conversation) => conversationOf(conversation) === outbound.conversation,
  )
  const id = idOf(found?.['id'])
  return id === undefined ? undefined : String(id)
}

/** Its number. Read from the newest back to when it was written. */
export async function findMessage(
  thread: string,
  source: string,
  writtenAt: number,
  api: Api,
): Promise<number | 'absent' | 'unsure'> {
  let before: number | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = before === undefined ? '' : `?before=${before}`
    const path = `/conversations/${thread}/messages${query}`
    const messages = recordsOf((await api.account('GET', path, { missing: 'empty' }))['payload'])
    const found = idOf(messages.find((message) => message['source_id'] === source)?.['id'])
    if (found !== undefined) return found
    const [oldest] = messages
    const id = idOf(oldest?.['id'])
    if (id === undefined) return 'absent'
    if ((timeOf(oldest?.['created_at']) ?? 0) < writtenAt - MAX_SKEW_MS) return 'absent'
    before = id
  }
  return 'unsure'
}
