import { MAX_FILE_BYTES } from '../../files/files.ts'
import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { lineFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import { USER_AGENT } from '../user-agent.ts'
import { FAR_SIDE, lineAnswerFailure } from './failures.ts'
import type { LineSettings } from './types.ts'

export interface LineCall {
  readonly path: string
  /** Goes out as JSON, by POST; by GET when absent. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Files are asked of another host. */
  readonly host?: 'api' | 'data'
  /** Statuses that are no failure of this call. */
  readonly accept?: (status: number) => boolean
}

export interface LineAnswer {
  readonly status: number
  readonly bytes: Uint8Array
  readonly type: string
}

/** One call of the Messaging API. Throws a SendError for anything but a 2xx and what `accept` takes. */
export async function callLine(
  call: LineCall,
  settings: LineSettings,
  io: ConnectorIo,
): Promise<LineAnswer> {
  const { path, body, headers, host = 'api', accept } = call
  let response: Response
  let bytes: Uint8Array
  try {
    response = await io.fetch(`${settings[host]}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${settings.token}`,
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: io.signal,
      ...(host === 'data' ? { maxBytes: MAX_FILE_BYTES } : {}),
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw lineFailure(error, FAR_SIDE)
  }
  const { status } = response
  if (!response.ok && accept?.(status) !== true) throw lineAnswerFailure(response, bytes, io.now)
  return { status, bytes, type: response.headers.get('content-type') ?? '' }
}

export async function callJson(
  call: LineCall,
  settings: LineSettings,
  io: ConnectorIo,
): Promise<Readonly<Record<string, unknown>>> {
  const { bytes } = await callLine(call, settings, io)
  const answer = parseJson(bytes)
  if (isRecord(answer)) return answer
  throw new SendError('retry', `${FAR_SIDE} answered something that is no JSON: check apiUrl`)
}
