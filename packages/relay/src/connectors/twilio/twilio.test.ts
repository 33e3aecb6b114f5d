import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo, Fact, Outbound, RawWebhook, SendError } from '../connector.ts'
import { parseAddress } from './address.ts'
import { troubleOf } from './errors.ts'
import { twilio } from './index.ts'
import type { TwilioSettings } from './types.ts'

// The official library, of which the signature alone is loaded: the rest of it takes seconds.
const official = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks.js') as {
  getExpectedTwilioSignature(token: string, url: string, params: object): string
  validateRequest(token: string, signature: string, url: string, params: object): boolean
}

const ACCOUNT = `AC${'0a'.repeat(16)}`
const TOKEN = 'an-auth-token-of-the-account'
const HOOK = 'https://relay.test/v1/hooks/sms'
const NUMBER = '+15550001111'
const MERCHANT = '+4917012345678'
const ANN = '+41791112233'
const GOOD = {
  accountSid: ACCOUNT,
  authToken: TOKEN,
  sender: '+1 555 000 1111',
  webhook: HOOK,
  merchant: '+49 170 12345678',
  contentSid: `HX${'1b'.repeat(16)}`,
  contentValues: ['{site}', '{tag}'],
}

/** A form as Twilio signs it: by the official library. */
function signed(body: string, query = '', hook = HOOK): RawWebhook {
  const url = hook + query
  const params = Object.fromEntries(
    [...new URLSearchParams(body).keys()].map((name) => [
      name,
      new URLSearchParams(body).getAll(name),
    ]),
  )
  return {
    method: 'POST',
    headers: { 'x-twilio-signature': official.getExpectedTwilioSignature(TOKEN, url, params) },
    url,
    body: new TextEncoder().encode(body),
  }
}

const incoming = (changes: Record<string, string> = {}): string =>
  new URLSearchParams({
    MessageSid: 'SM1',
    AccountSid: ACCOUNT,
    From: ANN,
    To: NUMBER,
    Body: 'hi',
    NumMedia: '0',
    ...changes,
  }).toString()
const status = (state: string, changes: Record<string, string> = {}): string =>
  new URLSearchParams({
    MessageSid: 'SM9',
    AccountSid: ACCOUNT,
    MessageStatus: state,
    From: NUMBER,
    To: ANN,
    ...changes,
  }).toString()

connectorContract({
  connector: twilio,
  settings: (url) => ({ ...GOOD, url }),
  required: ['accountSid', 'authToken', 'sender', 'webhook'],
  wrong: {
    accountSid: 'AC12',
    authToken: 7,
    sender: 'Shop',
    webhook: 'https://relay.test/v1/hooks/sms?x=1',
    merchant: 'Mia',
    contentSid: 'HX',
    keySid: 'SK1',
    url: 'ftp://x',
  },
  sign: (body) => signed(body),
  signature: { headers: ['x-twilio-signature'], stamped: false, covers: true },
  form: true,
  message: incoming({ From: MERCHANT }),
  unknown: status('queued'),
  healthy: ({ path }) => ({
    status: path.endsWith('/Messages.json') ? 201 : 200,
    body: JSON.stringify({
      sid: 'SM9',
      status: 'queued',
      incoming_phone_numbers: [{ sms_url: HOOK, capabilities: { sms: true } }],
    }),
  }),
  keyOf: ({ path, body }) => {
    const callback = new URLSearchParams(body).get('StatusCallback')
    return path.endsWith('/Messages.json') && callback
      ? (new URL(callback).searchParams.get('key') ?? undefined)
      : undefined
  },
  failures: { 500: 'unknown', 502: 'unknown' },
})

