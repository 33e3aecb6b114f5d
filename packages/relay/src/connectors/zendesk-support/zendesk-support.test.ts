import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { Answer, FaultServer, SeenRequest } from '../../../test/fault-server.ts'
import { startFaultServer } from '../../../test/fault-server.ts'
import type { ConnectorIo, RawWebhook } from '../connector.ts'
import { SendError } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import type { GuardedFetch } from '../guarded-fetch.ts'
import { zendeskSupport } from './index.ts'
import type { ZendeskSupportSettings } from './types.ts'

const SECRET = 'signing-secret-of-the-webhook'
const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const NOW = Date.parse('2026-09-21T10:00:00Z')
const UPDATED = '2026-09-21T09:59:58Z'

const settingsAt = (url: string, changes = {}): Record<string, unknown> => ({
  url,
  email: 'relay@example.com',
  token: 'api-token-1',
  signingSecrets: [SECRET],
  ...changes,
})

function sign(body: string, now: number): RawWebhook {
  const stamp = new Date(now).toISOString()
  return {
    method: 'POST',
    headers: {
      'x-zendesk-webhook-id': '01WEBHOOK',
      'x-zendesk-webhook-signature': createHmac('sha256', SECRET)
        .update(stamp + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': stamp,
    },
    url: '/v1/hooks/zd',
    body: new TextEncoder().encode(body),
  }
}

const recorded = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../test/fixtures/zendesk-support/webhooks.json'),
    'utf8',
  ),
) as { about: string; body: object }[]
const bodyOf = (index: number): string => JSON.stringify(recorded[index]?.body)

const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** A Zendesk with one ticket, as far as the connector asks. */
function healthy(request: SeenRequest, ticket: object = {}): Answer {
  const { method, path } = request
  if (path.startsWith('/api/v2/users/create_or_update')) return json({ user: { id: 901 } }, 201)
  if (path.startsWith('/api/v2/users/search')) return json({ users: [] })
  if (path.startsWith('/api/v2/users/me')) return json({ user: { id: 501, role: 'admin' } })
  if (path.startsWith('/api/v2/tickets?')) return json({ tickets: [] })
  if (path.startsWith('/api/v2/incremental')) return json({ tickets: [], end_of_stream: true })
  const whole = { id: 71, status: 'open', requester_id: 901, updated_at: UPDATED, ...ticket }
  if (method === 'GET') return json({ ticket: whole, audits: [] })
  const events = [
    { id: 6999, type: 'Change' },
    { id: 7001, type: 'Comment' },
  ]
  return json({ ticket: { id: 71 }, audit: { id: 1, events } }, method === 'POST' ? 201 : 200)
}

connectorContract({
  connector: zendeskSupport,
  settings: (url) => settingsAt(url),
  required: ['url', 'token', 'signingSecrets'],
  wrong: { url: 'ftp://x', email: 'no address', signingSecrets: [], visitorEmail: 'yes' },
  sign: (body, _id, now) => sign(body, now),
  signature: {
    headers: ['x-zendesk-webhook-signature', 'x-zendesk-webhook-signature-timestamp'],
    stamped: true,
    covers: true,
  },
  message: bodyOf(1),
  echo: bodyOf(0),
  unknown: bodyOf(7),
  healthy: (request) => healthy(request),
  keyOf: ({ method, body }) =>
    method === 'PUT' ? (JSON.parse(body) as Update).ticket.metadata?.homing : undefined,
  failures: { 404: 'thread-gone' },
})

interface Update {
  readonly ticket: {
    readonly comment?: { body: string; public: boolean; author_id?: number }
    readonly metadata?: { homing: string }
    readonly status?: string
    readonly [field: string]: unknown
  }
}

describe('zendesk-support: webhooks', () => {
  test('the facts are what people expect: no notes, no noise, echoes marked, files by themselves', () => {
    const settings = settingsOf('https://example.zendesk.com')
    const facts = recorded.flatMap(({ body }) =>
      zendeskSupport.parse(sign(JSON.stringify(body), NOW), settings),
    )
    expect(facts).toMatchObject([
      { kind: 'message', event: 'comment-7001', echo: true, author: { role: 'visitor' } },
      {
        kind: 'message',
        event: 'comment-7002',
        externalId: '7002',
        where: { conversation: CONVERSATION },
        time: Date.parse('2026-09-21T10:00:30Z'),
        echo: false,
        author: { role: 'agent', id: '601', name: 'Mia Agent' },
        body: { type: 'text', text: 'Grüezi Ann 👋\n\nyes, 5 < 6 of them.' },
      },
      {
        kind: 'message',
        event: 'attachment-8001',
        author: { role: 'agent', id: '601' },
        media: [{ name: 'sizes.pdf', type: 'application/pdf' }],
      },
      { kind: 'status', status: 'resolved', author: { role: 'agent', id: '601' } },
    ])
    expect(facts).toHaveLength(4)
  })

  test('a requester with an address may write by mail: then it is the visitor, and no sure echo', () => {
    const parsed = zendeskSupport.configure(settingsAt('https://z.test', { visitorEmail: true }))
    if (!parsed.ok) throw new Error(parsed.problems.join())
    expect(parsed.capabilities).toEqual({ echoes: true })
    const [fact] = zendeskSupport.parse(sign(bodyOf(0), NOW), parsed.settings)
    expect(fact).toMatchObject({ kind: 'message', echo: false, author: { role: 'visitor' } })
  })

  test('the signature covers the time: with another it is refused', () => {
    const settings = settingsOf('https://z.test')
    const request = sign('{"a":1}', NOW)
    const headers = {
      ...request.headers,
      'x-zendesk-webhook-signature-timestamp': new Date(NOW + 1_000).toISOString(),
    }
    expect(zendeskSupport.verify(request, settings, NOW)).toEqual({ ok: true })
    expect(zendeskSupport.verify({ ...request, headers }, settings, NOW)).toMatchObject({
      ok: false,
      status: 401,
    })
    const bad = { ...headers, 'x-zendesk-webhook-signature-timestamp': 'yesterday' }
    expect(zendeskSupport.verify({ ...request, headers: bad }, settings, NOW)).toMatchObject({
      ok: false,
      status: 400,
    })
  })
})

