import type { ConnectorIo, Fact } from '../connector.ts'
import { SendError } from '../connector.ts'
import { recordsOf } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import type { Api } from './api.ts'
import { createApi } from './api.ts'
import { messageFact, readFact, statusFact } from './facts.ts'
import { conversationOf } from './identity.ts'
import type { ChatwootSettings, Row } from './types.ts'
import { idOf, timeOf } from './types.ts'

/**
 * Reads what happened, for the webhooks that got lost: Chatwoot tries each once.
 *
 *   conversations of the inbox, newest activity first ──▶ those with a message we have not told
 *     ──▶ their messages after the cursor ──▶ facts; and what changed of status and read marks
 *
 * Numbers of messages rise over all conversations, but a lower one may be committed later. The
 * cursor therefore stays behind for a while and remembers which of the younger ones it told of.
 */

/** How long a message may take from its number to its commit, ms. */
const SETTLE_MS = 60_000
/** Pages of 25 conversations, and of a hundred messages in each, read in one poll. */
const MAX_PAGES = 20
/** Conversations of which status and read mark are remembered: the newest. */
const MAX_KNOWN = 200

interface Cursor {
  /** Every message up to this number was told. */
  readonly after: number
  /** Those above it that were told, too. */
  readonly told: readonly number[]
  /** Newest activity seen, ms. */
  readonly since: number
  readonly known: Readonly<Record<string, Known>>
}

interface Known {
  readonly status: string
  /** When an agent looked last, seconds. */
  readonly seen: number
}

interface Conversation {
  readonly thread: number
  readonly ours: string
  readonly activeAt: number
  readonly newest: number
  readonly unread: number | undefined
  readonly now: Known
}

export async function poll(
  cursor: string | undefined,
  settings: ChatwootSettings,
  io: ConnectorIo,
): Promise<{ readonly facts: readonly Fact[]; readonly cursor: string }> {
  const api = createApi(settings, io)
  const from = readCursor(cursor)
  const active = await activeSince(from?.since, settings, api)
  const since = Math.max(from?.since ?? 0, ...active.map(({ activeAt }) => activeAt))
  if (!from) {
    const after = Math.max(0, ...active.map(({ newest }) => newest))
    return { facts: [], cursor: JSON.stringify({ after, told: [], since, known: knownOf(active) }) }
  }
  const told = new Set(from.told)
  const facts: Fact[] = []
  const young: Row[] = []
  for (const conversation of active.toReversed()) {
    if (conversation.newest > from.after) {
      const messages = await messagesAfter(from.after, conversation.thread, api)
      young.push(...messages)
      for (const message of messages) {
        const fact = messageFact(message, conversation.ours)
        if (!fact) continue
        if (!told.has(idOf(message['id']) ?? 0)) facts.push(fact)
        else await clearFailure(message, conversation.thread, api)
      }
    }
    facts.push(...changes(conversation, from.known[conversation.thread]))
  }
  const known = { ...from.known, ...knownOf(active) }
  const next = { ...advance(from, young, Math.max(since, io.now)), since, known: newest(known) }
  return { facts, cursor: JSON.stringify(next) }
}

/** Ours of the inbox, the newest activity first; one page of them when there is no cursor yet. */
async function activeSince(
  since: number | undefined,
  settings: ChatwootSettings,
  api: Api,
): Promise<readonly Conversation[]> {
  // A conversation may move from one page to the next while we read.
  const active = new Map<number, Conversation>()
  for (let page = 1; page <= MAX_PAGES; page++) {
    const query = `inbox_id=${settings.inbox}&status=all&assignee_type=all&page=${page}`
    const answer = await api.account('GET', `/conversations?${query}`)
    const rows = recordsOf(isRecord(answer['data']) ? answer['data']['payload'] : undefined)
    for (const row of rows) {
      const conversation = readConversation(row)
      if (conversation) active.set(conversation.thread, conversation)
    }
    const oldest = timeOf(rows.at(-1)?.['last_activity_at']) ?? 0
    if (rows.length === 0 || since === undefined || oldest < since - SETTLE_MS) break
  }
  return [...active.values()]
}

