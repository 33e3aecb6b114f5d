import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import type { RawWebhook } from '../src/connectors/connector.ts'
import { requestTracker } from '../src/connectors/request-tracker/index.ts'
import { parse } from '../src/connectors/request-tracker/parse.ts'
import { signWebhook } from '../src/connectors/standard-webhooks.ts'
import { webhook } from '../src/connectors/webhook/index.ts'
import { connectorContract, outbound } from './contracts/connector-contract.ts'

const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

connectorContract({
  connector: webhook,
  settings: (url) => ({ url, secrets: [SECRET] }),
  required: ['url', 'secrets'],
  wrong: { url: 'no address', secrets: [SECRET, 'whsec_short'] },
  sign: (body, id, now) => ({
    method: 'POST',
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(now / 1000),
      // The official library signs; so it is its reading of the specification that is checked.
      'webhook-signature': new Webhook(SECRET).sign(id, new Date(now), body),
    },
    url: '/v1/hooks/x',
    body: new TextEncoder().encode(body),
  }),
  message: JSON.stringify({
    type: 'message.created',
    timestamp: '2026-01-01T00:00:00Z',
    data: {
      conversation: { id: CONVERSATION },
      message: { id: 'their-1', role: 'agent', author: { id: 'mia', name: 'Mia' }, text: 'hi' },
    },
  }),
  echo: JSON.stringify({
    type: 'message.created',
    data: {
      conversation: { id: CONVERSATION },
      message: { id: 'e1', role: 'visitor', text: 'hi' },
    },
  }),
  healthy: () => ({ status: 204 }),
  keyOf: ({ headers }) => headers['webhook-id'],
})

const RT_SECRET = 'a secret of the contract'

connectorContract({
  connector: requestTracker,
  settings: (url) => ({
    url,
    token: '1-14-token',
    queue: 'General',
    rtname: 'rt.test',
    visitorDomain: 'visitors.test',
    webhookSecrets: [RT_SECRET],
  }),
  required: ['url', 'token', 'rtname', 'visitorDomain', 'webhookSecrets'],
  wrong: { url: 'ftp://x', visitorDomain: 'a b', webhookSecrets: ['short'], visitorEmail: 'yes' },
  sign: (body, id, now) => {
    const bytes = new TextEncoder().encode(body)
    const keys = [new TextEncoder().encode(RT_SECRET)]
    return {
      method: 'POST',
      headers: signWebhook(id, now, bytes, keys),
      url: '/v1/hooks/rt',
      body: bytes,
    }
  },
  message: JSON.stringify({
    id: 'txn-38',
    ticket: 1,
    type: 'Correspond',
    creator: 'agent1',
    content: 'hi',
  }),
  echo: JSON.stringify({
    id: 'txn-36',
    ticket: 1,
    type: 'Correspond',
    creator: 'visitor-01890000@visitors.test',
    content: 'hi',
  }),
  healthy: ({ path }) => {
    if (path.includes('mail-gateway')) return { status: 200, body: 'ok\n' }
    if (path.includes('/attachments')) {
      return { status: 200, body: JSON.stringify({ items: [{ id: '1', TransactionId: '35' }] }) }
    }
    return { status: 200, body: JSON.stringify({ items: [], Version: '5.0.3' }) }
  },
  keyOf: ({ path, body }) => {
    const mail = path.includes('mail-gateway') && new URLSearchParams(body).get('message')
    return mail ? /Message-ID: <homing\.[^.]+\.([^@]+)@/.exec(mail)?.[1] : undefined
  },
  // RT may have taken a mail and failed afterwards; it can be looked up, so it is.
  failures: { 500: 'unknown', 502: 'unknown' },
})

describe('webhook: what is posted', () => {
  test('verifies with the official library, and has the words and the page', async () => {
    let seen: { body: string; headers: Record<string, string> } | undefined
    const parsed = webhook.configure({ url: 'https://far.test/hook', secrets: [SECRET] })
    if (!parsed.ok) throw new Error('settings')
    const now = Date.now()
    await webhook.send(outbound({ page: { url: 'https://shop.test/p' } }), parsed.settings, {
      now,
      signal: new AbortController().signal,
      fetch: async (_url, init) => {
        const body = new TextDecoder().decode(init?.body as Uint8Array)
        seen = { body, headers: Object.fromEntries(new Headers(init?.headers)) }
        return new Response(null, { status: 202 })
      },
    })
    const event: unknown = new Webhook(SECRET).verify(seen?.body ?? '', seen?.headers ?? {})
    expect(event).toMatchObject({
      type: 'message.created',
      data: {
        conversation: { id: CONVERSATION, page: { url: 'https://shop.test/p' } },
        contact: { id: '01890000-0000-7000-8000-00000000aaaa' },
        message: { role: 'visitor', text: 'secret words of the visitor', seq: 1 },
      },
    })
  })
})

describe('request-tracker: recorded webhooks', () => {
  const file = join(import.meta.dirname, 'fixtures/request-tracker/webhooks.json')
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as {
    secret: string
    webhooks: { headers: Record<string, string>; body: string }[]
  }
  const parsed = requestTracker.configure({
    url: 'https://rt.test',
    token: 't',
    rtname: 'rt.test',
    visitorDomain: 'visitors.test',
    webhookSecrets: [recorded.secret],
  })
  if (!parsed.ok) throw new Error(parsed.problems.join())
  const requests: RawWebhook[] = recorded.webhooks.map(({ headers, body }) => ({
    method: 'POST',
    headers,
    url: '/v1/hooks/rt',
    body: new TextEncoder().encode(body),
  }))

  test('each verifies at its time', () => {
    expect(requests.length).toBeGreaterThanOrEqual(7)
    for (const request of requests) {
      const now = Number(request.headers['webhook-timestamp']) * 1000
      expect(requestTracker.verify(request, parsed.settings, now)).toEqual({ ok: true })
    }
  })

  test('the facts are what people expect: no noise of opening, files by name, echoes marked', () => {
    const facts = requests.flatMap((request) => parse(request, parsed.settings))
    expect(
      facts.map((fact) =>
        fact.kind === 'message'
          ? [fact.event, fact.author.name, fact.echo, fact.body]
          : [fact.event, fact.kind, fact.kind === 'status' && fact.status],
      ),
    ).toEqual([
      ['txn-36', 'Ann', true, { type: 'text', text: 'is it blue?' }],
      ['txn-38', 'Mia Agent', false, { type: 'text', text: 'Grüezi 👋 yes it is.' }],
      ['txn-40', 'Mia Agent', false, { type: 'text', text: 'Yes & no' }],
      ['txn-42', 'Mia Agent', false, { type: 'text', text: 'the sheet\n📎 size.pdf' }],
      ['txn-44', 'status', 'resolved'],
      ['txn-46', 'status', 'open'],
    ])
  })
})
