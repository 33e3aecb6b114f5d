import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { NUMBER_ID } from '../../../test/fixtures/whatsapp/webhooks.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import { startWhatsAppSimulator } from '../../../test/whatsapp-simulator.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import { whatsapp } from './index.ts'
import type { WhatsAppSettings } from './types.ts'

/** Against Meta's own description of the API, and against its own examples. */
const description = findSpec('whatsapp-cloud.json')
const REQUESTS = 50
const WEBHOOKS = 16
/**
 * Meta's examples that Meta's description refuses: without a `type`, with numbers where it wants
 * text, with the index of a button or the parts of a payment that it draws differently. None of it
 * is anything we send.
 */
const CONTRADICTED = [
  'Send Catalog Template Message',
  'Send Flow Template Message',
  'Send Location Message',
  'Send Message Template Interactive',
  'Send Multi-Product Message',
  'Send Order Details Message',
  'Send Order Status Message',
  'Send Reply to List Message',
  'Send Reply to Location Message',
  'Send Sample Issue Resolution Template',
  'Send Text Message with Preview URL',
]

/** The examples have words where an address has to stand, e.g. "<http(s)://audio-url>". */
function filled(example: unknown): object {
  const text = JSON.stringify(example)
  return JSON.parse(text.replace(/"<?http\(s\):[^"]*"/g, '"https://files.test/a"')) as object
}

describe.runIf(description.state === 'found')("Meta's description", () => {
  let mock: SpecMock
  const guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
  const path = description.state === 'found' ? description.path : ''
  const examples = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(path, '..', file), 'utf8')) as Record<string, unknown>

  beforeAll(async () => {
    mock = await startSpecMock({
      description: path,
      answer: ({ method, path: asked }) => {
        if (asked.includes('/777000?')) {
          return { body: { url: `${mock.url}/v23.0/file-of-777000`, mime_type: 'image/jpeg' } }
        }
        return method === 'POST' ? { body: { messages: [{ id: 'wamid.out1' }] } } : undefined
      },
    })
  })
  beforeEach(() => mock.forget())
  afterAll(async () => {
    await mock?.close()
    await guarded.close()
  })

  const io = (): ConnectorIo => ({
    fetch: guarded.fetch,
    signal: new AbortController().signal,
    now: 1_790_000_000_000,
  })
  const settings = (changes = {}): WhatsAppSettings => {
    const parsed = whatsapp.configure({
      url: mock.url,
      phoneNumberId: NUMBER_ID,
      accountId: '900800700',
      token: 'EAA-token',
      appSecret: 's',
      verifyToken: 'v',
      merchant: '+49 170 12345678',
      templateName: 'new_message',
      templateLanguage: 'en_US',
      templateValues: ['{site}', '{tag}'],
      ...changes,
    })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return parsed.settings
  }
  const reach: Partial<Outbound> = {
    role: 'reach',
    thread: '16505551234',
    entry: { ...outbound().entry, author: { role: 'agent', id: 'mia' } },
  }
  const SEND = {
    method: 'POST',
    path: `/v23.0/${NUMBER_ID}/messages`,
    headers: { authorization: 'Bearer EAA-token', 'user-agent': 'homing/0.1.0' },
  }
  const TEXT = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '16505551234',
    type: 'text',
    text: { body: 'hi', preview_url: false },
  }

  test('takes every message we send', async () => {
    const long = { type: 'text', text: '👋'.repeat(2_000) } as const
    await whatsapp.send(outbound(), settings(), io())
    await whatsapp.send(outbound(reach), settings(), io())
    await whatsapp.send(outbound({ entry: { ...outbound().entry, body: long } }), settings(), io())
    await whatsapp.wake(outbound(reach), settings(), io())
    await whatsapp.wake(outbound(reach), settings({ templateValues: [] }), io())
    await whatsapp.notice('Open conversations:\n#7F3A', settings(), io())
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(6)
  })

  test('takes every question we ask: the file, the number, the apps and the template', async () => {
    await whatsapp.media('777000', settings(), io())
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(2)
    mock.forget()
    await whatsapp.doctor(settings(), io())
    const known = mock.requests.filter(({ path: asked }) => !asked.includes('debug_token'))
    // Meta's description of this product leaves the look at a token to another one.
    expect(known.map(({ verdict }) => verdict.state)).toEqual(known.map(() => 'accepted'))
    expect(known.length).toBeGreaterThanOrEqual(3)
  })

  test('takes its own examples, but for those that it contradicts itself', async () => {
    const requests = Object.entries(examples('whatsapp-send-requests.json'))
    expect(requests).toHaveLength(REQUESTS)
    const refused: string[] = []
    for (const [name, body] of requests) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other spares a small machine
      const verdict = await mock.ask({ ...SEND, body: filled(body) })
      if (verdict.state === 'refused') refused.push(name)
    }
    expect(refused).toEqual(CONTRADICTED)
  })

  test.each([
    ['nobody', { ...TEXT, to: undefined }, /to/],
    ['no product', { ...TEXT, messaging_product: undefined }, /messaging_product/],
    ['a number for words', { ...TEXT, text: { body: 7 } }, /body/],
    ['too many words', { ...TEXT, text: { body: 'x'.repeat(4_097) } }, /4096|body/],
    ['an unknown type', { ...TEXT, type: 'hologram' }, /./],
    ['a template without a language', { ...TEXT, type: 'template', template: { name: 'x' } }, /./],
    ['too long a mark', { ...TEXT, biz_opaque_callback_data: 'x'.repeat(513) }, /512|biz/],
  ])('refuses %s', async (_name, body, reason) => {
    await expectRefused(mock, { ...SEND, body }, reason)
  })

  test('refuses a program without a name, and one without a token', async () => {
    const nameless = { ...SEND.headers, 'user-agent': 'node' }
    await expectRefused(mock, { ...SEND, headers: nameless, body: TEXT }, /user-agent/i)
    const strange = { 'user-agent': 'homing/0.1.0' }
    await expectRefused(mock, { ...SEND, headers: strange, body: TEXT })
    for (const asked of [
      '777000?phone_number_id=1',
      '900800700/subscribed_apps',
      '900800700/message_templates',
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other spares a small machine
      await expectRefused(mock, { method: 'GET', path: `/v23.0/${asked}`, headers: strange })
    }
  })

  test('is older than ids of people: what goes to one is refused by it, for want of a number', async () => {
    const { to: _to, ...rest } = TEXT
    await expectRefused(
      mock,
      { ...SEND, body: { ...rest, recipient: 'CH.8812345678901234' } },
      /to/,
    )
  })

  test('stands before the simulated phones, too: ours gets through, and what it refuses does not', async () => {
    const clock = { now: () => 1_790_000_000_000 }
    const meta = await startWhatsAppSimulator({ clock, spec: mock })
    try {
      const phone = meta.phone('16505551234')
      phone.write('hello')
      const simulated = settings({ ...meta.settings })
      await whatsapp.send(outbound(reach), simulated, io())
      expect(phone.inbox).toHaveLength(1)
      // The simulator's own check does not look at a reply's context; the description does.
      const number = meta.settings['phoneNumberId'] ?? ''
      const answer = await fetch(`${meta.url}/v23.0/${number}/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${simulated.token}`,
          'user-agent': 'homing/0.1.0',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ ...TEXT, context: { message_id: 7 } }),
      })
      expect(answer.status).toBe(400)
      expect(meta.requests.at(-1)?.refused).toMatch(/message_id/)
      expect(phone.inbox).toHaveLength(1)
    } finally {
      meta.close()
    }
  })

  test('its examples of webhooks are facts that make sense, or none', () => {
    const webhooks = Object.entries(examples('whatsapp-webhooks.json'))
    expect(webhooks).toHaveLength(WEBHOOKS)
    const told = webhooks.map(([name, body]) => {
      const bytes = new TextEncoder().encode(JSON.stringify(body))
      const request = { method: 'POST', headers: {}, url: '/', body: bytes } as const
      const facts = whatsapp.parse(request, settings({ phoneNumberId: '106540352242922' }))
      return [
        name,
        facts.map((fact) => {
          expect(fact.where).toEqual({ thread: '16505551234' })
          if (fact.kind !== 'message') return fact.kind
          expect(fact.author).toMatchObject({ role: 'visitor', name: 'Sheena Nelson' })
          const { body: words, media } = fact
          const shown = 'text' in words ? words.text : (words as { fallback?: string }).fallback
          return media ? `${String(shown)} [${String(media[0]?.type)}]` : shown
        }),
      ] as const
    })
    expect(Object.fromEntries(told)).toEqual({
      'Text Message': ['Does it come in another color?'],
      'Text Message with Context (Product Inquiry)': ['Is this still available?'],
      'Text Message from Click to WhatsApp Ad': ['Hello! Can I get more info on this?'],
      'Reaction Message': [],
      'Image Message': ['Taj Mahal [image/jpeg]'],
      'Location Message': [
        '📍 Philz Coffee, 101 Forest Ave, Palo Alto, CA 94301\nhttps://www.google.com/maps?q=37.44221496582,-122.16165924072',
      ],
      'Contact Sharing Message': ['👤 Lucía Gómez, Google, +1 (983) 555-2319'],
      'Unsupported Message': ['Sent something that WhatsApp does not pass on.'],
      'Button Message': ['Unsubscribe', 'opt'],
      'Interactive List Reply Message': ['Priority Mail Express'],
      'Interactive Button Reply Message': ['Cancel'],
      'Order Message': ['🛒 2 × di9ozbzfi4 (30 USD)\n🛒 1 × nqryix03ez (25 USD)'],
      'System Message': ['moved'],
      'Group Create Message': [],
      'Group Settings Update': [],
      'Group Remove Participants': [],
    })
  })
})
