import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { ErrorCode, Hello, ServerFrame } from '../../packages/core/src/index.ts'
import { ERROR_CODES } from '../../packages/core/src/index.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import type { PollAnswer } from '../raw-poll.ts'
import { helloOf, rawPoll, rawPost } from '../raw-poll.ts'
import type { RelayApi } from '../relay-api.ts'
import { ORIGIN, SITE, createRelayApi, newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { startRelay } from '../relay-process.ts'
import { expectUnhurt } from './unhurt.ts'

/**
 * One relay takes all of it. What each bad thing gets is said in a table; that it cost nothing is
 * asked after each: the same process answers a visitor as ever, and has nothing to complain of.
 */
let relay: RelayProcess
let api: RelayApi
let pid: number

beforeAll(async () => {
  relay = await startRelay({ program: 'wide', env: { HOMING_LOG_LEVEL: 'info' } })
  api = createRelayApi(relay)
  await api.addSite(SITE)
  pid = relay.pid
})
afterAll(() => relay.stop())

const expectHealth = (): Promise<void> => expectUnhurt(relay, api, pid)

function expectRefusal(frame: unknown, code: ErrorCode): void {
  expect(frame).toMatchObject({ code, retryable: ERROR_CODES[code].retryable })
  // A sentence that a developer can act on.
  expect((frame as { message: string }).message).toMatch(/^[A-Z"“].+\.$/)
}

const send = (over: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  t: 'send',
  id: newId(),
  conversation: newId(),
  n: 1,
  body: words('words'),
  ...over,
})

/** Frames of somebody who said hello as he should. */
const FRAMES: readonly (readonly [what: string, code: ErrorCode, frame: () => unknown])[] = [
  ['a list', 'bad_request', () => []],
  ['a number', 'bad_request', () => 7],
  ['null', 'bad_request', () => null],
  ['an empty object', 'bad_request', () => ({})],
  ['a type that is no text', 'bad_request', () => ({ t: { t: 'send' } })],
  ['a type of a later version', 'bad_request', () => ({ t: 'dance', tempo: 120 })],
  ['a type that every object has', 'bad_request', () => ({ t: 'constructor' })],
  ['text over the limit', 'too_long', () => send({ body: words('x'.repeat(4_001)) })],
  [
    'more beside a text than fits',
    'too_large',
    () => send({ body: { type: 'text', text: 'words', more: 'x'.repeat(40_000) } }),
  ],
  ['empty text', 'bad_request', () => send({ body: words(' \n') })],
  ['a text that is none', 'bad_request', () => send({ body: { type: 'text', text: 5 } })],
  ['no body', 'bad_request', () => send({ body: undefined })],
  [
    'a body for programs only',
    'bad_request',
    () => send({ body: { type: 'form', fallback: 'x' } }),
  ],
  ['a body too deep', 'bad_request', () => send({ body: nested(60) })],
  ['an id that is none', 'bad_request', () => send({ id: 'draft 1' })],
  ['an id too long', 'bad_request', () => send({ id: 'a'.repeat(65) })],
  ['a conversation that is none', 'bad_request', () => send({ conversation: '../x' })],
  ['a counter of 0', 'bad_request', () => send({ n: 0 })],
  ['a counter with a part', 'bad_request', () => send({ n: 1.5 })],
  ['a counter beyond whole numbers', 'bad_request', () => send({ n: 2 ** 60 })],
  ['a counter that skips', 'out_of_order', () => send({ n: 9_000 })],
  [
    'history of nobody’s conversation',
    'not_found',
    () => ({ t: 'history', conversation: newId(), before: 9, limit: 9 }),
  ],
  [
    'history of a negative length',
    'bad_request',
    () => ({ t: 'history', conversation: newId(), before: 9, limit: -1 }),
  ],
  [
    'a read mark that is none',
    'bad_request',
    () => ({ t: 'read', conversation: newId(), seq: 'all' }),
  ],
  [
    'a place that is none',
    'bad_request',
    () => ({ t: 'resume', conversation: newId(), position: 'start' }),
  ],
  ['a page that is none', 'bad_request', () => ({ t: 'page', page: 'https://shop.test/' })],
  [
    'typing that is neither on nor off',
    'bad_request',
    () => ({ t: 'typing', conversation: newId(), on: 'yes' }),
  ],
]

/** Hellos that are not taken. */
const HELLOS: readonly (readonly [
  what: string,
  code: ErrorCode,
  hello: Partial<Hello>,
  origin: string,
])[] = [
  ['an unknown site', 'unknown_site', { site: 'pk_nobody' }, ORIGIN],
  ['an origin that is not allowed', 'origin_not_allowed', {}, 'https://evil.test'],
  ['no session, as an agent', 'unauthorized', { role: 'agent' }, ORIGIN],
]
/** Hellos that cannot be read; the link may say a better one. */
const BROKEN_HELLOS: readonly (readonly [what: string, hello: object])[] = [
  ['a site that is none', { site: {} }],
  ['a token that is none', { token: 7 }],
  ['a version that is none', { v: 'one' }],
  ['no device', { device: undefined }],
  ['positions that are none', { positions: { x: 'y' } }],
  ['a role that is none', { role: 'owner' }],
]

function nested(depth: number): unknown {
  let body: unknown = 'deep'
  for (let level = 0; level < depth; level++) body = { type: 'nest', fallback: 'x', body }
  return body
}

const rejectOf = (frames: readonly ServerFrame[]): ServerFrame | undefined =>
  frames.find(({ t }) => t === 'reject')
const errorOf = ({ text }: PollAnswer): unknown => (JSON.parse(text) as { error: unknown }).error

describe('bad input over a socket', () => {
  it.each(FRAMES)('%s: %s', async (_, code, frame) => {
    const link = await openRawLink(relay.origin)
    await link.hello({ device: newId() })
    const bad = frame()
    link.say(JSON.stringify(bad))
    const reject = await link.next('reject')
    expectRefusal(reject, code)
    // A refused draft is named, where its id can be read, so that it can be shown as failed.
    const { t, id } = (bad ?? {}) as { t?: unknown; id?: string }
    if (t === 'send' && (id?.length ?? 99) <= 64) expect(reject.id).toBe(id)
    // The link lives on.
    link.say({ t: 'ping' })
    await link.next('pong')
    link.cut()
    await expectHealth()
  })

  it.each([
    ['not JSON', 'bad_request', '{"t":"send"'],
    ['nothing', 'bad_request', ''],
    ['bytes', 'bad_request', Buffer.from([0, 1, 2, 255])],
    ['a frame too large', 'too_large', JSON.stringify({ t: 'ping', x: 'x'.repeat(70_000) })],
  ] as const)('%s: %s', async (_, code, raw) => {
    const link = await openRawLink(relay.origin)
    await link.hello({ device: newId() })
    link.say(raw)
    expectRefusal(await link.next('reject'), code)
    link.say({ t: 'ping' })
    await link.next('pong')
    link.cut()
    await expectHealth()
  })

  it('a frame that nobody would read to its end: the link is closed with 1009', async () => {
    const link = await openRawLink(relay.origin)
    await link.hello({ device: newId() })
    link.say('x'.repeat(1_000_000))
    expect(await link.closed).toBe(1009)
    await expectHealth()
  })

  it.each(HELLOS)(
    'a hello with %s: %s, and the end of the link',
    async (_, code, hello, origin) => {
      const link = await openRawLink(relay.origin, origin)
      link.say(helloOf(hello))
      expectRefusal(await link.next('reject'), code)
      expect(await link.closed).toBe(1008)
      await expectHealth()
    },
  )

  it.each(BROKEN_HELLOS)(
    'a hello with %s: bad_request, and a better one is taken',
    async (_, hello) => {
      const link = await openRawLink(relay.origin)
      link.say(JSON.stringify({ ...helloOf(), ...hello }))
      expectRefusal(await link.next('reject'), 'bad_request')
      await link.hello({ device: newId() })
      link.cut()
      await expectHealth()
    },
  )

  it('anything before hello: hello_first, and hello is still taken', async () => {
    const link = await openRawLink(relay.origin)
    const draft = send()
    for (const frame of [
      draft,
      { t: 'ping' },
      { t: 'history', conversation: newId(), before: 9, limit: 9 },
    ]) {
      link.say(JSON.stringify(frame))
      expectRefusal(await link.next('reject'), 'hello_first')
    }
    await link.hello({ device: newId() })
    link.say(JSON.stringify(draft))
    await link.next('ack')
    link.cut()
    await expectHealth()
  })

  it('a token that nobody gave out: a fresh visitor and no error', async () => {
    const link = await openRawLink(relay.origin)
    const welcome = await link.hello({ device: newId(), token: 'no-token-of-ours' })
    expect(welcome).toMatchObject({ token: expect.any(String), conversations: [] })
    link.cut()
    await expectHealth()
  })

  it('words that are strange and yet words come back as they were sent', async () => {
    const link = await openRawLink(relay.origin)
    const { token = null } = await link.hello({ device: newId() })
    const conversation = newId()
    const texts = [
      'nul \u0000 in it',
      'half a pair \ud83d',
      '\u202eright to left',
      '<script>',
      '👩‍👩‍👧‍👦'.repeat(300),
      '__proto__',
    ]
    for (const [index, text] of texts.entries()) {
      link.say({ t: 'send', id: newId(), conversation, n: index + 1, body: words(text) })
      await link.next('ack')
    }
    const { frames } = await rawPoll(relay, [], { hello: { token } })
    const entries = frames.find((frame) => frame.t === 'entries')
    expect(entries?.entries.map(({ body }) => body)).toEqual(texts.map(words))
    link.cut()
    await expectHealth()
  })
})

describe('bad input over long-poll', () => {
  it.each(FRAMES)('%s: %s', async (_, code, frame) => {
    const { status, frames } = await rawPoll(relay, [frame(), { t: 'ping' }], {
      hello: { device: newId() },
    })
    expect(status).toBe(200)
    expectRefusal(rejectOf(frames), code)
    expect(frames.map(({ t }) => t)).toContain('pong')
    await expectHealth()
  })

  it.each([
    ['not JSON', 'bad_request', '{"nonce":'],
    ['nothing', 'bad_request', ''],
    ['a list', 'bad_request', '[]'],
    ['no nonce', 'bad_request', '{"wait":0,"frames":[{"t":"ping"}]}'],
    ['no frames', 'bad_request', '{"nonce":"n","wait":0}'],
    ['frames that are none', 'bad_request', '{"nonce":"n","wait":0,"frames":"hello"}'],
    [
      'too many frames',
      'bad_request',
      JSON.stringify({ nonce: 'n', wait: 0, frames: Array(33).fill(helloOf()) }),
    ],
    [
      'a request too large',
      'too_large',
      JSON.stringify({ nonce: 'n', wait: 0, frames: [helloOf(), 'x'.repeat(300_000)] }),
    ],
  ] as const)('%s: %s', async (_, code, body) => {
    const answer = await rawPost(relay, body)
    expect(answer.status).toBe(ERROR_CODES[code].status)
    expectRefusal(errorOf(answer), code)
    await expectHealth()
  })

  it('a frame too large: too_large, as over a socket', async () => {
    const frame = send({ body: { type: 'text', text: 'words', more: 'x'.repeat(70_000) } })
    const { frames } = await rawPoll(relay, [frame], { hello: { device: newId() } })
    expectRefusal(rejectOf(frames), 'too_large')
    await expectHealth()
  })

  it('a frame nested without end: bad_request', async () => {
    const deep = `{"t":"ping","x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
    const frames = `[${JSON.stringify(helloOf())},${deep}]`
    const answer = await rawPost(relay, `{"nonce":"n","wait":0,"frames":${frames}}`)
    expect(answer.status).toBe(200)
    expectRefusal(rejectOf(answer.frames), 'bad_request')
    await expectHealth()
  })

  it.each(HELLOS)('a hello with %s: %s', async (_, code, hello, origin) => {
    const { frames } = await rawPoll(relay, [send()], { hello, headers: { origin } })
    expectRefusal(frames[0], code)
    // Nothing of the rest was taken.
    expect(frames.some(({ t }) => t === 'ack')).toBe(false)
    await expectHealth()
  })

  it.each(BROKEN_HELLOS)('a hello with %s: bad_request', async (_, hello) => {
    const { frames } = await rawPoll(relay, [], { hello })
    expectRefusal(frames[0], 'bad_request')
    await expectHealth()
  })

  it('anything before hello: hello_first', async () => {
    const answer = await rawPost(relay, { nonce: 'n', wait: 0, frames: [send()] })
    expectRefusal(answer.frames[0], 'hello_first')
    await expectHealth()
  })
})
