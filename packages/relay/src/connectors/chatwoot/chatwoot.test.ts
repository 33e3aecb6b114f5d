import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createChatwootDesk } from '../../../test/chatwoot-desk.ts'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { Answer, SeenRequest } from '../../../test/fault-server.ts'
import type { ConnectorIo, Outbound, RawWebhook } from '../connector.ts'
import { SendError } from '../connector.ts'
import { chatwoot } from './index.ts'
import type { ChatwootSettings } from './types.ts'

const SECRET = 'secret-of-the-inbox'
const TOKEN = 'a-long-token-in-the-address'
const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'
const NOW = 1_790_000_100_000

const given = (changes: object = {}): Record<string, unknown> => ({
  url: 'https://chat.test/',
  account: '1',
  inbox: '5',
  inboxIdentifier: 'inbox-id',
  token: 'access-token-1',
  webhookSecrets: [SECRET],
  ...changes,
})

const settingsOf = (changes: object = {}): ChatwootSettings => {
  const parsed = chatwoot.configure(given(changes))
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

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

type Json = Readonly<Record<string, unknown>>
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

/** What was asked of a Chatwoot in memory, and a way to make it fail. */
function startDesk() {
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

const opening = (changes: Partial<Outbound> = {}): Outbound => {
  const { thread: _, ...rest } = outbound()
  return { ...rest, ...changes }
}

describe('chatwoot: sending', () => {
  const settings = settingsOf()

  test('the first words make contact, conversation and a note, once each', async () => {
    const desk = startDesk()
    const said = { ...outbound().entry, seq: 1, body: { type: 'text', text: 'Hello?' } as const }
    const first = opening({
      page: { url: 'https://shop.test/p', title: 'Blue mug' },
      before: [said],
    })
    const receipt = await chatwoot.send(first, settings, desk.io)
    const [conversation] = desk.conversations
    expect(desk.calls[0]).toMatchObject({
      path: '/public/api/v1/inboxes/inbox-id/contacts',
      token: null,
      body: { source_id: CONVERSATION, identifier: outbound().visitor.id },
    })
    expect(conversation).toMatchObject({
      inbox_id: 5,
      contact_id: 31,
      source_id: CONVERSATION,
      custom_attributes: { homing_conversation: CONVERSATION, page: 'https://shop.test/p' },
      additional_attributes: { referer: 'https://shop.test/p' },
    })
    expect(desk.messages).toMatchObject([
      { private: true, message_type: 'outgoing' },
      { private: false, message_type: 'incoming', source_id: `homing:${KEY}` },
    ])
    const note = String(desk.messages[0]?.['content'])
    expect(note).toContain('Page: Blue mug')
    expect(note).toContain('https://relay.test/console#/c/')
    expect(note).toContain('Visitor: Hello?')
    expect(receipt).toEqual({
      externalIds: [String(desk.messages[1]?.id)],
      thread: String(conversation?.id),
    })

    await chatwoot.send({ ...first, key: 'another' }, settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(desk.messages.filter((message) => message['private'] === true)).toHaveLength(1)
  })

  test('a try that broke off after the conversation was made goes on with it', async () => {
    const desk = startDesk()
    desk.failWith((path, method) =>
      path.endsWith('/messages') && method === 'POST'
        ? Response.json({}, { status: 502 })
        : undefined,
    )
    await expect(chatwoot.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'unknown',
    })
    desk.failWith()
    expect(await chatwoot.reconcile(opening(), settings, desk.io)).toBe('absent')
    await chatwoot.send(opening(), settings, desk.io)
    expect(desk.conversations).toHaveLength(1)
    expect(desk.messages).toHaveLength(2)
    expect(await chatwoot.reconcile(opening(), settings, desk.io)).toEqual({
      externalIds: [String(desk.messages[1]?.id)],
      thread: String(desk.conversations[0]?.id),
    })
  })

  test('identities are signed where the inbox wants it, addresses told only where asked for', async () => {
    const desk = startDesk()
    const visitor = { id: outbound().visitor.id, name: 'Ann', email: 'ann@example.com' }
    await chatwoot.send(opening({ visitor }), settings, desk.io)
    expect(desk.calls[0]?.body).not.toHaveProperty('email')
    expect(desk.calls[0]?.body).not.toHaveProperty('identifier_hash')
    const wanted = settingsOf({ identityKey: 'key', visitorEmail: true })
    desk.calls.length = 0
    await chatwoot.send(opening({ visitor }), wanted, desk.io)
    expect(desk.calls[0]?.body).toMatchObject({
      name: 'Ann',
      email: 'ann@example.com',
      identifier_hash: createHmac('sha256', 'key').update(visitor.id).digest('hex'),
    })
  })

  test("an agent's words from elsewhere are an answer with the name; the relay's own are a note", async () => {
    const desk = startDesk()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    const of = (role: 'agent' | 'system', key: string): Outbound =>
      outbound({
        key,
        ...(thread === undefined ? {} : { thread }),
        entry: { ...outbound().entry, author: { role, id: 'x', name: 'Mia' } },
      })
    await chatwoot.send(of('agent', 'a'), settings, desk.io)
    await chatwoot.send(of('system', 's'), settings, desk.io)
    expect(desk.messages.slice(-2)).toMatchObject([
      { message_type: 'outgoing', private: false, content: expect.stringMatching(/^Mia: /) },
      { private: true },
    ])
  })

  test("a status becomes the conversation's, and opens none", async () => {
    const desk = startDesk()
    const status = (status: 'open' | 'resolved' | 'joined', thread?: string): Outbound => ({
      ...opening(thread === undefined ? {} : { thread }),
      entry: { ...outbound().entry, body: { type: 'status', status } },
    })
    expect(await chatwoot.send(status('resolved'), settings, desk.io)).toEqual({ externalIds: [] })
    expect(desk.calls).toEqual([])
    await chatwoot.send(status('resolved', '101'), settings, desk.io)
    await chatwoot.send(status('joined', '101'), settings, desk.io)
    expect(desk.calls).toMatchObject([
      { path: '/api/v1/accounts/1/conversations/101/toggle_status', body: { status: 'resolved' } },
    ])
  })

  test('a body with neither words nor fallback asks nothing of Chatwoot', async () => {
    const desk = startDesk()
    const entry = { ...outbound().entry, body: { type: 'wave' } }
    expect(await chatwoot.send(outbound({ entry }), settings, desk.io)).toMatchObject({
      externalIds: [],
    })
    expect(desk.calls).toEqual([])
  })

  test.each([
    [422, { error: 'Too many messages' }, {}, 'retry', 60_000],
    [422, { error: 'Too many messages' }, { 'retry-after': '9' }, 'retry', 9_000],
    [422, { error: 'Content is too long' }, {}, 'bad-content', undefined],
    [402, { error: 'Payment required' }, {}, 'retry', undefined],
    [404, { error: 'Resource could not be found' }, {}, 'thread-gone', undefined],
  ] as const)(
    '%i %j is told as it is meant',
    async (status, body, headers, failure, retryAfter) => {
      const desk = startDesk()
      desk.failWith(() => Response.json(body, { status, headers }))
      await expect(chatwoot.send(outbound(), settings, desk.io)).rejects.toMatchObject({
        failure,
        retryAfter,
      })
    },
  )

  test('an inbox that is not there is a fault of the settings, not of the thread', async () => {
    const desk = startDesk()
    desk.failWith(() => Response.json({}, { status: 404 }))
    await expect(chatwoot.send(opening(), settings, desk.io)).rejects.toMatchObject({
      failure: 'retry',
    })
  })

  test('a page instead of JSON may have been a message: it is looked for', async () => {
    const desk = startDesk()
    desk.failWith(() => new Response('<html>'))
    await expect(chatwoot.send(outbound(), settings, desk.io)).rejects.toMatchObject({
      failure: 'unknown',
    })
  })
})

describe('chatwoot: looking for our words', () => {
  test('goes back page by page as far as they can be, and no further', async () => {
    const desk = startDesk()
    const settings = settingsOf()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    if (thread === undefined) throw new Error('no thread')
    for (let id = 1000; id < 1050; id++) {
      desk.messages.push({ id, conversation: Number(thread), created_at: NOW / 1000 })
    }
    desk.calls.length = 0
    const found = await chatwoot.reconcile(outbound({ thread }), settings, desk.io)
    expect(found).toMatchObject({ thread })
    expect(desk.calls.map(({ path }) => path.split('/messages')[1])).toEqual([
      '',
      '?before=1030',
      '?before=1010',
    ])
    desk.calls.length = 0
    const late = { ...outbound().entry, time: NOW + 3_600_000 }
    expect(
      await chatwoot.reconcile(outbound({ thread, key: 'k', entry: late }), settings, desk.io),
    ).toBe('absent')
    expect(desk.calls).toHaveLength(1)
  })

  test('a status is set again rather than looked for', async () => {
    const desk = startDesk()
    const entry = { ...outbound().entry, body: { type: 'status', status: 'open' } as const }
    expect(await chatwoot.reconcile(outbound({ entry }), settingsOf(), desk.io)).toBe('absent')
    expect(desk.calls).toEqual([])
  })
})

describe('chatwoot: what webhooks did not bring', () => {
  const settings = settingsOf()
  const start = async () => {
    const desk = startDesk()
    const { thread } = await chatwoot.send(opening(), settings, desk.io)
    const [conversation] = desk.conversations
    if (!conversation || thread === undefined) throw new Error('no conversation')
    let id = 500
    Object.assign(conversation, { status: 'open', last_activity_at: NOW / 1000 - 300 })
    conversation['messages'] = desk.messages.slice(-1)
    const say = (seconds: number, change: Json = {}): number => {
      const created_at = NOW / 1000 + seconds
      const message = {
        ...ANSWER,
        id: ++id,
        conversation: Number(thread),
        message_type: 1,
        created_at,
        ...change,
      }
      desk.messages.push(message)
      Object.assign(conversation, { messages: [message], last_activity_at: created_at })
      return message.id
    }
    const first = await chatwoot.poll(undefined, settings, desk.io)
    expect(first.facts).toEqual([])
    return { desk, conversation, say, cursor: first.cursor }
  }

  test("an answer since then is told once, under the webhook's event", async () => {
    const { desk, say, cursor } = await start()
    const id = say(-1)
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toMatchObject([
      { event: `message:${id}`, where: { conversation: CONVERSATION }, author: { id: '3' } },
    ])
    const again = await chatwoot.poll(told.cursor, settings, desk.io)
    expect(again.facts).toEqual([])
    expect(desk.calls.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  test('a lower number that was committed later is still told', async () => {
    const { desk, say, cursor } = await start()
    say(-1, { id: 900 })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toHaveLength(1)
    desk.messages.splice(-1, 0, { ...desk.messages.at(-1), id: 899, conversation: 101 } as never)
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toMatchObject([
      { event: 'message:899' },
    ])
  })

  test('more than a page of them is told whole, and what has settled is asked for no more', async () => {
    const { desk, say, cursor } = await start()
    for (let index = 0; index < 230; index++) say(-120)
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toHaveLength(230)
    desk.calls.length = 0
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
    expect(desk.calls.filter(({ path }) => path.includes('/messages'))).toEqual([])
  })

  test('status and read mark are told when they changed', async () => {
    const { desk, conversation, cursor } = await start()
    Object.assign(conversation, { status: 'resolved', agent_last_seen_at: 7, unread_count: 0 })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    expect(told.facts).toMatchObject([{ kind: 'status', status: 'resolved' }, { kind: 'read' }])
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
    Object.assign(conversation, { status: 'open', agent_last_seen_at: 8, unread_count: 2 })
    const later = await chatwoot.poll(told.cursor, settings, desk.io)
    expect(later.facts).toMatchObject([{ kind: 'status', status: 'open' }])
  })

  test('what stands as failed before the agent is put right once it was told', async () => {
    const { desk, say, cursor } = await start()
    const id = say(-1, { status: 'failed' })
    const told = await chatwoot.poll(cursor, settings, desk.io)
    const patches = () => desk.calls.filter(({ method }) => method === 'PATCH')
    expect(patches()).toEqual([])
    await chatwoot.poll(told.cursor, settings, desk.io)
    expect(patches()).toMatchObject([
      { path: `/api/v1/accounts/1/conversations/101/messages/${id}`, body: { status: 'sent' } },
    ])
    desk.failWith((_path, method) =>
      method === 'PATCH' ? Response.json({}, { status: 404 }) : undefined,
    )
    expect((await chatwoot.poll(told.cursor, settings, desk.io)).facts).toEqual([])
  })

  test('conversations of others in the inbox are left alone', async () => {
    const { desk, say, conversation, cursor } = await start()
    Object.assign(conversation, { custom_attributes: {} })
    say(-1)
    expect((await chatwoot.poll(cursor, settings, desk.io)).facts).toEqual([])
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
