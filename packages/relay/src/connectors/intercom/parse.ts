import type { Fact, RawWebhook } from '../connector.ts'
import { parseJson } from '../json.ts'
import { idOf, recordAt, textOf } from '../json-fields.ts'
import { messageOf, partsOf } from './parts.ts'

/** The topics that may bring words. A bot's come under two of them, as the same part. */
const WORDS: ReadonlySet<string> = new Set([
  'conversation.admin.replied',
  'conversation.operator.replied',
  'conversation.user.replied',
  'conversation.admin.closed',
  'conversation.admin.opened',
  'conversation.admin.assigned',
])

/** Intercom's notifications: each brings the conversation with the parts that are new. */
export function parse(request: RawWebhook): readonly Fact[] {
  const payload = parseJson(request.body)
  const topic = textOf(recordAt(payload)?.['topic'])
  const item = recordAt(payload, 'data', 'item')
  const thread = idOf(item?.['id'])
  if (topic === undefined || !item || thread === undefined || !WORDS.has(topic)) return []
  const parts = partsOf(item)
  const facts = parts.map((part) => messageOf(part, thread)).filter((fact) => fact !== undefined)
  const status = statusFact(payload, topic, thread, parts.at(-1)?.author)
  return status ? [...facts, status] : facts
}

function statusFact(
  payload: unknown,
  topic: string,
  thread: string,
  by: { readonly id: string; readonly name?: string } | undefined,
): Fact | undefined {
  const event = textOf(recordAt(payload)?.['id'])
  const resolved = topic === 'conversation.admin.closed'
  if (event === undefined || (!resolved && topic !== 'conversation.admin.opened')) return undefined
  const created = recordAt(payload)?.['created_at']
  return {
    event,
    where: { thread },
    ...(typeof created === 'number' ? { time: created * 1000 } : {}),
    kind: 'status',
    status: resolved ? 'resolved' : 'open',
    author: {
      role: 'agent',
      id: by?.id ?? 'agent',
      ...(by?.name === undefined ? {} : { name: by.name }),
    },
  }
}
