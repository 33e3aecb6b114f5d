import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectorContract, outbound } from '../../../test/contracts/connector-contract.ts'
import type { Answer, FaultServer, SeenRequest } from '../../../test/fault-server.ts'
import { startFaultServer } from '../../../test/fault-server.ts'
import type { ConnectorIo, Fact } from '../connector.ts'
import { SendError } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import type { GuardedFetch } from '../guarded-fetch.ts'
import { freshdesk } from './index.ts'
import type { FreshdeskSettings } from './types.ts'

const CONVERSATION = '01890000-0000-7000-8000-0000000000c1'
const LINK = `https://relay.test/console#/c/${CONVERSATION}`
const NOW = Date.parse('2026-09-21T10:00:00Z')
const SAID = 'secret words of the visitor'

const settingsAt = (url: string, changes = {}): Record<string, unknown> => ({
  url,
  apiKey: 'secret-api-key',
  ...changes,
})

function settingsOf(url: string, changes = {}): FreshdeskSettings {
  const parsed = freshdesk.configure(settingsAt(url, changes))
  if (!parsed.ok) throw new Error(parsed.problems.join())
  return parsed.settings
}

const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const TICKET = {
  id: 71,
  status: 2,
  requester_id: 901,
  tags: ['homing'],
  updated_at: '2026-09-21T09:59:50Z',
  description: `<div>hello</div><div>----<br>Site: x<br>${LINK}</div>`,
}

/** A Freshdesk with one ticket, as far as the connector asks. */
function healthy({ method, path }: SeenRequest, ticket: object = {}): Answer {
  if (path.startsWith('/api/v2/contacts')) return json([])
  if (path.startsWith('/api/v2/agents')) return json({ id: 601, contact: { name: 'Mia Agent' } })
  if (path.includes('/conversations')) return json([])
  if (path.endsWith('/notes')) return json({ id: 7001 }, 201)
  if (path.startsWith('/api/v2/tickets?')) return json([])
  return json({ ...TICKET, ...ticket }, method === 'POST' ? 201 : 200)
}

connectorContract({
  connector: freshdesk,
  settings: (url) => settingsAt(url),
  required: ['url', 'apiKey'],
  wrong: { url: 'ftp://x', visitorEmail: 'yes' },
  healthy: (request) => healthy(request),
  // Freshdesk keeps nothing of ours; what is the same on every try is the words themselves.
  keyOf: ({ path, body }) =>
    path.endsWith('/notes') && body.includes(SAID) ? outbound().key : undefined,
  failures: { 404: 'thread-gone' },
})

