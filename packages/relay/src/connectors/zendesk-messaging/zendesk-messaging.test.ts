import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectorContract } from '../../../test/contracts/connector-contract.ts'
import type { Answer, SeenRequest } from '../../../test/fault-server.ts'
import { APP, NOW, SECRET, given, settingsOf } from '../../../test/zendesk-messaging-rig.ts'
import type { Json } from '../../../test/zendesk-messaging-rig.ts'
import type { RawWebhook } from '../connector.ts'
import { zendeskMessaging } from './index.ts'

const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const THREAD = '66f0a1b2c3d4e5f6000000c1'
const KEY = '01890000-0000-7000-8000-0000000000d9'

const sign = (body: string): RawWebhook => ({
  method: 'POST',
  headers: { 'x-api-key': SECRET },
  url: '/v1/hooks/zm',
  body: new TextEncoder().encode(body),
})

const recorded = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../test/fixtures/zendesk-messaging/webhooks.json'),
    'utf8',
  ),
) as { readonly about: string; readonly event: Json & { readonly payload: Json } }[]
const eventOf = (about: string): Json & { readonly payload: Json } => {
  const found = recorded.find((each) => each.about === about)
  if (!found) throw new Error(about)
  return found.event
}
const call = (...events: readonly unknown[]): Json => ({
  app: { id: APP },
  webhook: { id: '66f0000000000000000000f1', version: 'v2' },
  events,
})
const parse = (...events: readonly unknown[]) =>
  zendeskMessaging.parse(sign(JSON.stringify(call(...events))), settingsOf())

const ANSWER = eventOf('an agent answers')
/** The agent's answer, with something else about its message. */
const answer = (change: Json): Json => ({
  ...ANSWER,
  payload: { ...ANSWER.payload, message: { ...(ANSWER.payload['message'] as Json), ...change } },
})

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) })

function healthy({ method, path }: SeenRequest): Answer {
  if (path.endsWith('/messages') && method === 'POST')
    return json({ messages: [{ id: 'e9' }] }, 201)
  if (path.includes('/messages')) return json({ messages: [], meta: { hasMore: false } })
  return json({ app: { id: APP, displayName: 'Shop' } })
}

connectorContract({
  connector: zendeskMessaging,
  settings: (url) => given({ url }),
  required: ['url', 'app', 'keyId', 'secret', 'webhookSecrets'],
  wrong: {
    url: 'acme',
    app: 7,
    keyId: 'app_1:secret',
    secret: '',
    webhookSecrets: ['short'],
    visitorEmail: 'yes',
  },
  sign,
  signature: { headers: ['x-api-key'], stamped: false, covers: false },
  message: JSON.stringify(call(ANSWER)),
  echo: JSON.stringify(call(eventOf("the visitor's words, as the relay sent them"))),
  unknown: JSON.stringify(call({ id: 'x', type: 'client:add', payload: {} })),
  thread: THREAD,
  healthy,
  keyOf: ({ method, path, body }) =>
    method === 'POST' && path.endsWith('/messages')
      ? /"homing_key":"([^"]+)"/.exec(body)?.[1]
      : undefined,
  // A conversation that is gone is opened anew; what may have been written is looked for.
  failures: { 404: 'thread-gone', 500: 'unknown', 502: 'unknown' },
})

describe('zendesk-messaging: settings', () => {
  test("Zendesk's own hosts have the API below /sc", () => {
    expect(settingsOf().base).toBe('https://acme.zendesk.com/sc')
    expect(settingsOf({ url: 'https://acme.zendesk.com/sc/' }).base).toBe(
      'https://acme.zendesk.com/sc',
    )
    expect(settingsOf({ url: 'https://api.smooch.io/' }).base).toBe('https://api.smooch.io')
  })
})

