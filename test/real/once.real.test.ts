import { describe, expect, it } from 'vitest'

import type { Entry, Send } from '../../packages/core/src/index.ts'
import { createMemoryKeyedStore } from '../../packages/core/src/index.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { openFaultProxy } from '../fault-proxy.ts'
import { openNodeClient } from '../node-client.ts'
import { rawPoll } from '../raw-poll.ts'
import { newId, words } from '../relay-api.ts'
import { until } from '../until.ts'
import { createWebhookSender } from '../webhook-sender.ts'
import { openWebhookSink } from '../webhook-sink.ts'
import { HOOK, openRelay, openRelayWithWebhooks } from './open-relay.ts'

function send(conversation: string, n: number, over: Partial<Send> = {}): Send {
  return { t: 'send', id: newId(), conversation, n, body: words(`words ${n}`), ...over }
}

const seqsOf = (entries: readonly Entry[]): readonly number[] => entries.map(({ seq }) => seq)
const idsOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ id }) => id)
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)

describe('one draft, said more than once', () => {
  it('C2: over two sockets, a poll, after a lost answer and after kill -9 it is one entry with one seq and time', async () => {
    const { relay, api } = await openRelay()
    const first = await openRawLink(relay.origin)
    const { token = null } = await first.hello()
    const conversation = newId()
    const draft = send(conversation, 1)
    first.say(draft)
    const ack = await first.next('ack')

    const second = await openRawLink(relay.origin)
    await second.hello({ token })
    second.say(draft, draft)
    expect(await second.next('ack')).toEqual(ack)
    expect(await second.next('ack')).toEqual(ack)

    const poll = await rawPoll(relay, [draft], { hello: { token } })
    expect(poll.frames.find(({ t }) => t === 'ack')).toEqual(ack)

    // Another device has another counter, and the same draft is still the same.
    const third = await openRawLink(relay.origin)
    await third.hello({ token, device: 'device-2' })
    third.say(draft)
    expect(await third.next('ack')).toEqual(ack)

    await relay.kill9()
    await relay.restart()
    const later = await openRawLink(relay.origin)
    await later.hello({ token })
    later.say(draft)
    expect(await later.next('ack')).toEqual(ack)
    expect(await api.log(conversation)).toMatchObject([{ id: draft.id, seq: 1, time: ack.time }])
    later.cut()
  })

  it('C2: said over both transports in the same moment, again and again, it is stored once', async () => {
    const { relay, api } = await openRelay()
    const links = await Promise.all([openRawLink(relay.origin), openRawLink(relay.origin)])
    const [one, two] = links
    if (!one || !two) throw new Error('Two links were opened.')
    const { token = null } = await one.hello()
    await two.hello({ token })
    const conversation = newId()
    const rounds = 30
    for (let n = 1; n <= rounds; n++) {
      const draft = send(conversation, n)
      one.say(draft)
      two.say(draft)
      const polled = rawPoll(relay, [draft], { hello: { token } })
      const acks = [await one.next('ack'), await two.next('ack')]
      const byPoll = (await polled).frames.find(({ t }) => t === 'ack')
      for (const ack of [...acks, byPoll]) expect(ack).toEqual(acks[0])
    }
    const log = await api.log(conversation)
    expect(seqsOf(log)).toEqual(upTo(rounds))
    expect(new Set(idsOf(log)).size).toBe(rounds)
    for (const link of links) link.cut()
  })

  it('C2: an answer that the network swallows is asked for again, and nothing is doubled', async () => {
    const { relay, api } = await openRelay()
    const proxy = await openFaultProxy()
    proxy.target(relay.port)
    for (const transport of ['socket', 'poll'] as const) {
      const client = await openNodeClient({
        relay: proxy.origin,
        store: createMemoryKeyedStore(),
        transports: [transport],
      })
      const conversation = newId()
      await client.say(conversation, 'heard')
      await client.until('the first is sent', (engine) => engine.drafts().length === 0)
      // From here on what we say arrives, and no answer does.
      proxy.blackHole('down')
      await client.say(conversation, 'answered into the void')
      // Over a poll that waits, words cut it short and go by a new connection, which passes.
      await until('it is stored', async () => (await api.log(conversation)).length === 2)
      proxy.cut()
      client.engine.wake()
      await client.until('it is known to be sent', (engine) => engine.drafts().length === 0)
      await client.say(conversation, 'after it')
      await client.until('the last is sent', (engine) => engine.drafts().length === 0)
      expect((await api.log(conversation)).map(({ body }) => body)).toEqual(
        ['heard', 'answered into the void', 'after it'].map(words),
      )
      expect(client.texts(conversation)).toEqual(['heard', 'answered into the void', 'after it'])
      expect(client.faults).toEqual([])
      client.drop()
    }
    await proxy.close()
  })

  it('C2: another body or conversation under a known id is refused for good, whoever brings it', async () => {
    const { relay, api } = await openRelay()
    const link = await openRawLink(relay.origin)
    const { token = null } = await link.hello()
    const conversation = newId()
    const draft = send(conversation, 1)
    link.say(draft)
    await link.next('ack')
    const conflict = { t: 'reject', id: draft.id, code: 'id_conflict', retryable: false }

    link.say({ ...draft, n: 2, body: words('something else') })
    const rejected = await link.next('reject')
    expect(rejected).toMatchObject(conflict)
    expect(rejected.message).toMatch(/^[A-Z].*\.$/)
    link.say({ ...draft, n: 3, conversation: newId() })
    expect(await link.next('reject')).toMatchObject(conflict)
    const poll = await rawPoll(relay, [{ ...draft, n: 4, body: words('by poll') }], {
      hello: { token },
    })
    expect(poll.frames.find(({ t }) => t === 'reject')).toMatchObject(conflict)

    const answer = { id: newId(), body: words('an answer') }
    expect((await api.say(conversation, answer)).status).toBe(201)
    expect((await api.say(conversation, answer)).status).toBe(200)
    expect(await api.say(conversation, { ...answer, body: words('another') })).toMatchObject({
      status: 409,
      json: { error: { code: 'id_conflict', retryable: false } },
    })
    // A refusal takes its counter, so that what comes after it is not held up.
    link.say(send(conversation, 5))
    expect(await link.next('ack')).toMatchObject({ seq: 3 })
    expect(await api.log(conversation)).toHaveLength(3)
    link.cut()
  })
})

