import type { ConnectorIo, Outbound } from '../src/connectors/connector.ts'
import { chatwoot } from '../src/connectors/chatwoot/index.ts'
import type { ChatwootSettings } from '../src/connectors/chatwoot/types.ts'
import { createChatwootDesk } from './chatwoot-desk.ts'
import { outbound } from './contracts/connector-contract.ts'

export type Json = Readonly<Record<string, unknown>>

export const SECRET = 'secret-of-the-inbox'
export const NOW = 1_790_000_100_000

export const given = (changes: object = {}): Record<string, unknown> => ({
  url: 'https://chat.test/',
  account: '1',
  inbox: '5',
  inboxIdentifier: 'inbox-id',
  token: 'access-token-1',
  webhookSecrets: [SECRET],
  ...changes,
})

export const settingsOf = (changes: object = {}): ChatwootSettings => {
  const parsed = chatwoot.configure(given(changes))
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** What was asked of a Chatwoot in memory, and a way to make it fail. */
export function startDesk() {
  const desk = createChatwootDesk(() => NOW)
  const calls: { method: string; path: string; body: Json; token: string | null }[] = []
  let fail: ((path: string, method: string) => Response | undefined) | undefined
  const io: ConnectorIo = {
    now: NOW,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url)
      const method = init?.method ?? 'GET'
      const path = pathname + search
      const body = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Json
      calls.push({ method, path, body, token: new Headers(init?.headers).get('api_access_token') })
      const failed = fail?.(path, method)
      if (failed) return failed
      const found = desk.answer(method, path, body)
      return found === undefined ? Response.json({}, { status: 404 }) : Response.json(found)
    },
  }
  const failWith = (failing?: typeof fail): void => {
    fail = failing
  }
  return { ...desk, io, calls, failWith }
}

export const opening = (changes: Partial<Outbound> = {}): Outbound => {
  const { thread: _, ...rest } = outbound()
  return { ...rest, ...changes }
}
