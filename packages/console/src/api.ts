import { HomingError } from '@homing/core'
import type { ConversationStatus, ErrorCode } from '@homing/core'

import type { ConnectorLine, ConnectorType, Finding } from './connector.ts'
import type { ConversationRoutes } from './conversation-routes.ts'
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
  /** What can be set up; `relay`: the address that far sides and pages reach it by. */
  connectorTypes(): Promise<{ readonly relay: string; readonly types: readonly ConnectorType[] }>
  connectors(site: string): Promise<readonly ConnectorLine[]>
  /** Every problem of the settings; none: it is saved. */
  saveConnector(site: string, id: string, body: ConnectorBody): Promise<readonly string[]>
  removeConnector(site: string, id: string): Promise<void>
  examine(site: string, id: string): Promise<readonly Finding[]>
  routes(conversation: string): Promise<ConversationRoutes>
  /** null: all desks of the site. */
  setDesks(conversation: string, desks: readonly string[] | null): Promise<void>
}

export interface ConnectorBody {
  readonly type: string
  readonly role: string
  readonly settings: Readonly<Record<string, unknown>>
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
  const request = async (method: string, path: string, body?: unknown): Promise<Answer> => {
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
    const { ok, status } = response
    return { ok, status, value: parse(await response.text()) }
  }

  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { ok, status, value } = await request(method, path, body)
    if (!ok) throw errorOf(status, value)
    return value
  }

  const connectorPath = (site: string, id: string, more = ''): string =>
    `/api/v1/connectors/${encodeURIComponent(id)}${more}?${new URLSearchParams({ site })}`

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
    async connectorTypes() {
      return (await ask('GET', '/api/v1/connector-types')) as Awaited<
        ReturnType<Api['connectorTypes']>
      >
    },
    async connectors(site) {
      const answer = await ask('GET', `/api/v1/connectors?${new URLSearchParams({ site })}`)
      return (answer as { connectors: readonly ConnectorLine[] }).connectors
    },
    async saveConnector(site, id, body) {
      const { ok, status, value } = await request('PUT', connectorPath(site, id), body)
      if (ok) return []
      const problems = problemsOf(value)
      if (problems.length === 0) throw errorOf(status, value)
      return problems
    },
    async removeConnector(site, id) {
      await ask('DELETE', connectorPath(site, id))
    },
    async examine(site, id) {
      const answer = await ask('POST', connectorPath(site, id, '/doctor'), {})
      return (answer as { findings: readonly Finding[] }).findings
    },
    async routes(conversation) {
      const path = `/api/v1/conversations/${encodeURIComponent(conversation)}/routes`
      return (await ask('GET', path)) as ConversationRoutes
    },
    async setDesks(conversation, desks) {
      await ask('PUT', `/api/v1/conversations/${encodeURIComponent(conversation)}/desks`, { desks })
    },
  }
}

interface Answer {
  readonly ok: boolean
  readonly status: number
  /** undefined: nothing, or no JSON. */
  readonly value: unknown
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

/** What is wrong with settings, where the relay lists it. */
function problemsOf(value: unknown): readonly string[] {
  const list = (value as { error?: { problems?: unknown } } | undefined)?.error?.problems
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
}
