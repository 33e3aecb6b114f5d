import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { Answer, FaultServer, SeenRequest } from '../../../test/fault-server.ts'
import { startFaultServer } from '../../../test/fault-server.ts'
import type { ConnectorIo, RawWebhook } from '../connector.ts'
import { SendError } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import type { GuardedFetch } from '../guarded-fetch.ts'
import { intercom } from './index.ts'
import type { IntercomSettings } from './types.ts'

const SECRET = 'client-secret-of-the-app'
const CONTACT = '6650f1571bb69f9f2193aaaa'
const NOW = 1_790_000_100_000
const SAID = 'secret words of the visitor'

const settingsAt = (url: string, changes = {}): Record<string, unknown> => ({
  url,
  token: 'access-token-1',
  clientSecrets: [SECRET],
  ...changes,
})

function settingsOf(url: string, changes = {}): IntercomSettings {
  const parsed = intercom.configure(settingsAt(url, changes))
  if (!parsed.ok) throw new Error(parsed.problems.join())
  return parsed.settings
}

function sign(body: string): RawWebhook {
  const digest = createHmac('sha1', SECRET).update(body).digest('hex')
  return {
    method: 'POST',
    headers: { 'x-hub-signature': `sha1=${digest}` },
    url: '/v1/hooks/ic',
    body: new TextEncoder().encode(body),
  }
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/intercom/webhooks.json'), 'utf8'),
) as { about: string; body: object }[]
const bodyOf = (index: number): string => JSON.stringify(recorded[index]?.body)

const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const errors = (status: number, code: string, message = ''): Answer =>
  json({ type: 'error.list', errors: [{ code, message }] }, status)

const part = (id: string, body: string, changes: object = {}) => ({
  id,
  part_type: 'comment',
  body,
  created_at: NOW / 1000,
  author: { type: 'user', id: CONTACT },
  ...changes,
})
const conversation = (...parts: object[]) => ({
  type: 'conversation',
  id: '5001',
  conversation_parts: { conversation_parts: parts },
})

/** An Intercom that knows the visitor and one conversation. */
function healthy({ path }: SeenRequest): Answer {
  if (path === '/me') return json({ id: '301', app: { name: 'Shop', region: 'US' } })
  if (path.startsWith('/contacts')) return json({ id: CONTACT })
  if (path === '/conversations') return json({ id: '8001', conversation_id: '5001' })
  return json(conversation(part('9100', 'older'), part('9101', `<p>${SAID}</p>`)))
}

connectorContract({
  connector: intercom,
  settings: (url) => settingsAt(url),
  required: ['token', 'clientSecrets'],
  wrong: { url: 'ftp://x', clientSecrets: [], visitorEmail: 'yes' },
  sign: (body) => sign(body),
  signature: { headers: ['x-hub-signature'], stamped: false, covers: true },
  message: bodyOf(0),
  echo: bodyOf(1),
  unknown: bodyOf(5),
  healthy,
  // Intercom keeps nothing of ours; what is the same on every try is the words themselves.
  keyOf: ({ path, body }) =>
    path.endsWith('/reply') && body.includes(SAID) ? outbound().key : undefined,
  // A reply that failed within Intercom may stand there; it can be looked up, so it is.
  failures: { 404: 'thread-gone', 500: 'unknown', 502: 'unknown' },
})

