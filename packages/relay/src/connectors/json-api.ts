import type { ConnectorIo } from './connector.ts'
import { SendError } from './connector.ts'
import { answerFailure, lineFailure } from './http-failures.ts'
import { USER_AGENT } from './user-agent.ts'

/** A far side's REST interface that speaks JSON, with the failures the relay decides by. */
export interface JsonApi {
  /** The answer's JSON; undefined for an empty one. Throws a SendError for anything but a 2xx. */
  call(method: Method, path: string, request?: JsonRequest): Promise<unknown>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH'

export interface JsonRequest {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface JsonApiOptions {
  /** Without a slash at the end. */
  readonly base: string
  /** Its name in sentences. */
  readonly farSide: string
  readonly headers: Readonly<Record<string, string>>
  /** What is special about a refusal of this far side; undefined leaves the usual meaning. */
  readonly refusal?: (refusal: Refusal) => SendError | undefined
}

export interface Refusal {
  readonly method: Method
  readonly path: string
  readonly status: number
  readonly headers: Headers
  /** Undefined when the answer is no JSON. */
  readonly json: unknown
}

/** Kept apart from the errors themselves: an answer may quote the visitor, and errors are logged. */
const refusals = new WeakMap<SendError, Refusal>()

/** The answer behind a failure; undefined when there was none. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof SendError ? refusals.get(error) : undefined
}

export function createJsonApi(options: JsonApiOptions, io: ConnectorIo): JsonApi {
  const { base, farSide } = options
  return {
    async call(method, path, { body, headers } = {}) {
      let response: Response
      let text: string
      try {
        response = await io.fetch(`${base}${path}`, {
          method,
          headers: {
            accept: 'application/json',
            'user-agent': USER_AGENT,
            ...options.headers,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: io.signal,
        })
        text = await response.text()
      } catch (error) {
        throw lineFailure(error, farSide)
      }
      const json = jsonOf(text)
      const { status } = response
      if (!response.ok) {
        const refusal = { method, path, status, headers: response.headers, json }
        const error = options.refusal?.(refusal) ?? usual(response, method, farSide, io.now)
        refusals.set(error, refusal)
        throw error
      }
      if (json === undefined && text.trim() !== '') {
        throw new SendError(
          method === 'GET' ? 'retry' : 'unknown',
          `${farSide} answered something that is no JSON: check the address`,
        )
      }
      return json
    },
  }
}

/** A writing call that failed within the far side may have written before. */
function usual(response: Response, method: Method, farSide: string, now: number): SendError {
  if (response.status >= 500 && response.status !== 503 && method !== 'GET') {
    return new SendError('unknown', `${farSide} answered ${response.status}`)
  }
  return answerFailure(response, farSide, now)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