describe('zendesk-messaging: webhooks', () => {
  test.each([SECRET.slice(0, -1), `${SECRET}x`, SECRET.toUpperCase(), ' '])(
    'the key %j does not verify',
    (key) => {
      const request = { ...sign('{}'), headers: { 'x-api-key': key } }
      expect(zendeskMessaging.verify(request, settingsOf(), NOW)).toMatchObject({
        ok: false,
        status: 401,
      })
    },
  )

  test('either of two secrets verifies, so that one can be changed for the other', () => {
    const both = settingsOf({ webhookSecrets: ['another-secret-of-it', SECRET] })
    expect(zendeskMessaging.verify(sign('{}'), both, NOW)).toEqual({ ok: true })
  })

  test("an agent's answer is a message of its thread", () => {
    expect(parse(ANSWER)).toEqual([
      {
        event: 'message:66f0a1b2c3d4e5f6000000e9',
        where: { thread: THREAD },
        time: Date.parse('2026-09-21T13:33:22.225Z'),
        kind: 'message',
        externalId: '66f0a1b2c3d4e5f6000000e9',
        author: { role: 'agent', id: 'Mia', name: 'Mia' },
        body: { type: 'text', text: 'Yes, two are left 👋' },
        echo: false,
      },
    ])
  })

  test('where the conversation says which of ours it is, nobody need be asked', () => {
    const conversation = { id: THREAD, metadata: { homing_conversation: CONVERSATION } }
    const payload = { ...ANSWER.payload, conversation }
    expect(parse({ ...ANSWER, payload })).toMatchObject([{ where: { conversation: CONVERSATION } }])
  })

  test('several events of one call are told in order, and those of no use left out', () => {
    const facts = parse(
      eventOf('an agent types'),
      { id: 'x', type: 'user:update', payload: {} },
      null,
      eventOf('an agent has read'),
      ANSWER,
    )
    expect(facts.map(({ kind }) => kind)).toEqual(['typing', 'read', 'message'])
  })

  test('another app is not for us', () => {
    const body = JSON.stringify({ ...call(ANSWER), app: { id: 'another' } })
    expect(zendeskMessaging.parse(sign(body), settingsOf())).toEqual([])
  })

  test('what the business said under our key is an echo', () => {
    expect(parse(answer({ metadata: { homing_key: KEY } }))).toMatchObject([{ echo: true }])
  })

  test.each([
    ['the workspace', { source: { type: 'zd:agentWorkspace' } }, 'agent'],
    ["Zendesk's own bot", { source: { type: 'zd:answerBot' } }, 'bot'],
    ['another program', { source: { type: 'api:conversations' } }, 'bot'],
    ['a marked bot', { author: { type: 'business', subtypes: ['AI'] } }, 'bot'],
  ])('what comes from %s is told as such', (_what, change, role) => {
    expect(parse(answer(change))).toMatchObject([{ author: { role } }])
  })

  test("an activity is nobody's words", () => {
    expect(parse(answer({ author: { type: 'business', subtypes: ['activity'] } }))).toEqual([])
  })

  test.each([
    [{ type: 'text', htmlText: '<p>Hi <b>there</b></p>' }, 'Hi there'],
    [
      {
        type: 'text',
        text: 'Which?',
        actions: [
          { type: 'reply', text: 'Mug' },
          { type: 'link', text: 'See', uri: 'https://a.test' },
        ],
      },
      'Which?\n• Mug\n• See https://a.test',
    ],
    [
      { type: 'carousel', items: [{ title: 'Mug', description: 'blue', actions: [] }] },
      '• Mug: blue',
    ],
    [{ type: 'form', fields: [{ label: 'Your e-mail' }] }, '• Your e-mail'],
    [
      { type: 'location', coordinates: { lat: 47.3, long: 8.5 }, location: { name: 'Shop' } },
      'Shop 47.3, 8.5',
    ],
  ])('%j is told in words', (content, text) => {
    expect(parse(answer({ content }))).toMatchObject([{ body: { type: 'text', text } }])
  })

  test('a file comes along by its address', () => {
    const content = {
      type: 'image',
      mediaUrl: 'https://acme.zendesk.com/sc/attachments/v2/a.png',
      mediaType: 'image/png',
      altText: 'a.png',
    }
    expect(parse(answer({ content }))).toMatchObject([
      {
        body: { text: '' },
        media: [{ reference: content.mediaUrl, name: 'a.png', type: 'image/png' }],
      },
    ])
    expect(parse(answer({ content: { mediaUrl: 'file:///etc/passwd' } }))).toEqual([])
  })

  test("agents' typing and reading are told, users' are ours coming back", () => {
    expect(parse(eventOf('an agent types'))).toMatchObject([
      { kind: 'typing', on: true, author: { role: 'agent', name: 'Mia' } },
    ])
    for (const about of ['an agent types', 'an agent has read']) {
      const event = eventOf(about)
      const activity = { ...(event.payload['activity'] as Json), author: { type: 'user' } }
      expect(parse({ ...event, payload: { ...event.payload, activity } })).toEqual([])
    }
  })

  test('a closed ticket is resolved; one that goes on by mail is not', () => {
    const closed = eventOf('the ticket was closed')
    expect(parse(closed)).toMatchObject([
      {
        kind: 'status',
        status: 'resolved',
        where: { thread: THREAD },
        time: Date.parse('2026-09-21T14:00:00Z'),
      },
    ])
    const payload = { ...closed.payload, reason: 'transferToEmail' }
    expect(parse({ ...closed, payload })).toEqual([])
  })

  test('a delivery that failed is a receipt, with the code and without the words', () => {
    const failure = eventOf('it could not be delivered')
    expect(parse(failure)).toMatchObject([
      {
        kind: 'receipt',
        state: 'failed',
        externalId: '66f0a1b2c3d4e5f6000000e8',
        reason: 'Zendesk could not deliver it (uncategorized_error)',
      },
    ])
    const payload = { ...failure.payload, isFinalEvent: false }
    expect(parse({ ...failure, payload })).toEqual([])
  })

  test('users who became one move the thread, where conversations became one', () => {
    const merge = eventOf('two users became one')
    expect(parse(merge)).toEqual([
      {
        event: merge['id'],
        kind: 'moved',
        where: { thread: THREAD },
        thread: '66f0a1b2c3d4e5f6000000c2',
      },
    ])
    expect(parse({ ...merge, payload: { mergedUsers: {} } })).toEqual([])
  })
})

