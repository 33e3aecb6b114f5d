import { describe, expect, test } from 'vitest'
import { metaSigned } from '../../../test/meta-signed.ts'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import {
  MERCHANT,
  NUMBER_ID,
  message,
  status,
  text,
} from '../../../test/fixtures/whatsapp/webhooks.ts'
import type { ConnectorIo, Outbound, SendError } from '../connector.ts'
import { troubleOf } from './errors.ts'
import { whatsapp } from './index.ts'
import type { WhatsAppSettings } from './types.ts'

const SECRET = 'an app secret'
const GOOD = {
  phoneNumberId: NUMBER_ID,
  token: 'EAA-token-of-a-system-user',
  appSecret: SECRET,
  verifyToken: 'our verify token',
  merchant: '+49 170 12345678',
  accountId: '900800700',
  templateName: 'new_message',
  templateLanguage: 'en_US',
  templateValues: ['{site}', 'about {tag}'],
}

connectorContract({
  connector: whatsapp,
  settings: (url) => ({ ...GOOD, url }),
  required: ['phoneNumberId', 'token', 'appSecret', 'verifyToken'],
  wrong: {
    phoneNumberId: '+49 170 1234567',
    token: 'two words of a token',
    appSecret: [7],
    verifyToken: '',
    merchant: 'Mia',
    number: 'my number',
    accountId: 'shop',
    templateName: 'New Message',
    templateLanguage: 7,
    url: 'ftp://x',
    version: '23',
  },
  sign: (body) => metaSigned(body, SECRET),
  signature: { headers: ['x-hub-signature-256'], stamped: false, covers: true },
  message: JSON.stringify(message(text('hi'), MERCHANT, 'Mia')),
  unknown: JSON.stringify(message({ type: 'reaction', reaction: { emoji: '👍' } })),
  healthy: ({ path }) => ({ status: 200, body: JSON.stringify(healthyAnswer(path)) }),
  keyOf: ({ path, body }) =>
    path.endsWith('/messages')
      ? (JSON.parse(body) as { biz_opaque_callback_data: string }).biz_opaque_callback_data.slice(7)
      : undefined,
  // Not Meta's own words: whoever spoke for it may have passed the message on.
  failures: { 500: 'unknown', 502: 'unknown' },
})

function healthyAnswer(path: string): unknown {
  const { pathname } = new URL(path, 'https://graph.test')
  if (pathname.endsWith('/messages')) {
    return { messaging_product: 'whatsapp', contacts: [], messages: [{ id: 'wamid.out1' }] }
  }
  if (pathname.endsWith('/debug_token')) {
    const scopes = ['whatsapp_business_messaging', 'whatsapp_business_management']
    return { data: { app_id: '77', is_valid: true, expires_at: 0, scopes } }
  }
  if (pathname.endsWith('/77/subscriptions')) {
    const hook = { callback_url: 'https://relay.test/v1/hooks/wa', fields: [{ name: 'messages' }] }
    return { data: [{ object: 'whatsapp_business_account', ...hook }] }
  }
  if (pathname.endsWith('/subscribed_apps')) return { data: [{ id: '77' }] }
  if (pathname.endsWith('/message_templates')) {
    return { data: [{ name: 'new_message', language: 'en_US', status: 'APPROVED' }] }
  }
  return {
    display_phone_number: '+1 555 000 1111',
    verified_name: 'Tea house',
    quality_rating: 'GREEN',
  }
}

