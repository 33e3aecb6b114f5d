import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeliveryParts } from './delivery-parts.ts'
import { startDeliveryParts, until } from './delivery-parts.ts'
import type { Answer, FaultServer, SeenRequest } from './fault-server.ts'
import { startFaultServer } from './fault-server.ts'
import { createManualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'
import * as slackRig from './slack-rig.ts'
import * as telegramRig from './telegram-rig.ts'

/** Slack and Telegram from end to end: log, deliveries, connector, webhook, log. */

const PATIENCE_MS = 4_000
/** The relay's time goes on by so much at each look: what is gathered or looked up waits for it. */
const STEP_MS = 200
const CHANNEL = 'C0SHOP0001'

let far: FaultServer
let parts: DeliveryParts
let clock: ManualClock

beforeEach(async () => {
  far = await startFaultServer()
  clock = createManualClock()
})
afterEach(async () => {
  await parts.stop()
  far.close()
})

const wordsIn = async (conversation: string): Promise<readonly string[]> =>
  (await parts.log(conversation)).map(({ author, body }) => {
    const words =
      'text' in body ? String(body.text) : String('status' in body ? body.status : body.type)
    return `${author.role}: ${words}`
  })
const soon = <Value>(what: string, look: () => Promise<Value | undefined | false>) =>
  until(
    what,
    async () => {
      clock.advance(STEP_MS)
      return look()
    },
    PATIENCE_MS,
  )
/** Long enough for whatever might still go out. */
const quiet = async (): Promise<void> => {
  const end = clock.now() + 20_000
  await soon('nothing more', async () => clock.now() > end)
}

describe('slack: a thread for each conversation', () => {
  interface Posted {
    readonly ts: string
    readonly thread_ts?: string
    readonly text: string
    readonly bot_id: string
    readonly metadata: unknown
  }
  let posted: Posted[] = []
  let reactions: string[] = []
  /** What happens to the next post: it is taken and its answer lost, or its thread is not there. */
  let next: 'well' | 'answer lost' | 'thread gone' = 'well'

  const slackSide = ({ path, body }: SeenRequest): Answer => {
    const say = (answer: object): Answer => ({ status: 200, body: JSON.stringify(answer) })
    const [, method = '', query = ''] = /^\/api\/([\w.]+)\??(.*)$/.exec(path) ?? []
    const ts = new URLSearchParams(query).get('ts')
    switch (method) {
      case 'auth.test':
        return say({ ok: true, bot_id: 'B0HOMING01' })
      case 'conversations.replies':
        return say({ ok: true, messages: posted.filter((one) => (one.thread_ts ?? one.ts) === ts) })
      case 'conversations.history':
        return say({ ok: true, messages: posted.filter((one) => one.thread_ts === undefined) })
      case 'chat.postMessage': {
        const fate = next
        next = 'well'
        if (fate === 'thread gone') return say({ ok: false, error: 'thread_not_found' })
        const stamp = `${1_790_000_000 + posted.length}.000100`
        posted.push({ ...(JSON.parse(body) as Posted), ts: stamp, bot_id: 'B0HOMING01' })
        if (fate === 'answer lost') return { status: 502 }
        return say({ ok: true, channel: CHANNEL, ts: stamp })
      }
      default:
        reactions.push(method)
        return say({ ok: true })
    }
  }
  const hook = (name: string, change: Record<string, unknown>) => {
    const body = JSON.stringify(slackRig.envelopeOf(name, change))
    return parts.inbound.receive('slack', slackRig.sign(body, 'x', clock.now()))
  }
  const arrived = (text: string): Promise<Posted> =>
    soon(`"${text}" in Slack`, async () => posted.find((one) => one.text.endsWith(text)))

  beforeEach(async () => {
    posted = []
    reactions = []
    next = 'well'
    far.answer(slackSide)
    const settings = { ...slackRig.GIVEN, url: `${far.url}/api` }
    parts = await startDeliveryParts({
      clock,
      entries: [{ id: 'slack', site: 'pk_test', type: 'slack', settings }],
    })
  })

  test('goes there and back, is resolved on either side, and no echo comes back', async () => {
    const { conversation } = await parts.say('is it blue?')
    const root = await arrived('is it blue?')
    expect(root.thread_ts).toBeUndefined()
    await soon('the thread is known', () => parts.store.thread('slack', conversation))
    await parts.say('or green?', conversation)
    const second = await arrived('or green?')
    expect(second).toMatchObject({ thread_ts: root.ts, text: 'or green?' })

    const inThread = { thread_ts: root.ts }
    await hook('own', { ...inThread, ts: second.ts })
    await hook('reply', { ...inThread, text: 'blue', blocks: [] })
    await hook('reply', { ...inThread, text: 'blue', blocks: [] })
    await hook('reply', { ...inThread, text: '// a regular', ts: '1790000099.000100' })
    await hook('done', { item: { type: 'message', channel: CHANNEL, ts: root.ts } })
    const told = ['visitor: is it blue?', 'visitor: or green?', 'agent: blue', 'agent: resolved']
    expect(await wordsIn(conversation)).toEqual(told)

    await parts.agentSays(conversation, { type: 'status', status: 'open' })
    await soon('the reaction goes', async () => reactions.includes('reactions.remove'))
  })

  test('C10: a lost answer is one copy, of a first message and of a later one', async () => {
    next = 'answer lost'
    const { conversation } = await parts.say('first')
    await soon('it is found', () => parts.store.thread('slack', conversation))
    next = 'answer lost'
    await parts.say('second', conversation)
    await parts.say('third', conversation)
    await arrived('third')
    await quiet()
    // What was gathered shares one post, and its end.
    expect(posted).toHaveLength(2)
    const words = posted.map(({ text }) => text).join('\n')
    expect(words.match(/first|second|third/g)).toEqual(['first', 'second', 'third'])
    expect(new Set(posted.slice(1).map((one) => one.thread_ts))).toEqual(new Set([posted[0]?.ts]))
  })

  test('a deleted thread is a new one, with what was said', async () => {
    const { conversation } = await parts.say('first')
    await soon('it is there', () => parts.store.thread('slack', conversation))
    next = 'thread gone'
    await parts.say('second', conversation)
    const again = await arrived('second')
    expect(again.thread_ts).toBeUndefined()
    expect(again.text).toMatch(/> \w+: first\n\nsecond$/)
  })
})

describe('telegram: a topic for each conversation, and the visitor’s own chat', () => {
  const sent: Record<string, unknown>[] = []
  const hook = (name: string, change: Record<string, unknown>) =>
    parts.inbound.receive(
      'telegram',
      telegramRig.hook(JSON.stringify(telegramRig.updateOf(name, change))),
    )
  const arrived = (chat: number, text: string): Promise<Record<string, unknown>> =>
    soon(`"${text}" in chat ${chat}`, async () =>
      sent.find((one) => one['chat_id'] === chat && String(one['text']).endsWith(text)),
    )

  beforeEach(async () => {
    sent.length = 0
    far.answer(({ path, body }) => {
      const params = JSON.parse(body) as Record<string, unknown>
      const made = path.endsWith('/createForumTopic')
      if (path.endsWith('/sendMessage')) sent.push(params)
      const result = made ? { message_thread_id: 17 } : { message_id: 100 + sent.length }
      return { status: 200, body: JSON.stringify({ ok: true, result }) }
    })
    const settings = { ...telegramRig.GIVEN, url: far.url }
    parts = await startDeliveryParts({
      clock,
      entries: [{ id: 'telegram', site: 'pk_test', type: 'telegram', role: 'both', settings }],
    })
  })

  test('an answer in the topic comes to the page, and after the code to the visitor’s chat', async () => {
    const { conversation } = await parts.say('is it blue?')
    expect(await arrived(telegramRig.GROUP, 'is it blue?')).toMatchObject({ message_thread_id: 17 })
    await soon('the topic is known', () => parts.store.thread('telegram', conversation))
    await hook('answer', { text: 'blue', entities: [] })
    await hook('answer', { text: 'blue', entities: [] })
    expect(await wordsIn(conversation)).toEqual(['visitor: is it blue?', 'agent: blue'])

    const visitor = (await parts.store.conversation(conversation))?.visitor.id ?? ''
    const { code } = await parts.handOvers.issue({ site: 'pk_test', conversation, visitor })
    await hook('start', { text: `/start ${code}` })
    await hook('start', { message_id: 4, text: 'and green?', entities: [] })
    await arrived(telegramRig.GROUP, 'and green?')
    await hook('answer', { message_id: 48, text: 'green too', entities: [] })
    expect(await arrived(telegramRig.PERSON, 'green too')).not.toHaveProperty('message_thread_id')
    await hook('closed', {})
    expect(await wordsIn(conversation)).toEqual([
      'visitor: is it blue?',
      'agent: blue',
      'visitor: handed_over',
      'visitor: and green?',
      'agent: green too',
      'agent: resolved',
    ])
    expect(sent.filter(({ chat_id }) => chat_id === telegramRig.PERSON)).toHaveLength(1)
  })
})