function readConversation(row: Row): Conversation | undefined {
  const ours = conversationOf(row)
  const thread = idOf(row['id'])
  if (ours === undefined || thread === undefined) return undefined
  const last = [...recordsOf(row['messages']), row['last_non_activity_message']]
  const { unread_count: unread } = row
  return {
    thread,
    ours,
    activeAt: timeOf(row['last_activity_at']) ?? 0,
    newest: Math.max(
      0,
      ...last.map((message) => (isRecord(message) ? idOf(message['id']) : 0) ?? 0),
    ),
    unread: typeof unread === 'number' ? unread : undefined,
    now: { status: String(row['status']), seen: idOf(row['agent_last_seen_at']) ?? 0 },
  }
}

async function messagesAfter(after: number, thread: number, api: Api): Promise<readonly Row[]> {
  const messages: Row[] = []
  let last = after
  for (let page = 0; page < MAX_PAGES; page++) {
    const path = `/conversations/${thread}/messages?after=${last}`
    const rows = recordsOf((await api.account('GET', path, { missing: 'empty' }))['payload'])
    const next = Math.max(last, ...rows.map((row) => idOf(row['id']) ?? 0))
    if (next === last) break
    messages.push(...rows)
    last = next
  }
  return messages
}

/** Since the last poll. One that is met resolved for the first time was opened and closed since. */
function changes(conversation: Conversation, before: Known | undefined): readonly Fact[] {
  const { thread, ours, activeAt, now, unread } = conversation
  const facts: Fact[] = []
  const news = before ? before.status !== now.status : now.status === 'resolved'
  if (news) {
    const mark = `${thread}:${now.status}:${activeAt}`
    const fact = statusFact(now.status, { conversation: ours, mark, time: activeAt })
    if (fact) facts.push(fact)
  }
  if (now.seen > (before?.seen ?? 0) && unread === 0) facts.push(readFact(thread, now.seen, ours))
  return facts
}

/**
 * A message whose webhook failed stands as failed before the agent. It was told by a poll since,
 * so that is no longer true. Older Chatwoots cannot be told; it is for the agent's eyes alone.
 */
async function clearFailure(message: Row, thread: number, api: Api): Promise<void> {
  if (message['status'] !== 'failed') return
  const path = `/conversations/${thread}/messages/${String(message['id'])}`
  try {
    await api.account('PATCH', path, { body: { status: 'sent' } })
  } catch (error) {
    if (!(error instanceof SendError)) throw error
  }
}

/** Past what is older than the settling time by the later clock; the rest is kept by number. */
function advance(from: Cursor, young: readonly Row[], now: number): Pick<Cursor, 'after' | 'told'> {
  const rows = young
    .map((row) => ({ id: idOf(row['id']) ?? 0, time: timeOf(row['created_at']) ?? now }))
    .toSorted((one, other) => one.id - other.id)
  let { after } = from
  for (const { id, time } of rows) {
    if (time > now - SETTLE_MS) break
    after = Math.max(after, id)
  }
  const told = new Set([...from.told, ...rows.map(({ id }) => id)])
  return { after, told: [...told].filter((id) => id > after) }
}

function knownOf(active: readonly Conversation[]): Record<string, Known> {
  return Object.fromEntries(active.map(({ thread, now }) => [String(thread), now]))
}

/** Numbers of conversations rise, and keys that are numbers come in their order. */
function newest(known: Readonly<Record<string, Known>>): Record<string, Known> {
  return Object.fromEntries(Object.entries(known).slice(-MAX_KNOWN))
}

function readCursor(cursor: string | undefined): Cursor | undefined {
  const parsed = cursor === undefined ? undefined : parseJson(new TextEncoder().encode(cursor))
  if (!isRecord(parsed)) return undefined
  const { after, told, since, known } = parsed
  if (typeof after !== 'number' || typeof since !== 'number') return undefined
  return {
    after,
    since,
    told: Array.isArray(told)
      ? (told as readonly unknown[]).filter((id): id is number => typeof id === 'number')
      : [],
    known: isRecord(known) ? (known as Cursor['known']) : {},
  }
}
