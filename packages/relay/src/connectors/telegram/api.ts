import type { ConnectorIo, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { USER_AGENT } from '../user-agent.ts'
import type { TelegramSettings } from './types.ts'

/**
 * The Bot API, as much of it as is needed here. The token is part of every address, so no address
 * may get into a message.
 */
export interface BotApi {
  /** The answer's `result`. Throws a SendError. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** What Telegram said, as far as something can be done about it. */
export class TelegramError extends SendError {
  readonly topic: 'closed' | 'unchanged' | undefined
  /** The group got another id: ask there. */
  readonly movedTo: number | undefined

  constructor(
    failure: SendFailure,
    message: string,
    known: {
      readonly topic?: 'closed' | 'unchanged' | undefined
      readonly movedTo?: number | undefined
      readonly retryAfter?: number | undefined
    } = {},
  ) {
    const { retryAfter } = known
    super(failure, message, retryAfter === undefined ? {} : { retryAfter })
    this.topic = known.topic
    this.movedTo = known.movedTo
  }
}

interface Meaning {
  readonly said: RegExp
  readonly failure: SendFailure
  readonly sentence: string
  readonly topic?: 'closed' | 'unchanged'
}

/** Descriptions are all that Telegram tells apart; the first that fits counts. */
const MEANINGS: readonly Meaning[] = [
  {
    said: /thread not found|TOPIC_DELETED|TOPIC_ID_INVALID|MESSAGE_THREAD_INVALID/i,
    failure: 'thread-gone',
    sentence: 'the topic was deleted',
  },
  {
    said: /TOPIC_CLOSED/i,
    failure: 'thread-gone',
    sentence: 'the topic is closed',
    topic: 'closed',
  },
  {
    said: /TOPIC_NOT_MODIFIED/i,
    failure: 'bad-content',
    sentence: 'the topic is so already',
    topic: 'unchanged',
  },
  {
    said: /blocked by the user|user is deactivated|can't initiate conversation|can't send messages to bots|PEER_ID_INVALID|user not found/i,
    failure: 'bad-recipient',
    sentence: 'the person blocked the bot, or is not there any more',
  },
  {
    said: /not a forum|FORUM_MISSING/i,
    failure: 'needs-reauth',
    sentence: 'the group has no topics: switch them on in its settings',
  },
  {
    said: /not enough rights|no rights|CHAT_ADMIN_REQUIRED|administrator rights|CHAT_WRITE_FORBIDDEN|CHAT_RESTRICTED/i,
    failure: 'needs-reauth',
    sentence: 'the bot needs to be an administrator of the group, with the right to manage topics',
  },
  {
    said: /bot was kicked|not a member|group chat was (?:deleted|deactivated)/i,
    failure: 'needs-reauth',
    sentence: 'the bot is not in the group any more',
  },
  { said: /too long/i, failure: 'too-large', sentence: 'the message is too long' },
  {
    said: /file is too big/i,
    failure: 'too-large',
    sentence: 'the file is too large: over 20 MB',
  },
]

export function createBotApi(settings: TelegramSettings, io: ConnectorIo): BotApi {
  return {
    async call(method, params = {}) {
      let response: Response
      let parsed: unknown
      try {
        response = await io.fetch(`${settings.api}/bot${settings.token}/${method}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            'user-agent': USER_AGENT,
          },
          body: JSON.stringify(params),
          signal: io.signal,
        })
        parsed = parseJson(new Uint8Array(await response.arrayBuffer()))
      } catch (error) {
        throw lineFailure(error, 'Telegram')
      }
      if (isRecord(parsed) && parsed['ok'] === true) return parsed['result']
      throw isRecord(parsed) && parsed['ok'] === false
        ? refusal(parsed, params)
        : silence(response, io.now)
    },
  }
}

/** Telegram read the request and said what it thinks of it. */
function refusal(
  answer: Readonly<Record<string, unknown>>,
  params: Readonly<Record<string, unknown>>,
): TelegramError {
  const code = Number(answer['error_code'])
  const said = typeof answer['description'] === 'string' ? answer['description'] : ''
  const details = isRecord(answer['parameters']) ? answer['parameters'] : {}
  const seconds = details['retry_after']
  const moved = details['migrate_to_chat_id']
  if (typeof moved === 'number') {
    const sentence = `the group has a new id, ${moved}: put it into the settings`
    return new TelegramError('needs-reauth', sentence, { movedTo: moved })
  }
  if (code === 429) {
    const retryAfter = typeof seconds === 'number' ? seconds * 1000 : undefined
    return new TelegramError('retry', 'Telegram takes no more messages for now', { retryAfter })
  }
  if (code >= 500) return new TelegramError('retry', `Telegram answered ${code}`)
  if (code === 401 || code === 404) {
    return new TelegramError('needs-reauth', 'Telegram does not know the token')
  }
  const meaning = MEANINGS.find((each) => each.said.test(said))
  if (meaning) {
    return new TelegramError(meaning.failure, meaning.sentence, { topic: meaning.topic })
  }
  // Groups have negative ids: then it is the settings that are wrong, else the one person.
  const group = Number(params['chat_id']) < 0
  if (code === 403 || /chat not found/i.test(said)) {
    return group
      ? new TelegramError('needs-reauth', 'the bot may not write in the group, or it is not there')
      : new TelegramError('bad-recipient', 'the person cannot be reached by the bot')
  }
  return new TelegramError('bad-content', `Telegram answered ${code}`)
}

/** Not Telegram's own words: a proxy's, or half an answer. What it was sent may have arrived. */
function silence(response: Response, now: number): SendError {
  const { status } = response
  if (response.ok || (status >= 500 && status !== 503)) {
    return new SendError('unknown', `this is no answer of Telegram (${status})`)
  }
  return answerFailure(response, 'Telegram', now)
}
