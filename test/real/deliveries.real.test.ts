import { expect, it, onTestFinished } from 'vitest'

import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import type { RawLink } from '../../packages/relay/test/raw-link.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import { until } from '../until.ts'
import type { Behaviour, Try, WebhookSink } from '../webhook-sink.ts'
import { openWebhookSink } from '../webhook-sink.ts'
import { HOOK, openRelayWithWebhooks } from './open-relay.ts'

interface Parked {
  readonly id: string
  readonly connector: string
  readonly conversation: string
  readonly seq: number
  readonly reason: string
}

async function sink(): Promise<WebhookSink> {
  const opened = await openWebhookSink()
  onTestFinished(() => opened.close())
  return opened
}

async function parkedOf(api: RelayApi): Promise<readonly Parked[]> {
  const { json } = await api.ask('GET', '/api/v1/deliveries?state=parked')
  return (json as { deliveries: readonly Parked[] }).deliveries
}

/** A visitor with a conversation of its own, and words in it. */
async function visitor(origin: string): Promise<{
  readonly conversation: string
  say(...texts: readonly string[]): Promise<void>
  readonly link: RawLink
}> {
  const link = await openRawLink(origin)
  await link.hello({ device: newId() })
  const conversation = newId()
  let n = 0
  return {
    conversation,
    link,
    async say(...texts) {
      for (const text of texts) {
        n++
        link.say({ t: 'send', id: newId(), conversation, n, body: words(text) })
      }
      for (const _ of texts) await link.next('ack')
    },
  }
}

const arrived = (tries: readonly Try[], conversation: string): readonly Try[] =>
  tries.filter((each) => each.conversation === conversation && each.answered === 204)

/** In order, each once; and every try of an entry under the key of its first. */
function expectOrder(tries: readonly Try[], conversation: string, texts: readonly string[]): void {
  expect(arrived(tries, conversation).map(({ text }) => text)).toEqual(texts)
  const own = tries.filter((each) => each.conversation === conversation)
  // The next one waits until the one before it is through.
  const seqs = own.map(({ seq = 0 }) => seq)
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  const pairs = new Set(own.map(({ seq, key }) => `${seq} ${key}`))
  expect(pairs.size).toBe(new Set(seqs).size)
  expect(pairs.size).toBe(new Set(own.map(({ key }) => key)).size)
}

const numbered = (count: number, from = 1): readonly string[] =>
  Array.from({ length: count }, (_, index) => `words ${from + index}`)

it('C10: an endpoint that answers 500, 502, breaks off and says nothing gets every entry in order, each under one key, also across kill -9', async () => {
  const far = await sink()
  const { relay, api } = await openRelayWithWebhooks(far.url)
  const [one, two] = [await visitor(relay.origin), await visitor(relay.origin)]
  const bad: Behaviour[] = [500, 'reset', 502, 404]
  let hanging = false
  far.answer(({ text }) => {
    if (text === 'words 5' && !hanging) {
      hanging = true
      return 'hang'
    }
    return bad.shift() ?? 204
  })
  await Promise.all([one.say(...numbered(4)), two.say(...numbered(4))])
  await until('all of it arrived', () => {
    return [one, two].every(({ conversation }) => arrived(far.tries, conversation).length === 4)
  })
  expect(bad).toEqual([])

  // The relay dies while the far side has read a request and not answered it.
  await one.say(...numbered(4, 5))
  await until('a request hangs', () => hanging)
  await relay.kill9()
  const tries = far.tries.length
  await relay.restart()
  await until('the rest arrived', () => arrived(far.tries, one.conversation).length === 8)
  expectOrder(far.tries, one.conversation, numbered(8))
  expectOrder(far.tries, two.conversation, numbered(4))
  const hung = far.tries.find(({ answered }) => answered === 'hang')
  const again = far.tries[tries]
  expect(again).toMatchObject({ key: hung?.key, seq: 5, answered: 204 })
  expect(await parkedOf(api)).toEqual([])
})

it('C10: an endpoint that never answers is given up on in time, and asked again under the same key', async () => {
  const far = await sink()
  const { relay } = await openRelayWithWebhooks(far.url)
  const { conversation, say, link } = await visitor(relay.origin)
  far.answer(() => (far.tries.length === 0 ? 'hang' : 204))
  await say('one', 'two')
  await until('both arrived', () => arrived(far.tries, conversation).length === 2, 40_000)
  expectOrder(far.tries, conversation, ['one', 'two'])
  const [first, second] = far.tries
  expect(second?.key).toBe(first?.key)
  // The documented twenty seconds.
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(19_000)
  link.cut()
})

