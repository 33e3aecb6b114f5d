import type { Fact, RawWebhook } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { authorOf, messageFact, readFact, statusFact } from './facts.ts'
import { conversationOf } from './identity.ts'
import type { ChatwootSettings, Row } from './types.ts'
import { idOf, timeOf } from './types.ts'

/** One event of the inbox. The account's webhooks tell of every inbox: those are left out. */
export function parse(request: RawWebhook, settings: ChatwootSettings): readonly Fact[] {
  const event = parseJson(request.body)
  if (!isRecord(event)) return []
  const fact = factOf(event, request, settings)
  return fact ? [fact] : []
}

function factOf(event: Row, { headers }: RawWebhook, settings: ChatwootSettings): Fact | undefined {
  switch (event['event']) {
    case 'message_created':
    // Also of a message whose first webhook failed. What is known already is not applied again.
    case 'message_updated': {
      const about = aboutOf(event['conversation'], settings)
      return about && messageFact(event, about.conversation)
    }
    case 'conversation_status_changed': {
      const about = aboutOf(event, settings)
      if (!about) return undefined
      const seconds = event['updated_at']
      const time = timeOf(seconds)
      const status = statusFact(event['status'], {
        conversation: about.conversation,
        mark: `${about.thread}:${String(event['status'])}:${time ?? ''}`,
        ...(time === undefined ? {} : { time }),
      })
      const order = typeof seconds === 'number' ? Math.round(seconds * 1e6) : Number.NaN
      return status && Number.isSafeInteger(order) ? { ...status, order } : status
    }
    case 'conversation_updated': {
      const about = aboutOf(event, settings)
      const seenAt = idOf(event['agent_last_seen_at'])
      if (!about || seenAt === undefined || event['unread_count'] !== 0) return undefined
      return readFact(about.thread, seenAt, about.conversation)
    }
    case 'conversation_typing_on':
    case 'conversation_typing_off': {
      const about = aboutOf(event['conversation'], settings)
      const user = event['user']
      // A visitor's typing is ours coming back, and a note is typed for agents.
      if (!about || !isRecord(user) || user['type'] === 'contact') return undefined
      if (event['is_private'] === true) return undefined
      return {
        event: `typing:${headers['x-chatwoot-delivery'] ?? `${about.thread}:${event['event']}`}`,
        where: { conversation: about.conversation },
        kind: 'typing',
        on: event['event'] === 'conversation_typing_on',
        author: authorOf(user),
      }
    }
    default:
      return undefined
  }
}

function aboutOf(
  conversation: unknown,
  settings: ChatwootSettings,
): { readonly conversation: string; readonly thread: number } | undefined {
  const ours = conversationOf(conversation)
  if (ours === undefined || !isRecord(conversation)) return undefined
  const thread = idOf(conversation['id'])
  if (thread === undefined || conversation['inbox_id'] !== settings.inbox) return undefined
  return { conversation: ours, thread }
}
