import { HomingError, MAX_TEXT_LENGTH, isText } from '@homing/core'
import type { Author } from '@homing/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hint } from '../bus/bus.ts'
import type { Fact, RawWebhook } from '../connectors/connector.ts'
import type { Receipt } from '../store/store.ts'
import { startDeliveryParts, until } from '../../test/delivery-parts.ts'
import type { DeliveryParts } from '../../test/delivery-parts.ts'
import { createFarSide, done } from '../../test/far-side.ts'
import type { FarSide } from '../../test/far-side.ts'
import { createManualClock } from '../../test/manual-clock.ts'
import type { ManualClock } from '../../test/manual-clock.ts'
import { entryId } from '../conversation/entry-id.ts'
import { ECHO_WAIT_MS } from './sends-settled.ts'
import { createPoller } from './poller.ts'
import { MAX_DISCARDED_BYTES } from '../http/limit-body.ts'
import { MAX_WEBHOOK_BYTES, webhookRoutes } from '../http/webhooks.ts'
import { SILENT_LOG } from '../log.ts'
import { createMetrics } from '../metrics.ts'

const PATIENCE_MS = 5_000
const MIA: Author = { role: 'agent', id: 'mia', name: 'Mia' }
let clock: ManualClock
let far: FarSide
let relay: DeliveryParts
let conversation: string
let thread: string

beforeEach(async () => {
  clock = createManualClock()
  far = createFarSide()
  relay = await startDeliveryParts({ connectors: [far], clock })
  conversation = (await relay.say('hello')).conversation
  thread = `thread-${conversation}`
  await until('it is sent', () => relay.store.thread('far', conversation), PATIENCE_MS)
})
afterEach(() => relay.stop())

function hook(facts: readonly unknown[], signed = 'yes'): RawWebhook {
  const body = new TextEncoder().encode(JSON.stringify(facts))
  return { method: 'POST', headers: { signed }, url: '/v1/hooks/far', body }
}

function message(event: string, changes: Partial<Fact & { kind: 'message' }> = {}): Fact {
  return {
    kind: 'message',
    event,
    where: { thread },
    externalId: event,
    author: MIA,
    body: { type: 'text', text: `words of ${event}` },
    echo: false,
    ...changes,
  }
}

function status(event: string, to: 'open' | 'resolved', rest: Partial<Fact> = {}): Fact {
  return { kind: 'status', event, where: { thread }, status: to, author: MIA, ...rest } as Fact
}

const receive = (...facts: readonly unknown[]) => relay.inbound.receive('far', hook(facts))
const bodies = async () => (await relay.log(conversation)).slice(1).map(({ body }) => body)

describe('C11: every event is applied once', () => {
  test('by webhook, by the same webhook again, and by poll', async () => {
    expect(await receive(message('m1'))).toEqual({ status: 200, body: { applied: 1 } })
    expect(await receive(message('m1'))).toEqual({ status: 200, body: { applied: 0 } })
    await relay.inbound.apply('far', [message('m1'), message('m2')])
    expect(await bodies()).toEqual([
      { type: 'text', text: 'words of m1' },
      { type: 'text', text: 'words of m2' },
    ])
    const [, entry] = await relay.log(conversation)
    expect(entry).toMatchObject({ author: MIA, id: entryId('far', 'm1') })
  })

  test('twenty at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => receive(message('m1'))))
    expect(answers.map(({ status: code }) => code)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await bodies()).toHaveLength(1)
  })

  test('one message under two events is still one entry', async () => {
    await receive(message('e1', { externalId: 'm1', body: { type: 'text', text: 'a' } }))
    await receive(message('e2', { externalId: 'm1', body: { type: 'text', text: 'a' } }))
    expect(await bodies()).toEqual([{ type: 'text', text: 'a' }])
  })

  test('a text over the limit goes on in further entries, and comes once', async () => {
    const text = 'word '.repeat(2_000).trim()
    const long = message('m1', { body: { type: 'text', text } })
    expect(await receive(long)).toEqual({ status: 200, body: { applied: 1 } })
    expect(await receive(long)).toEqual({ status: 200, body: { applied: 0 } })
    const parts = (await bodies()).map((body) => (isText(body) ? body.text : ''))
    expect(parts.length).toBe(3)
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH)
    expect(parts.join(' ')).toBe(text)
  })

  test('read marks and typing are passed on, and are no entries', async () => {
    const hints: Hint[] = []
    const visitor = (await relay.store.conversation(conversation))?.visitor.id ?? ''
    relay.bus.subscribe(`visitor:${visitor}`, (hint) => hints.push(hint))
    await receive(
      { kind: 'read', event: 'r1', where: { thread } },
      { kind: 'typing', event: 't1', where: { thread }, on: true, author: MIA },
    )
    expect(hints).toMatchObject([
      { kind: 'read', by: 'agent', seq: 1 },
      { kind: 'typing', on: true, author: MIA },
    ])
    expect(await bodies()).toEqual([])
  })

  test('a visitor who answers on the far side is the visitor of the conversation', async () => {
    await receive(message('m1', { author: { role: 'visitor', id: 'ann@mail.test' } }))
    const [first, second] = await relay.log(conversation)
    expect(second?.author).toEqual({ role: 'visitor', id: first?.author.id })
  })
})

