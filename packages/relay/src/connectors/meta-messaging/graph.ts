import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { recordAt } from '../json-fields.ts'
import { parseJson } from '../json.ts'
import { USER_AGENT } from '../user-agent.ts'
import { metaFailure } from './failures.ts'
import type { Fields, MetaMessagingSettings } from './types.ts'

export interface GraphCall {
  /** Below the version, with its query. */
  readonly path: string
  /** Goes out as JSON, by POST; by GET when absent. */
  readonly body?: unknown
  /** In place of the settings' token. */
  readonly token?: string
}

/** One call of the Graph API. Throws a SendError for anything but a 2xx. */
export async function callGraph(
  { path, body, token }: GraphCall,
  settings: Pick<MetaMessagingSettings, 'base' | 'token'>,
  farSide: string,
  io: ConnectorIo,
): Promise<Fields> {
  let response: Response
  let bytes: Uint8Array
  try {
    response = await io.fetch(`${settings.base}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        // In a header and not in the address, which proxies write down.
        authorization: `Bearer ${token ?? settings.token}`,
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: io.signal,
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, farSide)
  }
  const answer = parseJson(bytes)
  if (response.ok) return recordAt(answer) ?? {}
  const failure = metaFailure(response, answer, farSide, io.now)
  if (failure) throw failure
  const { status } = response
  // Something in between speaks for Meta, after a message may have gone through.
  if (body !== undefined && status >= 500 && status !== 503) {
    throw new SendError('unknown', `${farSide} answered ${status} without saying why`)
  }
  throw answerFailure(response, farSide, io.now)
}
