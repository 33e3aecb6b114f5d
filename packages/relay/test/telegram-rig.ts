import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Author, Entry } from '@homing/core'
import type { ConnectorIo, Fact, Outbound, RawWebhook } from '../src/connectors/connector.ts'
import { SendError } from '../src/connectors/connector.ts'
import { telegram } from '../src/connectors/telegram/index.ts'
import type { TelegramSettings } from '../src/connectors/telegram/types.ts'
import { outbound } from './contracts/connector-contract.ts'

/** Telegram's side of the connector's tests: settings, recorded updates, and a Bot API in memory. */

export const NOW = 1_790_000_000_000
export const GROUP = -1_001_234_567_890
export const TOPIC = `${GROUP}/17`
export const PERSON = 4_200_000_001
export const GIVEN = {
  token: '7000000001:token-of-the-test-0123456789',
  webhookSecret: 'a-secret_of-the-test',
  group: String(GROUP),
} as const
export const SETTINGS = settingsOf(GIVEN)

type Json = Readonly<Record<string, unknown>>

export const UPDATES = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/telegram/updates.json'), 'utf8'),
) as Readonly<Record<string, Json>>

export function settingsOf(given: Json): TelegramSettings {
  const parsed = telegram.configure(given)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** An update with fields of its message changed; undefined takes one away. */
export function updateOf(name: string, change: Json = {}): Json {
  const update = UPDATES[name]
  if (!update) throw new Error(`there is no update "${name}"`)
  const part = 'message' in update ? 'message' : 'my_chat_member'
  return { ...update, [part]: { ...(update[part] as Json), ...change } }
}

export function hook(body: string, secret: string = GIVEN.webhookSecret): RawWebhook {
  return {
    method: 'POST',
    headers: { 'x-telegram-bot-api-secret-token': secret },
    url: 'https://relay.test/v1/hooks/telegram',
    body: new TextEncoder().encode(body),
  }
}

export function factsOf(name: string, change: Json = {}): readonly Fact[] {
  return telegram.parse(hook(JSON.stringify(updateOf(name, change))), SETTINGS)
}

/** What a method answers: a result, a refusal, or a throw in place of an answer. */
export type Script = Readonly<Record<string, readonly (Json | Error | Response | true)[]>>

/** A Bot API: each method's answers in order, then what a healthy one says. */
export function botApi(script: Script = {}): {
  readonly io: ConnectorIo
  readonly calls: readonly string[]
  readonly params: readonly Json[]
} {
  const calls: string[] = []
  const params: Json[] = []
  let message = 100
  const io = ioOf(async (url, init) => {
    const method = url.slice(url.lastIndexOf('/') + 1)
    const nth = calls.filter((call) => call === method).length
    calls.push(method)
    params.push(JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Json)
    const answer = script[method]?.[nth]
    if (answer instanceof Error) throw answer
    if (answer instanceof Response) return answer
    if (answer !== undefined && answer !== true) {
      return Response.json(answer, { status: Number(answer['error_code'] ?? 200) })
    }
    return Response.json({ ok: true, result: resultOf(method, () => message++) })
  })
  return { io, calls, params }
}

function resultOf(method: string, next: () => number): unknown {
  if (method === 'createForumTopic') return { message_thread_id: 17, name: 'x', icon_color: 1 }
  if (method === 'sendMessage') return { message_id: next(), date: 1, chat: { id: GROUP } }
  return true
}

export function refusal(code: number, description: string, parameters: Json = {}): Json {
  return { ok: false, error_code: code, description, parameters }
}

export function ioOf(fetch: ConnectorIo['fetch']): ConnectorIo {
  return { fetch, signal: new AbortController().signal, now: NOW }
}

export function send(changes: Partial<Outbound>, script: Script = {}) {
  const api = botApi(script)
  return { ...api, receipt: telegram.send(outbound(changes), SETTINGS, api.io) }
}

/** An outbound that opens its thread. */
export function opening(changes: Partial<Outbound> = {}): Outbound {
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
