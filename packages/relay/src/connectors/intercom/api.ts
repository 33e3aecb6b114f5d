import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { parseRetryAfter } from '../http-failures.ts'
import type { JsonApi, Refusal } from '../json-api.ts'
import { createJsonApi } from '../json-api.ts'
import { recordAt, recordsOf, textOf } from '../json-fields.ts'
import type { IntercomSettings } from './types.ts'

/** Asked for on every call, so that an upgrade of the workspace changes nothing for us. */
const VERSION = '2.15'

export function createApi(settings: IntercomSettings, io: ConnectorIo): JsonApi {
  return createJsonApi(
    {
      base: settings.base,
      farSide: 'Intercom',
      headers: { authorization: `Bearer ${settings.token}`, 'intercom-version': VERSION },
      refusal: (refused) => meaningOf(refused, io.now),
    },
    io,
  )
}

export function conversationPath(id: string): string {
  return `/conversations/${encodeURIComponent(id)}`
}

/** The admin whose token it is: notes and changes of status need one by name. */
export async function adminOf(api: JsonApi): Promise<string> {
  const id = textOf(recordAt(await api.call('GET', '/me'))?.['id'])
  if (id === undefined) throw new SendError('retry', 'Intercom does not say whose token it is')
  return id
}

/** Intercom's own words for what is wrong: its codes, never its sentences, which may quote. */
export function codesOf(json: unknown): readonly string[] {
  return recordsOf(recordAt(json)?.['errors'])
    .map(({ code }) => textOf(code))
    .filter((code) => code !== undefined)
}

function meaningOf({ path, status, headers, json }: Refusal, now: number): SendError | undefined {
  if (status === 404 && /^\/conversations\/[^/]+/.test(path)) {
    return new SendError('thread-gone', 'the conversation is not at Intercom any more')
  }
  if (status === 429) {
    const asked = headers.get('retry-after') ?? dateOf(headers.get('x-ratelimit-reset'))
    const retryAfter = parseRetryAfter(asked, now)
    return new SendError(
      'retry',
      'Intercom counts calls, and there were too many',
      retryAfter === undefined ? {} : { retryAfter },
    )
  }
  const codes = codesOf(json)
  if (codes.length > 0 && (status === 400 || status === 422)) {
    return new SendError('bad-content', `Intercom refused it (${codes.join(', ')})`)
  }
  return undefined
}

/** Intercom says when the count begins anew, in seconds since 1970. */
function dateOf(seconds: string | null): string | null {
  const at = Number(seconds)
  return seconds === null || !Number.isSafeInteger(at) ? null : new Date(at * 1000).toUTCString()
}