function settings(changes: Record<string, unknown> = {}): TwilioSettings {
  const parsed = twilio.configure({ ...GOOD, url: 'https://twilio.test', ...changes })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function facts(body: string, changes: Record<string, unknown> = {}, query = ''): readonly Fact[] {
  return twilio.parse(signed(body, query), settings(changes))
}

describe('the signature', () => {
  const verify = (request: RawWebhook, changes = {}) =>
    twilio.verify(request, settings(changes), 0).ok

  test('of the official library is taken: odd fields, emoji, doubles, blanks, a query', () => {
    for (const body of [
      incoming({ Body: 'grüezi 👋 + 100% & more = fine' }),
      'b=2&a=1&B=3&A=0',
      'MediaUrl=z&MediaUrl=a&MediaUrl=z',
      'empty=&x=+a+',
    ]) {
      expect(verify(signed(body))).toBe(true)
      expect(verify(signed(body, '?key=01890000-0000-7000-8000-0000000000d9.2'))).toBe(true)
    }
  })

  test('with or without the port, as Twilio signs some addresses', () => {
    expect(verify(signed(incoming(), '', HOOK.replace('.test', '.test:443')))).toBe(true)
    const odd = 'https://relay.test:8443/v1/hooks/sms'
    expect(verify(signed(incoming(), '', odd), { webhook: odd })).toBe(true)
    expect(verify(signed(incoming(), '', HOOK), { webhook: odd })).toBe(true)
  })

  test('is over the address at Twilio, whatever the relay was called as behind its proxy', () => {
    const behind = {
      ...signed(incoming(), '?key=1'),
      url: 'http://127.0.0.1:8787/v1/hooks/sms?key=1',
    }
    expect(verify(behind)).toBe(true)
  })

  test('of another token, address, query or field is refused, by the official library as by us', () => {
    const request = signed(incoming(), '?key=1')
    const fields = Object.fromEntries(new URLSearchParams(incoming()))
    const given = request.headers['x-twilio-signature'] ?? ''
    expect(official.validateRequest(TOKEN, given, `${HOOK}?key=1`, fields)).toBe(true)
    expect(official.validateRequest(TOKEN, given, `${HOOK}?key=2`, fields)).toBe(false)
    expect(verify({ ...request, url: `${HOOK}?key=2` })).toBe(false)
    expect(verify({ ...request, url: HOOK })).toBe(false)
    expect(verify(request, { authToken: 'another' })).toBe(false)
    expect(verify(request, { webhook: 'https://other.test/v1/hooks/sms' })).toBe(false)
    const changed = new TextEncoder().encode(incoming({ Body: 'ho' }))
    expect(verify({ ...request, body: changed })).toBe(false)
    expect(verify({ ...request, headers: { 'x-twilio-signature': '' } })).toBe(false)
  })
})

describe('what comes in', () => {
  test('a visitor: his own thread, his name, his words', () => {
    const whatsapp = { From: `whatsapp:${ANN}`, To: `whatsapp:${NUMBER}`, ProfileName: 'Ann' }
    expect(facts(incoming(whatsapp))).toEqual([
      {
        kind: 'message',
        event: 'message:SM1',
        externalId: 'SM1',
        side: 'reach',
        where: { thread: `whatsapp:${ANN}` },
        author: { role: 'visitor', id: `whatsapp:${ANN}`, name: 'Ann' },
        contact: { name: 'Ann' },
        body: { type: 'text', text: 'hi' },
        echo: false,
      },
    ])
    expect(facts(incoming())).toMatchObject([{ where: { thread: ANN }, author: { id: ANN } }])
  })

  test('the merchant: an answer on the line, with what was quoted', () => {
    const sender = 'whatsapp:+15550001111'
    const answer = incoming({
      From: `whatsapp:${MERCHANT}`,
      To: sender,
      OriginalRepliedMessageSid: 'SM9',
    })
    expect(facts(answer, { sender })).toMatchObject([
      {
        side: 'desk',
        where: { line: `whatsapp:${MERCHANT}`, quoted: 'SM9' },
        author: { role: 'agent' },
      },
    ])
    // The same person by SMS is on another channel, and so not on the line.
    expect(facts(incoming({ From: MERCHANT }), { sender })).toMatchObject([{ side: 'reach' }])
  })

  test('files, a place and a pressed button', () => {
    const file = {
      Body: '',
      NumMedia: '2',
      MediaUrl0: 'https://api.twilio.com/a',
      MediaContentType0: 'image/png',
      MediaUrl1: 'https://api.twilio.com/b',
    }
    expect(facts(incoming(file))).toMatchObject([
      {
        body: { text: '' },
        media: [
          { reference: 'https://api.twilio.com/a', type: 'image/png' },
          { reference: 'https://api.twilio.com/b' },
        ],
      },
    ])
    const place = { Body: '', Latitude: '47.4', Longitude: '8.5', Label: 'Tea house' }
    expect(facts(incoming(place))).toMatchObject([
      { body: { text: '📍 Tea house\nhttps://www.google.com/maps?q=47.4,8.5' } },
    ])
    expect(facts(incoming({ Body: '', ButtonText: 'Yes' }))).toMatchObject([
      { body: { text: 'Yes' } },
    ])
  })

  test('leaving and coming back: by word, or as Twilio says', () => {
    const opt = (changes: Record<string, string>) => facts(incoming(changes))[1]
    expect(opt({ Body: 'Stop' })).toMatchObject({ kind: 'opt', out: true, where: { thread: ANN } })
    expect(opt({ Body: 'CANCEL' })).toMatchObject({ out: true })
    expect(opt({ Body: 'ade', OptOutType: 'STOP' })).toMatchObject({ out: true })
    expect(opt({ Body: 'hoi', OptOutType: 'START' })).toMatchObject({ out: false })
    expect(opt({ Body: 'Start' })).toMatchObject({ out: false })
    // On WhatsApp Twilio blocks nothing by itself, and people cancel orders.
    const whatsapp = { From: `whatsapp:${ANN}`, To: `whatsapp:${NUMBER}` }
    expect(opt({ ...whatsapp, Body: 'cancel' })).toBeUndefined()
    expect(opt({ From: MERCHANT, Body: 'Stop' })).toBeUndefined()
  })

  test("what is another account's, another number's or nothing at all is no fact", () => {
    expect(facts(incoming({ AccountSid: `AC${'ff'.repeat(16)}` }))).toEqual([])
    expect(facts(incoming({ To: '+15559999999' }))).toEqual([])
    const service = { sender: `MG${'2c'.repeat(16)}` }
    expect(facts(incoming({ To: '+15559999999' }), service)).toHaveLength(1)
    expect(facts(incoming({ Body: '  ' }))).toEqual([])
    expect(facts(incoming({ NumMedia: '-3' }))).toMatchObject([{ body: { text: 'hi' } }])
    expect(facts('{"json":true}')).toEqual([])
  })
})

describe('what became of ours', () => {
  test.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['failed', 'failed'],
    ['undelivered', 'failed'],
  ])('%s is a receipt: %s, with the key from the address', (given, state) => {
    expect(facts(status(given), {}, '?key=key-1')).toMatchObject([
      {
        kind: 'receipt',
        state,
        key: 'key-1',
        externalId: 'SM9',
        event: `status:SM9:${state}`,
        where: { thread: ANN },
        side: 'reach',
      },
    ])
  })

  test('on the way, of later years, or of an object: nothing yet', () => {
    for (const state of ['queued', 'accepted', 'sending', 'hologram', 'constructor']) {
      expect(facts(status(state))).toEqual([])
    }
  })

  test('on the line it is told there; without a key by its SID alone', () => {
    const [fact] = facts(status('read', { To: MERCHANT }))
    expect(fact).toMatchObject({ side: 'desk', where: { line: MERCHANT } })
    expect(fact).not.toHaveProperty('key')
  })

  test.each([
    [21610, 'bad-recipient'],
    [30003, 'bad-recipient'],
    [30007, 'bad-content'],
    [63016, 'needs-template'],
    [63018, 'retry'],
    [63024, 'bad-recipient'],
    [63032, 'bad-recipient'],
    [99999, 'bad-content'],
  ])('code %i is %s', (code, failure) => {
    expect(facts(status('failed', { ErrorCode: String(code) }))[0]).toMatchObject({
      failure,
      reason: expect.stringContaining(String(code)),
    })
    expect(troubleOf(code).failure).toBe(failure)
  })

  test('STOP told by a status is an opt-out', () => {
    expect(facts(status('undelivered', { ErrorCode: '21610' }))[1]).toMatchObject({
      kind: 'opt',
      out: true,
    })
    expect(facts(status('undelivered', { ErrorCode: '30003' }))).toHaveLength(1)
  })
})

