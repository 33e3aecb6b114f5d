import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { ConnectorIo } from '../connector.ts'
import { createGuardedFetch } from '../guarded-fetch.ts'
import type { GuardedFetch } from '../guarded-fetch.ts'
import { intercom } from './index.ts'
import type { IntercomSettings } from './types.ts'

const spec = findSpec('intercom.json')
const NOW = Date.parse('2026-09-21T10:00:00Z')
const CONTACT = '6650f1571bb69f9f2193aaaa'
const AUTH = { authorization: 'Bearer t' }

describe.runIf(spec.state === 'found')('intercom: by the official description', () => {
  let mock: SpecMock
  let guarded: GuardedFetch
  let settings: IntercomSettings
  let io: ConnectorIo
  /** Is the visitor a contact already, and may there be another one in the way? */
  let contact: 'known' | 'unknown' | 'archived'

  beforeAll(async () => {
    mock = await startSpecMock({
      description: spec.state === 'found' ? spec.path : '',
      answer: ({ path }) => {
        if (path.includes('/find_by_external_id/')) {
          return contact === 'known' ? { body: { id: CONTACT } } : { status: 404, body: {} }
        }
        if (path === '/contacts' && contact === 'archived') {
          const message = `An archived contact matching those details already exists with id=${CONTACT}`
          return { status: 409, body: { errors: [{ code: 'conflict', message }] } }
        }
        if (path === '/contacts') return { body: { id: CONTACT } }
        if (path === '/conversations/search') {
          const contacts = { contacts: [{ external_id: outbound().visitor.id }] }
          return { body: { conversations: [{ id: '5001', updated_at: NOW / 1000, contacts }] } }
        }
        return undefined
      },
    })
    guarded = createGuardedFetch({ allow: ['127.0.0.1'] })
    const parsed = intercom.configure({
      url: mock.url,
      token: 't',
      clientSecrets: ['s'],
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
    contact = 'known'
  })

  const { entry, visitor } = outbound()
  const send = (changes = {}) =>
    intercom.send(outbound({ thread: '5001', ...changes }), settings, io)
  const open = () => {
    const { thread: _, ...rest } = outbound({
      visitor: { ...visitor, name: 'Ann', email: 'ann@example.com' },
      page: { url: 'https://shop.test/', title: 'Shop' },
    })
    return intercom.send(rest, settings, io)
  }
  const asked = () => mock.requests.map(({ method, path }) => `${method} ${path}`)

  test('opening a conversation: of a known contact, a new one, and one brought back', async () => {
    for (contact of ['known', 'unknown', 'archived'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as `contact` says
      expect((await open()).thread).toMatch(/^\d+$/)
    }
    expectAccepted(mock)
    expect(asked()).toContain('POST /contacts')
    expect(asked()).toContain(`POST /contacts/${CONTACT}/unarchive`)
    expect(asked().filter((each) => each === 'POST /conversations')).toHaveLength(3)
    expect(asked().filter((each) => each.endsWith('/reply'))).toHaveLength(3)
  })

  test('replies, notes and both statuses', async () => {
    await send()
    await send({ entry: { ...entry, author: { role: 'agent', id: 'm', name: 'Mia' } } })
    await send({ entry: { ...entry, body: { type: 'status', status: 'resolved' } } })
    await send({ entry: { ...entry, body: { type: 'status', status: 'open' } } })
    expectAccepted(mock)
    expect(asked().filter((each) => each.startsWith('POST'))).toEqual([
      'POST /conversations/5001/reply',
      'POST /conversations/5001/reply',
      'POST /conversations/5001/parts',
      'POST /conversations/5001/parts',
    ])
  })

  test('looking up, polling and the doctor', async () => {
    const { thread: _, ...unthreaded } = outbound()
    await intercom.reconcile(unthreaded, settings, io)
    await intercom.locate('5001', settings, io)
    const first = await intercom.poll(undefined, settings, io)
    await intercom.poll(first.cursor, settings, io)
    await intercom.doctor(settings, io)
    expectAccepted(mock)
    expect(new Set(asked())).toEqual(
      new Set([
        `GET /contacts/find_by_external_id/${visitor.id}`,
        'POST /conversations/search',
        'GET /conversations/5001',
        'GET /me',
        'GET /conversations?per_page=1',
      ]),
    )
  })

  test('the description refuses what is wrong, at every endpoint asked', async () => {
    const post = (path: string, body: object) => ({ method: 'POST', headers: AUTH, path, body })
    await expectRefused(mock, post('/contacts', { name: 'Ann' }))
    await expectRefused(mock, post('/contacts', { external_id: 7 }), /external_id/)
    await expectRefused(
      mock,
      post('/conversations', { from: { type: 'user', id: visitor.id }, body: 'x' }),
      /from\.id/,
    )
    await expectRefused(
      mock,
      post('/conversations', { from: { type: 'user', id: CONTACT } }),
      /body/,
    )
    const reply = '/conversations/5001/reply'
    await expectRefused(mock, post(reply, { message_type: 'comment', type: 'user', body: 'x' }))
    await expectRefused(mock, post(reply, { message_type: 'note', type: 'admin', body: 'x' }))
    await expectRefused(mock, post('/conversations/5001/parts', { message_type: 'close' }))
    await expectRefused(mock, post('/conversations/search', { pagination: {} }), /query/)
    const filter = { field: 'updated_at', operator: 'after', value: 1 }
    await expectRefused(mock, post('/conversations/search', { query: filter }), /operator/)
    const get = { method: 'GET', headers: AUTH }
    await expectRefused(mock, { ...get, path: '/conversations/one' }, /conversation_id/)
    await expectRefused(mock, { ...get, path: '/conversations?per_page=many' }, /per_page/)
    const wrongVersion = { ...AUTH, 'intercom-version': '99' }
    const contactPath = '/contacts/find_by_external_id/x'
    await expectRefused(mock, { ...get, path: contactPath, headers: wrongVersion }, /version/i)
    await expectRefused(mock, { ...get, path: '/me', headers: {} }, /security|authorization/i)
    await expectRefused(
      mock,
      { method: 'POST', path: `/contacts/${CONTACT}/unarchive` },
      /security|authorization/i,
    )
  })
})