function settings(changes: Record<string, unknown> = {}): WhatsAppSettings {
  const parsed = whatsapp.configure({ ...GOOD, url: 'https://graph.test', ...changes })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

interface Sent {
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** A far side of one answer, and what it was asked. */
function farSide(answer: (path: string) => Response): { io: ConnectorIo; sent: Sent[] } {
  const sent: Sent[] = []
  const io: ConnectorIo = {
    now: 1_790_000_000_000,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const body = typeof init?.body === 'string' ? init.body : '{}'
      const fields = JSON.parse(body) as Record<string, unknown>
      sent.push({ url, headers: new Headers(init?.headers), body: fields })
      return answer(url)
    },
  }
  return { io, sent }
}

const wordsIn = (request?: Sent): string => {
  const words = request?.body['text'] as { body?: string } | undefined
  return words?.body ?? ''
}
const healthy = () => farSide((path) => Response.json(healthyAnswer(path)))
const refusing = (status: number, error: object, headers = {}) =>
  farSide(() => Response.json({ error }, { status, headers }))
const failureOf = async (work: Promise<unknown>): Promise<SendError> =>
  work.then(
    () => expect.fail('it was taken'),
    (error: SendError) => error,
  )

const reach = (changes: Partial<Outbound> = {}): Outbound =>
  outbound({
    role: 'reach',
    thread: '41791112233',
    entry: { ...outbound().entry, author: { role: 'agent', id: 'mia', name: 'Mia' } },
    ...changes,
  })

describe('what is sent', () => {
  test('to a visitor: plain text to the number, with the key and a named program', async () => {
    const { io, sent } = healthy()
    expect(await whatsapp.send(reach(), settings(), io)).toEqual({ externalIds: ['wamid.out1'] })
    expect(sent[0]?.url).toBe(`https://graph.test/v23.0/${NUMBER_ID}/messages`)
    expect(sent[0]?.headers.get('user-agent')).toMatch(/^homing\/\d+\.\d+\.\d+$/)
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer EAA-token-of-a-system-user')
    expect(sent[0]?.body).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '41791112233',
      type: 'text',
      text: { body: 'secret words of the visitor', preview_url: false },
      biz_opaque_callback_data: `homing:${outbound().key}`,
    })
  })

  test('to somebody without a number: by the id Meta gave', async () => {
    const { io, sent } = healthy()
    await whatsapp.send(reach({ thread: 'CH.8812345678901234' }), settings(), io)
    expect(sent[0]?.body).toMatchObject({ recipient: 'CH.8812345678901234' })
    expect(sent[0]?.body).not.toHaveProperty('to')
  })

  test("to the merchant's phone: whatever the thread, to the number of the settings", async () => {
    const { io, sent } = healthy()
    await whatsapp.send(outbound(), settings(), io)
    expect(sent[0]?.body).toMatchObject({ to: MERCHANT })
    const failure = await failureOf(whatsapp.send(outbound(), without('merchant'), io))
    expect(failure.failure).toBe('needs-reauth')
    expect(sent).toHaveLength(1)
  })

  test('a bot is named as one; a status is no word for a visitor; an unknown body says its fallback', async () => {
    const { io, sent } = healthy()
    const { entry } = reach()
    const bot = { role: 'bot', id: 'b', name: 'Robo' } as const
    await whatsapp.send(reach({ entry: { ...entry, author: bot } }), settings(), io)
    const card = { type: 'card', fallback: 'A card' }
    await whatsapp.send(reach({ entry: { ...entry, body: card } }), settings(), io)
    const resolved = { type: 'status', status: 'resolved' } as const
    const quiet = reach({ entry: { ...entry, body: resolved } })
    expect(await whatsapp.send(quiet, settings(), io)).toEqual({ externalIds: [] })
    expect(sent.map(wordsIn)).toEqual(['Robo (bot): secret words of the visitor', 'A card'])
  })

  test('what was said before goes along to the merchant as far as there is room', async () => {
    const { io, sent } = healthy()
    const { entry } = outbound()
    const before = Array.from({ length: 90 }, (_, index) => ({
      ...entry,
      seq: index + 1,
      body: { type: 'text' as const, text: `line ${index} ${'x'.repeat(90)}` },
    }))
    await whatsapp.send(outbound({ before, omitted: 3 }), settings(), io)
    const body = wordsIn(sent[0])
    expect(body.length).toBeLessThanOrEqual(4_096)
    expect(body).toMatch(/^\(\d+ earlier messages are left out\)\nVisitor: line/)
    expect(body).toContain('line 89')
    expect(body.endsWith('\n\nsecret words of the visitor')).toBe(true)
  })

  test('a notice goes to the merchant, and never over the limit or through a character', async () => {
    const { io, sent } = healthy()
    await whatsapp.notice('👋'.repeat(3_000), settings(), io)
    const body = wordsIn(sent[0])
    expect(body.length).toBeLessThanOrEqual(4_096)
    expect(body.isWellFormed()).toBe(true)
    expect(sent[0]?.body).not.toHaveProperty('biz_opaque_callback_data')
  })

  test('an answer without an id may have been taken', async () => {
    const { io } = farSide(() => Response.json({}))
    expect((await failureOf(whatsapp.send(reach(), settings(), io))).failure).toBe('unknown')
  })
})

