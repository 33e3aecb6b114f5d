import { createHmac } from 'node:crypto'
import { isText } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindConnector } from '../src/connectors/configured.ts'
import { chatwoot } from '../src/connectors/chatwoot/index.ts'
import type { Connector } from '../src/connectors/connector.ts'
import { zendeskMessaging } from '../src/connectors/zendesk-messaging/index.ts'
import { createChatwootDesk } from './chatwoot-desk.ts'
import type { ChatwootDesk } from './chatwoot-desk.ts'
import { SITE, startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts } from './delivery-parts.ts'
import type { FaultServer, SeenRequest } from './fault-server.ts'
import { startFaultServer } from './fault-server.ts'
import { createMessagingDesk } from './zendesk-messaging-desk.ts'
import type { MessagingDesk } from './zendesk-messaging-desk.ts'

/** The whole way between log and a desk that answers live, and back. */
const PATIENCE_MS = 15_000
const SECRET = 'secret-of-the-webhook'
const APP = '66f0000000000000000000b1'

type Json = Readonly<Record<string, unknown>>

let far: FaultServer
let relay: DeliveryParts
beforeEach(async () => {
  far = await startFaultServer()
})
afterEach(async () => {
  await relay.stop()
  far.close()
})

async function startRelay<Settings>(
  connector: Connector<Settings>,
  input: object,
  pollEveryMs = 0,
): Promise<void> {
  const bound = bindConnector(connector, input, {
    id: 'desk',
    site: SITE,
    role: 'desk',
    hook: 'desk',
  })
  if (!bound.ok) throw new Error(bound.problems.join())
  const capabilities = { ...bound.settings.capabilities, pollEveryMs }
  relay = await startDeliveryParts({
    connectors: [{ ...bound.settings, capabilities }],
    poll: pollEveryMs > 0,
  })
}

const bodyOf = ({ body }: SeenRequest): Json => (body === '' ? {} : (JSON.parse(body) as Json))
const texts = async (conversation: string): Promise<string[]> =>
  (await relay.log(conversation)).map(({ author, body }) =>
    isText(body)
      ? `${author.role}: ${body.text}`
      : `${body.type} ${String((body as { status?: unknown }).status)}`,
  )
const logged = (conversation: string, count: number) =>
  until('it is logged', async () => (await texts(conversation)).length >= count, PATIENCE_MS)
const threadOf = (conversation: string): Promise<string> =>
  until('it is sent', () => relay.store.thread('desk', conversation), PATIENCE_MS)
const settled = () =>
  until(
    'nothing waits',
    async () => {
      const { due, claimed, unknown } = (await relay.store.figures()).deliveries
      return due + claimed + unknown === 0
    },
    PATIENCE_MS,
  )

describe('chatwoot, all the way', () => {
  let desk: ChatwootDesk
  const words = (): unknown[] =>
    desk.messages.filter(({ private: note }) => note === false).map(({ content }) => content)
  /** Status of an answer that is lost after the message was kept. */
  let loses = 0

  beforeEach(() => {
    desk = createChatwootDesk(() => Date.now())
    loses = 0
    far.answer((request) => {
      const found = desk.answer(request.method, request.path, bodyOf(request))
      const said = request.method === 'POST' && request.path.endsWith('/messages')
      if (said && loses > 0) {
        loses--
        return { status: 502 }
      }
      return { status: found === undefined ? 404 : 200, body: JSON.stringify(found ?? {}) }
    })
  })
  const start = (pollEveryMs?: number) =>
    startRelay(
      chatwoot,
      {
        url: far.url,
        account: '1',
        inbox: '5',
        inboxIdentifier: 'inbox-id',
        token: 'access-token-1',
        webhookSecrets: [SECRET],
      },
      pollEveryMs,
    )
  const post = async (event: Json): Promise<number> => {
    const body = JSON.stringify(event)
    const stamp = String(Math.floor(Date.now() / 1000))
    const hex = createHmac('sha256', SECRET).update(`${stamp}.${body}`).digest('hex')
    const headers = { 'x-chatwoot-timestamp': stamp, 'x-chatwoot-signature': `sha256=${hex}` }
    const address = `http://127.0.0.1:${relay.port}/v1/hooks/desk`
    return (await fetch(address, { method: 'POST', headers, body })).status
  }

  test('words there, an answer back, its own echo dropped, each once', async () => {
    await start()
    const { conversation } = await relay.say('Is it blue?')
    const thread = await threadOf(conversation)
    const [conversationThere] = desk.conversations
    const own = { ...desk.messages.at(-1), event: 'message_created', message_type: 'incoming' }
    expect(await post({ ...own, conversation: conversationThere })).toBe(200)
    const answer = desk.write(thread, 'It is.')
    expect(await post(answer)).toBe(200)
    expect(await post({ ...answer, event: 'message_updated' })).toBe(200)
    expect(await texts(conversation)).toEqual(['visitor: Is it blue?', 'agent: It is.'])
    await relay.say('Lovely', conversation)
    await settled()
    expect(words()).toEqual(['Is it blue?', 'It is.', 'Lovely'])
  })

  test('an answer of which no webhook came is asked for', async () => {
    await start(50)
    const { conversation } = await relay.say('Hello?')
    const thread = await threadOf(conversation)
    await settled()
    await until(
      'it was asked',
      async () => (await relay.store.cursor('desk')) !== undefined,
      PATIENCE_MS,
    )
    const answer = desk.write(thread, 'Hello!')
    await logged(conversation, 2)
    expect(await post(answer)).toBe(200)
    expect(await texts(conversation)).toEqual(['visitor: Hello?', 'agent: Hello!'])
  })

  test('an answer of Chatwoot that was lost leaves one copy', async () => {
    await start()
    const { conversation } = await relay.say('first')
    await threadOf(conversation)
    loses = 1
    await relay.say('second', conversation)
    await relay.say('third', conversation)
    await settled()
    expect(words()).toEqual(['first', 'second', 'third'])
  })

  test('a conversation that was deleted there is opened anew, with what was said before', async () => {
    await start()
    const { conversation } = await relay.say('Before it was deleted')
    const thread = await threadOf(conversation)
    await settled()
    desk.conversations.length = 0
    await relay.say('After it', conversation)
    await settled()
    expect(await relay.store.thread('desk', conversation)).not.toBe(thread)
    const notes = desk.messages.filter(({ private: note }) => note === true)
    expect(String(notes.at(-1)?.['content'])).toContain('Ann: Before it was deleted')
    expect(words().at(-1)).toBe('After it')
  })
})