interface Sent {
  readonly url: string
  readonly headers: Headers
  readonly form: Readonly<Record<string, string>>
}

function farSide(answer: (path: string) => Response): { io: ConnectorIo; sent: Sent[] } {
  const sent: Sent[] = []
  const io: ConnectorIo = {
    now: 1_790_000_000_000,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const body = typeof init?.body === 'string' ? init.body : ''
      const form = Object.fromEntries(new URLSearchParams(body))
      sent.push({ url, headers: new Headers(init?.headers), form })
      return answer(url)
    },
  }
  return { io, sent }
}

const healthy = () =>
  farSide(() => Response.json({ sid: 'SM9', status: 'queued' }, { status: 201 }))
const refusing = (http: number, code: number) =>
  farSide(() =>
    Response.json({ code, message: 'not for operators', status: http }, { status: http }),
  )
const failureOf = (work: Promise<unknown>): Promise<SendError> =>
  work.then(
    () => expect.fail('it was taken'),
    (error: SendError) => error,
  )
const reach = (changes: Partial<Outbound> = {}): Outbound =>
  outbound({
    role: 'reach',
    thread: ANN,
    entry: { ...outbound().entry, author: { role: 'agent', id: 'mia' } },
    ...changes,
  })

describe('what is sent', () => {
  test('to a visitor: a form with the key in the address of the callback', async () => {
    const { io, sent } = healthy()
    expect(await twilio.send(reach(), settings(), io)).toEqual({ externalIds: ['SM9'] })
    expect(sent[0]?.url).toBe(`https://twilio.test/2010-04-01/Accounts/${ACCOUNT}/Messages.json`)
    expect(sent[0]?.form).toEqual({
      To: ANN,
      From: NUMBER,
      Body: 'secret words of the visitor',
      StatusCallback: `${HOOK}?key=${outbound().key}`,
    })
    const pair = Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')
    expect(sent[0]?.headers.get('authorization')).toBe(`Basic ${pair}`)
  })

  test('from the sender on the channel of the recipient, or from the service', async () => {
    const { io, sent } = healthy()
    await twilio.send(reach({ thread: `whatsapp:${ANN}` }), settings(), io)
    expect(sent[0]?.form).toMatchObject({ From: `whatsapp:${NUMBER}`, To: `whatsapp:${ANN}` })
    const service = `MG${'2c'.repeat(16)}`
    await twilio.send(reach(), settings({ sender: service }), io)
    expect(sent[1]?.form).toMatchObject({ MessagingServiceSid: service, To: ANN })
    expect(sent[1]?.form).not.toHaveProperty('From')
  })

  test('with an API key where there is one', async () => {
    const { io, sent } = healthy()
    const key = { keySid: `SK${'3d'.repeat(16)}`, keySecret: 'key secret' }
    await twilio.send(reach(), settings(key), io)
    const pair = Buffer.from(`${key.keySid}:key secret`).toString('base64')
    expect(sent[0]?.headers.get('authorization')).toBe(`Basic ${pair}`)
  })

  test("to the merchant's phone: on the sender's channel unless said, and notices, too", async () => {
    const { io, sent } = healthy()
    await twilio.send(outbound(), settings({ sender: `whatsapp:${NUMBER}` }), io)
    await twilio.notice('x'.repeat(2_000), settings(), io)
    expect(sent.map(({ form }) => form['To'])).toEqual([`whatsapp:${MERCHANT}`, MERCHANT])
    expect(sent[1]?.form['Body']).toHaveLength(1_600)
    const none = settings({ merchant: undefined })
    for (const work of [twilio.send(outbound(), none, io), twilio.notice('x', none, io)]) {
      // oxlint-disable-next-line no-await-in-loop -- each on its own
      expect((await failureOf(work)).failure).toBe('needs-reauth')
    }
  })

  test('the window: approved content, whose statuses bring no key', async () => {
    const { io, sent } = healthy()
    await twilio.wake(reach(), settings(), io)
    expect(sent[0]?.form).toEqual({
      To: ANN,
      From: NUMBER,
      ContentSid: GOOD.contentSid,
      ContentVariables: '{"1":"Test shop","2":"7F3A"}',
      StatusCallback: HOOK,
    })
    const none = settings({ contentSid: undefined, contentValues: undefined })
    expect((await failureOf(twilio.wake(reach(), none, io))).failure).toBe('needs-template')
    expect(sent).toHaveLength(1)
  })

  test('only WhatsApp has a window', () => {
    const capabilities = (sender: string) => {
      const parsed = twilio.configure({ ...GOOD, sender })
      return parsed.ok ? parsed.capabilities : undefined
    }
    expect(capabilities(NUMBER)).toBeUndefined()
    expect(capabilities(`whatsapp:${NUMBER}`)).toEqual({ windowMs: 86_400_000 })
  })
})

