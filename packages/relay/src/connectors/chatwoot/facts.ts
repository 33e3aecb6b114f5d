import type { Author } from '@homing/core'
import { MAX_ID_LENGTH, MAX_LABEL_LENGTH } from '@homing/core'
import type { Attached } from '../attached.ts'
import { attachedOf } from '../attached.ts'
import type { Fact } from '../connector.ts'
import { recordsOf, textOf } from '../json-fields.ts'
import { isRecord } from '../settings.ts'
import { isOurs } from './identity.ts'
import type { Row } from './types.ts'
import { idOf, timeOf } from './types.ts'

/** What webhooks and polls tell alike: a message, a status, a read mark. */

/** In webhooks a word, in the API a number. Chatwoot's own automatic messages are templates. */
const FROM_DESK: ReadonlySet<unknown> = new Set(['outgoing', 'template', 1, 3])
const BOTS: ReadonlySet<unknown> = new Set(['agent_bot', 'captain_assistant'])
/** Who it was is not told. */
const DESK: Author = { role: 'agent', id: 'chatwoot' }

/** Words for the visitor. Notes and activities are for agents, and incoming words are ours. */
export function messageFact(message: Row, conversation: string): Fact | undefined {
  const id = idOf(message['id'])
  if (id === undefined || !FROM_DESK.has(message['message_type'])) return undefined
  if (message['private'] !== false) return undefined
  const attributes = isRecord(message['content_attributes']) ? message['content_attributes'] : {}
  if (attributes['deleted'] === true) return undefined
  const media = mediaOf(message['attachments'])
  const words = [textOf(message['content'])?.trimEnd() ?? '', ...choicesOf(attributes['items'])]
  const text = words.filter((line) => line !== '').join('\n')
  if (text.trim() === '' && media.length === 0) return undefined
  const time = timeOf(message['created_at'])
  return {
    event: `message:${id}`,
    where: { conversation },
    ...(time === undefined ? {} : { time }),
    kind: 'message',
    externalId: String(id),
    author: authorOf(message['sender']),
    body: { type: 'text', text },
    echo: isOurs(message),
    ...(media.length === 0 ? {} : { media }),
  }
}

/** Waiting for a bot or a date is open to the visitor, and changes nothing. */
export function statusFact(
  status: unknown,
  about: { readonly conversation: string; readonly mark: string; readonly time?: number },
): Fact | undefined {
  if (status !== 'open' && status !== 'resolved') return undefined
  return {
    event: `status:${about.mark}`,
    where: { conversation: about.conversation },
    ...(about.time === undefined ? {} : { time: about.time }),
    kind: 'status',
    status,
    author: DESK,
  }
}

export function readFact(thread: number, seenAt: number, conversation: string): Fact {
  return { event: `read:${thread}:${seenAt}`, where: { conversation }, kind: 'read' }
}

/** Somebody of the desk; a bot where it is one, or nobody. */
export function authorOf(sender: unknown): Author {
  if (!isRecord(sender)) return { role: 'bot', id: 'chatwoot' }
  const name = textOf(sender['name']) ?? textOf(sender['available_name'])
  return {
    role: BOTS.has(sender['type']) ? 'bot' : 'agent',
    id: String(idOf(sender['id']) ?? 'chatwoot').slice(0, MAX_ID_LENGTH),
    ...(name === undefined ? {} : { name: name.slice(0, MAX_LABEL_LENGTH) }),
  }
}

/** What may be chosen, of a bot's question. */
function choicesOf(items: unknown): readonly string[] {
  return recordsOf(items)
    .map(({ title }) => textOf(title))
    .filter((title) => title !== undefined)
    .map((title) => `• ${title}`)
}

function mediaOf(attachments: unknown): readonly Attached[] {
  return recordsOf(attachments).flatMap(({ data_url: address }) => {
    const url = URL.parse(textOf(address) ?? '')
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return []
    return attachedOf(url.href, nameOf(url), undefined)
  })
}

/** The last part of its address is the file's name. */
function nameOf({ pathname }: URL): string {
  const last = pathname.split('/').findLast((part) => part !== '') ?? 'file'
  try {
    return decodeURIComponent(last).slice(0, MAX_LABEL_LENGTH)
  } catch {
    return last.slice(0, MAX_LABEL_LENGTH)
  }
}
