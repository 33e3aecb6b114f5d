import { expect, it, onTestFinished } from 'vitest'

import { isText } from '../../packages/core/src/index.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { until } from '../until.ts'
import type { WebhookMessage } from '../webhook-sender.ts'
import { createWebhookSender } from '../webhook-sender.ts'
import { openWebhookSink } from '../webhook-sink.ts'
import { HOOK, openRelayWithWebhooks } from './open-relay.ts'

const KILLS = 8
const LANES = 4

async function open(): Promise<{
  readonly relay: RelayProcess
  readonly api: RelayApi
  readonly conversation: string
}> {
  const sink = await openWebhookSink()
  onTestFinished(() => sink.close())
  const { relay, api } = await openRelayWithWebhooks(sink.url)
  const link = await openRawLink(relay.origin)
  await link.hello()
  const conversation = newId()
  link.say({ t: 'send', id: newId(), conversation, n: 1, body: words('hello') })
  await link.next('ack')
  link.cut()
  return { relay, api, conversation }
}

async function textsOf(api: RelayApi, conversation: string): Promise<readonly string[]> {
  return (await api.log(conversation)).map(({ body }) => (isText(body) ? body.text : body.type))
}

it('C11: an event that comes twice, ten times at once, or under a new webhook-id is applied once, and each is answered 200', async () => {
  const { api, conversation } = await open()
  const sender = createWebhookSender(api, HOOK)
  const answer = { conversation, id: 'far-1', text: 'an answer' }
  expect(await sender.post(answer)).toMatchObject({ status: 200, json: { applied: 1 } })
  expect(await sender.post(answer)).toMatchObject({ status: 200, json: { applied: 0 } })
  expect(await sender.post(answer, 'another-try')).toMatchObject({ status: 200 })

  const crowd = { conversation, id: 'far-2', text: 'all at once' }
  const answers = await Promise.all(Array.from({ length: 10 }, () => sender.post(crowd)))
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
  const applied = answers.map(({ json }) => (json as { applied: number }).applied)
  expect(applied.toSorted((a, b) => a - b)).toEqual([...Array<number>(9).fill(0), 1])
  expect(await textsOf(api, conversation)).toEqual(['hello', 'an answer', 'all at once'])
})

it('C11: what was answered 2xx is there after a kill -9 in the same moment; what was not comes again and is there once', async () => {
  const { relay, api, conversation } = await open()
  const sender = createWebhookSender(api, HOOK)
  const taken: string[] = []
  const posted = new Map<string, WebhookMessage>()
  let count = 0

  for (let kill = 1; kill <= KILLS; kill++) {
    // Every second life ends right at its first 2xx, the others in the middle of the crowd.
    const last = kill % 2 === 0 ? 1 : 1 + Math.floor(Math.random() * 40)
    let answered = 0
    let dying: Promise<void> | undefined
    const lane = async (): Promise<void> => {
      while (!dying) {
        const id = `far-${++count}`
        const event = { conversation, id, text: `answer ${id}` }
        posted.set(id, event)
        const { status } = await sender.post(event)
        expect(status).toBe(200)
        taken.push(id)
        answered++
        if (answered === last) dying = relay.kill9()
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
    for (const end of lanes) {
      // Only the line may break.
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'TypeError' })
    }
    await dying
    await relay.restart()
    const texts = new Set(await textsOf(api, conversation))
    const lost = taken.filter((id) => !texts.has(`answer ${id}`))
    expect(lost).toEqual([])
    // The far side knows only what was answered, and says all of the rest again.
    for (const event of posted.values()) expect((await sender.post(event)).status).toBe(200)
    for (const id of posted.keys()) if (!taken.includes(id)) taken.push(id)
    posted.clear()
  }

  const log = await api.log(conversation)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
  const texts = await textsOf(api, conversation)
  expect(texts.toSorted()).toEqual(['hello', ...taken.map((id) => `answer ${id}`)].toSorted())
  console.info(`${KILLS} kills: ${taken.length} events, each applied once.`)
})

it('C11: a wrong, old or missing signature is refused before anything is read, and applies nothing', async () => {
  const { api, conversation } = await open()
  const stranger = createWebhookSender(api, HOOK, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)
  const event = { conversation, id: 'far-1', text: 'not theirs to say' }
  expect(await stranger.post(event)).toMatchObject({
    status: 401,
    json: { error: { code: 'unauthorized', retryable: false } },
  })
  const unsigned = await api.ask('POST', `/v1/hooks/${HOOK}`, '{}', {})
  expect(unsigned).toMatchObject({ status: 400, json: { error: { code: 'bad_request' } } })
  const unknown = await createWebhookSender(api, 'nobody').post(event)
  expect(unknown.status).toBe(404)
  // Of a conversation that is nobody's: taken, so that it does not come for ever, and skipped.
  const elsewhere = await createWebhookSender(api, HOOK).post({ ...event, conversation: newId() })
  expect(elsewhere).toMatchObject({ status: 200, json: { applied: 0 } })
  expect(await textsOf(api, conversation)).toEqual(['hello'])
})

it('C6 C11: an answer by webhook is heard by the visitor within a moment, and not sent back to where it came from', async () => {
  const sink = await openWebhookSink()
  onTestFinished(() => sink.close())
  const { relay, api } = await openRelayWithWebhooks(sink.url)
  const link = await openRawLink(relay.origin)
  await link.hello()
  const conversation = newId()
  link.say({ t: 'send', id: newId(), conversation, n: 1, body: words('hello') })
  await link.next('ack')
  await until('it is told', () => sink.tries.length === 1)
  const begun = performance.now()
  await createWebhookSender(api, HOOK).post({ conversation, id: 'far-1', text: 'an answer' })
  const { entries } = await link.next('entries')
  const took = Math.round(performance.now() - begun)
  expect(entries).toMatchObject([
    { seq: 2, author: { role: 'agent', name: 'Anna' }, body: words('an answer') },
  ])
  link.say({ t: 'send', id: newId(), conversation, n: 2, body: words('thanks') })
  await until('the next is told', () => sink.tries.length === 2)
  expect(sink.tries.map(({ text }) => text)).toEqual(['hello', 'thanks'])
  console.info(`from the signed webhook to the visitor's socket: ${took} ms`)
  link.cut()
})