describe('C11: the 2xx follows the commit', () => {
  test('what cannot be stored now is 503, and is taken when it comes again', async () => {
    const { append } = relay.store
    Object.assign(relay.store, {
      append: () => Promise.reject(new HomingError('unavailable', 'the disk is full')),
    })
    expect(await receive(message('m1'))).toMatchObject({ status: 503 })
    Object.assign(relay.store, { append })
    expect(await receive(message('m1'))).toMatchObject({ status: 200, body: { applied: 1 } })
  })

  test('the answer waits for the store', async () => {
    const { append } = relay.store
    let commit: (() => void) | undefined
    Object.assign(relay.store, {
      append: async (entry: never) => {
        await new Promise<void>((resolve) => (commit = resolve))
        return append(entry)
      },
    })
    let answered = false
    const answer = receive(message('m1')).then((given) => {
      answered = true
      return given
    })
    await until('it is with the store', async () => commit !== undefined, PATIENCE_MS)
    expect(answered).toBe(false)
    commit?.()
    expect(await answer).toMatchObject({ status: 200 })
    expect(await bodies()).toHaveLength(1)
  })
})

describe('C11: nothing we sent comes back', () => {
  test('marked by the connector', async () => {
    await receive(message('m1', { echo: true }))
    expect(await bodies()).toEqual([])
  })

  test('known by the receipt of its send', async () => {
    const [sent] = far.sent
    await receive(message('e9', { externalId: `far-${sent?.key}` }))
    expect(await bodies()).toEqual([])
  })

  test('an echo that beats its receipt waits for it', async () => {
    let finish: (() => void) | undefined
    far.script.push(
      (outbound) =>
        new Promise<Receipt>((resolve) => {
          finish = () => resolve({ ...done(outbound), externalIds: ['fast-echo'] })
        }),
    )
    await relay.say('second', conversation)
    await until('it is under way', async () => finish !== undefined, PATIENCE_MS)
    let answered = false
    const answer = receive(message('e1', { externalId: 'fast-echo' })).finally(() => {
      answered = true
    })
    for (let read = 0; read < 10; read++) await relay.store.figures()
    expect(answered).toBe(false)
    finish?.()
    expect(await answer).toEqual({ status: 200, body: { applied: 0 } })
    expect(await bodies()).toHaveLength(1)
  })

  test('only where echoes are to be expected: others may answer from within our send', async () => {
    Object.assign(far, { capabilities: { ...far.capabilities, echoes: false } })
    let finish: (() => void) | undefined
    far.script.push(
      (outbound) => new Promise((resolve) => (finish = () => resolve(done(outbound)))),
    )
    await relay.say('second', conversation)
    await until('it is under way', async () => finish !== undefined, PATIENCE_MS)
    expect(await receive(message('m1'))).toEqual({ status: 200, body: { applied: 1 } })
    finish?.()
  })

  test('it does not wait for ever: a far side that calls from within our send is sent away', async () => {
    let finish: (() => void) | undefined
    far.script.push(
      (outbound) => new Promise((resolve) => (finish = () => resolve(done(outbound)))),
    )
    await relay.say('second', conversation)
    await until('it is under way', async () => finish !== undefined, PATIENCE_MS)
    let answer: { status: number } | undefined
    void receive(message('m1')).then((given) => (answer = given))
    await until(
      'it is answered',
      async () => {
        clock.advance(ECHO_WAIT_MS / 10)
        return answer
      },
      PATIENCE_MS,
    )
    expect(answer?.status).toBe(503)
    finish?.()
    await until(
      'the send is settled',
      async () => {
        await relay.deliveries.idle('far', conversation)
        return true
      },
      PATIENCE_MS,
    )
    expect(await receive(message('m1'))).toMatchObject({ status: 200, body: { applied: 1 } })
  })
})