describe('the closed window', () => {
  test('is woken with the approved template, whose statuses settle no entry', async () => {
    const { io, sent } = healthy()
    expect(await whatsapp.wake(reach(), settings(), io)).toEqual({ externalIds: ['wamid.out1'] })
    const values = ['Test shop', 'about 7F3A'].map((value) => ({ type: 'text', text: value }))
    expect(sent[0]?.body).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '41791112233',
      type: 'template',
      template: {
        name: 'new_message',
        language: { code: 'en_US', policy: 'deterministic' },
        components: [{ type: 'body', parameters: values }],
      },
      biz_opaque_callback_data: `homing-wake:${outbound().key}`,
    })
  })

  test('stays closed without a template, and nothing is sent', async () => {
    const { io, sent } = healthy()
    const none = without('templateName', 'templateLanguage', 'templateValues')
    expect((await failureOf(whatsapp.wake(reach(), none, io))).failure).toBe('needs-template')
    expect(sent).toEqual([])
  })

  test('a value is one line, never empty, and not a pattern of anything', async () => {
    const { io, sent } = healthy()
    const odd = reach({ visitor: { id: 'v', name: 'Ann $&\n  Lee' } })
    await whatsapp.wake(odd, settings({ templateValues: ['{visitor}', '  '] }), io)
    expect(sent[0]?.body).toMatchObject({
      template: { components: [{ parameters: [{ text: 'Ann $& Lee' }, { text: '-' }] }] },
    })
  })
})

describe("Meta's refusals", () => {
  test.each([
    [0, 'needs-reauth'],
    [2, 'retry'],
    [4, 'retry'],
    [10, 'needs-reauth'],
    [100, 'bad-content'],
    [190, 'needs-reauth'],
    [200, 'needs-reauth'],
    [299, 'needs-reauth'],
    [368, 'needs-reauth'],
    [80007, 'retry'],
    [130429, 'retry'],
    [131000, 'retry'],
    [131009, 'bad-content'],
    [131021, 'bad-recipient'],
    [131026, 'bad-recipient'],
    [131031, 'needs-reauth'],
    [131042, 'needs-reauth'],
    [131047, 'needs-template'],
    [131048, 'needs-reauth'],
    [131051, 'bad-content'],
    [131056, 'retry'],
    [132001, 'needs-template'],
    [132015, 'needs-template'],
    [133010, 'needs-reauth'],
  ] as const)('code %i is %s, in an answer and in a status', async (code, failure) => {
    // A status that contradicts the code, so that it is the code that decides.
    const { io } = refusing(code === 190 ? 400 : 401, { code, message: 'not for operators' })
    const error = await failureOf(whatsapp.send(reach(), settings(), io))
    expect(error.failure).toBe(failure)
    expect(error.message).not.toContain('not for operators')
    expect(error.message).toContain(String(code))
    expect(troubleOf(code)).toMatchObject({ failure })
    const told = status('failed', { errors: [{ code, title: 'not for operators' }] })
    expect(parsed(told)).toMatchObject([{ kind: 'receipt', state: 'failed', failure }])
  })

  test('the number that does not exist is no fault of the words', async () => {
    const { io } = refusing(400, { code: 100, error_subcode: 33 })
    expect((await failureOf(whatsapp.send(reach(), settings(), io))).failure).toBe('needs-reauth')
  })

  test('too fast to one person: again after six seconds, or when Meta says', async () => {
    const pair = refusing(400, { code: 131056 })
    expect((await failureOf(whatsapp.send(reach(), settings(), pair.io))).retryAfter).toBe(6_000)
    const told = refusing(429, { code: 130429 }, { 'retry-after': '7' })
    expect((await failureOf(whatsapp.send(reach(), settings(), told.io))).retryAfter).toBe(7_000)
  })

  test('a code nobody knows: again when it is passing, else parked', async () => {
    const passing = refusing(400, { code: 999_001, is_transient: true })
    expect((await failureOf(whatsapp.send(reach(), settings(), passing.io))).failure).toBe('retry')
    const final = refusing(400, { code: 999_001 })
    const { failure } = await failureOf(whatsapp.send(reach(), settings(), final.io))
    expect(failure).toBe('bad-content')
  })
})

