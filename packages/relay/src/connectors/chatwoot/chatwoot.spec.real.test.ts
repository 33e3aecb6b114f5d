import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import type { Outbound } from '../connector.ts'
import { chatwoot } from './index.ts'

/**
 * Against Chatwoot's own description. It does not know two things the server does: a contact's
 * `source_id` of our choosing and a message's, which it lets pass, and the PATCH of a message's
 * status, which is left to the tests beside. Two that only read below the inbox take any address,
 * so there is nothing to refuse.
 */

const spec = findSpec('chatwoot.json')
const CONVERSATION = outbound().conversation
const PUBLIC = '/public/api/v1/inboxes/inbox-id'
const TALK = `${PUBLIC}/contacts/${CONVERSATION}/conversations/7`
const ACCOUNT = '/api/v1/accounts/1'
const AUTH = { api_access_token: 'access-token-1' }

describe.skipIf(spec.state === 'missing')("chatwoot: by Chatwoot's description", () => {
  let mock: SpecMock

  beforeAll(async () => {
    if (spec.state === 'missing') return
    const conversation = {
      id: 7,
      status: 'open',
      last_activity_at: 1_790_000_000,
      messages: [{ id: 9 }],
      custom_attributes: { homing_conversation: CONVERSATION },
    }
    mock = await startSpecMock({
      description: spec.path,
      answer: ({ method, path }) => {
        if (path.includes('/messages'))
          return { body: method === 'POST' ? { id: 42 } : { payload: [] } }
        if (path.includes('/conversations?')) return { body: { data: { payload: [conversation] } } }
        if (path.endsWith('/contacts/31/conversations')) return { body: { payload: [] } }
        if (path.includes('/contacts')) return { body: { id: 31, source_id: CONVERSATION } }
        return { body: { id: 7, name: 'Homing' } }
      },
    })
  })
  afterAll(() => mock?.close())

  const settings = () => {
    const parsed = chatwoot.configure({
      url: mock.url,
      account: '1',
      inbox: '5',
      inboxIdentifier: 'inbox-id',
      token: AUTH.api_access_token,
      webhookSecrets: ['secret-of-the-inbox'],
      identityKey: 'hmac-token',
      visitorEmail: true,
    })
    if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
    return parsed.settings
  }
  const io = { fetch, signal: new AbortController().signal, now: 1_790_000_000_000 }
  const opening = (): Outbound => {
    const { thread: _, ...rest } = outbound({
      visitor: { id: outbound().visitor.id, name: 'Ann', email: 'ann@example.com', locale: 'de' },
      page: { url: 'https://shop.test/p', title: 'Blue mug' },
      before: [outbound().entry],
    })
    return rest
  }
  const asked = (): string[] => mock.requests.map(({ method, path }) => `${method} ${path}`)

  test('opening: contact, conversation, note and words are accepted', async () => {
    mock.forget()
    const receipt = await chatwoot.send(opening(), settings(), io)
    expect(receipt).toEqual({ externalIds: ['42'], thread: '7' })
    expectAccepted(mock)
    expect(asked()).toEqual([
      `POST ${PUBLIC}/contacts`,
      `GET ${ACCOUNT}/contacts/31/conversations`,
      `POST ${ACCOUNT}/conversations`,
      `GET ${ACCOUNT}/conversations/7/messages`,
      `POST ${ACCOUNT}/conversations/7/messages`,
      `POST ${ACCOUNT}/conversations/7/messages`,
    ])
  })

  test('an answer from elsewhere and a change of status are accepted', async () => {
    mock.forget()
    const { entry } = outbound()
    const author = { role: 'agent', id: 'mia', name: 'Mia' } as const
    await chatwoot.send(outbound({ entry: { ...entry, author } }), settings(), io)
    for (const status of ['resolved', 'open'] as const) {
      const changed = { ...entry, body: { type: 'status', status } as const }
      await chatwoot.send(outbound({ entry: changed }), settings(), io)
    }
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(3)
  })

  test('looking back, polling and the doctor are accepted', async () => {
    mock.forget()
    expect(await chatwoot.reconcile(opening(), settings(), io)).toBe('absent')
    expect(await chatwoot.reconcile(outbound(), settings(), io)).toBe('absent')
    const cursor = JSON.stringify({ after: 1, told: [], since: 1_790_000_000_000, known: {} })
    await chatwoot.poll(undefined, settings(), io)
    await chatwoot.poll(cursor, settings(), io)
    await chatwoot.doctor(settings(), io)
    expectAccepted(mock)
    expect(new Set(asked())).toContain(`GET ${ACCOUNT}/conversations/7/messages?after=1`)
  })

  test("the visitor's typing and reading are accepted", async () => {
    mock.forget()
    const place = { conversation: CONVERSATION, thread: '7', visitor: outbound().visitor.id }
    for (const signal of [
      { kind: 'typing', on: true },
      { kind: 'typing', on: false },
      { kind: 'read' },
    ] as const) {
      await chatwoot.tell(signal, place, settings(), io)
    }
    expectAccepted(mock)
    const at = `POST ${PUBLIC}/contacts/${CONVERSATION}/conversations/7`
    expect(asked()).toEqual([
      `${at}/toggle_typing?typing_status=on`,
      `${at}/toggle_typing?typing_status=off`,
      `${at}/update_last_seen`,
    ])
  })

  test.each([
    ['POST', `${PUBLIC}/contacts`, { identifier: 7 }, /identifier must be string/],
    ['POST', `${PUBLIC}/contacts`, [], /must be object/],
    ['GET', '/api/v1/accounts/one/contacts/31/conversations', undefined, /account_id/],
    ['GET', `${ACCOUNT}/contacts/me/conversations`, undefined, /id must be number/],
    ['POST', `${ACCOUNT}/conversations`, { inbox_id: 5 }, /source_id/],
    ['POST', `${ACCOUNT}/conversations`, { source_id: 'a', status: 'closed' }, /status/],
    ['GET', `${ACCOUNT}/conversations?status=every`, undefined, /status/],
    ['GET', `${ACCOUNT}/conversations/7/messages?after=last`, undefined, /after/],
    ['POST', `${ACCOUNT}/conversations/7/messages`, { message_type: 'incoming' }, /content/],
    [
      'POST',
      `${ACCOUNT}/conversations/7/messages`,
      { content: 'a', message_type: 0 },
      /message_type/,
    ],
    ['POST', `${ACCOUNT}/conversations/7/toggle_status`, { status: 'closed' }, /status/],
    ['POST', `${TALK}/toggle_typing`, { typing_status: 'on' }, /typing_status/],
    ['POST', `${TALK}/toggle_typing?typing_status=on`, { typing_status: true }, /typing_status/],
    ['POST', `${PUBLIC}/contacts/c/conversations/mine/update_last_seen`, undefined, /integer/],
    ['GET', `${ACCOUNT}/inboxes/mine`, undefined, /id must be number/],
  ])('%s %s with %j is refused', async (method, path, body, reason) => {
    const request = { method, path, headers: AUTH, ...(body === undefined ? {} : { body }) }
    await expectRefused(mock, request, reason)
  })

  test('without the token the account is closed', async () => {
    for (const path of ['/contacts/31/conversations', '/conversations', '/inboxes/5']) {
      await expectRefused(mock, { method: 'GET', path: ACCOUNT + path }, /security/)
    }
    await expectRefused(
      mock,
      { method: 'POST', path: `${ACCOUNT}/conversations/7/messages`, body: { content: 'a' } },
      /security/,
    )
  })
})
