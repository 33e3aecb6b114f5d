import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { ConnectorIo } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import type { GuardedFetch } from '../guarded-fetch.ts'
import { zendeskSupport } from './index.ts'
import type { ZendeskSupportSettings } from './types.ts'

const spec = findSpec('zendesk-support.json')
const NOW = Date.parse('2026-09-21T10:00:00Z')
const AUTH = { authorization: `Basic ${Buffer.from('a@b.c/token:t').toString('base64')}` }

describe.runIf(spec.state === 'found')('zendesk-support: by the official description', () => {
  let mock: SpecMock
  let guarded: GuardedFetch
  let settings: ZendeskSupportSettings
  let io: ConnectorIo
  /** What the ticket that is read says of itself. */
  let ticket: Record<string, unknown>
  let tickets: readonly object[]

  beforeAll(async () => {
    mock = await startSpecMock({
      description: spec.state === 'found' ? spec.path : '',
      answer: ({ method, path }) => {
        if (path.startsWith('/api/v2/tickets?')) return { body: { tickets } }
        if (method === 'GET' && /\/tickets\/\d+$/.test(path)) return { body: { ticket } }
        if (path.includes('/users/search')) return { body: { users: [] } }
        if (path.includes('/incremental/')) {
          return { body: { tickets: [ticket], after_cursor: 'c', end_of_stream: true } }
        }
        return undefined
      },
    })
    guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
    const parsed = zendeskSupport.configure({
      url: mock.url,
      email: 'a@b.c',
      token: 't',
      signingSecrets: ['s'],
      visitorEmail: true,
    })
    if (!parsed.ok) throw new Error(parsed.problems.join())
    settings = parsed.settings
    io = { fetch: guarded.fetch, signal: new AbortController().signal, now: NOW }
  })
  afterAll(async () => {
    await mock?.close()
    await guarded?.close()
  })
  beforeEach(() => {
    mock.forget()
    tickets = []
    ticket = {
      id: 71,
      status: 'pending',
      requester_id: 901,
      updated_at: '2026-09-21T09:00:00Z',
      external_id: outbound().conversation,
    }
  })

  const unthreaded = (changes = {}) => {
    const { thread: _, ...rest } = outbound(changes)
    return rest
  }
  const { entry, visitor } = outbound()

  test('opening a ticket, with an address, a page and a transcript, and a follow-up', async () => {
    const opened = unthreaded({
      visitor: { ...visitor, name: 'Ann', email: 'ann@example.com' },
      page: { url: 'https://shop.test/', title: 'Shop' },
      before: [{ ...entry, author: { role: 'bot', id: 'b' } }],
    })
    await zendeskSupport.send(opened, settings, io)
    tickets = [{ id: 70, status: 'closed' }]
    const receipt = await zendeskSupport.send(opened, settings, io)
    expect(receipt.thread).toMatch(/^\d+$/)
    expectAccepted(mock)
    expect(mock.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual(
      [0, 1].flatMap(() => [
        'GET /api/v2/tickets',
        'GET /api/v2/users/search',
        'POST /api/v2/users/create_or_update',
        'POST /api/v2/tickets',
      ]),
    )
  })

  test('comments of the visitor and of others, and both statuses', async () => {
    const thread = '71'
    await zendeskSupport.send(outbound({ thread, more: [entry] }), settings, io)
    await zendeskSupport.send(
      outbound({ thread, entry: { ...entry, author: { role: 'agent', id: 'm', name: 'Mia' } } }),
      settings,
      io,
    )
    for (const status of ['resolved', 'open'] as const) {
      const body = { type: 'status', status } as const
      await zendeskSupport.send(outbound({ thread, entry: { ...entry, body } }), settings, io)
    }
    expectAccepted(mock)
    expect(mock.requests.filter(({ method }) => method === 'PUT')).toHaveLength(4)
  })

  test('looking up, polling and the doctor', async () => {
    tickets = [{ id: 71, status: 'open' }]
    expect(await zendeskSupport.reconcile(unthreaded(), settings, io)).toBe('absent')
    expect(await zendeskSupport.locate('71', settings, io)).toBe(outbound().conversation)
    const first = await zendeskSupport.poll(undefined, settings, io)
    await zendeskSupport.poll(first.cursor, settings, io)
    const findings = await zendeskSupport.doctor(settings, io)
    expect(findings.length).toBeGreaterThan(1)
    expectAccepted(mock)
    const asked = new Set(mock.requests.map(({ path }) => path.split('?')[0]))
    expect([...asked]).toEqual([
      '/api/v2/tickets',
      '/api/v2/tickets/71/audits',
      '/api/v2/tickets/71',
      '/api/v2/incremental/tickets/cursor',
      '/api/v2/tickets/71/comments',
      '/api/v2/users/me',
    ])
  })

  test('the description refuses what is wrong, at every endpoint asked', async () => {
    const post = { method: 'POST', headers: AUTH }
    const comment = { body: 'x', public: true }
    await expectRefused(mock, { ...post, path: '/api/v2/tickets', body: { ticket: {} } }, /comment/)
    await expectRefused(
      mock,
      { ...post, path: '/api/v2/tickets', body: { ticket: { comment, external_id: 7 } } },
      /external_id/,
    )
    await expectRefused(
      mock,
      { ...post, path: '/api/v2/users/create_or_update', body: { user_: {} } },
      /user/,
    )
    const put = { method: 'PUT', headers: AUTH, path: '/api/v2/tickets/71' }
    await expectRefused(mock, { ...put, body: { ticket: { status: 'resolved' } } }, /status/)
    await expectRefused(
      mock,
      { ...put, body: { ticket: { comment: { ...comment, author_id: 'Ann' } } } },
      /author_id/,
    )
    const get = { method: 'GET', headers: AUTH }
    for (const path of ['', '/audits', '/comments']) {
      // oxlint-disable-next-line no-await-in-loop -- one process answers them
      await expectRefused(mock, { ...get, path: `/api/v2/tickets/one${path}` }, /ticket_id/)
    }
    await expectRefused(mock, { ...get, path: '/api/v2/incremental/tickets/cursor' }, /start_time/)
    for (const path of ['/api/v2/tickets', '/api/v2/users/me', '/api/v2/users/search']) {
      // oxlint-disable-next-line no-await-in-loop -- one process answers them
      await expectRefused(mock, { method: 'GET', path }, /security|authorization/i)
    }
  })
})