describe('zendesk-messaging, all the way', () => {
  let desk: MessagingDesk
  let event = 0

  beforeEach(async () => {
    desk = createMessagingDesk(() => Date.now())
    far.answer((request) => {
      const { status, body } = desk.answer(request.method, request.path, bodyOf(request))
      return { status, body: JSON.stringify(body) }
    })
    await startRelay(zendeskMessaging, {
      url: far.url,
      app: APP,
      keyId: 'app_1',
      secret: 'secret-of-the-key',
      webhookSecrets: [SECRET],
    })
  })
  const post = async (...events: readonly Json[]): Promise<number> => {
    const body = JSON.stringify({ app: { id: APP }, events })
    const headers = { 'x-api-key': SECRET }
    const address = `http://127.0.0.1:${relay.port}/v1/hooks/desk`
    return (await fetch(address, { method: 'POST', headers, body })).status
  }
  const tell = (type: string, thread: string, payload: Json = {}): Json => ({
    id: `event-${++event}`,
    type,
    createdAt: new Date().toISOString(),
    payload: { conversation: { id: thread }, ...payload },
  })
  const answer = (thread: string, text: string): Json => ({
    ...tell('conversation:message', thread, {
      message: {
        id: `answer-${text}`,
        received: new Date().toISOString(),
        author: { type: 'business', displayName: 'Mia' },
        content: { type: 'text', text },
        source: { type: 'zd:agentWorkspace' },
      },
    }),
  })
  const words = (): unknown[] =>
    desk.messages
      .filter(({ author }) => (author as Json)['type'] === 'user')
      .map(({ content }) => (content as Json)['text'])

  test('words there, and a batch back: the answer and the closed ticket, each once', async () => {
    const { conversation } = await relay.say('Is it blue?')
    const thread = await threadOf(conversation)
    const batch = [answer(thread, 'It is.'), tell('switchboard:releaseControl', thread)] as const
    expect(await post(...batch)).toBe(200)
    expect(await post(...batch)).toBe(200)
    expect(await texts(conversation)).toEqual([
      'visitor: Is it blue?',
      'agent: It is.',
      'status resolved',
    ])
    await relay.say('One more thing', conversation)
    await settled()
    expect(words()).toEqual(['Is it blue?', 'One more thing'])
  })

  test('a full conversation is left for a new one, with what was said before', async () => {
    const { conversation } = await relay.say('Before it was full')
    const thread = await threadOf(conversation)
    await settled()
    desk.locked.set(thread, 423)
    await relay.say('After it', conversation)
    await settled()
    const next = await threadOf(conversation)
    expect(next).not.toBe(thread)
    const opened = desk.messages.find((message) => message.thread === next)
    expect(JSON.stringify(opened?.content)).toContain('Ann: Before it was full')
    expect(words()).toEqual(['Before it was full', 'After it'])
    expect(await post(answer(next, 'Here I am'))).toBe(200)
    expect((await texts(conversation)).at(-1)).toBe('agent: Here I am')
  })

  test('two users became one: what is said on the conversation that was kept arrives', async () => {
    const { conversation } = await relay.say('Hello?')
    const thread = await threadOf(conversation)
    await settled()
    const merged = { surviving: { id: 'kept' }, discarded: { id: thread } }
    expect(await post(tell('user:merge', thread, { mergedConversations: merged }))).toBe(200)
    expect(await post(answer('kept', 'Hello!'))).toBe(200)
    expect(await texts(conversation)).toEqual(['visitor: Hello?', 'agent: Hello!'])
  })

  test("a thread of somebody else is nobody's", async () => {
    expect(await post(answer('another', 'Hello'))).toBe(200)
    expect(relay.metrics()).toContain('result="stranger"')
  })
})
