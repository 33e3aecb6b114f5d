import type { ConnectorIo, Outbound } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { recordAt, recordsOf, textOf, timeOf } from '../json-fields.ts'
import type { JsonApi } from '../json-api.ts'
import { refusalOf } from '../json-api.ts'
import { createApi } from './api.ts'
import { conversationOf, keyOf } from './identity.ts'
import type { ZendeskMessagingSettings } from './types.ts'

/** Finds our words in Zendesk, by the marks they were sent with. */

/** Pages of a hundred messages, or of a hundred conversations of one user. */
const MAX_PAGES = 10
/** How far Zendesk's clock may be behind ours, ms. */
const MAX_SKEW_MS = 10 * 60_000

export async function reconcile(
  outbound: Outbound,
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  const api = createApi(settings, io)
  const threads =
    outbound.thread === undefined ? await findThreads(outbound, api) : [outbound.thread]
  for (const thread of threads) {
    const found = await findMessage(thread, outbound.key, outbound.entry.time, api)
    if (found === 'unsure') return 'unsure'
    if (found !== 'absent') return { externalIds: [found.id], thread }
  }
  return 'absent'
}

export async function locate(
  thread: string,
  settings: ZendeskMessagingSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  const answer = await orNothing(() => createApi(settings, io).call('GET', pathOf(thread)))
  return conversationOf(recordAt(answer, 'conversation'))
}

/** Those of Zendesk's conversations that were opened for ours, the one used last first. */
export async function findThreads(outbound: Outbound, api: JsonApi): Promise<readonly string[]> {
  const found: { readonly id: string; readonly time: number }[] = []
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({
      'filter[userExternalId]': outbound.visitor.id,
      'page[size]': '100',
      ...(after === undefined ? {} : { 'page[after]': after }),
    })
    const answer = await orNothing(() => api.call('GET', `/conversations?${query.toString()}`))
    for (const conversation of recordsOf(recordAt(answer)?.['conversations'])) {
      const id = textOf(conversation['id'])
      if (id === undefined || conversationOf(conversation) !== outbound.conversation) continue
      found.push({ id, time: timeOf(conversation['lastUpdatedAt']) ?? 0 })
    }
    after = cursorOf(answer, 'afterCursor')
    if (after === undefined) break
  }
  return found.toSorted((one, other) => other.time - one.time).map(({ id }) => id)
}

/** Read from the newest back to when it was written. */
export async function findMessage(
  thread: string,
  key: string,
  writtenAt: number,
  api: JsonApi,
): Promise<{ readonly id: string } | 'absent' | 'unsure'> {
  let before: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query =
      before === undefined ? '' : `?${new URLSearchParams({ 'page[before]': before }).toString()}`
    const answer = await orNothing(() => api.call('GET', `${pathOf(thread)}/messages${query}`))
    const messages = recordsOf(recordAt(answer)?.['messages'])
    const id = textOf(messages.find((message) => keyOf(message) === key)?.['id'])
    if (id !== undefined) return { id }
    before = cursorOf(answer, 'beforeCursor')
    const oldest = Math.min(...messages.map(({ received }) => timeOf(received) ?? Infinity))
    if (before === undefined || oldest < writtenAt - MAX_SKEW_MS) return 'absent'
  }
  return 'unsure'
}

export function pathOf(thread: string): string {
  return `/conversations/${encodeURIComponent(thread)}`
}

/** Of the next page; undefined when there is none. */
function cursorOf(answer: unknown, field: 'afterCursor' | 'beforeCursor'): string | undefined {
  const meta = recordAt(answer, 'meta')
  return meta?.['hasMore'] === true ? textOf(meta[field]) : undefined
}

async function orNothing(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined
    throw error
  }
}
