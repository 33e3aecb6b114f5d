import { isUuid } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import type { SlackAnswer, SlackApi } from './api.ts'
import { SlackError, createSlackApi } from './api.ts'
import { isRecord } from '../settings.ts'
import type { SlackMark, SlackSettings } from './types.ts'
import { MARK_TYPE, readThread, threadName } from './types.ts'

/**
 * Finds our words in Slack by the mark they carry. Marks can be set by any app, so only those on
 * messages of our own bot count.
 */

/** Slack's clock and ours may differ so much, ms. */
const CLOCK_SLACK_MS = 5 * 60_000
const PAGE_MESSAGES = 200
/** A thousand messages since the entry was written; beyond that nobody can tell. */
const MAX_PAGES = 5

export async function reconcile(
  outbound: Outbound,
  settings: SlackSettings,
  io: ConnectorIo,
): Promise<Receipt | 'absent' | 'unsure'> {
  const api = createSlackApi(settings, io)
  const thread = outbound.thread === undefined ? undefined : readThread(outbound.thread)
  const channel = thread?.channel ?? settings.channel
  const oldest = ((outbound.entry.time - CLOCK_SLACK_MS) / 1000).toFixed(6)
  const bot = await botOf(api)
  let cursor = ''
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await api.read(thread ? 'conversations.replies' : 'conversations.history', {
      channel,
      oldest,
      limit: String(PAGE_MESSAGES),
      include_all_metadata: 'true',
      ...(thread ? { ts: thread.ts } : {}),
      ...(cursor === '' ? {} : { cursor }),
    })
    for (const message of listOf(answer['messages'])) {
      const { ts } = message
      if (markOf(message, bot)?.key !== outbound.key || typeof ts !== 'string') continue
      const found = { channel, ts }
      return { externalIds: [threadName(found)], thread: threadName(thread ?? found) }
    }
    cursor = nextOf(answer)
    if (cursor === '') return answer['has_more'] === true ? 'unsure' : 'absent'
  }
  return 'unsure'
}

/** The conversation a thread was opened for, by the mark on its first message. */
export async function locate(
  thread: string,
  settings: SlackSettings,
  io: ConnectorIo,
): Promise<string | undefined> {
  const place = readThread(thread)
  if (!place) return undefined
  const api = createSlackApi(settings, io)
  const { channel, ts } = place
  let answer: SlackAnswer
  try {
    // The channel's own messages alone: a reply in a thread is not found here.
    answer = await api.read('conversations.history', {
      channel,
      oldest: ts,
      latest: ts,
      inclusive: 'true',
      limit: '1',
      include_all_metadata: 'true',
    })
  } catch (error) {
    // A channel we may not see is not ours.
    if (error instanceof SlackError && UNSEEN.has(error.word)) return undefined
    throw error
  }
  const [message] = listOf(answer['messages'])
  if (message?.['ts'] !== ts) return undefined
  const conversation = markOf(message, await botOf(api))?.conversation
  return conversation !== undefined && isUuid(conversation) ? conversation : undefined
}

const UNSEEN: ReadonlySet<string> = new Set(['channel_not_found', 'not_in_channel'])

async function botOf(api: SlackApi): Promise<unknown> {
  return (await api.read('auth.test', {}))['bot_id']
}

function markOf(message: SlackAnswer, bot: unknown): SlackMark | undefined {
  const metadata = message['metadata']
  if (typeof bot !== 'string' || message['bot_id'] !== bot) return undefined
  if (!isRecord(metadata) || metadata['event_type'] !== MARK_TYPE) return undefined
  const payload = metadata['event_payload']
  if (!isRecord(payload)) return undefined
  const { conversation, key } = payload
  if (typeof conversation !== 'string' || typeof key !== 'string') return undefined
  return { conversation, key }
}

function nextOf(answer: SlackAnswer): string {
  const metadata = answer['response_metadata']
  const next = isRecord(metadata) ? metadata['next_cursor'] : undefined
  return typeof next === 'string' ? next : ''
}

function listOf(value: unknown): readonly SlackAnswer[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isRecord) : []
}