describe('intercom: webhooks', () => {
  const settings = settingsOf('https://api.intercom.io')

  test('the facts are what people expect: HTML and plain text, bots once, files, last words, no notes', () => {
    const facts = recorded.flatMap(({ body }) =>
      intercom.parse(sign(JSON.stringify(body)), settings),
    )
    expect(facts).toMatchObject([
      {
        kind: 'message',
        event: 'part-9001',
        where: { thread: '5001' },
        time: 1_790_000_030_000,
        author: { role: 'agent', id: '301', name: 'Mia Agent' },
        body: { text: "Grüezi 👋\n\nit's here (https://shop.test/blue)" },
        media: [{ name: 'sizes.pdf', type: 'application/pdf' }],
        echo: false,
      },
      { kind: 'message', event: 'part-9002', author: { role: 'visitor' }, echo: true },
      { kind: 'message', event: 'part-9003', author: { role: 'bot' }, body: { text: 'one\ntwo' } },
      { kind: 'message', event: 'part-9003' },
      { kind: 'message', event: 'part-9004', body: { text: 'see you' } },
      { kind: 'status', status: 'resolved', author: { id: '301', name: 'Mia Agent' } },
    ])
    expect(facts).toHaveLength(6)
  })

  test('a note is none of the visitor’s business, whatever it comes under', () => {
    const body = bodyOf(6).replace('conversation.admin.noted', 'conversation.admin.replied')
    expect(intercom.parse(sign(body), settings)).toEqual([])
  })

  test("a contact's mail is the visitor's own words", () => {
    const body = bodyOf(1).replace('"email_message_metadata":null', '"email_message_metadata":{}')
    const [fact] = intercom.parse(sign(body), settings)
    expect(fact).toMatchObject({ kind: 'message', echo: false, author: { role: 'visitor' } })
  })

  test('a HEAD is answered, for so Intercom looks whether the address is there', () => {
    const head = { method: 'HEAD', headers: {}, url: '/', body: new Uint8Array() } as const
    expect(intercom.greet(head, settings)).toMatchObject({ status: 200 })
    expect(intercom.greet(sign('{}'), settings)).toBeUndefined()
  })

  test('either of two secrets may sign, while one takes over from the other', () => {
    const both = settingsOf('https://x.test', { clientSecrets: ['newer', SECRET] })
    expect(intercom.verify(sign('{}'), both, NOW)).toEqual({ ok: true })
    const other = settingsOf('https://x.test', { clientSecrets: ['newer'] })
    expect(intercom.verify(sign('{}'), other, NOW)).toMatchObject({ ok: false, status: 401 })
  })
})

