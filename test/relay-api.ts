import type { Body, Entry } from '../packages/core/src/index.ts'
import { MAX_PAGE_ENTRIES, uuidv7 } from '../packages/core/src/index.ts'
import { systemRandomBytes } from '../packages/relay/src/clock.ts'
import type { RelayProcess } from './relay-process.ts'

/** The relay's HTTP side, as a program on the agents' side uses it; and no patience with it. */
export interface RelayApi {
  /** Any request; with the API key unless headers are given. Rejects only when there is no answer. */
  ask(method: string, path: string, body?: unknown, headers?: HeadersOf): Promise<HttpAnswer>
  /** A conversation's log after a seq, however long. */
  log(conversation: string, after?: number): Promise<readonly Entry[]>
  say(conversation: string, draft: NewEntry): Promise<HttpAnswer>
  addSite(key: string): Promise<void>
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to be there
  readonly json: any
}

export interface NewEntry {
  readonly id: string
  readonly body: Body
}

type HeadersOf = Readonly<Record<string, string>>

/** The one page that may use the test sites. */
export const ORIGIN = 'https://shop.test'
export const SITE = 'pk_demo'

export function createRelayApi(relay: Pick<RelayProcess, 'origin' | 'apiKey'>): RelayApi {
  const key = { authorization: `Bearer ${relay.apiKey}` }
  const api: RelayApi = {
    async ask(method, path, body, headers = key) {
      const response = await fetch(`${relay.origin}${path}`, {
        method,
        headers,
        redirect: 'manual',
        ...(body === undefined ? {} : { body: asText(body) }),
      })
      const text = await response.text()
      return { status: response.status, text, json: parsed(text) }
    },

    async log(conversation, after = 0) {
      const entries: Entry[] = []
      for (;;) {
        const from = entries.at(-1)?.seq ?? after
        const path = `/api/v1/conversations/${conversation}/entries?after=${from}`
        const { status, json, text } = await api.ask('GET', path)
        // A conversation begins with its first entry.
        if (status === 404) return []
        if (status !== 200) throw new Error(`${status} ${text}`)
        const page = (json as { entries: Entry[] }).entries
        entries.push(...page)
        if (page.length < MAX_PAGE_ENTRIES) return entries
      }
    },

    say: (conversation, draft) =>
      api.ask('POST', `/api/v1/conversations/${conversation}/entries`, draft),

    async addSite(site) {
      const { status, text } = await api.ask('PUT', `/api/v1/sites/${site}`, {
        name: 'Lamps',
        origins: [ORIGIN],
      })
      if (status !== 200) throw new Error(`${status} ${text}`)
    },
  }
  return api
}

export function newId(): string {
  return uuidv7(Date.now(), systemRandomBytes)
}

export function words(text: string): Body {
  return { type: 'text', text }
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
