import { HomingError } from '@homing/core'
import type { ConversationStatus, ErrorCode } from '@homing/core'

import type { Parked } from './state.ts'

/** The relay's HTTP side, as far as the console uses it. Every method rejects with a HomingError. */
export interface Api {
  /** undefined: nobody is signed in. */
  me(): Promise<Me | undefined>
  signIn(password: string): Promise<void>
  redeem(token: string): Promise<void>
  signOut(): Promise<void>
  setStatus(conversation: string, status: ConversationStatus): Promise<void>
  parked(site: string): Promise<readonly Parked[]>
  replay(delivery: string): Promise<void>
}

export interface Me {
  readonly agent: { readonly id: string; readonly name: string }
  readonly sites: readonly SiteName[]
}

export interface SiteName {
  readonly key: string
  readonly name: string
}

export function createApi(fetch: typeof globalThis.fetch): Api {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    let response: Response
    try {
      response = await fetch(path, {
        method,
        credentials: 'same-origin',
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (cause) {
      throw new HomingError('unavailable', 'The relay does not answer.', { cause })
    }
    const text = await response.text()
    const value = parse(text)
    if (!response.ok) throw errorOf(response.status, value)
    return value
  }

  return {
    async me() {
      try {
        return (await ask('GET', '/console/me')) as Me
      } catch (error) {
        if (error instanceof HomingError && error.code === 'unauthorized') return undefined
        throw error
      }
    },
    async signIn(password) {
      await ask('POST', '/console/sign-in', { password })
    },
    async redeem(token) {
      await ask('POST', '/console/link', { token })
    },
    async signOut() {
      await ask('POST', '/console/sign-out', {})
    },
    async setStatus(conversation, status) {
      await ask('PATCH', `/api/v1/conversations/${encodeURIComponent(conversation)}`, { status })
    },
    async parked(site) {
      const query = new URLSearchParams({ state: 'parked', site })
      return parkedOf(await ask('GET', `/api/v1/deliveries?${query}`))
    },
    async replay(delivery) {
      await ask('POST', `/api/v1/deliveries/${encodeURIComponent(delivery)}/replay`, {})
    },
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function errorOf(status: number, value: unknown): HomingError {
  const error = (value as { error?: { code?: unknown; message?: unknown; retryAfter?: unknown } })
    ?.error
  const code: ErrorCode =
    status === 401
      ? 'unauthorized'
      : status === 404
        ? 'not_found'
        : status === 429
          ? 'rate_limited'
          : status >= 500
            ? 'unavailable'
            : 'bad_request'
  const message = typeof error?.message === 'string' ? error.message : `The relay said ${status}.`
  return new HomingError(
    code,
    message,
    typeof error?.retryAfter === 'number' ? { retryAfter: error.retryAfter } : {},
  )
}

function parkedOf(value: unknown): readonly Parked[] {
  const list = (value as { deliveries?: unknown })?.deliveries
  return Array.isArray(list) ? (list as Parked[]) : []
}
