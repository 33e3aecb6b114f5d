import { createHmac } from 'node:crypto'
import type { ConnectorIo, RawWebhook, SendError } from '../src/connectors/connector.ts'
import { line } from '../src/connectors/line/index.ts'
import type { LineSettings } from '../src/connectors/line/types.ts'

/** A LINE channel as the connector's tests know it. */

export const SECRET = '0123456789abcdef0123456789abcdef'
export const MERCHANT = 'U0000000000000000000000000000beef'
export const VISITOR = 'U0000000000000000000000000000a2a1'
export const NOW = 1_790_000_000_000

export const GOOD = {
  channelAccessToken: 'a long-lived token',
  channelSecret: SECRET,
  merchantUserId: MERCHANT,
  merchantName: 'Mia',
}

export function sign(body: string): RawWebhook {
  const bytes = new TextEncoder().encode(body)
  const signature = createHmac('sha256', SECRET).update(bytes).digest('base64')
  const headers = { 'x-line-signature': signature }
  return { method: 'POST', headers, url: '/v1/hooks/line', body: bytes }
}

export function settings(changes: Readonly<Record<string, unknown>> = {}): LineSettings {
  const parsed = line.configure({ ...GOOD, ...changes })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** A far side of one answer, and what it was asked. */
export function farSide(...answers: readonly Response[]) {
  const asked: { url: string; headers: Headers; body: unknown }[] = []
  const left = [...answers]
  const io: ConnectorIo = {
    now: NOW,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      asked.push({ url, headers: new Headers(init?.headers), body })
      return left.shift() ?? new Response('{}')
    },
  }
  return { asked, io }
}

export async function failureOf(work: Promise<unknown>): Promise<SendError> {
  return work.then(
    () => {
      throw new Error('it went well')
    },
    (error: unknown) => error as SendError,
  )
}
