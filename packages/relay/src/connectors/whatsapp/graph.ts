import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { USER_AGENT } from '../user-agent.ts'
import { graphFailure } from './errors.ts'
import type { WhatsAppSettings } from './types.ts'

const FAR_SIDE = 'WhatsApp'

/** One call of the Graph API: parsed JSON, or a SendError that says what to make of it. */
export async function callGraph(
  settings: Pick<WhatsAppSettings, 'base' | 'token'>,
  io: ConnectorIo,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  let response: Response
  let bytes: Uint8Array
  try {
    response = await io.fetch(`${settings.base}/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...credentials(settings),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: io.signal,
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, FAR_SIDE)
  }
  const answer = parseJson(bytes)
  if (response.ok) return answer
  const { status } = response
  const failure = graphFailure(response, answer, io.now)
  if (failure) throw failure
  // Something in between speaks for Meta, after a message may have gone through.
  if (status >= 500 && status !== 503) {
    throw new SendError('unknown', `${FAR_SIDE} answered ${status} without saying why`)
  }
  throw answerFailure(response, FAR_SIDE, io.now)
}

/** Meta refuses a call that does not name its program as "name/x.y.z". */
export function credentials(settings: Pick<WhatsAppSettings, 'token'>): Record<string, string> {
  return { authorization: `Bearer ${settings.token}`, 'user-agent': USER_AGENT }
}
