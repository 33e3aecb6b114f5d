import { expect, it, onTestFinished } from 'vitest'

import type { Entry, Position } from '../../packages/core/src/index.ts'
import { createMemoryKeyedStore } from '../../packages/core/src/index.ts'
import { seededRandom } from '../../packages/core/test/seeded-random.ts'
import { openRawLink } from '../../packages/relay/test/raw-link.ts'
import { openNodeClient } from '../node-client.ts'
import { rawPoll } from '../raw-poll.ts'
import type { ReaderHistory } from '../reader-history.ts'
import { createReaderHistory, givenBy } from '../reader-history.ts'
import type { RelayApi } from '../relay-api.ts'
import { newId, words } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { until } from '../until.ts'
import { createWebhookSender } from '../webhook-sender.ts'
import { openWebhookSink } from '../webhook-sink.ts'
import { HOOK, openRelayWithWebhooks } from './open-relay.ts'

/** Of each of the four writers. */
const ENTRIES_EACH = 150
const LONG = 'x'.repeat(2_000)
/** The same chances every time; the machine's own timing does the rest. */
const SEED = Number(process.env['HOMING_TEST_SEED'] ?? 6)

interface Scene {
  readonly relay: RelayProcess
  readonly api: RelayApi
  readonly conversation: string
  readonly token: string | null
  readonly epoch: string
  readonly history: ReaderHistory
  readonly random: () => number
  /** The last seq, once all have written. */
  end: number
}

/**
 * A tab that comes, reads a while, now and then without taking anything from the line, goes, and
 * comes back with the position it has got to, until it has all.
 */
async function comeAndGo(scene: Scene, name: string): Promise<number> {
  const { relay, token, epoch, conversation, history, random } = scene
  let seq = 0
  let lives = 0
  while (scene.end === 0 || seq < scene.end) {
    lives++
    const link = await openRawLink(relay.origin)
    const stay = 1 + Math.floor(random() * 120)
    let heard = 0
    let lags = random() < 0.3
    history.joined(name, seq)
    const enough = new Promise<void>((resolve) => {
      link.hear((frame) => {
        const items = givenBy(frame, conversation)
        history.given(name, ...items)
        seq = items.at(-1)?.seq ?? seq
        heard += items.length
        if (heard >= stay || (scene.end > 0 && seq >= scene.end)) resolve()
        if (!lags || heard < stay / 2) return
        lags = false
        link.pause()
        const missed = seq + 60
        void until('others wrote meanwhile', async () => {
          const { json } = await scene.api.ask('GET', `/api/v1/conversations/${conversation}`)
          return scene.end > 0 || json.conversation.head > missed
        }).then(() => link.resume())
      })
    })
    const positions: Record<string, Position> = seq === 0 ? {} : { [conversation]: { epoch, seq } }
    await link.hello({ token, device: name, positions })
    await enough
    // What comes between these two lines was not taken: it is asked for again.
    link.hear(() => {})
    link.cut()
    await link.closed
  }
  return lives
}

/** Long-poll: each request says the position it has got to. */
async function pollOn(scene: Scene, name: string): Promise<number> {
  const { relay, token, epoch, conversation, history } = scene
  let seq = 0
  let requests = 0
  while (scene.end === 0 || seq < scene.end) {
    requests++
    history.joined(name, seq)
    const positions: Record<string, Position> = seq === 0 ? {} : { [conversation]: { epoch, seq } }
    const hello = { token, device: name, positions }
    const { frames } = await rawPoll(relay, [], { hello, wait: 500 })
    for (const frame of frames) {
      const items = givenBy(frame, conversation)
      history.given(name, ...items)
      seq = items.at(-1)?.seq ?? seq
    }
  }
  return requests
}

/** Pages of any length, as a program reads. */
async function readPages(scene: Scene, name: string): Promise<number> {
  const { api, conversation, history, random } = scene
  let seq = 0
  let pages = 0
  while (scene.end === 0 || seq < scene.end) {
    pages++
    const limit = 1 + Math.floor(random() * 200)
    const path = `/api/v1/conversations/${conversation}/entries?after=${seq}&limit=${limit}`
    const { json } = await api.ask('GET', path)
    const { entries } = json as { entries: readonly Entry[] }
    history.given(name, ...entries.map(({ seq: at, id }) => ({ seq: at, id })))
    seq = entries.at(-1)?.seq ?? seq
  }
  return pages
}

