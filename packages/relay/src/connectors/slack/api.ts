import type { ConnectorIo, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure, parseRetryAfter } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { USER_AGENT } from '../user-agent.ts'
import type { SlackSettings } from './types.ts'

/** Slack's Web API, as much of it as is needed here. */
export interface SlackApi {
  /** Something that writes. Throws a SendError when it surely or possibly did not. */
  write(method: string, body: Readonly<Record<string, unknown>>): Promise<SlackAnswer>
  /** Something that only reads. */
  read(method: string, query: Readonly<Record<string, string>>): Promise<SlackAnswer>
  /** Rights of the token, as told with the last answer. */
  readonly scopes: readonly string[]
}

export type SlackAnswer = Readonly<Record<string, unknown>>

/** Slack's own word for what went wrong, kept for those who can do something about it. */
export class SlackError extends SendError {
  readonly word: string

  constructor(word: string, failure: SendFailure, message: string, retryAfter?: number) {
    super(failure, message, retryAfter === undefined ? {} : { retryAfter })
    this.word = word
  }
}

/** Slack's words, by what they mean for a send. What is not listed is about the one message. */
const FAILURES: ReadonlyMap<string, SendFailure> = new Map<string, SendFailure>([
  ...listed('needs-reauth', [
    'invalid_auth',
    'not_authed',
    'account_inactive',
    'token_revoked',
    'token_expired',
    'no_permission',
    'missing_scope',
    'not_allowed_token_type',
    'org_login_required',
    'ekm_access_denied',
    'two_factor_setup_required',
    'team_access_not_granted',
    'access_denied',
    'accesslimited',
    'channel_not_found',
    'not_in_channel',
    'is_archived',
    'channel_is_frozen',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
  ]),
  ...listed('too-large', ['msg_too_long']),
  ...listed('thread-gone', [
    'thread_not_found',
    'message_not_found',
    'cannot_reply_to_message',
    'restricted_action_thread_locked',
    'restricted_action_non_threadable_channel',
  ]),
  ...listed('retry', [
    'ratelimited',
    'rate_limited',
    'message_limit_exceeded',
    'service_unavailable',
    'team_added_to_org',
    'request_timeout',
  ]),
  // By Slack's own words a part of it may have happened.
  ...listed('unknown', ['internal_error', 'fatal_error', 'unknown_error']),
])

export function createSlackApi(settings: SlackSettings, io: ConnectorIo): SlackApi {
  let scopes: readonly string[] = []

  const ask = async (path: string, body: string | undefined): Promise<SlackAnswer> => {
    const writes = body !== undefined
    let response: Response
    let parsed: unknown
    try {
      response = await io.fetch(`${settings.api}/${path}`, {
        method: writes ? 'POST' : 'GET',
        headers: {
          authorization: `Bearer ${settings.token}`,
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...(writes ? { 'content-type': 'application/json; charset=utf-8' } : {}),
        },
        ...(writes ? { body } : {}),
        signal: io.signal,
      })
      parsed = parseJson(new Uint8Array(await response.arrayBuffer()))
    } catch (error) {
      throw lineFailure(error, 'Slack')
    }
    const { status } = response
    if (!response.ok && writes && status >= 500 && status !== 503) {
      throw new SendError('unknown', `Slack answered ${status}`)
    }
    if (!response.ok) throw answerFailure(response, 'Slack', io.now)
    if (!isRecord(parsed)) {
      throw new SendError(writes ? 'unknown' : 'retry', 'this is no answer of Slack: check url')
    }
    scopes = (response.headers.get('x-oauth-scopes') ?? '').split(/\s*,\s*/).filter(Boolean)
    if (parsed['ok'] === true) return parsed
    throw wordFailure(parsed, parseRetryAfter(response.headers.get('retry-after'), io.now))
  }

  return {
    write: (method, body) => ask(method, JSON.stringify(body)),
    read: (method, query) => ask(`${method}?${new URLSearchParams(query).toString()}`, undefined),
    get scopes() {
      return scopes
    },
  }
}

/** Slack says what went wrong with a 200. */
function wordFailure(answer: SlackAnswer, retryAfter: number | undefined): SlackError {
  const { error } = answer
  // Only its own words go on: an unexpected answer may hold anything.
  const word = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : 'unknown_error'
  const failure = FAILURES.get(word) ?? 'bad-content'
  const needed = answer['needed']
  const more = typeof needed === 'string' && /^[a-z:._,]{1,60}$/.test(needed) ? ` (${needed})` : ''
  return new SlackError(word, failure, `Slack says ${word}${more}`, retryAfter)
}

function listed(
  failure: SendFailure,
  words: readonly string[],
): readonly (readonly [string, SendFailure])[] {
  return words.map((word) => [word, failure] as const)
}