describe('intercom: what is sent', () => {
  let far: FaultServer
  let guarded: GuardedFetch
  let io: ConnectorIo
  beforeEach(async () => {
    far = await startFaultServer()
    guarded = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 5_000 })
    io = { fetch: guarded.fetch, signal: new AbortController().signal, now: NOW }
    far.answer(healthy)
  })
  afterEach(async () => {
    far.close()
    await guarded.close()
  })

  const { entry, visitor } = outbound()
  const agent = { ...entry, author: { role: 'agent', id: 'mia', name: 'Mia' } } as const
  const send = (changes: Parameters<typeof outbound>[0] = {}, settings = settingsOf(far.url)) =>
    intercom.send(outbound({ thread: '5001', ...changes }), settings, io)
  const open = (changes: Parameters<typeof outbound>[0] = {}, settings = settingsOf(far.url)) => {
    const { thread: _, ...rest } = outbound(changes)
    return intercom.send(rest, settings, io)
  }
  const asked = () => far.requests.map(({ method, path }) => `${method} ${path}`)
  const bodies = () =>
    far.requests
      .filter(({ body }) => body !== '')
      .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => (error instanceof SendError ? error : undefined),
    )

  test('the first words open a conversation of the contact; what else there is to know is a note', async () => {
    const receipt = await open({
      page: { url: 'https://shop.test/blue', title: 'Blue <shoes>' },
      before: [agent],
    })
    expect(receipt).toEqual({ externalIds: ['8001'], thread: '5001' })
    expect(asked()).toEqual([
      `GET /contacts/find_by_external_id/${visitor.id}`,
      'POST /conversations',
      'GET /me',
      'POST /conversations/5001/reply',
    ])
    expect(far.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer access-token-1',
      'intercom-version': '2.15',
    })
    expect(bodies()[0]).toEqual({ from: { type: 'user', id: CONTACT }, body: SAID })
    expect(bodies()[1]).toMatchObject({ message_type: 'note', type: 'admin', admin_id: '301' })
    expect(bodies()[1]?.['body']).toMatch(
      /^Mia: secret words of the visitor<br><br>----<br>Page: Blue &lt;shoes&gt;<br>.*\/console#\/c\/[-0-9a-f]{36}$/,
    )
  })

  test('a note that fails costs nothing: the words are there', async () => {
    far.answer((request) => (request.path === '/me' ? json({}, 500) : healthy(request)))
    expect(await open()).toMatchObject({ thread: '5001' })
  })

  test('an unknown visitor becomes a contact, with an address only where it is meant', async () => {
    far.answer((request) =>
      request.path.includes('find_by') ? errors(404, 'not_found') : healthy(request),
    )
    const ann = { ...visitor, name: 'Ann', email: 'ann@example.com' }
    await open({ visitor: ann })
    expect(bodies()[0]).toEqual({ role: 'user', external_id: visitor.id, name: 'Ann' })
    await open({ visitor: ann }, settingsOf(far.url, { visitorEmail: true }))
    expect(bodies().at(-3)).toMatchObject({ email: 'ann@example.com' })
  })

  test('a contact that is in the way: archived is brought back, another one left alone', async () => {
    let sentence = `An archived contact matching those details already exists with id=${CONTACT}`
    far.answer((request) => {
      if (request.path.includes('find_by')) return errors(404, 'not_found')
      const first = request.path === '/contacts' && request.body.includes('email')
      return first ? errors(409, 'conflict', sentence) : healthy(request)
    })
    const settings = settingsOf(far.url, { visitorEmail: true })
    const ann = { ...visitor, email: 'ann@example.com' }
    await open({ visitor: ann }, settings)
    expect(asked()).toContain(`POST /contacts/${CONTACT}/unarchive`)
    sentence = 'A contact matching those details already exists with id=6650f1571bb69f9f2193bbbb'
    await open({ visitor: ann }, settings)
    expect(bodies().at(-3)).not.toHaveProperty('email')
    expect(bodies().at(-2)).toMatchObject({ from: { id: CONTACT } })
  })

  test('a contact made just now is not known everywhere yet: again, soon', async () => {
    far.answer((request) =>
      request.path === '/conversations' ? errors(404, 'not_found') : healthy(request),
    )
    expect((await failureOf(open()))?.failure).toBe('retry')
  })

  test("later words are the contact's, and the receipt names the part that says them", async () => {
    expect(await send()).toEqual({ externalIds: ['9101'], thread: '5001' })
    expect(bodies()).toEqual([
      { message_type: 'comment', type: 'user', user_id: visitor.id, body: SAID },
    ])
  })

  test("an agent's words are a note, and a status is Intercom's own", async () => {
    await send({ entry: agent })
    expect(bodies()).toMatchObject([{ message_type: 'note', body: `Mia: ${SAID}` }])
    for (const status of ['resolved', 'open'] as const) {
      await send({ entry: { ...entry, body: { type: 'status', status } } })
    }
    expect(bodies().slice(1)).toEqual([
      { message_type: 'close', type: 'admin', admin_id: '301' },
      { message_type: 'open', admin_id: '301' },
    ])
    expect(await open({ entry: { ...entry, body: { type: 'status', status: 'open' } } })).toEqual({
      externalIds: [],
    })
  })

  test('too many calls: when the count begins anew is heard, also without Retry-After', async () => {
    const headers = { 'x-ratelimit-reset': String(NOW / 1000 + 4) }
    far.answer({ status: 429, headers })
    expect(await failureOf(send())).toMatchObject({ failure: 'retry', retryAfter: 4_000 })
  })

  test.each([
    [errors(404, 'not_found'), 'thread-gone'],
    [errors(400, 'parameter_invalid', SAID), 'bad-content'],
    [errors(422, 'parameter_invalid', SAID), 'bad-content'],
    [errors(401, 'unauthorized'), 'needs-reauth'],
    [errors(403, 'api_plan_restricted'), 'needs-reauth'],
    [errors(500, 'server_error'), 'unknown'],
    [errors(503, 'service_unavailable'), 'retry'],
    [{ status: 200, body: '<html>' }, 'unknown'],
  ] as const)('%j at a reply', async (answer, failure) => {
    far.answer(answer)
    const error = await failureOf(send())
    expect(error?.failure).toBe(failure)
    expect(error?.message).not.toContain(SAID)
    if (failure === 'bad-content') expect(error?.message).toContain('(parameter_invalid)')
  })
})