describe('zendesk-messaging: files', () => {
  test.each([
    ['https://acme.zendesk.com/sc/attachments/v2/a', true],
    ['https://files.test/a', false],
  ])('%s is shown the key: %s', async (reference, shown) => {
    const got = await zendeskMessaging.media(reference, settingsOf(), {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (_url, init) => {
        expect(new Headers(init?.headers).has('authorization')).toBe(shown)
        return new Response('bytes', { headers: { 'content-type': 'image/png' } })
      },
    })
    expect(got).toMatchObject({ type: 'image/png' })
  })
})

describe('zendesk-messaging: the doctor', () => {
  const problems = async (webhook: Json, app: Json = {}): Promise<string> => {
    const findings = await zendeskMessaging.doctor(settingsOf({ integration: 'i1' }), {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (url) =>
        Response.json(
          url.endsWith('/webhooks') ? { webhooks: [webhook] } : { app: { settings: app } },
        ),
    })
    const found = findings.filter(({ level }) => level === 'problem')
    return found.map(({ message }) => message).join(' ')
  }
  const target = 'https://relay.test/v1/hooks/zm'

  test('names what is missing', async () => {
    expect(await problems({ target: 'https://else.test', triggers: ['*'] })).toMatch('/v1/hooks/')
    expect(await problems({ target, triggers: ['conversation:read'] })).toMatch(
      'not told of conversation:message, switchboard:releaseControl',
    )
    expect(await problems({ target, triggers: ['*'] }, { multiConvoEnabled: false })).toMatch(
      'multiple conversations',
    )
  })

  test('finds nothing wrong with what is right', async () => {
    expect(await problems({ target, triggers: ['*'] }, { multiConvoEnabled: true })).toBe('')
  })
})
