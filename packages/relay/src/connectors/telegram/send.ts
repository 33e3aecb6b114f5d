import { isStatus } from '@homing/core'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { SendError } from '../connector.ts'
import type { Receipt } from '../../store/store.ts'
import { isRecord } from '../settings.ts'
import type { BotApi } from './api.ts'
import { TelegramError, createBotApi } from './api.ts'
import type { TelegramText } from './compose.ts'
import { composeOpening, composeWords, together, topicName } from './compose.ts'
import type { TelegramSettings, TelegramThread } from './types.ts'
import { messageName, readThread, threadName } from './types.ts'

/**
 * As a desk: a topic for each conversation, closed when it is resolved. As a reach: the visitor's
 * own chat with the bot.
 */
export async function send(
  outbound: Outbound,
  settings: TelegramSettings,
  io: ConnectorIo,
): Promise<Receipt> {
  const api = createBotApi(settings, io)
  const words = composeWords(outbound)
  const thread = threadOf(outbound)
  if (outbound.role === 'reach') {
    if (!thread) throw new SendError('bad-recipient', 'this is no chat of Telegram')
    return words ? post([words], thread, api) : bare(thread)
  }
  if (thread) {
    if (!words) return setStatus(outbound, thread, api)
    return followed(thread, (there) => postReopening(words, there, api))
  }
  if (!words) return bare(undefined)
  if (settings.group === undefined) {
    throw new SendError('needs-reauth', 'the group is missing in the settings')
  }
  return followed({ chat: settings.group }, (there) => open(outbound, words, there.chat, api))
}

/**
 * A topic and its messages are several calls. When one of them fails, the topic is deleted with
 * all that is in it: then nothing arrived, whatever the failed call came to.
 */
async function open(
  outbound: Outbound,
  words: TelegramText,
  chat: number,
  api: BotApi,
): Promise<Receipt> {
  const made = await api.call('createForumTopic', { chat_id: chat, name: topicName(outbound) })
  const topic = isRecord(made) ? made['message_thread_id'] : undefined
  if (typeof topic !== 'number') throw new SendError('unknown', 'Telegram did not name the topic')
  try {
    const texts = together(composeOpening(outbound), words)
    return await post(texts, { chat, topic }, api)
  } catch (error) {
    const gone = await api
      .call('deleteForumTopic', { chat_id: chat, message_thread_id: topic })
      .then(
        () => true,
        () => false,
      )
    if (gone && error instanceof SendError && error.failure === 'unknown') {
      throw new SendError('retry', error.message, { cause: error })
    }
    throw error
  }
}

async function post(
  texts: readonly TelegramText[],
  thread: TelegramThread,
  api: BotApi,
): Promise<Receipt> {
  const externalIds: string[] = []
  for (const { text, entities } of texts) {
    const sent = await api.call('sendMessage', {
      chat_id: thread.chat,
      ...(thread.topic === undefined ? {} : { message_thread_id: thread.topic }),
      text,
      ...(entities.length > 0 ? { entities } : {}),
      link_preview_options: { is_disabled: true },
    })
    const id = isRecord(sent) ? sent['message_id'] : undefined
    if (typeof id === 'number') externalIds.push(messageName(thread.chat, id))
  }
  return { externalIds, thread: threadName(thread) }
}

/** Who writes to a closed topic opens it, as in the widget. */
async function postReopening(
  words: TelegramText,
  thread: TelegramThread,
  api: BotApi,
): Promise<Receipt> {
  try {
    return await post([words], thread, api)
  } catch (error) {
    if (!(error instanceof TelegramError) || error.topic !== 'closed') throw error
    await turnTopic('open', thread, api)
    return post([words], thread, api)
  }
}

async function setStatus(
  { entry }: Outbound,
  thread: TelegramThread,
  api: BotApi,
): Promise<Receipt> {
  const status = isStatus(entry.body) ? entry.body.status : undefined
  if (status !== 'open' && status !== 'resolved') return bare(thread)
  return followed(thread, async (there) => {
    await turnTopic(status, there, api)
    return bare(there)
  })
}

/** Doing it twice is doing it once, so what may have happened is done again. */
async function turnTopic(
  status: 'open' | 'resolved',
  { chat, topic }: TelegramThread,
  api: BotApi,
): Promise<void> {
  const method = status === 'resolved' ? 'closeForumTopic' : 'reopenForumTopic'
  try {
    await api.call(method, { chat_id: chat, message_thread_id: topic })
  } catch (error) {
    if (error instanceof TelegramError && error.topic !== undefined) return
    if (error instanceof SendError && error.failure === 'unknown') {
      throw new SendError('retry', error.message, { cause: error })
    }
    throw error
  }
}

/** A group that becomes a supergroup gets another id; Telegram tells it with the refusal. */
async function followed(
  thread: TelegramThread,
  work: (there: TelegramThread) => Promise<Receipt>,
): Promise<Receipt> {
  try {
    return await work(thread)
  } catch (error) {
    if (!(error instanceof TelegramError) || error.movedTo === undefined) throw error
    return work({ ...thread, chat: error.movedTo })
  }
}

/** A desk's thread is a topic, a reach's a chat: the one is no thread of the other. */
function threadOf({ thread, role }: Outbound): TelegramThread | undefined {
  if (thread === undefined) return undefined
  const read = readThread(thread)
  if (role === 'reach') return read?.topic === undefined ? read : undefined
  if (read?.topic === undefined) throw new SendError('thread-gone', 'this is no topic of Telegram')
  return read
}

function bare(thread: TelegramThread | undefined): Receipt {
  return { externalIds: [], ...(thread ? { thread: threadName(thread) } : {}) }
}
