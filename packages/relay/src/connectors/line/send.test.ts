import { isUuid } from '@homing/core'
import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { GOOD, MERCHANT, VISITOR, failureOf, farSide, settings } from '../../../test/line-rig.ts'
import { MAX_FILE_BYTES } from '../../files/files.ts'
import type { ConnectorIo, Outbound } from '../connector.ts'
import { AnswerTooLarge } from '../guarded-fetch.ts'
import { line } from './index.ts'
import { retryKeyOf } from './retry-key.ts'

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

  test('a file may be larger than an answer', async () => {
    const asked: (number | undefined)[] = []
    const io: ConnectorIo = {
      ...farSide().io,
      fetch: async (_url, init) => {
        asked.push(init?.maxBytes)
        return new Response('x')
      },
    }
    await line.media('1', settings(), io)
    expect(asked).toEqual([MAX_FILE_BYTES])
  })

  test('too large is no reason to be asked again', async () => {
    const io: ConnectorIo = {
      ...farSide().io,
      fetch: async () => {
        throw new AnswerTooLarge(4_000_000)
      },
    }
    expect((await failureOf(line.media('1', settings(), io))).failure).toBe('too-large')
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
