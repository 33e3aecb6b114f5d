import type { Author, Body } from '@homing/core'
import { MAX_ID_LENGTH, MAX_LABEL_LENGTH, isUuid } from '@homing/core'
import type { Fact, RawWebhook } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'

/**
 * `message.created`, `conversation.updated` and `typing` in; anything else is no fact for us.
 * A message is counted once by its own id, so a far side that sends it again under another
 * webhook-id adds nothing.
 */
export function parse(request: RawWebhook): readonly Fact[] {
  const event = parseJson(request.body)
  const id = request.headers['webhook-id']
  if (!isRecord(event) || id === undefined) return []
  const data = event['data']
  if (!isRecord(data)) return []
  const where = whereOf(data['conversation'])
  if (!where) return []
  const time = timeOf(event['timestamp'])
  const base = { event: id, where, ...(time === undefined ? {} : { time }) }

  switch (event['type']) {
    case 'message.created': {
      const message = data['message']
      if (!isRecord(message)) return []
      const externalId = label(message['id'])
      const body = bodyOf(message)
      if (externalId === undefined || !body) return []
      const author = authorOf(message)
      // A visitor's words can only be ours coming back: nobody else speaks for a visitor here.
      const echo = author.role === 'visitor'
      return [
        {
          ...base,
          event: `message:${externalId}`,
          kind: 'message',
          externalId,
          author,
          body,
          echo,
        },
      ]
    }
    case 'conversation.updated': {
      const status = isRecord(data['conversation']) ? data['conversation']['status'] : undefined
      if (status !== 'open' && status !== 'resolved') return []
      return [{ ...base, kind: 'status', status, author: authorOf(data) }]
    }
    case 'typing': {
      const on = data['on']
      if (typeof on !== 'boolean') return []
      return [{ ...base, kind: 'typing', on, author: authorOf(data) }]
    }
    default:
      return []
  }
}

function whereOf(conversation: unknown): Fact['where'] | undefined {
  if (!isRecord(conversation)) return undefined
  const id = label(conversation['id'])
  if (id !== undefined && isUuid(id)) return { conversation: id }
  const thread = label(conversation['thread'])
  return thread === undefined ? undefined : { thread }
}

function authorOf(from: Readonly<Record<string, unknown>>): Author {
  const author = isRecord(from['author']) ? from['author'] : {}
  const role = from['role'] ?? author['role']
  const name = label(author['name'], MAX_LABEL_LENGTH)
  return {
    role: role === 'bot' || role === 'system' || role === 'visitor' ? role : 'agent',
    id: label(author['id']) ?? name?.slice(0, MAX_ID_LENGTH) ?? 'agent',
    ...(name === undefined ? {} : { name }),
  }
}

function bodyOf(message: Readonly<Record<string, unknown>>): Body | undefined {
  const text = message['text']
  if (typeof text === 'string' && text.trim() !== '') return { type: 'text', text: text.trimEnd() }
  return undefined
}

function label(value: unknown, limit = MAX_ID_LENGTH): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= limit ? value : undefined
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
