import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NOW, SECRET, given, settingsOf } from '../../../test/chatwoot-rig.ts'
import type { Json } from '../../../test/chatwoot-rig.ts'
import { connectorContract } from '../../../test/contracts/connector-contract.ts'
import type { Answer, SeenRequest } from '../../../test/fault-server.ts'
import type { RawWebhook } from '../connector.ts'
import { SendError } from '../connector.ts'
import { chatwoot } from './index.ts'

const TOKEN = 'a-long-token-in-the-address'
const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'

function sign(body: string, id: string, now: number): RawWebhook {
  const stamp = String(Math.floor(now / 1000))
  return {
    method: 'POST',
    headers: {
      'x-chatwoot-delivery': id,
      'x-chatwoot-timestamp': stamp,
      'x-chatwoot-signature': `sha256=${createHmac('sha256', SECRET).update(`${stamp}.${body}`).digest('hex')}`,
    },
    url: 'https://relay.test/v1/hooks/cw',
    body: new TextEncoder().encode(body),
  }
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/chatwoot/webhooks.json'), 'utf8'),
) as { readonly about: string; readonly body: Json }[]
const event = (about: string): Json => recorded.find((each) => each.about === about)?.body ?? {}
const ANSWER = event('an agent answers')
const parse = (body: object, settings = settingsOf()) =>
  chatwoot.parse(sign(JSON.stringify(body), 'delivery-1', NOW), settings)

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) })

function healthy({ method, path }: SeenRequest): Answer {
  if (path.endsWith('/messages') && method === 'POST') return json({ id: 42 })
  if (path.includes('/messages')) return json({ payload: [] })
  if (/\/(toggle_typing|update_last_seen)\b/.test(path)) return { status: 200 }
  if (path.includes('/conversations?')) return json({ data: { payload: [] } })
  return json({ id: 5, name: 'Homing', channel_type: 'Channel::Api', payload: [] })
}

connectorContract({
  connector: chatwoot,
  settings: (url) => given({ url }),
  required: ['url', 'account', 'inbox', 'inboxIdentifier', 'token', 'webhookSecrets'],
  wrong: {
    url: 'chat.test',
    account: 'one',
    inbox: '0',
    token: 7,
    webhookSecrets: [3],
    webhookToken: 'short',
    visitorEmail: 'yes',
  },
  sign,
  signature: {
    headers: ['x-chatwoot-timestamp', 'x-chatwoot-signature'],
    stamped: true,
    covers: true,
  },
  message: JSON.stringify(ANSWER),
  echo: JSON.stringify(event("the visitor's words, as the relay sent them")),
  unknown: JSON.stringify({ event: 'contact_updated', id: 31 }),
  healthy,
  keyOf: ({ method, path, body }) =>
    method === 'POST' && path.endsWith('/messages')
      ? /"source_id":"homing:([^"]+)"/.exec(body)?.[1]
      : undefined,
  // A conversation that was deleted is opened anew; what may have been written is looked for.
  failures: { 404: 'thread-gone', 500: 'unknown', 502: 'unknown' },
})

describe('chatwoot: settings', () => {
  test('without a secret and without a token nothing could be verified', () => {
    const parsed = chatwoot.configure(given({ webhookSecrets: [] }))
    expect(parsed).toMatchObject({ ok: false })
    expect(chatwoot.configure(given({ webhookSecrets: [], webhookToken: TOKEN })).ok).toBe(true)
  })
})

describe('chatwoot: a token in the address, for servers that do not sign', () => {
  const settings = settingsOf({ webhookSecrets: [], webhookToken: TOKEN })
  const request = (url: string): RawWebhook => ({
    method: 'POST',
    headers: {},
    url,
    body: new TextEncoder().encode('{}'),
  })
  const at = (query: string): boolean =>
    chatwoot.verify(request(`https://relay.test/v1/hooks/cw${query}`), settings, NOW).ok

  test('the right one verifies; another, a longer one or none does not', () => {
    expect(at(`?token=${TOKEN}`)).toBe(true)
    for (const query of ['', '?token=', `?token=${TOKEN}x`, '?token=another', `#${TOKEN}`]) {
      expect(at(query), query).toBe(false)
    }
  })

  test('where a secret is set too, the token alone is not enough, nor the signature alone', () => {
    const both = settingsOf({ webhookToken: TOKEN })
    const signed = sign('{}', 'd', NOW)
    const withToken = `${signed.url}?token=${TOKEN}`
    expect(chatwoot.verify({ ...signed, url: withToken }, both, NOW).ok).toBe(true)
    expect(chatwoot.verify(signed, both, NOW).ok).toBe(false)
    expect(chatwoot.verify({ ...request(withToken) }, both, NOW).ok).toBe(false)
  })
})