describe('freshdesk: what is sent', () => {
  let far: FaultServer
  let guarded: GuardedFetch
  let io: ConnectorIo
  beforeEach(async () => {
    far = await startFaultServer()
    guarded = createGuardedFetch({ allow: ['127.0.0.1'], timeoutMs: 5_000 })
    io = { fetch: guarded.fetch, signal: new AbortController().signal, now: NOW }
    far.answer((request) => healthy(request))
  })
  afterEach(async () => {
    far.close()
    await guarded.close()
  })

  const { entry, visitor } = outbound()
  const agent = { ...entry, author: { role: 'agent', id: 'mia', name: 'Mia' } } as const
  const send = (changes: Parameters<typeof outbound>[0] = {}) =>
    freshdesk.send(outbound({ thread: '71', ...changes }), settingsOf(far.url), io)
  const open = (changes: Parameters<typeof outbound>[0] = {}, settings = settingsOf(far.url)) => {
    const { thread: _, ...rest } = outbound(changes)
    return freshdesk.send(rest, settings, io)
  }
  const written = () =>
    far.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path, body }) => [
        `${method} ${path.replace('/api/v2', '')}`,
        JSON.parse(body) as Record<string, unknown>,
      ])
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => (error instanceof SendError ? error : undefined),
    )

  test('the first words open a ticket of the visitor; what they say is no HTML', async () => {
    const receipt = await open({
      page: { url: 'https://shop.test/blue', title: 'Blue shoes' },
      entry: { ...entry, body: { type: 'text', text: 'is <b>it</b>\nblue?' } },
    })
    expect(receipt).toEqual({ externalIds: [], thread: '71' })
    expect(far.requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('secret-api-key:X').toString('base64')}`,
    )
    const [[call, body]] = written() as [[string, Record<string, unknown>]]
    expect(call).toBe('POST /tickets')
    expect(body).toMatchObject({
      subject: 'Blue shoes',
      unique_external_id: visitor.id,
      name: 'Visitor 00aaaa',
      status: 2,
      source: 7,
      tags: ['homing'],
    })
    expect(body).not.toHaveProperty('email')
    expect(body['description']).toMatch(/^is &lt;b&gt;it&lt;\/b&gt;<br>blue\?<br><br>----<br>Page/)
    expect(body['description']).toMatch(new RegExp(`${LINK}$`))
  })

  test('an address goes there only when it is meant to', async () => {
    const ann = { ...visitor, email: 'ann@example.com' }
    await open({ visitor: ann }, settingsOf(far.url, { visitorEmail: true }))
    expect(written()[0]?.[1]).toMatchObject({ email: 'ann@example.com' })
  })

  test('later words are a public note from outside, by the requester', async () => {
    const more = [{ ...entry, seq: 2, body: { type: 'text', text: 'and red?' } }]
    expect(await send({ more })).toEqual({ externalIds: ['7001'], thread: '71' })
    expect(written()).toEqual([
      [
        'POST /tickets/71/notes',
        { body: `${SAID}<br>and red?`, private: false, incoming: true, user_id: 901 },
      ],
    ])
  })

  test.each([4, 5])(
    'a visitor opens a ticket of status %i again, before the words',
    async (status) => {
      far.answer((request) => healthy(request, { status }))
      await send()
      expect(written().map(([call]) => call)).toEqual(['PUT /tickets/71', 'POST /tickets/71/notes'])
      expect(written()[0]?.[1]).toEqual({ status: 2 })
    },
  )

  test("an agent's words are a private note and open nothing", async () => {
    far.answer((request) => healthy(request, { status: 4 }))
    await send({ entry: agent })
    expect(written()).toEqual([['POST /tickets/71/notes', { body: `Mia: ${SAID}`, private: true }]])
  })

  test('a status is set where it is another one; a pending ticket counts as open', async () => {
    const status = (to: 'open' | 'resolved') =>
      send({ entry: { ...entry, body: { type: 'status', status: to } } })
    far.answer((request) => healthy(request, { status: 3 }))
    await status('open')
    expect(written()).toEqual([])
    await status('resolved')
    expect(written()).toEqual([['PUT /tickets/71', { status: 4 }]])
  })

  test('a ticket that nobody remembered is found by its link, and not opened twice', async () => {
    far.answer((request) => {
      if (request.path.includes('/contacts?')) return json([{ id: 901 }])
      if (request.path.startsWith('/api/v2/tickets?'))
        return json([{ ...TICKET, id: 70, tags: [] }, TICKET])
      return healthy(request)
    })
    expect(await open()).toEqual({ externalIds: ['7001'], thread: '71' })
    expect(written().map(([call]) => call)).toEqual(['POST /tickets/71/notes'])
    expect(far.requests.some(({ path }) => path.endsWith('/tickets/70'))).toBe(false)
  })

  test('a ticket in the trash is gone', async () => {
    far.answer((request) => healthy(request, { deleted: true }))
    expect((await failureOf(send()))?.failure).toBe('thread-gone')
  })

  test.each([
    [400, { errors: [{ field: 'cf_order', message: SAID }] }, 'bad-content'],
    [401, { code: 'invalid_credentials' }, 'needs-reauth'],
    [403, { code: 'access_denied' }, 'needs-reauth'],
    [404, undefined, 'thread-gone'],
    [429, undefined, 'retry'],
    [500, undefined, 'unknown'],
    [503, undefined, 'retry'],
  ] as const)('%i at the note', async (status, body, failure) => {
    far.answer((request) =>
      request.path.endsWith('/notes') ? json(body ?? {}, status) : healthy(request),
    )
    const error = await failureOf(send())
    expect(error?.failure).toBe(failure)
    expect(error?.message).not.toContain(SAID)
    if (status === 400) expect(error?.message).toContain('cf_order')
  })
})

describe('freshdesk: what is read', () => {
  const settings = settingsOf('https://f.test')
  const { entry, visitor } = outbound()
  const note = (id: number, body: string, changes: object = {}) => ({
    id,
    body,
    incoming: false,
    private: false,
    source: 0,
    user_id: 601,
    created_at: '2026-09-21T10:00:05Z',
    attachments: [],
    ...changes,
  })
  let tickets: readonly object[]
  let notes: readonly object[]
  let seen: string[]
  beforeEach(() => {
    tickets = [TICKET]
    notes = []
    seen = []
  })
  const io = (now = NOW): ConnectorIo => ({
    now,
    signal: new AbortController().signal,
    fetch: async (address) => {
      const url = new URL(address)
      const path = url.pathname.replace('/api/v2', '')
      seen.push(path + url.search)
      const page = Number(url.searchParams.get('page') ?? 1)
      if (path === '/contacts') return Response.json([{ id: 901 }])
      if (path === '/tickets') return Response.json(tickets)
      if (path.endsWith('/conversations')) {
        return Response.json(notes.slice((page - 1) * 100, page * 100))
      }
      if (path === '/tickets/71') return Response.json(TICKET)
      if (path === '/agents/601') return Response.json({ contact: { name: 'Mia Agent' } })
      return Response.json({}, { status: 404 })
    },
  })
  const start = () => freshdesk.poll(undefined, settings, io()).then(({ cursor }) => cursor)
  const textsOf = (facts: readonly Fact[]) =>
    facts.map((fact) =>
      fact.kind === 'message' && 'text' in fact.body ? fact.body.text : fact.kind,
    )

  test('C6: an answer is told once, with the name of who gave it; notes between agents are not', async () => {
    notes = [
      note(1, '<div>yes &amp; no</div>', {
        attachments: [
          { id: 8, name: 'a.pdf', attachment_url: 'https://s.test/a', content_type: 'x/y' },
        ],
      }),
      note(2, 'between us', { private: true, source: 2 }),
      note(3, SAID, { incoming: true, source: 2, user_id: 901 }),
      note(4, 'by mail', { incoming: true, user_id: 901 }),
      note(5, 'former agent', { user_id: 602 }),
    ]
    const first = await freshdesk.poll(await start(), settings, io())
    expect(first.facts).toMatchObject([
      {
        event: 'conversation-1',
        externalId: '1',
        where: { thread: '71' },
        author: { role: 'agent', id: '601', name: 'Mia Agent' },
        body: { text: 'yes & no' },
        media: [{ reference: 'https://s.test/a', name: 'a.pdf', type: 'x/y' }],
        echo: false,
      },
      { externalId: '3', author: { role: 'visitor' }, echo: true },
      { externalId: '4', author: { role: 'visitor' }, body: { text: 'by mail' }, echo: false },
      { externalId: '5', author: { role: 'agent', id: '602' } },
    ])
    expect(first.facts).toHaveLength(4)
    seen = []
    const second = await freshdesk.poll(first.cursor, settings, io())
    expect(second.facts).toEqual([])
    expect(seen).toHaveLength(1)
    expect(second.cursor).toBe(first.cursor)
  })

  test('a status is told when it changed, and when it changed back', async () => {
    const at = (seconds: number, status: number) => {
      tickets = [{ ...TICKET, status, updated_at: new Date(NOW + seconds * 1000).toISOString() }]
    }
    const looked = async (cursor: string) => {
      const { facts, cursor: next } = await freshdesk.poll(cursor, settings, io())
      return { next, told: facts.map((fact) => (fact.kind === 'status' ? fact.status : fact.kind)) }
    }
    at(1, 3)
    const one = await looked(await start())
    at(2, 4)
    const two = await looked(one.next)
    at(3, 5)
    const three = await looked(two.next)
    at(4, 2)
    const four = await looked(three.next)
    expect([one, two, three, four].map(({ told }) => told)).toEqual([
      [],
      ['resolved'],
      [],
      ['open'],
    ])
  })

  test('tickets of others and what was said long ago cost no fact', async () => {
    notes = [note(1, 'old', { created_at: '2026-09-20T10:00:00Z' })]
    tickets = [TICKET, { ...TICKET, id: 72, tags: ['other'] }]
    expect(await freshdesk.poll(await start(), settings, io())).toMatchObject({ facts: [] })
    expect(seen.some((path) => path.startsWith('/tickets/72'))).toBe(false)
  })

  test('a long ticket is read on from the page where it ended', async () => {
    notes = Array.from({ length: 150 }, (_, index) => note(index + 1, `n${index + 1}`))
    const first = await freshdesk.poll(await start(), settings, io())
    expect(first.facts).toHaveLength(150)
    notes = [...notes, note(151, 'n151')]
    tickets = [{ ...TICKET, updated_at: '2026-09-21T10:00:09Z' }]
    seen = []
    const second = await freshdesk.poll(first.cursor, settings, io())
    expect(textsOf(second.facts).at(-1)).toBe('n151')
    expect(seen.filter((path) => path.includes('/conversations'))).toEqual([
      '/tickets/71/conversations?per_page=100&page=2',
    ])
  })

  test('a cursor that is none begins anew instead of failing for ever', async () => {
    for (const cursor of ['', '{}', '[]', '{"since":"x"}']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await freshdesk.poll(cursor, settings, io())).toMatchObject({ facts: [] })
    }
    const odd = JSON.stringify({ since: NOW, tickets: [1, ['71'], ['71', 1, 'x', 'y']] })
    notes = [note(1, 'yes')]
    expect(textsOf((await freshdesk.poll(odd, settings, io())).facts)).toEqual(['yes'])
  })

  test('after an unknown outcome our words are known by themselves, or surely are not there', async () => {
    const time = Date.parse('2026-09-21T10:00:03Z')
    const ours = outbound({ thread: '71', entry: { ...entry, time } })
    const look = (...found: object[]) => {
      notes = found
      return freshdesk.reconcile(ours, settings, io())
    }
    const mine = { incoming: true, source: 2, user_id: 901 }
    expect(await look(note(7, `<div>${SAID}</div>`, mine))).toEqual({
      externalIds: ['7'],
      thread: '71',
    })
    expect(await look(note(7, SAID, mine), note(8, SAID, mine))).toMatchObject({
      externalIds: ['8'],
    })
    expect(await look(note(7, SAID, { ...mine, created_at: '2026-09-21T09:00:00Z' }))).toBe(
      'absent',
    )
    expect(await look(note(7, SAID))).toBe('absent')
    expect(await look(note(7, 'other words', mine))).toBe('absent')
  })

  test('an opening is found by the visitor and the link, if it is there', async () => {
    const { thread: _, ...unthreaded } = outbound({
      visitor,
      entry: { ...entry, body: { type: 'text', text: 'hello' } },
    })
    expect(await freshdesk.reconcile(unthreaded, settings, io())).toEqual({
      externalIds: [],
      thread: '71',
    })
    tickets = []
    expect(await freshdesk.reconcile(unthreaded, settings, io())).toBe('absent')
  })

  test('a ticket is of the conversation that its last link names', async () => {
    expect(await freshdesk.locate('71', settings, io())).toBe(CONVERSATION)
    expect(await freshdesk.locate('72', settings, io())).toBeUndefined()
    expect(await freshdesk.locate('../agents', settings, io())).toBeUndefined()
  })
})