describe("Twilio's refusals", () => {
  test.each([
    [400, 21211, 'bad-recipient'],
    [400, 21610, 'bad-recipient'],
    [400, 21606, 'needs-reauth'],
    [400, 63016, 'needs-template'],
    [401, 20003, 'needs-reauth'],
    [429, 20429, 'retry'],
    [400, 99999, 'bad-content'],
    [500, 20500, 'unknown'],
    [503, 20503, 'retry'],
    [404, 20404, 'bad-content'],
  ])('status %i, code %i is %s', async (http, code, failure) => {
    const { io } = refusing(http, code)
    const error = await failureOf(twilio.send(reach(), settings(), io))
    expect(error.failure).toBe(failure)
    expect(error.message).not.toContain('not for operators')
  })

  test('an answer without a SID may have been taken', async () => {
    const { io } = farSide(() => Response.json({}, { status: 201 }))
    expect((await failureOf(twilio.send(reach(), settings(), io))).failure).toBe('unknown')
  })
})

describe('files', () => {
  test('are had with the credentials, which the storage behind does not get', async () => {
    const stored = 'https://storage.test/file'
    const { io, sent } = farSide((url) =>
      url === stored
        ? new Response('bytes', { headers: { 'content-type': 'image/png' } })
        : new Response(null, { status: 307, headers: { location: stored } }),
    )
    const got = await twilio.media('https://twilio.test/2010-04-01/x/Media/ME1', settings(), io)
    expect(got).toEqual({ bytes: new TextEncoder().encode('bytes'), type: 'image/png' })
    expect(sent.map(({ headers }) => headers.has('authorization'))).toEqual([true, false])
    expect((await failureOf(twilio.media('no address', settings(), io))).failure).toBe(
      'bad-content',
    )
  })
})