describe('chatwoot: webhooks', () => {
  test("an agent's answer is a message of the conversation its contact's place is named by", () => {
    expect(parse(ANSWER)).toEqual([
      {
        event: 'message:421',
        where: { conversation: CONVERSATION },
        time: Date.parse('2026-09-21T13:33:22.225Z'),
        kind: 'message',
        externalId: '421',
        author: { role: 'agent', id: '3', name: 'Mia Agent' },
        body: { type: 'text', text: 'Yes, we have **two** left 👋' },
        echo: false,
      },
    ])
  })

  test('what was sent under our key is an echo', () => {
    expect(parse({ ...ANSWER, source_id: `homing:${KEY}` })).toMatchObject([{ echo: true }])
  })

  test.each([
    ['a note', { private: true }],
    ['words of a contact', { message_type: 'incoming' }],
    ['an activity', { message_type: 'activity' }],
    ['a deleted message', { content_attributes: { deleted: true } }],
    ['a message without words', { content: ' ' }],
    ['another inbox', { conversation: { ...(ANSWER['conversation'] as Json), inbox_id: 6 } }],
    ['no conversation of ours', { conversation: { id: 7, inbox_id: 5 } }],
  ])('%s is no fact', (_what, change) => {
    expect(parse({ ...ANSWER, ...change })).toEqual([])
  })

  test('a message told again as updated is the same event', () => {
    const [again] = parse({ ...ANSWER, event: 'message_updated', status: 'failed' })
    expect(again).toEqual(parse(ANSWER)[0])
  })

  test("automatic words are a bot's; its choices are told in lines", () => {
    const items = [
      { title: 'Mugs', value: 'm' },
      { title: 'Tea', value: 't' },
    ]
    const facts = parse({
      ...ANSWER,
      message_type: 'template',
      sender: null,
      content: 'What is it about?',
      content_attributes: { items },
    })
    expect(facts).toMatchObject([
      { author: { role: 'bot' }, body: { text: 'What is it about?\n• Mugs\n• Tea' } },
    ])
    expect(
      parse({ ...ANSWER, sender: { id: 9, name: 'Helper', type: 'agent_bot' } }),
    ).toMatchObject([{ author: { role: 'bot', id: '9', name: 'Helper' } }])
  })

  test('files come along by their address, also without words', () => {
    const data_url = 'https://chat.test/rails/active_storage/blobs/redirect/abc/size%20chart.png'
    const attachments = [{ id: 1, data_url }, { id: 2 }, { data_url: 'javascript:alert(1)' }]
    expect(parse({ ...ANSWER, content: null, attachments })).toMatchObject([
      { body: { text: '' }, media: [{ reference: data_url, name: 'size chart.png' }] },
    ])
  })

  test('a change of status has its time and its place in the order', () => {
    expect(parse(event('resolved by an agent'))).toMatchObject([
      {
        kind: 'status',
        status: 'resolved',
        time: 1_790_000_012_500,
        order: 1_790_000_012_500_000,
        where: { conversation: CONVERSATION },
      },
    ])
    for (const status of ['pending', 'snoozed', undefined]) {
      expect(parse({ ...event('resolved by an agent'), status })).toEqual([])
    }
  })

  test("an agent's typing is told; a contact's is ours coming back, and notes are not told", () => {
    const typing = event('an agent types')
    expect(parse(typing)).toMatchObject([
      { kind: 'typing', on: true, author: { name: 'Mia Agent' } },
    ])
    expect(parse({ ...typing, event: 'conversation_typing_off' })).toMatchObject([{ on: false }])
    expect(parse({ ...typing, is_private: true })).toEqual([])
    expect(parse({ ...typing, user: { id: 31, type: 'contact' } })).toEqual([])
  })

  test('an agent who has looked has read, once nothing is unread', () => {
    const looked = event('an agent has looked')
    expect(parse(looked)).toMatchObject([{ kind: 'read', event: 'read:7:1790000010' }])
    expect(parse({ ...looked, unread_count: 1 })).toEqual([])
    expect(parse({ ...looked, agent_last_seen_at: 0 })).toEqual([])
  })
})

describe('chatwoot: files', () => {
  const ask = (answers: Record<string, Response>) =>
    chatwoot.media('https://chat.test/blobs/redirect/1', settingsOf(), {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (url, init) => {
        expect(new Headers(init?.headers).get('api_access_token')).toBeNull()
        return answers[url] ?? new Response(null, { status: 404 })
      },
    })
  const moved = (location: string): Response =>
    new Response(null, { status: 302, headers: { location } })

  test('are fetched from where Chatwoot sends on to, without credentials', async () => {
    const got = await ask({
      'https://chat.test/blobs/redirect/1': moved('/disk/1'),
      'https://chat.test/disk/1': moved('https://files.test/1'),
      'https://files.test/1': new Response('bytes', { headers: { 'content-type': 'image/png' } }),
    })
    expect(got).toEqual({ type: 'image/png', bytes: new TextEncoder().encode('bytes') })
  })

  test.each([
    [
      'that are gone',
      { 'https://chat.test/blobs/redirect/1': new Response(null, { status: 404 }) },
    ],
    [
      'that lead in circles',
      { 'https://chat.test/blobs/redirect/1': moved('https://chat.test/blobs/redirect/1') },
    ],
  ])('%s are bad content', async (_what, answers) => {
    const error: unknown = await ask(answers).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(SendError)
    expect(error).toMatchObject({ failure: 'bad-content' })
  })
})

describe('chatwoot: the doctor', () => {
  const findings = (inbox: Json) =>
    chatwoot.doctor(settingsOf(), {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async () => Response.json(inbox),
    })
  const problems = async (inbox: Json): Promise<string> =>
    (await findings(inbox))
      .filter(({ level }) => level === 'problem')
      .map(({ message }) => message)
      .join(' ')

  test.each([
    [{ channel_type: 'Channel::WebWidget' }, /no API inbox/],
    [{ inbox_identifier: 'another' }, /belongs to another inbox/],
    [{ webhook_url: '' }, /webhook's address/],
    [{ webhook_url: 'https://elsewhere.test/' }, /leads elsewhere/],
    [{ hmac_mandatory: true }, /identityKey/],
  ])('%j is named', async (inbox, words) => {
    expect(await problems(inbox)).toMatch(words)
  })

  test('a good inbox has none', async () => {
    const inbox = {
      name: 'Homing',
      channel_type: 'Channel::Api',
      inbox_identifier: 'inbox-id',
      webhook_url: 'https://relay.test/v1/hooks/cw',
      hmac_mandatory: false,
    }
    expect(await problems(inbox)).toBe('')
  })
})
