import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isUuid } from '@homing/core'
import { validateSignature } from '@line/bot-sdk'
import { describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { ConnectorIo, Outbound, RawWebhook, SendError } from '../connector.ts'
import { AnswerTooLarge } from '../guarded-fetch.ts'
import { line } from './index.ts'
import { retryKeyOf } from './retry-key.ts'

const SECRET = '0123456789abcdef0123456789abcdef'
const MERCHANT = 'U0000000000000000000000000000beef'
const VISITOR = 'U0000000000000000000000000000a2a1'
const NOW = 1_790_000_000_000

const GOOD = {
  channelAccessToken: 'a long-lived token',
  channelSecret: SECRET,
  merchantUserId: MERCHANT,
  merchantName: 'Mia',
}

function sign(body: string): RawWebhook {
  const bytes = new TextEncoder().encode(body)
  const signature = createHmac('sha256', SECRET).update(bytes).digest('base64')
  const headers = { 'x-line-signature': signature }
  return { method: 'POST', headers, url: '/v1/hooks/line', body: bytes }
}

function settings(changes: Readonly<Record<string, unknown>> = {}) {
  const parsed = line.configure({ ...GOOD, ...changes })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

/** A far side of one answer, and what it was asked. */
function farSide(...answers: readonly Response[]) {
  const asked: { url: string; headers: Headers; body: unknown }[] = []
  const left = [...answers]
  const io: ConnectorIo = {
    now: NOW,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      asked.push({ url, headers: new Headers(init?.headers), body })
      return left.shift() ?? new Response('{}')
    },
  }
  return { asked, io }
}

async function failureOf(work: Promise<unknown>): Promise<SendError> {
  return work.then(
    () => {
      throw new Error('it went well')
    },
    (error: unknown) => error as SendError,
  )
}

connectorContract({
  connector: line,
  settings: (url) => ({ ...GOOD, apiUrl: url, dataUrl: url }),
  required: ['channelAccessToken', 'channelSecret'],
  wrong: {
    channelSecret: 'short',
    merchantUserId: '@shop',
    merchantName: 7,
    apiUrl: 'x',
    dataUrl: 1,
  },
  sign,
  signature: { headers: ['x-line-signature'], stamped: false, covers: true },
  message: JSON.stringify({
    destination: 'U1',
    events: [
      {
        type: 'message',
        mode: 'active',
        timestamp: NOW,
        source: { type: 'user', userId: MERCHANT },
        webhookEventId: '01K5',
        message: { type: 'text', id: '1', text: 'hi' },
      },
    ],
  }),
  unknown: JSON.stringify({ destination: 'U1', events: [] }),
  healthy: ({ path }) => {
    if (path.endsWith('/push')) {
      return { status: 200, body: JSON.stringify({ sentMessages: [{ id: '461230966842064897' }] }) }
    }
    const about = {
      displayName: 'Shop',
      endpoint: 'https://relay.test/',
      active: true,
      success: true,
    }
    return { status: 200, body: JSON.stringify(about) }
  },
  keyOf: ({ headers }) => headers['x-line-retry-key'],
})

describe('line: signatures, held against the official library', () => {
  const body = '{"destination":"U1","events":[],"note":"👋 在庫"}'

  test('what it takes, we take', () => {
    const request = sign(body)
    const signature = request.headers['x-line-signature'] ?? ''
    expect(validateSignature(Buffer.from(request.body), SECRET, signature)).toBe(true)
    expect(line.verify(request, settings(), NOW)).toEqual({ ok: true })
  })

  test.each([
    ['a changed body', { body: new TextEncoder().encode(body.replace('U1', 'U2')) }],
    ['the same JSON written differently', { body: new TextEncoder().encode(`${body} `) }],
    ['another secret', { headers: { 'x-line-signature': 'A'.repeat(43).concat('=') } }],
    ['hex in place of base64', { headers: { 'x-line-signature': 'ab'.repeat(32) } }],
    ['nothing', { headers: { 'x-line-signature': '' } }],
  ])('what it refuses, we refuse: %s', (_what, change) => {
    const request = { ...sign(body), ...change }
    const signature = request.headers['x-line-signature'] ?? ''
    expect(validateSignature(Buffer.from(request.body), SECRET, signature)).toBe(false)
    expect(line.verify(request, settings(), NOW)).toMatchObject({ ok: false, status: 401 })
  })
})

describe('line: what a webhook tells', () => {
  const file = join(import.meta.dirname, '../../../test/fixtures/line/webhook.json')
  const request = sign(readFileSync(file, 'utf8'))
  const facts = line.parse(request, settings())

  test('C11: each event once, in order, under its own id; what is not for us is left out', () => {
    expect(facts.map(({ event }) => event.slice(-2))).toEqual([
      '01',
      '02',
      '03',
      '04',
      '05',
      '06',
      '07',
      '08',
      '09',
    ])
  })

  test("a person's words are a visitor's, by the person's id", () => {
    expect(facts[0]).toEqual({
      kind: 'message',
      event: '01K5QKT2M0000000000000001',
      side: 'reach',
      where: { thread: VISITOR },
      time: 1_790_000_000_001,
      externalId: '444573844083572737',
      author: { role: 'visitor', id: VISITOR },
      echo: false,
      body: { type: 'text', text: '在庫はありますか？ 👋' },
    })
  })

  test("the merchant's are the desk's, with what was quoted", () => {
    expect(facts[1]).toMatchObject({
      side: 'desk',
      where: { line: MERCHANT, quoted: '444573844083572700' },
      author: { role: 'agent', id: MERCHANT, name: 'Mia' },
    })
    expect(facts[2]).toMatchObject({ side: 'desk', body: { type: 'text', text: '/list' } })
    expect(facts[2]?.where).toEqual({ line: MERCHANT })
  })

  test('without merchantUserId everybody is a visitor', () => {
    const { channelAccessToken, channelSecret } = GOOD
    const parsed = line.configure({ channelAccessToken, channelSecret })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    const sides = line.parse(request, parsed.settings).map(({ side }) => side)
    expect(new Set(sides)).toEqual(new Set(['reach']))
  })

  test('files come by reference, stickers and places as words', () => {
    expect(facts[3]).toMatchObject({
      body: { type: 'text', text: '' },
      media: [{ reference: '444573844083572740' }],
    })
    expect(facts[4]).toMatchObject({
      media: [{ reference: '444573844083572741', name: 'invoice.pdf' }],
    })
    expect(facts[5]).toMatchObject({ body: { fallback: '(sticker: thanks, bow, happy)' } })
    expect(facts[6]).toMatchObject({
      body: { text: '📍 Station, 1-3 Kioicho\nhttps://www.google.com/maps?q=35.67966,139.73669' },
    })
  })

  test("a picture of a mini app is at that one's own address", () => {
    const originalContentUrl = 'https://mini.test/a.png'
    const text = readFileSync(file, 'utf8').replace(
      '{ "type": "line" }',
      JSON.stringify({ type: 'external', originalContentUrl }),
    )
    expect(line.parse(sign(text), settings())[3]).toMatchObject({
      media: [{ reference: originalContentUrl }],
    })
  })

  test('who blocks the account wants no more; who comes back does', () => {
    expect(facts[7]).toMatchObject({ kind: 'opt', out: true, where: { thread: VISITOR } })
    expect(facts[8]).toMatchObject({ kind: 'opt', out: false, where: { thread: VISITOR } })
  })

  test('what the merchant does with the account is nothing to a visitor', () => {
    const text = readFileSync(file, 'utf8').replaceAll(VISITOR, MERCHANT)
    const kinds = line.parse(sign(text), settings()).map(({ kind }) => kind)
    expect(kinds).not.toContain('opt')
  })
})

describe('line: a push', () => {
  const sent = (id: string, status = 200) =>
    new Response(JSON.stringify({ message: 'x', sentMessages: [{ id, quoteToken: 'q' }] }), {
      status,
    })
  const send = (changes: Partial<Outbound>, ...answers: readonly Response[]) => {
    const far = farSide(...answers)
    return { ...far, receipt: line.send(outbound(changes), settings(), far.io) }
  }

  test('goes to the merchant as a desk, to the person as a reach', async () => {
    const desk = send({ thread: VISITOR }, sent('1'))
    expect(await desk.receipt).toEqual({ externalIds: ['1'] })
    expect(desk.asked[0]).toMatchObject({
      url: 'https://api.line.me/v2/bot/message/push',
      body: { to: MERCHANT, messages: [{ type: 'text', text: 'secret words of the visitor' }] },
    })
    const reach = send({ role: 'reach', thread: VISITOR }, sent('2'))
    await reach.receipt
    expect(reach.asked[0]?.body).toMatchObject({ to: VISITOR })
  })

  test('C10: has one retry key over all tries; parts have their own', async () => {
    const [key, second] = [outbound().key, `${outbound().key}.2`]
    expect(retryKeyOf(key)).toBe(key)
    expect(retryKeyOf(second)).toBe(retryKeyOf(second))
    expect(retryKeyOf(second)).not.toBe(retryKeyOf(`${key}.3`))
    expect(isUuid(retryKeyOf(second))).toBe(true)
    const far = send({ key: second }, sent('1'))
    await far.receipt
    expect(far.asked[0]?.headers.get('x-line-retry-key')).toBe(retryKeyOf(second))
  })

  test('C10: taken before is done, with the ids of then', async () => {
    expect(await send({}, sent('461230966842064897', 409)).receipt).toEqual({
      externalIds: ['461230966842064897'],
    })
    const bare = new Response('{"message":"The retry key is already accepted"}', { status: 409 })
    expect(await send({}, bare).receipt).toEqual({ externalIds: [] })
  })

  test('a notice has no key, so that 409 is no success', async () => {
    const far = farSide(sent('1'))
    await line.notice('Open: #7F3A', settings(), far.io)
    expect(far.asked[0]?.headers.has('x-line-retry-key')).toBe(false)
    const refused = line.notice('Open', settings(), farSide(sent('1', 409)).io)
    expect((await failureOf(refused)).failure).toBe('retry')
  })

  test('what is no text says on the line what it is about; a phone is not woken for a status', async () => {
    const entry = { ...outbound().entry, body: { type: 'status', status: 'resolved' } } as const
    const desk = send({ entry }, sent('1'))
    await desk.receipt
    expect(desk.asked[0]?.body).toMatchObject({ messages: [{ text: '#7F3A\n(resolved)' }] })
    const reach = send({ entry, role: 'reach', thread: VISITOR })
    expect(await reach.receipt).toEqual({ externalIds: [] })
    expect(reach.asked).toEqual([])
    const card = { ...entry, body: { type: 'card', fallback: 'Blue shirt, 30 €' } }
    const shown = send({ entry: card, role: 'reach', thread: VISITOR }, sent('1'))
    await shown.receipt
    expect(shown.asked[0]?.body).toMatchObject({ messages: [{ text: 'Blue shirt, 30 €' }] })
  })

  test('without an address says whose fault that is', async () => {
    const { channelAccessToken, channelSecret } = GOOD
    const parsed = line.configure({ channelAccessToken, channelSecret })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    const { io, asked } = farSide()
    const desk = await failureOf(line.send(outbound(), parsed.settings, io))
    expect(desk).toMatchObject({ failure: 'needs-reauth' })
    expect(desk.message).toContain('merchantUserId')
    const { thread: _, ...nobody } = outbound({ role: 'reach' })
    expect((await failureOf(line.send(nobody, settings(), io))).failure).toBe('bad-recipient')
    expect(asked).toEqual([])
  })

  const details = [{ message: 'Length must be between 0 and 5000', property: 'messages[0].text' }]
  test.each([
    [
      400,
      { message: 'The request body has 1 error(s)', details },
      'bad-content',
      'messages[0].text',
    ],
    [
      400,
      { message: "The property, 'to', in the request body is invalid" },
      'bad-recipient',
      'user id',
    ],
    [400, { message: 'Failed to send messages' }, 'bad-recipient', 'user id'],
    [401, { message: 'Authentication failed' }, 'needs-reauth', 'token'],
    [
      403,
      { message: 'Access to this API is not available for your account' },
      'needs-reauth',
      'plan',
    ],
    [429, { message: 'You have reached your monthly limit.' }, 'needs-reauth', 'monthly limit'],
    [429, { message: 'The API rate limit has been exceeded.' }, 'retry', '429'],
    [500, { message: 'Internal server error' }, 'retry', '500'],
  ] as const)('%i %j is %s', async (status, body, failure, word) => {
    const far = send({}, new Response(JSON.stringify(body), { status }))
    const error = await failureOf(far.receipt)
    expect(error.failure).toBe(failure)
    expect(error.message).toContain(word)
  })

  test('a refusal does not repeat what LINE quotes of the words', async () => {
    const quoted = [{ message: 'secret words', property: 'secret words of the visitor' }]
    const body = JSON.stringify({ message: 'secret words', details: quoted })
    const error = await failureOf(send({}, new Response(body, { status: 400 })).receipt)
    expect(error.message).not.toContain('secret')
  })
})

describe('line: files', () => {
  const fetchFile = (reference: string, answer: Response) => {
    const far = farSide(answer)
    return { ...far, media: line.media(reference, settings(), far.io) }
  }

  test('come from the host for files, with the token', async () => {
    const headers = { 'content-type': 'image/jpeg' }
    const far = fetchFile('444573844083572740', new Response('bytes', { headers }))
    expect(await far.media).toEqual({
      bytes: new TextEncoder().encode('bytes'),
      type: 'image/jpeg',
    })
    expect(far.asked[0]?.url).toBe(
      'https://api-data.line.me/v2/bot/message/444573844083572740/content',
    )
    expect(far.asked[0]?.headers.get('authorization')).toBe('Bearer a long-lived token')
  })

  test('of a mini app come from its own server, without the token', async () => {
    const far = fetchFile('https://mini.test/a.png', new Response('png'))
    await far.media
    expect(far.asked[0]?.url).toBe('https://mini.test/a.png')
    expect(far.asked[0]?.headers.has('authorization')).toBe(false)
  })

  test.each([
    [202, 'retry'],
    [404, 'bad-content'],
    [410, 'bad-content'],
    [401, 'needs-reauth'],
    [500, 'retry'],
  ] as const)('%i is %s', async (status, failure) => {
    const error = await failureOf(fetchFile('1', new Response('', { status })).media)
    expect(error.failure).toBe(failure)
  })

  test('too large is no reason to be asked again', async () => {
    const io: ConnectorIo = {
      ...farSide().io,
      fetch: async () => {
        throw new AnswerTooLarge(4_000_000)
      },
    }
    expect((await failureOf(line.media('1', settings(), io))).failure).toBe('bad-content')
  })
})

describe('line: the doctor', () => {
  const look = (answers: readonly unknown[]) =>
    line.doctor(settings(), farSide(...answers.map((answer) => Response.json(answer))).io)
  const bot = { displayName: 'Shop' }
  const endpoint = { endpoint: 'https://relay.test/v1/hooks/line', active: true }
  const limited = { type: 'limited', value: 200 }

  test('is content when all is well', async () => {
    const findings = await look([
      bot,
      endpoint,
      { success: true },
      limited,
      { totalUsage: 12 },
      { displayName: 'Mia' },
    ])
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(findings.map(({ message }) => message).join('\n')).toMatch(
      /Shop[^]*relay\.test[^]*12 of 200[^]*Mia/,
    )
  })

  test.each([
    [[bot, { ...endpoint, active: false }, { type: 'none' }, bot], 'Use webhook is off'],
    [
      [bot, endpoint, { success: false, reason: 'COULD_NOT_CONNECT' }, { type: 'none' }, bot],
      'COULD_NOT_CONNECT',
    ],
    [
      [bot, endpoint, { success: true }, limited, { totalUsage: 200 }, bot],
      'Raise the monthly limit',
    ],
  ])('says what is wrong: %#', async (answers, words) => {
    const problems = (await look(answers)).filter(({ level }) => level === 'problem')
    expect(problems.map(({ message }) => message).join()).toContain(words)
    expect(problems).toHaveLength(1)
  })
})
