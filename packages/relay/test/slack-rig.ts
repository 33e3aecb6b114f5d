import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Author, Entry } from '@homing/core'
import type { ConnectorIo, Fact, RawWebhook } from '../src/connectors/connector.ts'
import { SendError } from '../src/connectors/connector.ts'
import { slack } from '../src/connectors/slack/index.ts'
import { outbound } from './contracts/connector-contract.ts'

/** Slack's side of the connector's tests: settings, recorded events, and a Web API in memory. */

export const NOW = 1_790_000_000_000
export const SECRET = '0123456789abcdef0123456789abcdef'
export const TOKEN = 'xoxb-token-of-the-test'
export const THREAD = 'C0SHOP0001/1790000000.000100'
export const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
export const KEY = '01890000-0000-7000-8000-0000000000d9'
export const GIVEN = {
  token: TOKEN,
  signingSecret: SECRET,
  channel: 'C0SHOP0001',
  agents: ['U0MIA00001 Mia', 'U0TOM00001 = Tom B.'],
}
export const SETTINGS = settingsOf(GIVEN)

interface Recorded {
  readonly envelope: Readonly<Record<string, unknown>>
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
const RECORDED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/slack/events.json'), 'utf8'),
) as Recorded
/** Of what `farSide` posts. */
export const NEW_THREAD = 'C0SHOP0001/1790000030.000500'

export function settingsOf(given: Record<string, unknown>) {
  const parsed = slack.configure(given)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

export function sign(body: string, _id: string, now: number, secret = SECRET): RawWebhook {
  const seconds = String(Math.floor(now / 1000))
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')
  return {
    method: 'POST',
    headers: { 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${digest}` },
    url: 'https://relay.test/v1/hooks/slack',
    body: new TextEncoder().encode(body),
  }
}

export function envelopeOf(name: string, change: object = {}): Record<string, unknown> {
  return { ...RECORDED.envelope, event: { ...RECORDED.events[name], ...change } }
}

export function bodyOf(name: string): string {
  return JSON.stringify(envelopeOf(name))
}

export function facts(name: string, change: object = {}): readonly Fact[] {
  return slack.parse(sign(JSON.stringify(envelopeOf(name, change)), 'x', NOW), SETTINGS)
}

export function healthy(path: string): Record<string, unknown> {
  if (path.includes('auth.test')) {
    return { ok: true, user: 'homing', team: 'Shop', bot_id: 'B0HOMING01' }
  }
  if (path.includes('chat.postMessage')) {
    return { ok: true, channel: 'C0SHOP0001', ts: '1790000030.000500' }
  }
  return { ok: true, messages: [] }
}

/** Slack as it answers: with a 200, and `errors` by method in the body. */
export function farSide(errors: Record<string, string> = {}, read: Record<string, unknown> = {}) {
  const calls: string[] = []
  const paths: string[] = []
  const bodies: Record<string, unknown>[] = []
  const io = ioOf(async (url, init) => {
    const path = url.slice('https://slack.com/api/'.length)
    const method = path.split('?')[0] ?? ''
    calls.push(method)
    paths.push(path)
    if (typeof init?.body === 'string') bodies.push(JSON.parse(init.body))
    const error = errors[method]
    if (error !== undefined) return Response.json({ ok: false, error })
    const more = method.startsWith('conversations.') ? read : {}
    return Response.json({ ...healthy(path), ...more })
  })
  return { io, calls, paths, bodies }
}

export function ioOf(fetch: ConnectorIo['fetch']): ConnectorIo {
  return { fetch, signal: new AbortController().signal, now: NOW }
}

export function opening(changes: Parameters<typeof outbound>[0] = {}) {
  const { thread: _, ...rest } = outbound(changes)
  return rest
}

export function entryOf(text: string, author: Author = outbound().entry.author): Entry {
  return { ...outbound().entry, author, body: { type: 'text', text } }
}

export function statusEntry(status: 'open' | 'resolved' | 'joined'): Entry {
  const author: Author = { role: 'agent', id: 'm', name: 'Mia' }
  return { ...outbound().entry, author, body: { type: 'status', status } }
}

export async function failureOf(work: Promise<unknown>): Promise<SendError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof SendError)) throw new Error('a SendError was expected', { cause: error })
  return error
}
