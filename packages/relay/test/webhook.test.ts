import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isText } from '@homing/core'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startDeliveryParts, until } from './delivery-parts.ts'
import type { DeliveryParts } from './delivery-parts.ts'
import { freePort } from './real-request-tracker.ts'

/** A bot as the documentation shows one: the official library on both ways, on real sockets. */
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const library = new Webhook(SECRET)
const PATIENCE_MS = 5_000

let relay: DeliveryParts
let bot: Server
let seen: { id: string; text: string | undefined }[]
/** Status codes for the next requests; 204 after them. */
let answers: number[]
/** The bot answers the visitor before it answers the request. */
let answerWithin: boolean

beforeEach(async () => {
  seen = []
  answers = []
  answerWithin = true
  const port = await freePort()
  bot = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const event = library.verify(text, headers) as {
        data: {
          conversation: { id: string }
          message?: { id: string; role: string; text?: string }
        }
      }
      const { message, conversation } = event.data
      seen.push({ id: headers['webhook-id'] ?? '', text: message?.text })
      const status = answers.shift() ?? 204
      const reply =
        status === 204 && message?.role === 'visitor' && answerWithin
          ? say(port, conversation.id, message.id)
          : Promise.resolve(200)
      void reply.then(() => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', resolve))
  const { port: botPort } = bot.address() as AddressInfo
  relay = await startDeliveryParts({
    port,
    entries: [
      {
        id: 'bot',
        site: 'pk_test',
        type: 'webhook',
        settings: { url: `http://127.0.0.1:${botPort}/`, secrets: [SECRET] },
      },
    ],
  })
})
afterEach(async () => {
  await relay.stop()
  bot.closeAllConnections()
  bot.close()
})

async function say(port: number, conversation: string, to: string): Promise<number> {
  const id = `answer-${to}`
  const body = JSON.stringify({
    type: 'message.created',
    timestamp: new Date().toISOString(),
    data: {
      conversation: { id: conversation },
      message: { id, role: 'bot', author: { id: 'echo', name: 'Echo' }, text: 'grüezi 👋' },
    },
  })
  const now = new Date()
  const response = await fetch(`http://127.0.0.1:${port}/v1/hooks/bot`, {
    method: 'POST',
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(Number(now) / 1000)),
      'webhook-signature': library.sign(id, now, body),
    },
    body,
  })
  return response.status
}

const texts = async (conversation: string): Promise<string[]> =>
  (await relay.log(conversation)).map(({ author, body }) =>
    isText(body) ? `${author.role}: ${body.text}` : body.type,
  )

test('C10, C11: a bot that answers from within our request is heard, once, and not told its own words', async () => {
  const begin = performance.now()
  const { conversation, entry } = await relay.say('hello')
  await until('the answer', async () => (await relay.log(conversation)).length === 2, PATIENCE_MS)
  console.info(`words out and answer back: ${Math.round(performance.now() - begin)} ms`)
  expect(await say(relay.port, conversation, entry.id)).toBe(200)
  await relay.deliveries.idle('bot', conversation)
  expect(await texts(conversation)).toEqual(['visitor: hello', 'bot: grüezi 👋'])
  expect(seen.map(({ text }) => text)).toEqual(['hello'])
})

test('C10: a failed try comes again under the same webhook-id', async () => {
  answers = [500, 502]
  const { conversation } = await relay.say('hello')
  await until('the answer', async () => (await relay.log(conversation)).length === 2, 8_000)
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
}, 10_000)

test('C10: 410 holds the endpoint and parks the one it was said to; its replay lets all flow', async () => {
  answers = [410]
  const { conversation } = await relay.say('hello')
  const parked = await until(
    'it is parked',
    async () => (await relay.store.parked(relay.site))[0],
    PATIENCE_MS,
  )
  expect(parked).toMatchObject({ connector: 'bot', conversation, seq: 1 })
  expect(parked.reason).toContain('410')
  await relay.say('and more', conversation)
  await until(
    'the next try is far away',
    async () => ((await relay.store.nextDue()) ?? 0) > Date.now() + 86_400_000,
    PATIENCE_MS,
  )
  expect(seen).toHaveLength(1)
  expect((await relay.store.figures()).deliveries).toMatchObject({ parked: 1, due: 1 })

  expect(await relay.store.replay(parked.id, Date.now())).toBe(true)
  relay.deliveries.nudge()
  await until('all is there', async () => seen.length === 3, PATIENCE_MS)
  expect(seen.map(({ text }) => text)).toEqual(['hello', 'hello', 'and more'])
  expect(seen[1]?.id).toBe(seen[0]?.id)
})