describe('files', () => {
  const about = (url: string) => (path: string) =>
    path.includes('/77700?')
      ? Response.json({ url, mime_type: 'image/jpeg' })
      : new Response('bytes', { headers: { 'content-type': 'image/jpeg' } })

  test('an id becomes an address, and the address bytes, both with the token', async () => {
    const url = 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77700'
    const { io, sent } = farSide(about(url))
    const { bytes, type } = await whatsapp.media('77700', settings(), io)
    expect(new TextDecoder().decode(bytes)).toBe('bytes')
    expect(type).toBe('image/jpeg')
    expect(sent.map((each) => each.url)).toEqual([
      `https://graph.test/v23.0/77700?phone_number_id=${NUMBER_ID}`,
      url,
    ])
    expect(sent[1]?.headers.get('authorization')).toMatch(/^Bearer EAA/)
  })

  test.each([
    'https://evil.test/x',
    'http://lookaside.fbsbx.com/x',
    'https://notfbsbx.com/x',
    'https://lookaside.fbsbx.com.evil.test/x',
    '',
  ])('the token goes nowhere else: %j', async (url) => {
    const { io, sent } = farSide(about(url))
    const { failure } = await failureOf(whatsapp.media('77700', settings(), io))
    expect(failure).toBe('bad-content')
    expect(sent).toHaveLength(1)
  })

  test('one that is gone is gone; one that is late may come', async () => {
    const gone = refusing(400, { code: 131052 })
    expect((await failureOf(whatsapp.media('77700', settings(), gone.io))).failure).toBe(
      'bad-content',
    )
    const busy = refusing(500, { code: 2 })
    expect((await failureOf(whatsapp.media('77700', settings(), busy.io))).failure).toBe('retry')
  })
})

describe('the doctor', () => {
  const told = async (answer: (path: string) => unknown, changes = {}): Promise<string[]> => {
    const { io } = farSide((path) => Response.json(answer(path)))
    const findings = await whatsapp.doctor(settings(changes), io)
    return findings.map(({ level, message: sentence }) => `${level}: ${sentence}`)
  }
  /** All is well but for one answer. */
  const but = (end: string, answer: unknown) => (path: string) =>
    new URL(path).pathname.endsWith(end) ? answer : healthyAnswer(path)

  test('finds nothing where all is well', async () => {
    const sentences = await told(healthyAnswer)
    expect(sentences).toHaveLength(5)
    expect(sentences.every((sentence) => sentence.startsWith('ok: '))).toBe(true)
    expect(sentences.join()).toContain('https://relay.test/v1/hooks/wa')
  })

  test('names a token that ends, or may too little', async () => {
    const scopes = ['whatsapp_business_messaging', 'whatsapp_business_management']
    const data = { app_id: '77', expires_at: 1_790_000_000 + 7_200, scopes }
    expect((await told(but('/debug_token', { data }))).join()).toContain('ends in 2 hours')
    const poor = { data: { app_id: '77', scopes: ['whatsapp_business_messaging'] } }
    expect((await told(but('/debug_token', poor))).join()).toContain('whatsapp_business_management')
  })

  test('names a webhook that is not registered, and a field that is not ticked', async () => {
    const none = { data: [] }
    expect((await told(but('/subscriptions', none))).join()).toContain('Register the webhook')
    const fields = [{ name: 'account_update' }]
    const half = { data: [{ object: 'whatsapp_business_account', callback_url: 'u', fields }] }
    expect((await told(but('/subscriptions', half))).join()).toContain('not "messages"')
    expect((await told(but('/subscribed_apps', none))).join()).toContain('Subscribe the app')
  })

  test('names a template that is missing, in another language, or not approved', async () => {
    const templates = (data: unknown[]) => told(but('/message_templates', { data }))
    const name = 'new_message'
    expect((await templates([])).join()).toContain('There is no template')
    expect((await templates([{ name, language: 'de' }])).join()).toContain('only in de')
    const paused = { name, language: 'en_US', status: 'PAUSED' }
    expect((await templates([paused])).join()).toContain('not approved: PAUSED')
    const none = { templateName: undefined, templateLanguage: undefined, templateValues: undefined }
    expect((await told(healthyAnswer, none)).join()).toContain('problem: Name a template')
  })
})

function without(...fields: readonly string[]): WhatsAppSettings {
  return settings(Object.fromEntries(fields.map((field) => [field, undefined])))
}

function parsed(body: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  return whatsapp.parse({ method: 'POST', headers: {}, url: '/', body: bytes }, settings())
}
