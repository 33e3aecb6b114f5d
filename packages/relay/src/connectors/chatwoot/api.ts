import type { ConnectorIo, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure, parseRetryAfter } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import type { ChatwootSettings, Row } from './types.ts'

/** Chatwoot's two APIs: the account's, with the token, and the inbox's own, for its contacts. */
export interface Api {
  /** Below the account. Throws a SendError for anything but a 2xx. */
  account(method: Method, path: string, options?: CallOptions): Promise<Row>
  /** Below the inbox, without credentials. */
  inbox(method: Method, path: string, options?: CallOptions): Promise<Row>
  /** When Chatwoot made its last answer, ms; its clock need not be ours. */
  readonly time: number
}

export interface CallOptions {
  readonly body?: unknown
  /** What a 404 means here: an answer with nothing in it, or a failure. Else the address is wrong. */
  readonly missing?: SendFailure | 'empty'
}

type Method = 'GET' | 'POST' | 'PATCH'

/** Chatwoot takes 200 messages a minute in one conversation, and says so with a 422. */
const TOO_MANY = /too many messages/i
const TOO_MANY_WAIT_MS = 60_000

export function createApi(settings: ChatwootSettings, io: ConnectorIo): Api {
  let time = io.now

  const call = async (
    method: Method,
    path: string,
    { body, missing }: CallOptions,
    headers: Readonly<Record<string, string>>,
  ): Promise<Row> => {
    let response: Response
    let bytes: Uint8Array
    try {
      response = await io.fetch(settings.base + path, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: io.signal,
      })
      bytes = new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      throw lineFailure(error, 'Chatwoot')
    }
    const stamp = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(stamp)) time = stamp
    if (response.status === 404 && missing === 'empty') return {}
    if (!response.ok) throw failureOf(response, bytes, method, missing, io.now)
    const parsed = parseJson(bytes)
    if (isRecord(parsed)) return parsed
    // What wrote may have written, whatever came back.
    const failure = method === 'GET' ? 'retry' : 'unknown'
    throw new SendError(failure, 'Chatwoot answered something that is no JSON: check the url')
  }

  return {
    account: (method, path, options = {}) =>
      call(method, `/api/v1/accounts/${settings.account}${path}`, options, {
        api_access_token: settings.token,
      }),
    inbox: (method, path, options = {}) => {
      const inbox = encodeURIComponent(settings.inboxIdentifier)
      return call(method, `/public/api/v1/inboxes/${inbox}${path}`, options, {})
    },
    get time() {
      return time
    },
  }
}

function failureOf(
  response: Response,
  bytes: Uint8Array,
  method: Method,
  missing: CallOptions['missing'],
  now: number,
): SendError {
  const { status } = response
  if (status === 404 && missing !== 'empty') {
    return new SendError(
      missing ?? 'retry',
      'Chatwoot answered 404: it knows no such thing, or hides it',
    )
  }
  if (status === 422 && TOO_MANY.test(new TextDecoder().decode(bytes))) {
    const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now)
    return new SendError('retry', 'Chatwoot takes no more messages in this minute', {
      retryAfter: retryAfter ?? TOO_MANY_WAIT_MS,
    })
  }
  // A writing call that failed within Chatwoot may have written before.
  if (status >= 500 && status !== 503 && method !== 'GET') {
    return new SendError('unknown', `Chatwoot answered ${status}`)
  }
  return answerFailure(response, 'Chatwoot', now)
}
