import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import { messagingEvent, metaSigned } from '../../../test/meta-signed.ts'
import type { ConnectorIo } from '../connector.ts'
import { messenger } from './index.ts'

const PAGE = '100200300400500'
const PERSON = '7001002003004005'
const APP = '517776481860111'
const NOW = 1_790_000_000_000
const GOOD = {
  pageId: PAGE,
  token: 'page-token',
  appSecret: ['new-app-secret', 'app-secret'],
  verifyToken: 'verify-token',
  appId: APP,
}

const sign = (body: string) => metaSigned(body, 'app-secret')
const eventOf = (event: object) => messagingEvent('page', PAGE, NOW, event)

const HEALTHY: readonly (readonly [RegExp, object])[] = [
  [/\/messages$/, { recipient_id: PERSON, message_id: 'm_1' }],
  [/\/me\?/, { id: PAGE, name: 'Shop' }],
  [
    /\/subscribed_apps$/,
    {
      data: [
        { id: '1', subscribed_fields: [] },
        {
          id: APP,
          subscribed_fields: [
            'messages',
            'messaging_postbacks',
            'messaging_referrals',
            'message_deliveries',
            'message_echoes',
          ],
        },
      ],
    },
  ],
  [
    /\/subscriptions$/,
    { data: [{ object: 'page', active: true, callback_url: 'https://relay.test/v1/hooks/m' }] },
  ],
  [/\/debug_token\?/, { data: { expires_at: 0 } }],
]
const healthy = (path: string): object => HEALTHY.find(([at]) => at.test(path))?.[1] ?? {}

connectorContract({
  connector: messenger,
  settings: (url) => ({ ...GOOD, url }),
  required: ['pageId', 'token', 'appSecret', 'verifyToken'],
  wrong: {
    pageId: 'My shop',
    token: 'two words',
    appSecret: 7,
    appId: 'app',
    username: 'My shop',
    humanAgent: 'yes',
    url: 'x',
    version: '25',
  },
  sign,
  signature: { headers: ['x-hub-signature-256'], stamped: false, covers: true },
  message: eventOf({
    sender: { id: PERSON },
    recipient: { id: PAGE },
    message: { mid: 'm_1', text: 'hi' },
  }),
  by: 'visitor',
  echo: eventOf({
    sender: { id: PAGE },
    recipient: { id: PERSON },
    message: { mid: 'm_2', is_echo: true, app_id: Number(APP), text: 'hi' },
  }),
  unknown: eventOf({ sender: { id: PERSON }, optin: { ref: 'x' } }),
  healthy: ({ path }) => ({ status: 200, body: JSON.stringify(healthy(path)) }),
  keyOf: ({ body }) => /"metadata":"homing:([^"]+)"/.exec(body)?.[1],
  // Without Meta's own word a failure on the way may be behind a message that arrived.
  failures: { 500: 'unknown', 502: 'unknown' },
})

const parsed = messenger.configure(GOOD)
if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
const { settings } = parsed