describe('C12: a far side reaches only what it was given', () => {
  test('without a signature nothing is parsed', async () => {
    let parsed = false
    Object.assign(far, {
      parse: () => {
        parsed = true
        return []
      },
    })
    expect(await relay.inbound.receive('far', hook([message('m1')], 'no'))).toMatchObject({
      status: 401,
    })
    expect(parsed).toBe(false)
    expect(await relay.inbound.receive('nobody', hook([]))).toMatchObject({ status: 404 })
  })

  test("another site's conversation is not there", async () => {
    const answer = await receive(
      message('m1', { where: { conversation: '01890000-0000-7000-8000-0000000000ab' } }),
    )
    expect(answer).toEqual({ status: 200, body: { applied: 0 } })
    const foreign = '01890000-0000-7000-8000-0000000000ac'
    await relay.store.append({
      site: 'pk_other',
      conversation: foreign,
      id: '01890000-0000-7000-8000-0000000000ad',
      author: { role: 'visitor', id: 'v2' },
      body: { type: 'text', text: 'x' },
      time: 1,
      visitor: { tokenHash: new Uint8Array(32), device: 'd', n: 1 },
      connectors: [],
    })
    expect(await receive(message('m2', { where: { conversation: foreign } }))).toEqual({
      status: 200,
      body: { applied: 0 },
    })
    expect(await relay.log(foreign)).toHaveLength(1)
  })
})

describe('threads nobody knows', () => {
  test('the far side is asked whose it is, and the answer is kept', async () => {
    const next = '01890000-0000-7000-8000-0000000000cc'
    await relay.store.append({
      site: 'pk_test',
      conversation: next,
      id: '01890000-0000-7000-8000-0000000000dd',
      author: { role: 'visitor', id: 'v3' },
      body: { type: 'text', text: 'x' },
      time: 1,
      visitor: { tokenHash: new Uint8Array(32), device: 'd', n: 1 },
      connectors: [],
    })
    far.threads.set('t9', next)
    await receive(message('m1', { where: { thread: 't9' } }))
    expect(await relay.log(next)).toHaveLength(2)
    expect(await relay.store.thread('far', next)).toBe('t9')
  })

  test('a second thread that claims a bound conversation stays a stranger', async () => {
    far.threads.set('forged', conversation)
    await receive(message('m1', { where: { thread: 'forged' } }))
    expect(await bodies()).toEqual([])
    expect(await relay.store.thread('far', conversation)).toBe(thread)
  })

  test('a stranger is answered 200 and asked for once', async () => {
    let asked = 0
    Object.assign(far, {
      locate: async () => {
        asked++
        return undefined
      },
    })
    for (let n = 0; n < 3; n++) {
      expect(await receive(message(`m${n}`, { where: { thread: 'unknown' } }))).toEqual({
        status: 200,
        body: { applied: 0 },
      })
    }
    expect(asked).toBe(1)
  })
})

