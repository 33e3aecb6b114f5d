import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outbound } from '../../../test/contracts/connector-contract.ts'
import { expectAccepted, expectRefused, findSpec, startSpecMock } from '../../../test/spec-mock.ts'
import type { SpecMock } from '../../../test/spec-mock.ts'
import type { Outbound } from '../connector.ts'
import { zendeskMessaging } from './index.ts'

const spec = findSpec('zendesk-sunshine-conversations.json')
const APP = '66f0000000000000000000b1'
const THREAD = '66f0a1b2c3d4e5f6000000c1'
const AT = `/sc/v2/apps/${APP}`
const AUTH = { authorization: `Basic ${btoa('app_1:secret')}` }

const settingsAt = (url: string, app = APP) => {
  const parsed = zendeskMessaging.configure({
    url,
    app,
    keyId: 'app_1',
    secret: 'secret',
    webhookSecrets: ['shared-secret-of-the-webhook'],
    integration: '66f0000000000000000000f1',
    visitorEmail: true,
  })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

describe.skipIf(spec.state === 'missing')("zendesk-messaging: by Zendesk's description", () => {
  let mock: SpecMock

  beforeAll(async () => {
    if (spec.state === 'missing') return
    mock = await startSpecMock({
      description: spec.path,
      // Zendesk's own hosts have the API below /sc, which the description keeps with the host.
      rewrite: (path) => path.replace(/^\/sc/, ''),
      answer: ({ method, path }) => {
        const said = { messages: [{ id: '66f0a1b2c3d4e5f6000000e9' }] }
        if (path.includes('/messages')) return { body: method === 'POST' ? said : { messages: [] } }
        if (method === 'GET' && path.includes('/conversations?')) return { body: {} }
        if (path.includes('/conversations')) return { body: { conversation: { id: THREAD } } }
        return undefined
      },
    })
  })
  afterAll(() => mock?.close())

  const settings = () => settingsAt(`${mock.url}/sc`)
  const io = { fetch, signal: new AbortController().signal, now: 1_790_000_000_000 }
  const opening = (): Outbound => {
    const { thread: _, ...rest } = outbound({
      visitor: { id: outbound().visitor.id, name: 'Ann', email: 'ann@example.com', locale: 'de' },
      page: { url: 'https://shop.test/p', title: 'Blue mug' },
      before: [outbound().entry],
    })
    return rest
  }

  test('opening: user, conversation, what is to be known and words are accepted', async () => {
    mock.forget()
    const receipt = await zendeskMessaging.send(opening(), settings(), io)
    expect(receipt).toEqual({ externalIds: ['66f0a1b2c3d4e5f6000000e9'], thread: THREAD })
    expectAccepted(mock)
    const asked = mock.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)
    expect(asked).toEqual([
      `POST ${AT}/users`,
      `GET ${AT}/conversations`,
      `POST ${AT}/conversations`,
      `GET ${AT}/conversations/${THREAD}/messages`,
      `POST ${AT}/conversations/${THREAD}/messages`,
      `POST ${AT}/conversations/${THREAD}/messages`,
    ])
  })

  test('words of agents and a change of status are accepted', async () => {
    mock.forget()
    const { entry } = outbound()
    const author = { role: 'agent', id: 'mia', name: 'Mia' } as const
    const resolved = { type: 'status', status: 'resolved' } as const
    for (const said of [
      { ...entry, author },
      { ...entry, body: resolved },
    ]) {
      await zendeskMessaging.send(outbound({ thread: THREAD, entry: said }), settings(), io)
    }
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(2)
  })

  test('looking back, whose a thread is, and the doctor are accepted', async () => {
    mock.forget()
    await zendeskMessaging.reconcile(opening(), settings(), io)
    await zendeskMessaging.reconcile(outbound({ thread: THREAD }), settings(), io)
    await zendeskMessaging.locate(THREAD, settings(), io)
    await zendeskMessaging.doctor(settings(), io)
    expectAccepted(mock)
    expect(mock.requests).toHaveLength(5)
  })

  test('what the visitor has read is accepted', async () => {
    mock.forget()
    const place = { conversation: 'c', thread: THREAD, visitor: outbound().visitor.id }
    await zendeskMessaging.tell({ kind: 'read' }, place, settings(), io)
    expectAccepted(mock)
    expect(mock.requests.map(({ path }) => path)).toEqual([
      `${AT}/conversations/${THREAD}/activity`,
    ])
  })

  const SAID = {
    author: { type: 'user', userExternalId: 'v' },
    content: { type: 'text', text: 'a' },
  }
  test.each([
    ['POST', '/users', { externalId: 7 }, /externalId/],
    ['POST', '/users', { externalId: 'v', profile: { email: 'no address' } }, /email/],
    ['GET', '/conversations?filter%5BuserExternalId%5D=v&page%5Bsize%5D=101', undefined, /size/],
    ['POST', '/conversations', { participants: [] }, /type/],
    ['POST', '/conversations', { type: 'ticket' }, /type/],
    ['GET', `/conversations/${THREAD}/messages?page%5Bbefore%5D=short`, undefined, /before/],
    ['POST', `/conversations/${THREAD}/activity`, { author: SAID.author }, /type/],
    ['POST', `/conversations/${THREAD}/activity`, { type: 'conversation:read' }, /author/],
    [
      'POST',
      `/conversations/${THREAD}/activity`,
      { author: SAID.author, type: 'conversation:seen' },
      /type/,
    ],
    ['POST', `/conversations/${THREAD}/messages`, { content: SAID.content }, /author/],
    ['POST', `/conversations/${THREAD}/messages`, { author: SAID.author }, /content/],
    ['POST', `/conversations/${THREAD}/messages`, { ...SAID, author: { type: 'agent' } }, /author/],
    [
      'POST',
      `/conversations/${THREAD}/messages`,
      { ...SAID, content: { type: 'text', text: 'a'.repeat(4_097) } },
      /content/,
    ],
  ])('%s %s with %j is refused', async (method, path, body, reason) => {
    const request = { method, path: AT + path, headers: AUTH }
    await expectRefused(mock, body === undefined ? request : { ...request, body }, reason)
  })

  test.each([
    '',
    '/conversations?filter%5BuserExternalId%5D=v',
    `/conversations/${THREAD}`,
    `/conversations/${THREAD}/messages`,
    '/integrations/66f0000000000000000000f1/webhooks',
  ])('GET %s without the key is refused', async (path) => {
    await expectRefused(mock, { method: 'GET', path: AT + path }, /[Ss]ecurity|401/)
  })

  test("Zendesk's examples of its events are read as what they are", () => {
    if (spec.state === 'missing') return
    const { components } = JSON.parse(readFileSync(spec.path, 'utf8')) as {
      readonly components: {
        readonly examples: Readonly<
          Record<string, { readonly value: { readonly app?: { readonly id: string } } }>
        >
      }
    }
    const kinds = Object.entries(components.examples).flatMap(([name, { value }]) => {
      if (!name.endsWith('Event')) return []
      const body = new TextEncoder().encode(JSON.stringify(value))
      const request = { method: 'POST', headers: {}, url: '/v1/hooks/zm', body } as const
      const facts = zendeskMessaging.parse(request, settingsAt('https://a.test', value.app?.id))
      return facts.map(({ kind }) => `${name}: ${kind}`)
    })
    // What users do there is no news; that is nearly all of the examples.
    expect(kinds).toEqual([
      'conversationMessageDeliveryFailureEvent: receipt',
      'switchboardReleaseControlEvent: status',
    ])
  })
})
