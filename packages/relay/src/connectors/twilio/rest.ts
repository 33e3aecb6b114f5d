import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure, parseRetryAfter } from '../http-failures.ts'
import { recordAt } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import { USER_AGENT } from '../user-agent.ts'
import { troubleOf } from './errors.ts'
import type { TwilioSettings } from './types.ts'

const FAR_SIDE = 'Twilio'

/** One call of the account's REST interface: parsed JSON, or a SendError that says what to make of it. */
export async function callTwilio(
  settings: TwilioSettings,
  io: ConnectorIo,
  path: string,
  form?: URLSearchParams,
): Promise<unknown> {
  let response: Response
  let bytes: Uint8Array
  const url = `${settings.base}/2010-04-01/Accounts/${settings.accountSid}/${path}`
  try {
    response = await io.fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: {
        ...credentials(settings),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { body: form.toString() } : {}),
      signal: io.signal,
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, FAR_SIDE)
  }
  const answer = parseJson(bytes)
  if (response.ok) return answer
  throw failureOf(response, answer, form !== undefined, io.now)
}

export function credentials({ accountSid, authToken, key }: TwilioSettings): {
  readonly authorization: string
  readonly 'user-agent': string
} {
  const pair = key ? `${key.sid}:${key.secret}` : `${accountSid}:${authToken}`
  return {
    authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
    'user-agent': USER_AGENT,
  }
}

function failureOf(response: Response, answer: unknown, writes: boolean, now: number): SendError {
  const { status } = response
  const code = recordAt(answer)?.['code']
  // A fault within Twilio may come after the message was made: a status will say.
  if (status >= 500 && status !== 503 && writes) {
    return new SendError('unknown', `${FAR_SIDE} answered ${status}`)
  }
  // Codes below are HTTP's own once more.
  if (typeof code !== 'number' || code < 1_000 || status >= 500) {
    return answerFailure(response, FAR_SIDE, now)
  }
  const { failure, reason } = troubleOf(code)
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'), now)
  return new SendError(failure, reason, retryAfter === undefined ? {} : { retryAfter })
}
