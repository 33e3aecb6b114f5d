import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeliveryParts } from './delivery-parts.ts'
import { startDeliveryParts, until } from './delivery-parts.ts'
import type { FaultServer, SeenRequest } from './fault-server.ts'
import { startFaultServer } from './fault-server.ts'

/** LINE and Messenger from end to end: log, deliveries, connector, webhook, log. */

const PATIENCE_MS = 5_000
const MERCHANT = 'U0000000000000000000000000000beef'
const FRIEND = 'U0000000000000000000000000000a2a1'
const LINE_SECRET = '0'.repeat(32)
const PAGE = '100200300400500'
const PERSON = '7001002003004005'
const APP_SECRET = 'app-secret'

let far: FaultServer
let parts: DeliveryParts
let events = 0

beforeEach(async () => {
  far = await startFaultServer()
})
afterEach(async () => {
  await parts.stop()
  far.close()
})

const wordsIn = async (conversation: string): Promise<readonly string[]> =>
  (await parts.log(conversation)).map(({ author, body }) => {
    const words = 'text' in body ? String(body.text) : body.type
    return `${author.role}: ${words}`
  })

async function post(hook: string, headers: Record<string, string>, body: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${parts.port}/v1/hooks/${hook}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  await response.arrayBuffer()
  return response.status
}