function settingsOf(url: string, changes = {}): ZendeskSupportSettings {
  const parsed = zendeskSupport.configure(settingsAt(url, changes))
  if (!parsed.ok) throw new Error(parsed.problems.join())
  return parsed.settings
}

describe('zendesk-support: what is sent', () => {
  let far: FaultServer
  let guarded: GuardedFetch
  let io: ConnectorIo
  beforeEach(async () => {
    far = await startFaultServer()
    guarded = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 5_000 })
    io = { fetch: guarded.fetch, signal: new AbortController().signal, now: NOW }
    far.answer((request) => healthy(request))
  })
  afterEach(async () => {
    far.close()
    await guarded.close()
  })

  const send = (changes: Parameters<typeof outbound>[0] = {}, settings = settingsOf(far.url)) =>
    zendeskSupport.send(outbound(changes), settings, io)
  const written = () =>
    far.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path, body }) => ({ method, path, ...(JSON.parse(body) as Update) }))
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => (error instanceof SendError ? error.failure : error),
    )
  const { entry } = outbound()
  const agent = { ...entry, author: { role: 'agent', id: 'mia', name: 'Mia' } } as const
  const newThread = (): Parameters<typeof outbound>[0] => {
    const { thread: _, ...rest } = outbound()
    return rest
  }
  const opening = (changes = {}) => {
    const { thread: _, ...rest } = outbound(changes)
    return zendeskSupport.send(rest, settingsOf(far.url), io)
  }

  test('the first words open a ticket of the visitor, under one idempotency key', async () => {
    const receipt = await opening({
      page: { url: 'https://shop.test/blue', title: 'Blue shoes' },
      before: [{ ...agent, body: { type: 'text', text: 'can I help?' } }],
      omitted: 3,
    })
    expect(receipt).toEqual({ externalIds: ['7001'], thread: '71' })
    const post = far.requests.find(({ path }) => path === '/api/v2/tickets')
    expect(post?.headers['idempotency-key']).toBe(outbound().key)
    expect(post?.headers['authorization']).toBe(
      `Basic ${Buffer.from('relay@example.com/token:api-token-1').toString('base64')}`,
    )
    expect(written()).toMatchObject([
      { user: { external_id: entry.author.id, name: 'Visitor 00aaaa' } },
      {
        ticket: {
          subject: 'Blue shoes',
          requester_id: 901,
          external_id: CONVERSATION,
          tags: ['homing'],
          metadata: { homing: outbound().key },
          comment: { public: true, author_id: 901 },
        },
      },
    ])
    const body = written()[1]?.ticket.comment?.body
    expect(body).toMatch(
      /^\(3 earlier messages are left out\)\nMia: can I help\?\n\n----\n\nsecret/,
    )
    expect(body).toMatch(/Address: https:\/\/shop\.test\/blue[\s\S]*\/console#\/c\/[-0-9a-f]{36}$/)
    expect(written()[0]).not.toHaveProperty('user.email')
  })

  test('the longest that can be said stays below what Zendesk cuts without a word', async () => {
    const long = (text: string) => ({ ...entry, body: { type: 'text', text } }) as const
    const emoji = '👋'.repeat(400)
    await opening({
      entry: long('€'.repeat(Math.floor(zendeskSupport.capabilities.maxText / 3))),
      before: Array.from({ length: 200 }, () => long('€'.repeat(1_000))),
      page: { url: emoji, title: emoji, referrer: emoji },
      visitor: { ...outbound().visitor, name: emoji, email: emoji, locale: emoji },
      site: { key: 'pk_test', name: emoji },
    })
    const body = written()[1]?.ticket.comment?.body ?? ''
    expect(Buffer.byteLength(body)).toBeLessThan(64_000)
    expect(Buffer.byteLength(body)).toBeGreaterThan(50_000)
  })

  test('later words are a comment by the requester, with a stamp against running over an agent', async () => {
    const more = [{ ...entry, seq: 2, body: { type: 'text', text: 'and red?' } }]
    expect(await send({ thread: '71', more })).toEqual({ externalIds: ['7001'], thread: '71' })
    expect(written()).toEqual([
      {
        method: 'PUT',
        path: '/api/v2/tickets/71',
        ticket: {
          comment: {
            body: 'secret words of the visitor\nand red?',
            public: true,
            author_id: 901,
          },
          metadata: { homing: outbound().key },
          safe_update: true,
          updated_stamp: UPDATED,
        },
      },
    ])
  })

  test.each(['solved', 'pending'])('a visitor opens a %s ticket again', async (status) => {
    far.answer((request) => healthy(request, { status }))
    await send()
    expect(written()[0]?.ticket.status).toBe('open')
  })

  test("an agent's words are an internal note without an author, and open nothing", async () => {
    far.answer((request) => healthy(request, { status: 'solved' }))
    await send({ entry: agent })
    expect(written()[0]?.ticket).toMatchObject({
      comment: { body: 'Mia: secret words of the visitor', public: false },
    })
    expect(written()[0]?.ticket.comment).not.toHaveProperty('author_id')
    expect(written()[0]?.ticket).not.toHaveProperty('status')
  })

  test('a status is set once, and left alone where it is so already', async () => {
    const resolved = { ...entry, body: { type: 'status', status: 'resolved' } } as const
    expect(await send({ entry: resolved })).toEqual({ externalIds: [], thread: '1' })
    expect(written()).toMatchObject([{ method: 'PUT', ticket: { status: 'solved' } }])
    far.answer((request) => healthy(request, { status: 'solved' }))
    await send({ entry: resolved })
    const { thread: _, ...rest } = outbound({ entry: resolved })
    await zendeskSupport.send(rest, settingsOf(far.url), io)
    expect(written()).toHaveLength(1)
  })

  test('somebody saved it between our reading and our writing: once more with the new stamp', async () => {
    let conflicts = 1
    far.answer((request) =>
      request.method === 'PUT' && conflicts-- > 0
        ? json({ error: 'UpdateConflict' }, 409)
        : healthy(request),
    )
    await send()
    expect(written()).toHaveLength(2)
    conflicts = 2
    expect(await failureOf(send())).toBe('retry')
  })

  test('a closed ticket is gone, before and at writing; its follow-up names it', async () => {
    far.answer((request) => healthy(request, { status: 'closed' }))
    expect(await failureOf(send())).toBe('thread-gone')
    expect(written()).toEqual([])
    const refused = {
      details: { status: [{ description: 'Status: closed prevents ticket update' }] },
    }
    far.answer((request) => (request.method === 'PUT' ? json(refused, 422) : healthy(request)))
    expect(await failureOf(send())).toBe('thread-gone')

    const tickets = [
      { id: 40, status: 'closed' },
      { id: 71, status: 'closed' },
    ]
    far.answer((request) =>
      request.path.startsWith('/api/v2/tickets?') ? json({ tickets }) : healthy(request),
    )
    await opening()
    expect(written().at(-1)?.ticket).toMatchObject({ via_followup_source_id: 71 })
  })

  test('a ticket that nobody remembered is found by the conversation and not opened twice', async () => {
    const tickets = [{ id: 71, status: 'open', requester_id: 901 }]
    far.answer((request) =>
      request.path.startsWith('/api/v2/tickets?') ? json({ tickets }) : healthy(request),
    )
    await opening()
    expect(written().map(({ method }) => method)).toEqual(['PUT'])
  })

  test('an address goes there only when it is meant to, and never that of an agent', async () => {
    const visitor = { ...outbound().visitor, email: 'ann@example.com' }
    const settings = settingsOf(far.url, { visitorEmail: true })
    const { thread: _, ...rest } = outbound({ visitor })
    await zendeskSupport.send(rest, settings, io)
    expect(written()[0]).toMatchObject({ user: { email: 'ann@example.com' } })
    far.answer((request) =>
      request.path.startsWith('/api/v2/users/search')
        ? json({ users: [{ id: 1, role: 'agent' }] })
        : healthy(request),
    )
    await zendeskSupport.send(rest, settings, io)
    expect(written()[2]).not.toHaveProperty('user.email')
    await zendeskSupport.send(rest, settingsOf(far.url), io)
    expect(written()[4]).not.toHaveProperty('user.email')
  })

  test.each([
    ['a required field', 422, { details: { base: [{ description: 'secret' }] } }, 'bad-content'],
    ['no such ticket', 404, { error: 'RecordNotFound' }, 'thread-gone'],
    ['a fault of its own', 500, {}, 'unknown'],
    ['down for a moment', 503, {}, 'retry'],
  ])('%s at writing', async (_about, status, body, failure) => {
    far.answer((request) => (request.method === 'PUT' ? json(body, status) : healthy(request)))
    expect(await failureOf(send())).toBe(failure)
  })

  test('a key that was used with other words: it arrived, so it is looked up', async () => {
    const refused = { error: 'IdempotentRequestError' }
    far.answer((request) =>
      request.path === '/api/v2/tickets' ? json(refused, 400) : healthy(request),
    )
    expect(await failureOf(opening(newThread()))).toBe('unknown')
  })
})
