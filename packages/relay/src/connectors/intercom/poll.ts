import { isUuid } from '@homing/core'
import type { ConnectorIo, Fact } from '../connector.ts'
import type { JsonApi } from '../json-api.ts'
import { idOf, recordAt, recordsOf, textOf } from '../json-fields.ts'
import { conversationPath, createApi } from './api.ts'
import { messageOf, partsOf } from './parts.ts'
import type { IntercomSettings } from './types.ts'

/**
 * Reads what changed, for webhooks that got lost: Intercom tries one twice. Its search names the
 * conversations that changed; the parts of those with our visitors are then read. Every part has
 * its own event id, so what is read twice is applied once.
 */

/** Its search is behind by a moment: so far back is looked again, ms. */
const OVERLAP_MS = 2 * 60_000
/** As many as Intercom gives at once. */
const PER_PAGE = 150
/** Thousands that changed within minutes are an import, and none of ours. */
const MAX_PAGES = 20

export async function poll(
  cursor: string | undefined,
  settings: IntercomSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const since = Number(cursor)
  if (cursor === undefined || !Number.isSafeInteger(since)) {
    return { facts: [], cursor: String(io.now) }
  }
  const api = createApi(settings, io)
  const facts: Fact[] = []
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    // oxlint-disable-next-line no-await-in-loop -- each page is named by the one before
    const answer = await changed(since - OVERLAP_MS, after, api)
    for (const each of recordsOf(recordAt(answer)?.['conversations'])) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: calls are counted
      facts.push(...(await newsOf(each, since - OVERLAP_MS, api)))
    }
    after = textOf(recordAt(answer, 'pages', 'next')?.['starting_after'])
    if (after === undefined) break
  }
  return { facts, cursor: String(io.now) }
}

async function changed(since: number, after: string | undefined, api: JsonApi): Promise<unknown> {
  return api.call('POST', '/conversations/search', {
    body: {
      query: { field: 'updated_at', operator: '>', value: Math.floor(since / 1000) },
      pagination: {
        per_page: PER_PAGE,
        ...(after === undefined ? {} : { starting_after: after }),
      },
    },
  })
}

async function newsOf(
  found: Readonly<Record<string, unknown>>,
  since: number,
  api: JsonApi,
): Promise<readonly Fact[]> {
  const thread = idOf(found['id'])
  const ours = recordsOf(recordAt(found, 'contacts')?.['contacts']).some(
    ({ external_id: id }) => typeof id === 'string' && isUuid(id),
  )
  if (thread === undefined || !ours) return []
  const conversation = await api.call('GET', conversationPath(thread))
  const facts = partsOf(conversation)
    .filter(({ time }) => time === undefined || time >= since)
    .map((part) => messageOf(part, thread))
    .filter((fact) => fact !== undefined)
  const closed = recordAt(conversation, 'statistics')?.['last_close_at']
  const isClosed = recordAt(conversation)?.['state'] === 'closed'
  if (!isClosed || typeof closed !== 'number' || closed * 1000 < since) return facts
  return [
    ...facts,
    {
      event: `closed-${thread}-${closed}`,
      where: { thread },
      time: closed * 1000,
      kind: 'status',
      status: 'resolved',
      author: { role: 'agent', id: 'agent' },
    },
  ]
}