describe('the doctor', () => {
  const told = async (number: object | undefined, changes = {}): Promise<string> => {
    const { io } = farSide(() => Response.json({ incoming_phone_numbers: number ? [number] : [] }))
    const findings = await twilio.doctor(settings(changes), io)
    return findings.map(({ level, message }) => `${level}: ${message}`).join('\n')
  }

  test('says where the messages of the number go', async () => {
    const sms = { capabilities: { sms: true } }
    expect(await told({ ...sms, sms_url: `${HOOK}#rc=3` })).not.toContain('problem')
    expect(await told({ ...sms, sms_url: 'https://demo.test' })).toContain(
      'go to https://demo.test',
    )
    expect(await told({ sms_url: HOOK, capabilities: { sms: false } })).toContain('takes no SMS')
    expect(await told(undefined)).toContain('problem')
    expect(await told(undefined, { sender: `whatsapp:${NUMBER}` })).toContain(`has to be ${HOOK}`)
  })
})

test.each([
  ['+41 79 111-22-33', '+41791112233'],
  ['0041791112233', '+41791112233'],
  ['WhatsApp:+41 79 111 22 33', 'whatsapp:+41791112233'],
  ['079 111 22 33', undefined],
  ['+12', undefined],
  ['+1234567890123456', undefined],
  ['whatsapp:Ann', undefined],
])('the address %j is %j', (typed, address) => {
  expect(parseAddress(typed)).toBe(address)
})