/** A tab that writes and reads over the same link: acks and entries together are its log. */
async function writeAndRead(scene: Scene, name: string): Promise<void> {
  const { relay, token, conversation, history } = scene
  const link = await openRawLink(relay.origin)
  history.joined(name, 0)
  let seq = 0
  let n = 0
  const say = (): void => {
    n++
    link.say({ t: 'send', id: newId(), conversation, n, body: words(`${name} ${n} ${LONG}`) })
  }
  const done = new Promise<void>((resolve) => {
    link.hear((frame) => {
      const items = givenBy(frame, conversation)
      history.given(name, ...items)
      seq = items.at(-1)?.seq ?? seq
      if (frame.t === 'ack' && n < ENTRIES_EACH) say()
      if (scene.end > 0 && seq >= scene.end) resolve()
    })
  })
  await link.hello({ token, device: name })
  for (let window = 0; window < 4; window++) say()
  await done
  link.cut()
}

it('C6: readers that join, lag, leave and resume while many write see a prefix: no hole, nothing twice', async () => {
  const sink = await openWebhookSink()
  onTestFinished(() => sink.close())
  const { relay, api } = await openRelayWithWebhooks(sink.url)
  const first = await openRawLink(relay.origin)
  const { token = null, epoch } = await first.hello()
  const conversation = newId()
  first.say({ t: 'send', id: newId(), conversation, n: 1, body: words('hello') })
  await first.next('ack')
  const history = createReaderHistory()
  const random = seededRandom(SEED)
  const scene: Scene = { relay, api, conversation, token, epoch, history, random, end: 0 }

  // The engine of a page, who shares the visitor by what its store holds.
  const store = createMemoryKeyedStore()
  const me = { v: 1, device: newId(), counter: 0, identity: { token, visitor: '' } }
  await store.run(async (transaction) => transaction.put('me', me))
  const client = await openNodeClient({ relay: relay.origin, store })

  const agents = async (): Promise<void> => {
    for (let i = 0; i < ENTRIES_EACH; i++) {
      const { status } = await api.say(conversation, { id: newId(), body: words(`agent ${LONG}`) })
      expect(status).toBe(201)
    }
  }
  const sender = createWebhookSender(api, HOOK)
  const helpdesk = async (): Promise<void> => {
    for (let i = 0; i < ENTRIES_EACH; i++) {
      const answer = await sender.post({ conversation, id: `far-${i}`, text: `far ${LONG}` })
      expect(answer.status).toBe(200)
    }
  }

  const total = 1 + 4 * ENTRIES_EACH
  const readers = Promise.all([
    comeAndGo(scene, 'tab 1'),
    comeAndGo(scene, 'tab 2'),
    comeAndGo(scene, 'tab 3'),
    pollOn(scene, 'poll'),
    readPages(scene, 'program'),
  ])
  const writers = Promise.all([
    writeAndRead(scene, 'writer 1'),
    writeAndRead(scene, 'writer 2'),
    agents(),
    helpdesk(),
    until(
      'all is written',
      async () => {
        const { json } = await api.ask('GET', `/api/v1/conversations/${conversation}`)
        return json.conversation.head === total
      },
      90_000,
    ).then(() => {
      scene.end = total
      // Whoever has all of it already looks up once more.
      return api.say(conversation, { id: newId(), body: words('the end') })
    }),
  ])
  await writers
  const lives = await readers

  const log = await api.log(conversation)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
  expect(log).toHaveLength(total + 1)
  expect(history.problems(log)).toEqual([])
  // What a page shows, and what the far side was told of, are prefixes too.
  await client.until('the page is at the head', (engine) => {
    return engine.conversation(conversation)?.position.seq === total + 1
  })
  const shown = client.engine.conversation(conversation)?.entries ?? []
  expect(shown).toEqual(log.slice(-shown.length))
  expect(client.faults).toEqual([])
  client.drop()
  const told = sink.tries.map(({ seq }) => seq ?? 0)
  // The far side's own words do not come back to it, so it sees the rest in order, each once.
  const owed = log.filter(({ author }) => author.id !== 'anna').map(({ seq }) => seq)
  expect(told).toEqual(owed.slice(0, told.length))
  console.info(
    `${log.length} entries; ${history.size()} given to 7 readers in ${lives.join(', ')} lives; ` +
      `${told.length} of ${owed.length} to the webhook so far.`,
  )
  first.cut()
})
