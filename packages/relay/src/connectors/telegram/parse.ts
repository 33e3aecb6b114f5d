import type { Author } from '@homing/core'
import { MAX_LABEL_LENGTH } from '@homing/core'
import { oneLine } from '../compose-text.ts'
import type { Fact, RawWebhook, RouteRole } from '../connector.ts'
import { parseJson } from '../json.ts'
import { optWord } from '../opt-words.ts'
import { isRecord } from '../settings.ts'
import { mediaOf, textOf } from './content.ts'
import type { Fields } from './content.ts'
import type { TelegramSettings } from './types.ts'
import { messageName, threadName } from './types.ts'

/** Between colleagues: not for the visitor. */
const NOTE = /^\s*\/\//
/** Lines of their own that change the status, for agents who may not close topics. */
const COMMANDS: ReadonlyMap<string, 'open' | 'resolved'> = new Map([
  ['/done', 'resolved'],
  ['/open', 'open'],
])

/** Messages in topics are agents', those in a chat with the bot a visitor's. */
export function parse(request: RawWebhook, settings: TelegramSettings): readonly Fact[] {
  const update = parseJson(request.body)
  if (!isRecord(update)) return []
  const { message, my_chat_member: member } = update
  if (isRecord(member)) return memberFacts(member, update)
  if (!isRecord(message)) return []
  const chat = isRecord(message['chat']) ? message['chat'] : {}
  const { id, type } = chat
  const number = message['message_id']
  if (!isId(id) || !isId(number)) return []
  const base = { ...momentOf(message), event: `message:${messageName(id, number)}`, order: number }
  if (type === 'private') {
    return privateFacts(message, {
      ...base,
      side: 'reach',
      where: { thread: threadName({ chat: id }) },
    })
  }
  const topic = message['message_thread_id']
  // A reply in the general topic has a thread's number as well, and is in no topic.
  if (type !== 'supergroup' || message['is_topic_message'] !== true || !isId(topic)) return []
  const where = { thread: threadName({ chat: id, topic }) }
  return topicFacts(message, { ...base, side: 'desk', where }, settings)
}

interface Base {
  readonly event: string
  readonly order: number
  readonly side: RouteRole
  readonly where: { readonly thread: string }
  readonly time?: number
}

function topicFacts(message: Fields, base: Base, settings: TelegramSettings): readonly Fact[] {
  const from = isRecord(message['from']) ? message['from'] : {}
  const own = from['id'] === settings.bot
  const author = agentOf(message, from)
  // Of what we did ourselves nobody is the agent: we are a bot.
  const closed = isRecord(message['forum_topic_closed'])
  const reopened = isRecord(message['forum_topic_reopened'])
  if (closed || reopened) {
    return author ? [{ ...base, kind: 'status', status: closed ? 'resolved' : 'open', author }] : []
  }
  const text = textOf(message)
  if (own) return text === '' ? [] : [messageFact(message, base, OURS, text, true)]
  if (!author || NOTE.test(text)) return []
  const command = commandOf(message)
  if (command !== undefined) {
    const status = COMMANDS.get(command)
    return status && author ? [{ ...base, kind: 'status', status, author }] : []
  }
  if (text === '' && mediaOf(message).length === 0) return []
  return [messageFact(message, base, author, text, false)]
}

const OURS: Author = { role: 'bot', id: 'homing' }

/** "/start CODE" comes from the link that takes a conversation along: the code is what was said. */
function privateFacts(message: Fields, base: Base): readonly Fact[] {
  const from = isRecord(message['from']) ? message['from'] : {}
  if (!isId(from['id']) || from['is_bot'] === true) return []
  const written = textOf(message)
  const start = /^\/start(?:@\w+)?(?:\s+([\w-]{1,64}))?\s*$/.exec(written)
  const text = start?.[1] ?? written
  const media = mediaOf(message)
  const opt = start?.[1] === undefined && media.length === 0 ? optWord(text) : undefined
  if (opt) return [{ ...base, kind: 'opt', out: opt === 'out' }]
  if (text === '' && media.length === 0) return []
  const name = nameOf(from)
  const author: Author = { role: 'visitor', id: String(from['id']), ...(name ? { name } : {}) }
  const fact = messageFact(message, base, author, text, false)
  return [name ? { ...fact, contact: { name } } : fact]
}

/** Who blocks the bot wants no more from it; who comes back does. */
function memberFacts(member: Fields, update: Fields): readonly Fact[] {
  const chat = isRecord(member['chat']) ? member['chat'] : {}
  const now = isRecord(member['new_chat_member']) ? member['new_chat_member'] : {}
  const { id, type } = chat
  const out = now['status'] === 'kicked'
  if (type !== 'private' || !isId(id) || (!out && now['status'] !== 'member')) return []
  const event = isId(update['update_id']) ? update['update_id'] : Number(member['date'])
  const where = { thread: threadName({ chat: id }) }
  return [
    { ...momentOf(member), event: `member:${id}:${event}`, side: 'reach', where, kind: 'opt', out },
  ]
}

function messageFact(message: Fields, base: Base, author: Author, text: string, echo: boolean) {
  const media = mediaOf(message)
  return {
    ...base,
    kind: 'message' as const,
    externalId: base.event.slice('message:'.length),
    author,
    body: { type: 'text' as const, text },
    echo,
    ...(media.length > 0 ? { media } : {}),
  }
}

/** A person, or an administrator who writes as the group. Other bots talk to colleagues. */
function agentOf(message: Fields, from: Fields): Author | undefined {
  const chat = isRecord(message['chat']) ? message['chat'] : {}
  const as = isRecord(message['sender_chat']) ? message['sender_chat'] : undefined
  if (as) {
    if (as['id'] !== chat['id'] || !isId(as['id'])) return undefined
    const signature = message['author_signature']
    const name = typeof signature === 'string' ? oneLine(signature) : ''
    return { role: 'agent', id: String(as['id']), ...(name === '' ? {} : { name }) }
  }
  if (!isId(from['id']) || from['is_bot'] === true) return undefined
  const name = nameOf(from)
  return { role: 'agent', id: String(from['id']), ...(name ? { name } : {}) }
}

function nameOf(user: Fields): string {
  const names = [user['first_name'], user['last_name']].filter((name) => typeof name === 'string')
  return oneLine(names.join(' '), MAX_LABEL_LENGTH)
}

/** "/done@bot" as "/done"; undefined when the message does not begin with a command. */
function commandOf(message: Fields): string | undefined {
  const { text, entities } = message
  const [first] = Array.isArray(entities) ? (entities as readonly unknown[]) : []
  if (typeof text !== 'string' || !isRecord(first)) return undefined
  if (first['type'] !== 'bot_command' || first['offset'] !== 0) return undefined
  return /^\/\w+/.exec(text)?.[0].toLowerCase()
}

function momentOf({ date }: Fields): { readonly time?: number } {
  return isId(date) && date > 0 ? { time: date * 1000 } : {}
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value !== 0
}