describe('line: the merchant answers from his own phone, visitors go on with theirs', () => {
  const pushes = (): readonly { to: string; text: string; id: string }[] =>
    far.requests.map(({ body }, index) => {
      const { to, messages } = JSON.parse(body) as { to: string; messages: { text: string }[] }
      return { to, text: messages[0]?.text ?? '', id: String(index + 1) }
    })
  const pushed = (words: string) =>
    until(
      `"${words}" at LINE`,
      async () => pushes().find(({ text }) => text.includes(words)),
      PATIENCE_MS,
    )

  const hook = (from: string, event: object): Promise<number> => {
    const told = {
      mode: 'active',
      timestamp: Date.now(),
      source: { type: 'user', userId: from },
      webhookEventId: `event-${++events}`,
      ...event,
    }
    const body = JSON.stringify({ destination: 'U1', events: [told] })
    const signature = createHmac('sha256', LINE_SECRET).update(body).digest('base64')
    return post('line', { 'x-line-signature': signature }, body)
  }
  const say = (from: string, text: string, quotedMessageId?: string): Promise<number> => {
    const message = { id: `in-${++events}`, type: 'text', text }
    const quoted = quotedMessageId === undefined ? {} : { quotedMessageId }
    return hook(from, { type: 'message', message: { ...message, ...quoted } })
  }

  beforeEach(async () => {
    far.answer(() => ({
      status: 200,
      body: JSON.stringify({ sentMessages: [{ id: String(far.requests.length) }] }),
    }))
    parts = await startDeliveryParts({
      entries: [
        {
          id: 'line',
          site: 'pk_test',
          type: 'line',
          role: 'both',
          settings: {
            channelAccessToken: 'token',
            channelSecret: LINE_SECRET,
            merchantUserId: MERCHANT,
            merchantName: 'Mia',
            apiUrl: far.url,
          },
        },
      ],
    })
  })

  test('a quoted answer goes to the conversation that was quoted, among two', async () => {
    const first = await parts.say('Is the blue one in stock?')
    const second = await parts.say('Do you ship to Zürich?')
    const blue = await pushed('blue one')
    const ship = await pushed('Zürich')
    expect(blue.to).toBe(MERCHANT)
    expect(blue.text).toMatch(/^#[0-9A-Z]{4}\n/)

    expect(await say(MERCHANT, 'Yes, we do.', ship.id)).toBe(200)
    expect(await say(MERCHANT, 'It is.', blue.id)).toBe(200)
    expect(await wordsIn(first.conversation)).toEqual([
      'visitor: Is the blue one in stock?',
      'agent: It is.',
    ])
    expect(await wordsIn(second.conversation)).toEqual([
      'visitor: Do you ship to Zürich?',
      'agent: Yes, we do.',
    ])
    const answer = (await parts.log(first.conversation))[1]
    expect(answer?.author.name).toBe('Mia')
  })

  test('unclear answers are asked about, and reach nobody', async () => {
    const first = await parts.say('Is the blue one in stock?')
    await parts.say('Do you ship to Zürich?')
    await pushed('Zürich')
    expect(await say(MERCHANT, 'Yes.')).toBe(200)
    const asked = await pushed('Nothing was sent')
    expect(asked.to).toBe(MERCHANT)
    expect(await wordsIn(first.conversation)).toHaveLength(1)
  })

  test('a code brings the conversation to a phone; answers go there unless it is blocked', async () => {
    const { conversation, entry } = await parts.say('Is the blue one in stock?')
    const known = await parts.store.conversation(conversation)
    const { code } = await parts.handOvers.issue({
      site: parts.site,
      conversation,
      visitor: known?.visitor.id ?? '',
    })
    expect(await say(FRIEND, `${code} I am on my way`)).toBe(200)
    expect(await wordsIn(conversation)).toContain('visitor: I am on my way')
    expect((await parts.log(conversation))[1]?.author.id).toBe(entry.author.id)

    await parts.agentSays(conversation, { type: 'text', text: 'It is in stock.' })
    expect((await pushed('It is in stock.')).to).toBe(FRIEND)

    expect(await hook(FRIEND, { type: 'unfollow' })).toBe(200)
    await parts.agentSays(conversation, { type: 'text', text: 'Shall I keep it?' })
    expect(await hook(FRIEND, { type: 'follow', follow: { isUnblocked: true } })).toBe(200)
    await parts.agentSays(conversation, { type: 'text', text: 'There you are.' })
    expect((await pushed('There you are.')).to).toBe(FRIEND)
    expect(pushes().some(({ text }) => text.includes('keep it'))).toBe(false)
  })

  test('C11: a webhook that comes twice, or forged, adds nothing', async () => {
    const { conversation } = await parts.say('Is the blue one in stock?')
    const { id } = await pushed('blue one')
    const event = {
      type: 'message',
      webhookEventId: 'same',
      message: { id: 'm', type: 'text', text: 'Yes.', quotedMessageId: id },
    }
    expect(await hook(MERCHANT, event)).toBe(200)
    expect(await hook(MERCHANT, { ...event, deliveryContext: { isRedelivery: true } })).toBe(200)
    expect(await post('line', { 'x-line-signature': 'A'.repeat(43).concat('=') }, '{}')).toBe(401)
    expect(await post('line', {}, '{}')).toBe(401)
    expect(await wordsIn(conversation)).toEqual([
      'visitor: Is the blue one in stock?',
      'agent: Yes.',
    ])
  })
})

describe('messenger: a send whose answer was lost, and a closed window', () => {
  const sent = (): readonly SeenRequest[] =>
    far.requests.filter(({ path }) => path.endsWith('/messages'))
  const healthy = () => {
    far.answer(() => ({
      status: 200,
      body: JSON.stringify({ message_id: `m_${far.requests.length}` }),
    }))
  }
  const hook = (event: object): Promise<number> => {
    const messaging = [{ timestamp: Date.now(), ...event }]
    const body = JSON.stringify({ object: 'page', entry: [{ id: PAGE, messaging }] })
    const hex = createHmac('sha256', APP_SECRET).update(body).digest('hex')
    return post('messenger', { 'x-hub-signature-256': `sha256=${hex}` }, body)
  }
  const writes = (text: string): Promise<number> =>
    hook({
      sender: { id: PERSON },
      recipient: { id: PAGE },
      message: { mid: `in-${++events}`, text },
    })
  const settled = () =>
    until(
      'all is settled',
      async () => (await parts.store.waiting('messenger', conversation)).length === 0,
      PATIENCE_MS,
    )

  let conversation: string
  beforeEach(async () => {
    healthy()
    parts = await startDeliveryParts({
      entries: [
        {
          id: 'messenger',
          site: 'pk_test',
          type: 'messenger',
          settings: {
            pageId: PAGE,
            token: 'page-token',
            appSecret: APP_SECRET,
            verifyToken: 'verify-token',
            url: far.url,
          },
        },
      ],
    })
    ;({ conversation } = await parts.say('Is the blue one in stock?'))
    const known = await parts.store.conversation(conversation)
    const visitor = known?.visitor.id ?? ''
    await writes((await parts.handOvers.issue({ site: parts.site, conversation, visitor })).code)
  })

  test('its echo settles it: one copy there, one entry here', async () => {
    far.answer('reset')
    await parts.agentSays(conversation, { type: 'text', text: 'Yes.' })
    await until('it was asked', async () => sent().length === 1, PATIENCE_MS)
    const [asked] = sent()
    const { message } = JSON.parse(asked?.body ?? '{}') as { message: object }
    healthy()
    const echo = { mid: 'm_echo', is_echo: true, app_id: 1, ...message }
    expect(await hook({ sender: { id: PAGE }, recipient: { id: PERSON }, message: echo })).toBe(200)
    await settled()
    expect(sent()).toHaveLength(1)
    expect(await wordsIn(conversation)).toEqual([
      'visitor: Is the blue one in stock?',
      'visitor: handed_over',
      'agent: Yes.',
    ])
  })

  test("what is typed in the Page's inbox is in the log, and not sent again", async () => {
    const message = {
      mid: 'm_inbox',
      is_echo: true,
      app_id: 26_390_203_743_090,
      text: 'From the inbox',
    }
    await hook({ sender: { id: PAGE }, recipient: { id: PERSON }, message })
    await hook({ sender: { id: PAGE }, recipient: { id: PERSON }, message })
    expect(await wordsIn(conversation)).toEqual([
      'visitor: Is the blue one in stock?',
      'visitor: handed_over',
      'agent: From the inbox',
    ])
    expect(sent()).toEqual([])
  })

  test('a closed window: nothing is sent against it, and what waits goes when the person writes', async () => {
    const error = { code: 10, error_subcode: 2018278, message: 'outside of allowed window' }
    far.answer({ status: 400, body: JSON.stringify({ error }) })
    await parts.agentSays(conversation, { type: 'text', text: 'Yes.' })
    await until('it was refused', async () => sent().length === 1, PATIENCE_MS)
    await parts.agentSays(conversation, { type: 'text', text: 'Shall I keep it?' })
    healthy()
    expect(await writes('Hello?')).toBe(200)
    await settled()
    const texts = sent().map(
      ({ body }) => (JSON.parse(body) as { message: { text: string } }).message.text,
    )
    expect(texts).toEqual(['Yes.', 'Yes.', 'Shall I keep it?'])
  })
})