it('C10: poison parks with its reason and the rest flows; a replay over the API delivers it, also after kill -9', async () => {
  const far = await sink()
  const { relay, api } = await openRelayWithWebhooks(far.url)
  const [one, two] = [await visitor(relay.origin), await visitor(relay.origin)]
  let healed = false
  far.answer(({ text }) => (text === 'poison' && !healed ? 422 : 204))
  await one.say('before', 'poison', 'after')
  await two.say('another conversation')
  await until('the rest flows', () => {
    return (
      arrived(far.tries, one.conversation).length === 2 &&
      arrived(far.tries, two.conversation).length === 1
    )
  })
  expect(arrived(far.tries, one.conversation).map(({ text }) => text)).toEqual(['before', 'after'])
  await until('it is parked', async () => (await parkedOf(api)).length === 1)
  const [parked] = await parkedOf(api)
  expect(parked).toMatchObject({ connector: HOOK, conversation: one.conversation, seq: 2 })
  expect(parked?.reason).toContain('422')
  const poison = far.tries.find(({ text }) => text === 'poison')
  expect(far.tries.filter(({ text }) => text === 'poison')).toHaveLength(1)

  await relay.kill9()
  await relay.restart()
  expect(await parkedOf(api)).toEqual([parked])
  healed = true
  expect((await api.ask('POST', `/api/v1/deliveries/${parked?.id}/replay`)).status).toBe(204)
  await until('it is delivered', () => arrived(far.tries, one.conversation).length === 3)
  expect(far.tries.at(-1)).toMatchObject({ key: poison?.key, text: 'poison', answered: 204 })
  await until('nothing is parked', async () => (await parkedOf(api)).length === 0)
  expect((await api.ask('POST', `/api/v1/deliveries/${parked?.id}/replay`)).status).toBe(404)
})

it('C10: 429 is waited for as long as it says, and holds only its own connector', async () => {
  const [busy, idle] = [await sink(), await sink()]
  const { relay } = await openRelayWithWebhooks(busy.url, idle.url)
  const { conversation, say, link } = await visitor(relay.origin)
  busy.answer(() => (busy.tries.length === 0 ? { status: 429, retryAfter: 2 } : 204))
  await say('one', 'two')
  await until('the other endpoint has both', () => arrived(idle.tries, conversation).length === 2)
  await until('both arrived', () => arrived(busy.tries, conversation).length === 2)
  expectOrder(busy.tries, conversation, ['one', 'two'])
  const [refused, taken] = busy.tries
  expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
  // A route has its own key for the same entry.
  expect(taken?.key).not.toBe(idle.tries[0]?.key)
  link.cut()
})

it('C10: 410 holds the endpoint, across kill -9 too, until somebody replays; nothing is lost', async () => {
  const [gone, idle] = [await sink(), await sink()]
  const { relay, api } = await openRelayWithWebhooks(gone.url, idle.url)
  const first = await visitor(relay.origin)
  gone.answer(() => 410)
  await first.say('one')
  await until('people are shown why', async () => (await parkedOf(api)).length === 1)
  const [refused] = await parkedOf(api)
  expect(refused).toMatchObject({ connector: HOOK, conversation: first.conversation, seq: 1 })
  expect(refused?.reason).toContain('410')
  await first.say('two')
  await until(
    'the other endpoint has both',
    () => arrived(idle.tries, first.conversation).length === 2,
  )
  await relay.kill9()
  await relay.restart()
  const second = await visitor(relay.origin)
  await second.say('three')
  await until(
    'the other endpoint has it',
    () => arrived(idle.tries, second.conversation).length === 1,
  )
  expect(gone.tries).toHaveLength(1)

  gone.answer(() => 204)
  expect((await api.ask('POST', `/api/v1/deliveries/${refused?.id}/replay`)).status).toBe(204)
  await until('everything arrived', () => {
    return (
      arrived(gone.tries, first.conversation).length === 2 &&
      arrived(gone.tries, second.conversation).length === 1
    )
  })
  expectOrder(gone.tries, first.conversation, ['one', 'two'])
  second.link.cut()
})
