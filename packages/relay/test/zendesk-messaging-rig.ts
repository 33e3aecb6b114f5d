import { expect } from 'vitest'
import type { ConnectorIo, Outbound } from '../src/connectors/connector.ts'
import { zendeskMessaging } from '../src/connectors/zendesk-messaging/index.ts'
import type { ZendeskMessagingSettings } from '../src/connectors/zendesk-messaging/types.ts'
import { outbound } from './contracts/connector-contract.ts'
import { createMessagingDesk } from './zendesk-messaging-desk.ts'

export type Json = Readonly<Record<string, unknown>>

export const SECRET = 'shared-secret-of-the-webhook'
export const APP = '66f0000000000000000000b1'
export const NOW = 1_790_000_060_000

export const given = (changes: object = {}): Record<string, unknown> => ({
  url: 'https://acme.zendesk.com',
  app: APP,
  keyId: 'app_1',
  secret: 'secret-of-the-key',
  webhookSecrets: [SECRET],
  ...changes,
})

export const settingsOf = (changes: object = {}): ZendeskMessagingSettings => {
  const parsed = zendeskMessaging.configure(given(changes))
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** What was asked of a Zendesk in memory, and a way to make it fail. */
export function startDesk() {
  const desk = createMessagingDesk(() => NOW)
  const calls: { method: string; path: string; body: Json }[] = []
  let fail: ((path: string, method: string) => Response | undefined) | undefined
  const io: ConnectorIo = {
    now: NOW,
    signal: new AbortController().signal,
    fetch: async (address, init) => {
      const { pathname, search } = new URL(address)
      const method = init?.method ?? 'GET'
      const body = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Json
      calls.push({ method, path: pathname + search, body })
      expect(new Headers(init?.headers).get('authorization')).toBe(
        `Basic ${btoa('app_1:secret-of-the-key')}`,
      )
      const failed = fail?.(pathname, method)
      if (failed) return failed
      const answer = desk.answer(method, pathname + search, body)
      return Response.json(answer.body, { status: answer.status })
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
