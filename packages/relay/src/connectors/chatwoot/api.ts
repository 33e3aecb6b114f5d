import type { ConnectorIo, SendFailure } from '../connector.ts'
import { SendError } from '../connector.ts'
import { parseRetryAfter } from '../http-failures.ts'
import type { JsonApi, Refusal } from '../json-api.ts'
import { createJsonApi, refusalOf } from '../json-api.ts'
import { isRecord } from '../settings.ts'
import type { ChatwootSettings, Row } from './types.ts'

/** Chatwoot's two APIs: the account's, with the token, and the inbox's own, for its contacts. */
export interface Api {
  /** Below the account. Throws a SendError for anything but a 2xx. */
  account(method: Method, path: string, options?: CallOptions): Promise<Row>
  /** Below the inbox, without credentials. */
  inbox(method: Method, path: string, options?: CallOptions): Promise<Row>
}

export interface CallOptions {
  readonly body?: unknown
  /** What a 404 means here: an answer with nothing in it, or a failure. Else the address is wrong. */
  readonly missing?: SendFailure | 'empty'
  /** A success has nothing to say. */
  readonly quiet?: true
}

type Method = 'GET' | 'POST' | 'PATCH'

/** Chatwoot takes 200 messages a minute in one conversation, and says so with a 422. */
const TOO_MANY = /too many messages/i
const TOO_MANY_WAIT_MS = 60_000

export function createApi(settings: ChatwootSettings, io: ConnectorIo): Api {
  const api = (path: string, headers: Readonly<Record<string, string>>): JsonApi =>
    createJsonApi(
      {
        base: settings.base + path,
        farSide: 'Chatwoot',
        headers,
        refusal: (refusal) => tooMany(refusal, io.now),
      },
      io,
    )
  const account = api(`/api/v1/accounts/${settings.account}`, { api_access_token: settings.token })
  const inbox = api(`/public/api/v1/inboxes/${encodeURIComponent(settings.inboxIdentifier)}`, {})
  return {
    account: (method, path, options) => call(account, method, path, options),
    inbox: (method, path, options) => call(inbox, method, path, options),
  }
}

async function call(
  api: JsonApi,
  method: Method,
  path: string,
  { body, missing, quiet }: CallOptions = {},
): Promise<Row> {
  let answer: unknown
  try {
    answer = await api.call(method, path, body === undefined ? {} : { body })
  } catch (error) {
    if (missing === undefined || refusalOf(error)?.status !== 404) throw error
    if (missing === 'empty') return {}
    throw new SendError(missing, 'Chatwoot answered 404: it knows no such thing, or hides it')
  }
  if (isRecord(answer)) return answer
  if (quiet && answer === undefined) return {}
  // What wrote may have written, whatever came back.
  const failure = method === 'GET' ? 'retry' : 'unknown'
  throw new SendError(failure, 'Chatwoot answered nothing that can be read: check the url')
}

function tooMany({ status, json, headers }: Refusal, now: number): SendError | undefined {
  if (status !== 422 || !TOO_MANY.test(JSON.stringify(json ?? ''))) return undefined
  return new SendError('retry', 'Chatwoot takes no more messages in this minute', {
    retryAfter: parseRetryAfter(headers.get('retry-after'), now) ?? TOO_MANY_WAIT_MS,
  })
}
