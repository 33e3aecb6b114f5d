import type { ConnectorIo } from '../connector.ts'
import { SendError } from '../connector.ts'
import { answerFailure, lineFailure } from '../http-failures.ts'
import { parseJson } from '../json.ts'
import { isRecord } from '../settings.ts'
import type { RequestTrackerSettings } from './types.ts'

/** RT's REST 2.0, as much of it as is needed here. */
export interface Rest {
  /** The answer's JSON. Throws a SendError for anything but a 2xx. */
  call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Json>
  /** Rows of a collection, filtered by `query`, one page of at most 100. */
  list(path: string, params: Params, filter?: readonly Filter[]): Promise<readonly Row[]>
  /** When RT made its last answer, ms; its clock need not be ours. */
  readonly time: number
}

export type Row = Readonly<Record<string, unknown>>
export type Json = Row | readonly unknown[] | undefined

export interface Filter {
  readonly field: string
  readonly operator?: string
  readonly value: string
}

type Params = Readonly<Record<string, string>>

/** RT gives no more rows at once. */
export const PAGE_ROWS = 100

export function createRest(settings: RequestTrackerSettings, io: ConnectorIo): Rest {
  let time = io.now

  const call: Rest['call'] = async (method, path, body) => {
    let response: Response
    try {
      response = await io.fetch(`${settings.base}/REST/2.0${path}`, {
        method,
        headers: {
          authorization: `token ${settings.token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: io.signal,
      })
    } catch (error) {
      throw lineFailure(error, 'Request Tracker')
    }
    const stamp = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(stamp)) time = stamp
    if (!response.ok) throw restFailure(response, method, io.now)
    const parsed = parseJson(new Uint8Array(await response.arrayBuffer()))
    if (isRecord(parsed)) return parsed
    if (Array.isArray(parsed)) return parsed as readonly unknown[]
    throw new SendError(
      'retry',
      'Request Tracker answered something that is no JSON: check the url',
    )
  }

  return {
    call,
    async list(path, params, filter) {
      const query = new URLSearchParams({ per_page: String(PAGE_ROWS), ...params })
      const answer = await call(filter ? 'POST' : 'GET', `${path}?${query.toString()}`, filter)
      const items: unknown = isRecord(answer) ? answer['items'] : undefined
      return Array.isArray(items) ? (items as readonly unknown[]).filter(isRecord) : []
    },
    get time() {
      return time
    },
  }
}

function restFailure(response: Response, method: string, now: number): SendError {
  if (response.status === 404) {
    return new SendError('bad-content', 'Request Tracker knows no such ticket, or hides it')
  }
  // A writing call that failed within RT may have written before.
  if (response.status >= 500 && response.status !== 503 && method !== 'GET') {
    return new SendError('unknown', `Request Tracker answered ${response.status}`)
  }
  return answerFailure(response, 'Request Tracker', now)
}