describe('many writers in one conversation', () => {
  it('C3 C5: two tabs, agents by the API and a signed webhook together leave no gap, and what was acked before comes before', async () => {
    const sink = await openWebhookSink()
    const { relay, api } = await openRelayWithWebhooks(sink.url)
    const conversation = newId()
    const links = await Promise.all([openRawLink(relay.origin), openRawLink(relay.origin)])
    const [one, two] = links
    if (!one || !two) throw new Error('Two links were opened.')
    const { token = null } = await one.hello({ device: 'one' })
    await two.hello({ token, device: 'two' })
    one.say(send(conversation, 1))
    await one.next('ack')

    const rounds = 60
    /** Seqs in the order in which they were answered, with when they were asked and answered. */
    const answered: { seq: number; asked: number; answered: number }[] = []
    const timed = async (ask: () => Promise<number>): Promise<void> => {
      const asked = performance.now()
      const seq = await ask()
      answered.push({ seq, asked, answered: performance.now() })
    }
    const visitor = async (link: RawLink, from: number): Promise<void> => {
      for (let n = from; n < from + rounds; n++) {
        await timed(async () => {
          link.say(send(conversation, n))
          return (await link.next('ack')).seq
        })
      }
    }
    const agent = async (): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        await timed(async () => {
          const { status, json } = await api.say(conversation, { id: newId(), body: words('yes') })
          expect(status).toBe(201)
          return (json as { entry: Entry }).entry.seq
        })
      }
    }
    const sender = createWebhookSender(api, HOOK)
    const helpdesk = async (): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        const answer = await sender.post({ conversation, id: `far-${i}`, text: 'from afar' })
        expect(answer.status).toBe(200)
      }
    }
    await Promise.all([visitor(one, 2), visitor(two, 1), agent(), agent(), helpdesk()])

    const log = await api.log(conversation)
    const entries = 1 + 5 * rounds
    expect(seqsOf(log)).toEqual(upTo(entries))
    expect(new Set(idsOf(log)).size).toBe(entries)
    let wrong = 0
    for (const before of answered) {
      for (const after of answered) {
        if (before.answered < after.asked && before.seq >= after.seq) wrong++
      }
    }
    expect(wrong).toBe(0)
    console.info(`${entries} entries of 5 writers; ${sink.tries.length} handed on so far.`)
    for (const link of links) link.cut()
    sink.close()
  })
})

describe('the order of one device', () => {
  it('C4: a counter that comes too early waits for the one before it, over two links and a poll', async () => {
    const { relay, api } = await openRelay()
    const links = await Promise.all([openRawLink(relay.origin), openRawLink(relay.origin)])
    const [one, two] = links
    if (!one || !two) throw new Error('Two links were opened.')
    const { token = null } = await one.hello()
    await two.hello({ token })
    const conversation = newId()
    const drafts = upTo(6).map((n) => send(conversation, n))
    const [first, second, third, fourth, fifth, sixth] = drafts as [
      Send,
      Send,
      Send,
      Send,
      Send,
      Send,
    ]

    two.say(second)
    expect(await two.next('reject')).toMatchObject({
      id: second.id,
      code: 'out_of_order',
      retryable: true,
      expected: 1,
    })
    const early = await rawPoll(relay, [third], { hello: { token } })
    expect(early.frames.find(({ t }) => t === 'reject')).toMatchObject({ expected: 1 })
    one.say(first)
    expect(await one.next('ack')).toMatchObject({ seq: 1 })
    two.say(second)
    expect(await two.next('ack')).toMatchObject({ seq: 2 })
    const poll = await rawPoll(relay, [third, fourth], { hello: { token } })
    expect(poll.frames.filter(({ t }) => t === 'ack')).toMatchObject([{ seq: 3 }, { seq: 4 }])
    one.say(fifth, sixth)
    expect([await one.next('ack'), await one.next('ack')]).toMatchObject([{ seq: 5 }, { seq: 6 }])
    expect(idsOf(await api.log(conversation))).toEqual(drafts.map(({ id }) => id))
    const next = await openRawLink(relay.origin)
    expect(await next.hello({ token })).toMatchObject({ n: 6 })
    for (const link of [...links, next]) link.cut()
  })

  it('C4: words pressed faster than the limit allows are slowed down and land as pressed', async () => {
    // The relay as it is served, with its limits.
    const { relay, api } = await openRelay({ program: 'relay' })
    for (const transport of ['socket', 'poll'] as const) {
      const store = createMemoryKeyedStore()
      const client = await openNodeClient({ relay: relay.origin, store, transports: [transport] })
      const conversation = newId()
      const pressed = upTo(13).map((n) => `pressed ${n} over ${transport}`)
      for (const text of pressed) await client.say(conversation, text)
      await client.until('all are sent', (engine) => engine.drafts().length === 0)
      expect((await api.log(conversation)).map(({ body }) => body)).toEqual(pressed.map(words))
      expect(client.faults).toEqual([])
      client.drop()
      const { text } = await api.ask('GET', '/metrics')
      expect(text).toMatch(/homing_refusals_total\{code="rate_limited"\} [1-9]/)
    }
  })
})
