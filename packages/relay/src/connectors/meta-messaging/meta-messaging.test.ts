import { describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { Binding } from '../configured.ts'
import { bindConnector } from '../configured.ts'
import type { Connector, ConnectorIo, Outbound, SendError } from '../connector.ts'
import { instagram } from '../instagram/index.ts'
import { messenger } from '../messenger/index.ts'
import type { MetaMessagingSettings } from './types.ts'

/** What Messenger and Instagram have in common, held against both. */

const PERSON = '7001002003004005'
const NOW = 1_790_000_000_000
const COMMON = { token: 'account-token', appSecret: 'app-secret', verifyToken: 'verify-token' }
const BOTH = [
  ['messenger', messenger, 'pageId', '100200300400500'],
  ['instagram', instagram, 'accountId', '17841400000000001'],
] as const

type MetaMessaging = Connector<MetaMessagingSettings>

function settings(connector: MetaMessaging, input: Readonly<Record<string, unknown>>) {
  const parsed = connector.configure({ ...COMMON, ...input })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function farSide(...answers: readonly Response[]) {
  const asked: { url: string; headers: Headers; body: unknown }[] = []
  const left = [...answers]
  const io: ConnectorIo = {
    now: NOW,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
      asked.push({ url, headers: new Headers(init?.headers), body })
      return left.shift() ?? Response.json({ message_id: 'm_1' })
    },
  }
  return { asked, io }
}

function metaError(code: number, subcode?: number, status = 400): Response {
  const error = {
    message: 'secret words of the visitor',
    type: 'OAuthException',
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: 'trace',
  }
  return Response.json({ error }, { status })
}

async function failureOf(work: Promise<unknown>): Promise<SendError> {
  return work.then(
    () => {
      throw new Error('it went well')
    },
    (error: unknown) => error as SendError,
  )
}

const byAgent = (role: 'agent' | 'bot' = 'agent'): Partial<Outbound> => ({
  role: 'reach',
  thread: PERSON,
  entry: {
    ...outbound().entry,
    author: { role, id: 'mia', name: 'Mia' },
    body: { type: 'text', text: 'Yes, it is.' },
  },
})

describe.each(BOTH)('%s: a send', (_name, connector, field, account) => {
  const good = { [field]: account }
  const send = (
    input: Readonly<Record<string, unknown>>,
    changes: Partial<Outbound>,
    ...answers: readonly Response[]
  ) => {
    const far = farSide(...answers)
    const work = connector.send(
      outbound(changes),
      settings(connector, { ...good, ...input }),
      far.io,
    )
    return { ...far, work }
  }

  test('goes to the person, with the token in a header and not in the address', async () => {
    const far = send({}, byAgent())
    expect(await far.work).toEqual({ externalIds: ['m_1'] })
    const [asked] = far.asked
    expect(asked?.url).toMatch(
      new RegExp(`^https://graph\\.[a-z]+\\.com/v25\\.0/${account}/messages$`),
    )
    expect(asked?.headers.get('authorization')).toBe('Bearer account-token')
    expect(asked?.headers.get('user-agent')).toMatch(/^[a-z]+\/\d+\.\d+\.\d+$/)
    expect(asked?.body).toMatchObject({
      recipient: { id: PERSON },
      message: { text: 'Yes, it is.' },
    })
  })

  test('nothing is sent for a change of status, nor to nobody', async () => {
    const entry = { ...outbound().entry, body: { type: 'status', status: 'resolved' } } as const
    const status = send({}, { ...byAgent(), entry })
    expect(await status.work).toEqual({ externalIds: [] })
    expect(status.asked).toEqual([])
    const far = farSide()
    const { thread: _, ...nobody } = outbound(byAgent())
    const work = connector.send(nobody, settings(connector, good), far.io)
    expect((await failureOf(work)).failure).toBe('bad-recipient')
    expect(far.asked).toEqual([])
  })

  test('what is no text goes as its fallback', async () => {
    const entry = { ...outbound().entry, body: { type: 'card', fallback: 'Blue shirt, 30 €' } }
    const far = send({}, { ...byAgent(), entry })
    await far.work
    expect(far.asked[0]?.body).toMatchObject({ message: { text: 'Blue shirt, 30 €' } })
  })

  test.each([
    [10, 2018278, 'needs-template'],
    [10, 2534022, 'needs-template'],
    [10, 2018108, 'bad-recipient'],
    [10, 1893063, 'needs-reauth'],
    [10, undefined, 'needs-reauth'],
    [551, undefined, 'bad-recipient'],
    [551, 1545041, 'bad-recipient'],
    [200, 1545041, 'bad-recipient'],
    [200, undefined, 'needs-reauth'],
    [299, undefined, 'needs-reauth'],
    [100, 2018001, 'bad-recipient'],
    [100, 2534014, 'bad-recipient'],
    [100, 33, 'needs-reauth'],
    [100, 1893061, 'bad-content'],
    [100, undefined, 'bad-content'],
    [190, 463, 'needs-reauth'],
    [368, undefined, 'needs-reauth'],
    [4, undefined, 'retry'],
    [32, undefined, 'retry'],
    [613, undefined, 'retry'],
    [1200, undefined, 'retry'],
    [2, undefined, 'retry'],
    [1, 99, 'unknown'],
    [999_999, undefined, 'bad-content'],
  ] as const)('code %i/%s is %s', async (code, subcode, failure) => {
    const error = await failureOf(send({}, byAgent(), metaError(code, subcode)).work)
    expect(error.failure).toBe(failure)
    expect(error.message).toContain(String(code))
    expect(error.message).not.toContain('secret')
  })

  test('a code nobody knows: by what Meta says of it, else by the status', async () => {
    const transient = Response.json(
      { error: { code: 424_242, is_transient: true } },
      { status: 500, headers: { 'retry-after': '3' } },
    )
    const busy = await failureOf(send({}, byAgent(), transient).work)
    expect(busy).toMatchObject({ failure: 'retry', retryAfter: 3_000 })
    const broken = await failureOf(send({}, byAgent(), metaError(424_242, undefined, 500)).work)
    expect(broken.failure).toBe('unknown')
  })

  test('the window is closed, and the app may not send as a human agent: said at once', async () => {
    const far = send({}, byAgent(), metaError(10, 2018278))
    expect((await failureOf(far.work)).failure).toBe('needs-template')
    expect(far.asked).toHaveLength(1)
  })

  test('with Human Agent the refused answer goes again as one of a human agent', async () => {
    const far = send({ humanAgent: true }, byAgent(), metaError(10, 2018278))
    expect(await far.work).toEqual({ externalIds: ['m_1'] })
    const [first, second] = far.asked
    expect(first?.body).not.toHaveProperty('tag')
    expect(second?.body).toEqual({
      ...(first?.body as object),
      messaging_type: 'MESSAGE_TAG',
      tag: 'HUMAN_AGENT',
    })
  })

  test('while the window is closed nothing is sent, and what is to be said waits', async () => {
    const far = farSide()
    const waiting = outbound(byAgent())
    expect(await connector.wake(waiting, settings(connector, good), far.io)).toEqual({
      externalIds: [],
    })
    expect(far.asked).toEqual([])
  })

  test("a bot's words never pass for a human agent's, and only a closed window is tried again", async () => {
    const bot = send({ humanAgent: true }, byAgent('bot'), metaError(10, 2018278))
    expect((await failureOf(bot.work)).failure).toBe('needs-template')
    expect(bot.asked).toHaveLength(1)
    const unsure = send({ humanAgent: true }, byAgent(), metaError(1))
    expect((await failureOf(unsure.work)).failure).toBe('unknown')
    expect(unsure.asked).toHaveLength(1)
  })
})

describe.each(BOTH)('%s: settings', (_name, connector, field, account) => {
  const binding: Binding = { id: 'm', hook: 'm', site: 'pk_test', role: 'reach' }
  const windowOf = (input: Readonly<Record<string, unknown>>): number => {
    const bound = bindConnector(connector, { ...COMMON, [field]: account, ...input }, binding)
    if (!bound.ok) throw new Error(bound.problems.join('\n'))
    return bound.settings.capabilities.windowMs
  }

  test('the window is a day, and a week for human agents', () => {
    expect(windowOf({})).toBe(24 * 3_600_000)
    expect(windowOf({ humanAgent: true })).toBe(7 * 24 * 3_600_000)
  })

  test('every field of the form is a setting', () => {
    const parsed = connector.configure(
      Object.fromEntries(connector.fields.map(({ name }) => [name, undefined])),
    )
    const problems = parsed.ok ? [] : parsed.problems
    expect(problems.join()).not.toContain('no such setting')
    expect(problems).toHaveLength(connector.fields.filter(({ required }) => required).length)
  })
})

describe.each(BOTH)('%s: at the edges', (_name, connector, field, account) => {
  const configured = settings(connector, { [field]: account })
  const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body))

  test('Meta asks whether we are there, and is answered', () => {
    const ask = (token: string) =>
      connector.greet(
        {
          method: 'GET',
          headers: {},
          url: `/v1/hooks/m?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`,
          body: new Uint8Array(),
        },
        configured,
      )
    expect(ask('verify-token')).toMatchObject({ status: 200, body: '42' })
    expect(ask('another')).toMatchObject({ status: 403 })
  })

  test('a webhook about something else than messages is no fact', () => {
    const parse = (body: unknown) =>
      connector.parse({ method: 'POST', headers: {}, url: '/', body: bytes(body) }, configured)
    const message = { sender: { id: PERSON }, timestamp: 1, message: { mid: 'm', text: 'hi' } }
    const object = connector === messenger ? 'page' : 'instagram'
    expect(parse({ object, entry: [{ id: account, messaging: [message] }] })).toHaveLength(1)
    expect(parse({ object: 'user', entry: [{ id: account, messaging: [message] }] })).toEqual([])
    expect(parse({ object, entry: [{ id: '1', messaging: [message] }] })).toEqual([])
    expect(
      parse({ object, entry: [{ id: account, messaging: [{ ...message, sender: {} }] }] }),
    ).toEqual([])
  })

  test('files are fetched without the token', async () => {
    const far = farSide(new Response('jpg', { headers: { 'content-type': 'image/jpeg' } }))
    const media = await connector.media('https://cdn.test/1.jpg', configured, far.io)
    expect(media).toMatchObject({ type: 'image/jpeg' })
    expect(far.asked[0]?.headers.has('authorization')).toBe(false)
    const gone = connector.media(
      'https://cdn.test/1.jpg',
      configured,
      farSide(new Response('', { status: 403 })).io,
    )
    expect((await failureOf(gone)).failure).toBe('bad-content')
  })
})
