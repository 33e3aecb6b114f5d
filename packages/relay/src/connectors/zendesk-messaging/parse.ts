import type { Author } from '@homing/core'
import { MAX_ID_LENGTH, MAX_LABEL_LENGTH } from '@homing/core'
import type { Fact, RawWebhook, Where } from '../connector.ts'
import { recordsOf, textOf, timeOf } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { readContent } from './content.ts'
import { conversationOf, keyOf } from './identity.ts'
import type { Row, ZendeskMessagingSettings } from './types.ts'

const AGENT_WORKSPACE = 'zd:agentWorkspace'

/** A call brings several events, in order. Those of another app are not for us. */
export function parse(request: RawWebhook, settings: ZendeskMessagingSettings): readonly Fact[] {
  const call = parseJson(request.body)
  if (!isRecord(call) || !isRecord(call['app']) || call['app']['id'] !== settings.app) return []
  return recordsOf(call['events'])
    .map(factOf)
    .filter((fact) => fact !== undefined)
}

function factOf(event: Row): Fact | undefined {
  const id = textOf(event['id'])
  const { payload } = event
  if (id === undefined || !isRecord(payload)) return undefined
  if (event['type'] === 'user:merge') return movedFact(id, payload)
  const where = whereOf(payload['conversation'])
  if (!where) return undefined
  const time = timeOf(event['createdAt'])
  const base = { event: id, where, ...(time === undefined ? {} : { time }) }
  switch (event['type']) {
    case 'conversation:message':
      return messageFact(base, payload['message'])
    case 'conversation:typing': {
      const activity = activityOf(payload)
      if (!activity) return undefined
      return {
        ...base,
        kind: 'typing',
        on: activity['type'] === 'typing:start',
        author: authorOf(activity),
      }
    }
    case 'conversation:read':
      return activityOf(payload) && { ...base, kind: 'read' }
    case 'conversation:message:delivery:failure':
      return failureFact(base, payload)
    case 'switchboard:releaseControl': {
      // An agent who goes on by mail has not solved anything.
      const { reason } = payload
      if (reason !== undefined && reason !== 'ticketClosed') return undefined
      const author: Author = { role: 'agent', id: 'zendesk' }
      return { ...base, kind: 'status', status: 'resolved', author }
    }
    default:
      return undefined
  }
}

interface Base {
  readonly event: string
  readonly where: Where
  readonly time?: number
}

/** Users' words are ours coming back: nobody else speaks for a visitor there. */
function messageFact(base: Base, message: unknown): Fact | undefined {
  if (!isRecord(message) || !isBusiness(message)) return undefined
  const id = textOf(message['id'])
  const { text, media } = readContent(message['content'])
  if (id === undefined || (text === '' && media.length === 0)) return undefined
  const time = timeOf(message['received'])
  return {
    ...base,
    ...(time === undefined ? {} : { time }),
    event: `message:${id}`,
    kind: 'message',
    externalId: id,
    author: authorOf(message),
    body: { type: 'text', text },
    echo: keyOf(message) !== undefined,
    ...(media.length === 0 ? {} : { media }),
  }
}

function failureFact(base: Base, payload: Row): Fact | undefined {
  const { message, error, isFinalEvent } = payload
  const externalId = isRecord(message) ? textOf(message['id']) : undefined
  if (externalId === undefined || isFinalEvent === false) return undefined
  const code = isRecord(error) ? textOf(error['code']) : undefined
  // The code alone: the message may quote words.
  const why = code !== undefined && /^[a-z_]{1,60}$/.test(code) ? ` (${code})` : ''
  return {
    ...base,
    kind: 'receipt',
    externalId,
    state: 'failed',
    reason: `Zendesk could not deliver it${why}`,
  }
}

/** Two users became one, and of their conversations one goes on. */
function movedFact(event: string, payload: Row): Fact | undefined {
  const merged = payload['mergedConversations']
  if (!isRecord(merged)) return undefined
  const { surviving, discarded } = merged
  const thread = isRecord(surviving) ? textOf(surviving['id']) : undefined
  const before = isRecord(discarded) ? textOf(discarded['id']) : undefined
  if (thread === undefined || before === undefined) return undefined
  return { event, kind: 'moved', where: { thread: before }, thread }
}

function whereOf(conversation: unknown): Where | undefined {
  const ours = conversationOf(conversation)
  if (ours !== undefined) return { conversation: ours }
  const thread = isRecord(conversation) ? textOf(conversation['id']) : undefined
  return thread === undefined ? undefined : { thread }
}

/** Of the business's side; a user's is ours coming back. */
function activityOf({ activity }: Row): Row | undefined {
  return isRecord(activity) && isBusiness(activity) ? activity : undefined
}

function isBusiness({ author }: Row): boolean {
  return isRecord(author) && author['type'] === 'business' && !hasSubtype(author, 'activity')
}

/** What comes from elsewhere than the agents' workspace was not typed there. */
function authorOf(by: Row): Author {
  const author = isRecord(by['author']) ? by['author'] : {}
  const from = isRecord(by['source']) ? textOf(by['source']['type']) : undefined
  const automatic = hasSubtype(author, 'bot') || hasSubtype(author, 'AI')
  const agent = !automatic && (from === undefined || from === AGENT_WORKSPACE)
  const name = textOf(author['displayName'])?.slice(0, MAX_LABEL_LENGTH)
  return {
    role: agent ? 'agent' : 'bot',
    // Zendesk gives agents no id here.
    id: (name ?? 'zendesk').slice(0, MAX_ID_LENGTH),
    ...(name === undefined ? {} : { name }),
  }
}

function hasSubtype(author: Row, subtype: string): boolean {
  const { subtypes } = author
  return Array.isArray(subtypes) && subtypes.includes(subtype)
}
