import type { Author } from '@homing/core'
import { MAX_LABEL_LENGTH } from '@homing/core'
import type { Fact, RawWebhook } from '../connector.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { emojiOf, toPlain } from './mrkdwn.ts'
import { DONE_EMOJI } from './send.ts'
import type { SlackSettings } from './types.ts'
import { readThread, threadName } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

/** Between colleagues: not for the visitor. */
const NOTE = /^\s*\/\//
/** Lines of their own that change the status. A slash would be a command of Slack's. */
const COMMANDS: ReadonlyMap<string, 'open' | 'resolved'> = new Map([
  ['!done', 'resolved'],
  ['!open', 'open'],
])
/** Replies that are words; the other subtypes tell of the channel, or change what was said. */
const SPOKEN: ReadonlySet<unknown> = new Set([
  undefined,
  'file_share',
  'me_message',
  'thread_broadcast',
  'bot_message',
])

/** Replies in threads, and the reaction that resolves. The channel's own talk is no fact. */
export function parse(request: RawWebhook, settings: SlackSettings): readonly Fact[] {
  const envelope = parseJson(request.body)
  if (!isRecord(envelope) || envelope['type'] !== 'event_callback') return []
  const { event } = envelope
  if (!isRecord(event)) return []
  switch (event['type']) {
    case 'message':
      return messageFacts(event, envelope, settings)
    case 'reaction_added':
    case 'reaction_removed':
      return reactionFacts(event, envelope, settings)
    default:
      return []
  }
}

function messageFacts(event: Fields, envelope: Fields, settings: SlackSettings): readonly Fact[] {
  const { channel, ts, thread_ts: root } = event
  if (!SPOKEN.has(event['subtype']) || root === ts) return []
  const place = placeOf(channel, root)
  const message = placeOf(channel, ts)
  if (!place || !message) return []
  const externalId = threadName(message)
  const base = {
    event: `message:${externalId}`,
    where: { thread: threadName(place) },
    ...momentOf(message.ts),
  }
  const own = isOwn(event, envelope)
  // Other apps talk to colleagues: a reminder, a ticket's card.
  if (!own && (event['bot_id'] !== undefined || event['subtype'] === 'bot_message')) return []
  const author = own ? { role: 'bot' as const, id: 'homing' } : authorOf(event, settings)
  if (!author) return []

  const written = typeof event['text'] === 'string' ? event['text'] : ''
  if (!own && NOTE.test(written)) return []
  const files = filesOf(event['files'])
  const command = own ? undefined : COMMANDS.get(written.trim().toLowerCase())
  if (command) return [{ ...base, kind: 'status', status: command, author }]
  const text = [
    toPlain(written, settings.agents, emojiOf(event['blocks'])).trimEnd(),
    ...files.flatMap(({ line }) => line ?? []),
  ]
    .filter((line) => line !== '')
    .join('\n')
  const media = files.flatMap((file) => file.media ?? [])
  if (text === '' && media.length === 0) return []
  return [
    {
      ...base,
      kind: 'message',
      externalId,
      author,
      body: { type: 'text', text },
      echo: own,
      ...(media.length > 0 ? { media } : {}),
    },
  ]
}

/** On any message; only those that open a conversation are threads somebody knows. */
function reactionFacts(event: Fields, envelope: Fields, settings: SlackSettings): readonly Fact[] {
  const { item, event_ts: stamp } = event
  if (!isRecord(item) || item['type'] !== 'message' || isOwn(event, envelope)) return []
  const name = event['reaction']
  const place = placeOf(item['channel'], item['ts'])
  const author = authorOf(event, settings)
  if (name !== DONE_EMOJI || !place || typeof stamp !== 'string' || !author) return []
  const added = event['type'] === 'reaction_added'
  return [
    {
      event: `reaction:${threadName(place)}:${author.id}:${stamp}`.slice(0, 200),
      where: { thread: threadName(place) },
      ...momentOf(stamp),
      kind: 'status',
      status: added ? 'resolved' : 'open',
      author,
    },
  ]
}

/** By our app's id, or by the bot's own member id: the envelope tells both. */
function isOwn(event: Fields, envelope: Fields): boolean {
  const app = envelope['api_app_id']
  const profile = isRecord(event['bot_profile']) ? event['bot_profile'] : {}
  if (typeof app === 'string' && (event['app_id'] === app || profile['app_id'] === app)) return true
  const granted = envelope['authorizations']
  if (!Array.isArray(granted)) return false
  return (granted as readonly unknown[]).some(
    (one) => isRecord(one) && one['is_bot'] === true && one['user_id'] === event['user'],
  )
}

/** The name the settings give, else the one that travels with some events, else none. */
function authorOf(event: Fields, settings: SlackSettings): Author | undefined {
  const { user } = event
  if (typeof user !== 'string' || !/^[A-Z0-9]{1,30}$/.test(user)) return undefined
  const profile = isRecord(event['user_profile']) ? event['user_profile'] : {}
  const told = [profile['display_name'], profile['real_name'], profile['name']].find(
    (name): name is string => typeof name === 'string' && name.trim() !== '',
  )
  const name = settings.agents.get(user) ?? told?.slice(0, MAX_LABEL_LENGTH)
  return { role: 'agent', id: user, ...(name === undefined ? {} : { name }) }
}

interface SharedFile {
  readonly media?: { readonly reference: string; readonly name?: string; readonly type?: string }
  /** Of a file that lies elsewhere. */
  readonly line?: string
}

function filesOf(files: unknown): readonly SharedFile[] {
  if (!Array.isArray(files)) return []
  return (files as readonly unknown[]).flatMap((file): readonly SharedFile[] => {
    if (!isRecord(file)) return []
    const { id, name, mimetype, mode } = file
    if (mode === 'tombstone' || mode === 'hidden_by_limit') return []
    const label = typeof name === 'string' ? name.slice(0, MAX_LABEL_LENGTH) : undefined
    if (file['is_external'] === true) {
      const address = file['url_private']
      return typeof address === 'string' ? [{ line: `📎 ${label ?? ''} ${address}`.trim() }] : []
    }
    if (typeof id !== 'string' || !/^[A-Z0-9]{1,30}$/.test(id)) return []
    const type = typeof mimetype === 'string' ? mimetype : undefined
    return [
      {
        media: {
          reference: id,
          ...(label === undefined ? {} : { name: label }),
          ...(type === undefined ? {} : { type }),
        },
      },
    ]
  })
}

function placeOf(channel: unknown, ts: unknown) {
  return typeof channel === 'string' && typeof ts === 'string'
    ? readThread(`${channel}/${ts}`)
    : undefined
}

/** A time of Slack's also numbers what happened in a channel: no two are the same. */
function momentOf(ts: string): { readonly time?: number; readonly order?: number } {
  if (!/^\d{10}\.\d{6}$/.test(ts)) return {}
  return { time: Math.floor(Number(ts) * 1000), order: Number(ts.replace('.', '')) }
}
