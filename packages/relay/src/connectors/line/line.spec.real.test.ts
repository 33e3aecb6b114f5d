import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { ConnectorIo } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import { line } from './index.ts'

/** Each request, held against LINE's own description; and what that description does refuse. */

const SPEC = findSpec('line-messaging-api.json')
const MERCHANT = 'U0000000000000000000000000000beef'
const VISITOR = 'U0000000000000000000000000000a2a1'
const BEARER = { authorization: 'Bearer token' }

describe.runIf(SPEC.state === 'found')('line: by the official description', () => {
  const guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
  const io: ConnectorIo = {
    fetch: guarded.fetch,
    signal: new AbortController().signal,
    now: 1_790_000_000_000,
  }
  let mock: SpecMock

  beforeAll(async () => {
    if (SPEC.state !== 'found') return
    mock = await startSpecMock({
      description: SPEC.path,
      answer: ({ path }) => {
        if (path.endsWith('/push'))
          return { body: { sentMessages: [{ id: '461230966842064897' }] } }
        if (path.endsWith('/endpoint'))
          return { body: { endpoint: 'https://a.test', active: true } }
        if (path.endsWith('/quota')) return { body: { type: 'limited', value: 200 } }
        return undefined
      },
    })
  })
  beforeEach(() => mock.forget())
  afterAll(async () => {
    await mock.close()
    await guarded.close()
  })

  function settings() {
    const parsed = line.configure({
      channelAccessToken: 'token',
      channelSecret: '0'.repeat(32),
      merchantUserId: MERCHANT,
      apiUrl: mock.url,
      dataUrl: mock.url,
    })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return parsed.settings
  }

  test('pushes to the merchant, to a person, of a part, of a notice, and of the longest text', async () => {
    const text = '👋'.repeat(2_500)
    const long = { ...outbound().entry, body: { type: 'text', text } } as const
    const receipt = await line.send(outbound(), settings(), io)
    expect(receipt).toEqual({ externalIds: ['461230966842064897'] })
    await line.send(outbound({ role: 'reach', thread: VISITOR }), settings(), io)
    await line.send(outbound({ key: `${outbound().key}.2` }), settings(), io)
    await line.send(outbound({ entry: long }), settings(), io)
    await line.notice('Open: #7F3A', settings(), io)
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(5)
  })

  test('the doctor and files', async () => {
    await line.doctor(settings(), io)
    await line.media('444573844083572740', settings(), io)
    expectAccepted(mock)
    const asked = mock.requests.map(({ method, path }) => `${method} ${path}`)
    expect(asked).toEqual([
      'GET /v2/bot/info',
      'GET /v2/bot/channel/webhook/endpoint',
      'POST /v2/bot/channel/webhook/test',
      'GET /v2/bot/message/quota',
      'GET /v2/bot/message/quota/consumption',
      `GET /v2/bot/profile/${MERCHANT}`,
      'GET /v2/bot/message/444573844083572740/content',
    ])
  })

  const path = '/v2/bot/message/push'
  const messages = [{ type: 'text', text: 'hi' }]
  const good = { to: VISITOR, messages }

  test('a push like ours is accepted, so that a refusal below is for its fault', async () => {
    const verdict = await mock.ask({ method: 'POST', path, headers: BEARER, body: good })
    expect(verdict).toMatchObject({ state: 'accepted' })
  })

  test.each([
    ['nobody to send to', { messages }, {}, /to/],
    ['nothing to send', { to: VISITOR, messages: [] }, {}, /messages/],
    ['a text without words', { to: VISITOR, messages: [{ type: 'text' }] }, {}, /text/],
    [
      'six messages',
      { to: VISITOR, messages: Array.from({ length: 6 }, () => messages[0]) },
      {},
      /5/,
    ],
    ['a key of a part as it is', good, { 'x-line-retry-key': `${outbound().key}.2` }, /uuid/],
  ])('a push is refused: %s', async (_fault, body, headers, reason) => {
    await expectRefused(
      mock,
      { method: 'POST', path, headers: { ...BEARER, ...headers }, body },
      reason,
    )
  })

  test('a test of the webhook is refused with an address that is none', async () => {
    await expectRefused(
      mock,
      {
        method: 'POST',
        path: '/v2/bot/channel/webhook/test',
        headers: BEARER,
        body: { endpoint: 7 },
      },
      /endpoint/,
    )
  })

  test.each([
    '/v2/bot/info',
    '/v2/bot/channel/webhook/endpoint',
    '/v2/bot/message/quota',
    '/v2/bot/message/quota/consumption',
    `/v2/bot/profile/${MERCHANT}`,
    '/v2/bot/message/444573844083572740/content',
  ])('%s is refused without a token', async (asked) => {
    expect((await mock.ask({ method: 'GET', path: asked, headers: BEARER })).state).toBe('accepted')
    await expectRefused(mock, { method: 'GET', path: asked })
  })
})