describe('status: a late word does not undo a newer one', () => {
  test("by the far side's own numbers", async () => {
    await receive(status('s5', 'resolved', { order: 5 }))
    await receive(status('s4', 'open', { order: 4 }))
    expect((await relay.store.conversation(conversation))?.status).toBe('resolved')
    await receive(status('s6', 'open', { order: 6 }))
    expect((await relay.store.conversation(conversation))?.status).toBe('open')
    expect(await bodies()).toHaveLength(2)
  })

  test('by its times, where it has no numbers', async () => {
    clock.advance(60_000)
    await receive(status('s1', 'resolved', { time: clock.now() }))
    await receive(status('s0', 'open', { time: clock.now() - 1_000 }))
    expect((await relay.store.conversation(conversation))?.status).toBe('resolved')
    await receive(status('s2', 'open', { time: clock.now() + 1_000 }))
    expect((await relay.store.conversation(conversation))?.status).toBe('open')
  })

  test('what is so already is no entry', async () => {
    await receive(status('s1', 'open', { order: 1 }))
    expect(await bodies()).toEqual([])
  })
})

describe('POST /v1/hooks/:connector', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    webhookRoutes(relay.inbound, 'https://relay.test').request('/v1/hooks/far', {
      method: 'POST',
      headers: { signed: 'yes', ...headers },
      body,
    })

  test('gives the raw bytes on', async () => {
    const text = ` ${JSON.stringify([message('m1', { body: { type: 'text', text: '👋' } })])}\n`
    const answer = await post(text)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ applied: 1 })
    expect((await post(text, { signed: 'no' })).status).toBe(401)
  })

  test('no more than the limit is taken, whatever the headers say, and an endless one is cut', async () => {
    const short = { 'content-length': '10' }
    expect((await post('x'.repeat(MAX_WEBHOOK_BYTES + 1), short)).status).toBe(413)
    const CHUNK_BYTES = 65_536
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(CHUNK_BYTES))
      },
    })
    const request = new Request('http://relay.test/v1/hooks/far', {
      method: 'POST',
      headers: { signed: 'yes' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    expect((await webhookRoutes(relay.inbound, 'https://relay.test').request(request)).status).toBe(
      413,
    )
    const most = MAX_WEBHOOK_BYTES + MAX_DISCARDED_BYTES
    expect(pulled).toBeLessThan(most / CHUNK_BYTES + 3)
  })
})

describe('C11: polling', () => {
  test('the cursor is saved after the facts, so a crash in between loses none', async () => {
    const told: (string | undefined)[] = []
    const polled = createFarSide(
      { pollEveryMs: 1_000 },
      {
        poll: async (cursor) => {
          told.push(cursor)
          return { facts: [message('m1')], cursor: 'one' }
        },
      },
    )
    let full = true
    const poller = createPoller({
      store: relay.store,
      inbound: {
        apply: async (id, facts) => {
          if (full) throw new HomingError('unavailable', 'the disk is full')
          await relay.inbound.apply(id, facts)
        },
      },
      clock,
      random: () => 0,
      connectors: () => [polled],
      fetch: () => Promise.reject(new Error('no network')),
      log: SILENT_LOG,
      metrics: createMetrics(),
    })
    poller.start()
    await until(
      'the first poll',
      async () => told.length === 1 && clock.next() !== undefined,
      5_000,
    )
    expect(await relay.store.cursor('far')).toBeUndefined()
    full = false
    await until(
      'the cursor is saved',
      async () => {
        clock.advance(500)
        return relay.store.cursor('far')
      },
      PATIENCE_MS,
    )
    expect(told.slice(0, 2)).toEqual([undefined, undefined])
    expect(await bodies()).toHaveLength(1)
    await poller.stop()
    await poller.stop()
  })
})

test('a far side that reads answers aloud gets none', async () => {
  await relay.stop()
  const quiet = createFarSide({ silentAnswers: true })
  relay = await startDeliveryParts({ connectors: [quiet], clock })
  const answer = await webhookRoutes(relay.inbound, 'https://relay.test').request('/v1/hooks/far', {
    method: 'POST',
    headers: { signed: 'yes' },
    body: '[]',
  })
  expect([answer.status, await answer.text()]).toEqual([204, ''])
})