describe('messenger: what a webhook tells', () => {
  const file = join(import.meta.dirname, '../../../test/fixtures/messenger/webhook.json')
  const request = sign(readFileSync(file, 'utf8'))
  const facts = messenger.parse(request, settings)
  const at = (event: string) => facts.find((fact) => fact.event === event)

  test('C11: each event once, under an id of its own; what is not for us is left out', () => {
    expect(messenger.verify(request, settings, NOW)).toEqual({ ok: true })
    expect(facts.map(({ event }) => event)).toEqual([
      'm_in-1',
      'm_in-2',
      'm_in-3',
      'm_in-4',
      'm_out-1:echo',
      'm_out-2',
      'm_out-3',
      'm_out-1:delivered',
      'm_out-2:delivered',
      'm_in-5',
      'm_in-6',
      `${PERSON}:1790000000013`,
      'm_in-1:edit:1',
    ])
    for (const { side, where } of facts) {
      expect({ side, where }).toEqual({ side: 'reach', where: { thread: PERSON } })
    }
  })

  test("a person's words are a visitor's", () => {
    expect(at('m_in-1')).toEqual({
      kind: 'message',
      event: 'm_in-1',
      side: 'reach',
      where: { thread: PERSON },
      time: 1_790_000_000_001,
      externalId: 'm_in-1',
      author: { role: 'visitor', id: PERSON },
      echo: false,
      body: { type: 'text', text: 'Is the blue one in stock? 👋' },
    })
  })

  test('files come by reference; cards, places and what cannot be told as words', () => {
    expect(at('m_in-2')).toMatchObject({
      body: { type: 'text', text: 'Like these' },
      media: [{ reference: 'https://cdn.test/1.jpg' }, { reference: 'https://cdn.test/2.jpg' }],
    })
    expect(at('m_in-3')).toMatchObject({
      body: {
        text: 'A blue shirt\nhttps://shop.test/blue\n📍 https://www.google.com/maps?q=52.52,13.4',
      },
    })
    expect(at('m_in-4')).toMatchObject({
      body: { type: 'unsupported', fallback: 'Sent something that Messenger does not pass on.' },
    })
    expect(at('m_in-1:edit:1')).toMatchObject({ body: { text: '✏️ Is the red one in stock?' } })
  })

  test('what we sent comes back with its key, which settles a send whose answer was lost', () => {
    expect(at('m_out-1:echo')).toMatchObject({
      kind: 'receipt',
      externalId: 'm_out-1',
      key: '01890000-0000-7000-8000-0000000000d9',
      state: 'sent',
    })
  })

  test("what a person typed in the Page's inbox is an agent's word; another program's of our app is none", () => {
    expect(at('m_out-2')).toMatchObject({
      kind: 'message',
      author: { role: 'agent', id: PAGE },
      echo: false,
    })
    expect(at('m_out-3')).toMatchObject({ kind: 'message', echo: true })
  })

  test('without appId our own note still tells what is ours', () => {
    const { appId: _, ...without } = GOOD
    const other = messenger.configure(without)
    if (!other.ok) throw new Error(other.problems.join('\n'))
    const again = messenger.parse(request, other.settings)
    expect(again.find(({ event }) => event === 'm_out-1:echo')?.kind).toBe('receipt')
    expect(again.find(({ event }) => event === 'm_out-3')).toMatchObject({ echo: false })
  })

  test('C9: what was delivered is told by its id; a time alone settles nothing', () => {
    expect(at('m_out-1:delivered')).toMatchObject({ kind: 'receipt', state: 'delivered' })
    expect(facts.some(({ kind }) => kind === 'read')).toBe(false)
  })

  test('a one-time code in the link counts like one in words; other notes are skipped', () => {
    expect(at('m_in-5')).toMatchObject({ body: { text: 'HM-23456789AB' } })
    expect(at('m_in-6')).toMatchObject({ body: { text: 'Opening hours' } })
    expect(at(`${PERSON}:1790000000013`)).toMatchObject({ body: { text: 'HM-CDEFGHJKLM' } })
    expect(at(`${PERSON}:1790000000014`)).toBe(undefined)
  })
})

describe('messenger: a send', () => {
  test('C10: is an answer with our note, the same on every try', async () => {
    const bodies: unknown[] = []
    const io: ConnectorIo = {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (_url, init) => {
        bodies.push(typeof init?.body === 'string' ? JSON.parse(init.body) : undefined)
        return Response.json({ recipient_id: PERSON, message_id: 'm_1' })
      },
    }
    const entry = { ...outbound().entry, body: { type: 'text', text: 'Yes.' } } as const
    const sending = outbound({ role: 'reach', thread: PERSON, entry })
    await messenger.send(sending, settings, io)
    await messenger.send(sending, settings, io)
    expect(bodies[0]).toEqual({
      recipient: { id: PERSON },
      messaging_type: 'RESPONSE',
      message: { text: 'Yes.', metadata: `homing:${sending.key}` },
    })
    expect(bodies[1]).toEqual(bodies[0])
  })
})

describe('messenger: the doctor', () => {
  const look = (changes: readonly (readonly [RegExp, object])[] = []) => {
    const io: ConnectorIo = {
      now: NOW,
      signal: new AbortController().signal,
      fetch: async (url) =>
        Response.json(changes.find(([at]) => at.test(url))?.[1] ?? healthy(url)),
    }
    return messenger.doctor(settings, io)
  }

  test('is content when all is well', async () => {
    const findings = await look()
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(findings[0]?.message).toContain('Shop')
  })

  test.each([
    [/\/me\?/, { id: '42', name: 'Other' }, 'that of 42'],
    [
      /\/subscribed_apps$/,
      { data: [{ id: APP, subscribed_fields: ['messages'] }] },
      'message_echoes',
    ],
    [/\/subscriptions$/, { data: [{ object: 'page', active: false }] }, 'no webhook'],
    [
      /\/debug_token\?/,
      { data: { expires_at: NOW / 1000 + 3_600 } },
      'the token ends on 2026-09-21',
    ],
  ] as const)('says what is wrong: %s', async (path, answer, words) => {
    const problems = (await look([[path, answer]])).filter(({ level }) => level === 'problem')
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain(words)
  })
})
