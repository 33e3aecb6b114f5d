import type { Entry } from '@homing/core'
import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import type { SlackApi } from './api.ts'
import { SlackError, createSlackApi } from './api.ts'
import type { SlackWords } from './compose.ts'
import { compose, statusLine } from './compose.ts'
import type { SlackMark, SlackSettings, SlackThread } from './types.ts'
import { MARK_TYPE, readThread, threadName } from './types.ts'

/** On a conversation's first message: it is resolved. */
export const DONE_EMOJI = 'white_check_mark'

/**
 * The first entry becomes a message in the channel, with all that belongs to it in one call, so
 * that it is there or not; what follows are replies to it. A change of status is a reaction on the
 * first message. It goes before the words, for it may be set twice without harm, and they may not.
 */
export async function send(
  outbound: Outbound,
  settings: SlackSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createSlackApi(settings, io)
  const entries = [outbound.entry, ...outbound.more]
  const thread = outbound.thread === undefined ? undefined : readThread(outbound.thread)
  if (outbound.thread !== undefined && !thread) {
    throw new SendError('thread-gone', 'this is no thread of Slack')
  }
  try {
    const words = compose(outbound, entries)
    const note = thread && (await showStatus(entries, thread, api))
    const text = [words?.text, note].filter((part) => part !== undefined).join('\n')
    if (text === '') return bare(thread)
    const post = words ? { ...words, text } : { text, mrkdwn: false }
    const answer = await api.write('chat.postMessage', messageOf(post, outbound, settings, thread))
    return receiptOf(answer, settings, thread)
  } catch (error) {
    throw ofThread(error, settings, thread)
  }
}

export function messageOf(
  words: SlackWords,
  { conversation, key }: Outbound,
  settings: SlackSettings,
  thread: SlackThread | undefined,
) {
  const mark: SlackMark = { conversation, key }
  return {
    channel: thread?.channel ?? settings.channel,
    ...(thread ? { thread_ts: thread.ts } : {}),
    ...words,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: MARK_TYPE, event_payload: { ...mark } },
  }
}

/** The last change of status among the entries; words for it where the app may not react. */
async function showStatus(
  entries: readonly Entry[],
  { channel, ts }: SlackThread,
  api: SlackApi,
): Promise<string | undefined> {
  const change = entries.findLast(({ body }) => isStatus(body) && body.status !== 'joined')
  const status = change && isStatus(change.body) ? change.body.status : undefined
  if (!change || (status !== 'open' && status !== 'resolved')) return undefined
  const method = status === 'resolved' ? 'reactions.add' : 'reactions.remove'
  try {
    await api.write(method, { channel, timestamp: ts, name: DONE_EMOJI })
    return undefined
  } catch (error) {
    if (!(error instanceof SlackError)) throw error
    if (error.word === 'already_reacted' || error.word === 'no_reaction') return undefined
    const refused = error.word === 'missing_scope' || error.failure === 'bad-content'
    if (refused) return statusLine(status, change.author)
    // Setting it once more does no harm.
    throw error.failure === 'unknown' ? new SendError('retry', error.message) : error
  }
}

/** A channel that is left behind takes its threads along, and not the whole connector. */
function ofThread(error: unknown, settings: SlackSettings, thread: SlackThread | undefined) {
  const left = thread !== undefined && thread.channel !== settings.channel
  const shut = error instanceof SlackError && CHANNEL_WORDS.has(error.word)
  return left && shut ? new SendError('thread-gone', error.message) : error
}

const CHANNEL_WORDS: ReadonlySet<string> = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'channel_is_frozen',
])

function receiptOf(
  answer: Readonly<Record<string, unknown>>,
  settings: SlackSettings,
  thread: SlackThread | undefined,
): Receipt {
  const { channel, ts } = answer
  if (typeof ts !== 'string') return bare(thread)
  const posted = { channel: typeof channel === 'string' ? channel : settings.channel, ts }
  return { externalIds: [threadName(posted)], thread: threadName(thread ?? posted) }
}

function bare(thread: SlackThread | undefined): Receipt {
  return { externalIds: [], ...(thread ? { thread: threadName(thread) } : {}) }
}
