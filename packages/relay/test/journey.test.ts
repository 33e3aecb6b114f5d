import type { Send } from '@homing/core'
import { WebSocket } from 'ws'
import { createVirtualClock } from '../../core/test/virtual-clock.ts'
import { systemRandomBytes } from '../src/clock.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId, text } from './gateway-rig.ts'
import { openRawLink } from './raw-link.ts'
import type { RelayRig } from './relay-rig.ts'
import { ask, openRelayRig } from './relay-rig.ts'

/** A whole relay, spoken to as a stranger would: raw sockets and plain requests. */
let rig: RelayRig
beforeAll(async () => {
  rig = await openRelayRig()
})
afterAll(() => rig.close())

function send(conversation: string, n: number, over: Partial<Send> = {}): Send {
  return { t: 'send', id: newId(), conversation, n, body: text(`words ${n}`), ...over }
}

describe('over the socket', () => {
  test('C1, C2: an acked message is in the log; the same again gives the same ack', async () => {
    const link = await openRawLink(rig.url)
    await link.hello()
    const draft = send(newId(), 1)
    link.say(draft)
    const first = await link.next('ack')
    const stored = await rig.relay.store.readAfter(draft.conversation, 0, 10)
    expect(stored).toMatchObject([{ seq: 1, id: draft.id, body: draft.body }])
    link.say(draft)
    expect(await link.next('ack')).toEqual(first)
    link.say({ ...draft, n: 2, body: text('another') })
    expect(await link.next('reject')).toMatchObject({ id: draft.id, code: 'id_conflict' })
    expect(await rig.relay.store.readAfter(draft.conversation, 0, 10)).toHaveLength(1)
    link.cut()
  })

  test('C4: a counter with a gap waits for the one before it', async () => {
    const link = await openRawLink(rig.url)
    await link.hello()
    const conversation = newId()
    const second = send(conversation, 2)
    link.say(second)
    expect(await link.next('reject')).toMatchObject({ code: 'out_of_order', expected: 1 })
    link.say(send(conversation, 1), second)
    expect((await link.next('ack')).seq).toBe(1)
    expect((await link.next('ack')).seq).toBe(2)
    link.cut()
  })

  test('C6: a conversation of two tabs and an agent is the same for all of them', async () => {
    const first = await openRawLink(rig.url)
    const { token = null, epoch } = await first.hello()
    const second = await openRawLink(rig.url)
    await second.hello({ token, device: 'device-2' })
    const conversation = newId()
    first.say(send(conversation, 1))
    await first.next('ack')
    expect((await second.next('entries')).entries).toMatchObject([{ seq: 1 }])

    const answer = await rig.api('POST', `/api/v1/conversations/${conversation}/entries`, {
      id: newId(),
      body: text('an answer'),
    })
    expect(answer.status).toBe(201)
    for (const link of [first, second]) {
      expect((await link.next('entries')).entries).toMatchObject([
        { seq: 2, author: { role: 'agent' } },
      ])
    }

    first.cut()
    const back = await openRawLink(rig.url)
    await back.hello({ token, positions: { [conversation]: { epoch, seq: 1 } } })
    expect((await back.next('entries')).entries.map(({ seq }) => seq)).toEqual([2])

    const stale = await openRawLink(rig.url)
    stale.say({
      t: 'hello',
      v: 1,
      site: 'pk_demo',
      token,
      device: 'device-3',
      positions: { [conversation]: { epoch: 'before', seq: 1 } },
      client: 'test/1',
    })
    expect(await stale.next('reset')).toEqual({ t: 'reset', epoch })
    for (const link of [second, back, stale]) link.cut()
  })

  test('history pages back through a long log', async () => {
    const link = await openRawLink(rig.url)
    await link.hello()
    const conversation = newId()
    for (let n = 1; n <= 9; n++) {
      link.say(send(conversation, n))
      await link.next('ack')
    }
    link.say({ t: 'history', conversation, before: 8, limit: 3 })
    const page = await link.next('entries')
    expect(page.history).toBe(true)
    expect(page.entries.map(({ seq }) => seq)).toEqual([5, 6, 7])
    link.cut()
  })

  test('C12: somebody else’s conversation answers with the same bytes as none', async () => {
    const owner = await openRawLink(rig.url)
    await owner.hello()
    const conversation = newId()
    owner.say(send(conversation, 1))
    await owner.next('ack')
    const stranger = await openRawLink(rig.url)
    await stranger.hello()
    const answers: string[] = []
    for (const asked of [conversation, newId()]) {
      stranger.say({ t: 'history', conversation: asked, before: 9, limit: 9 })
      answers.push(JSON.stringify(await stranger.next('reject')))
    }
    expect(answers[0]).toBe(answers[1])
    expect(answers[0]).toContain('not_found')
    owner.cut()
    stranger.cut()
  })

  test('whatever is thrown at it, the process answers and lives', async () => {
    const link = await openRawLink(rig.url)
    link.say('{', '[]', '{"t":1}', '{"t":"dance"}', '{"t":"ping"}', Buffer.from([1, 2, 3]))
    link.say(JSON.stringify({ t: 'hello', site: {} }), `"${'x'.repeat(70_000)}"`)
    const codes: string[] = []
    for (let i = 0; i < 8; i++) {
      const { code, message } = await link.next('reject')
      expect(message).toMatch(/\.$/)
      codes.push(code)
    }
    expect(codes).toEqual([
      'bad_request',
      'bad_request',
      'bad_request',
      'bad_request',
      'hello_first',
      'bad_request',
      'bad_request',
      'too_large',
    ])
    await link.hello()
    // Beyond all reason: not even read.
    link.say('x'.repeat(400_000))
    expect(await link.closed).toBe(1009)
    expect((await ask(`${rig.url}/healthz`)).status).toBe(200)
  })

  test('an upgrade elsewhere, or without the subprotocol, is refused', async () => {
    const upgrade = (path: string, protocol: string): Promise<Error> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${rig.url.replace('http', 'ws')}${path}`, protocol)
        socket.once('error', resolve)
      })
    expect((await upgrade('/v1/other', 'homing.v1')).message).toContain('404')
    expect((await upgrade('/v1/socket', 'homing.v9')).message).toContain('400')
  })
})

describe('over long-poll', () => {
  const hello = { t: 'hello', v: 1, site: 'pk_demo', token: null, device: 'd', client: 'test/1' }
  const sync = (frames: readonly unknown[], over: object = {}, init: RequestInit = {}) =>
    ask(`${rig.url}/v1/sync`, {
      method: 'POST',
      headers: { origin: 'https://shop.test' },
      body: JSON.stringify({ nonce: 'n1', wait: 0, frames, ...over }),
      ...init,
    })

  test('a request is complete in itself: hello, send, ack, and the nonce comes back', async () => {
    const conversation = newId()
    const answer = await sync([{ ...hello, positions: {} }, send(conversation, 1)])
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.json.nonce).toBe('n1')
    expect(answer.json.frames).toMatchObject([
      { t: 'welcome' },
      { t: 'presence' },
      { t: 'ack', conversation, seq: 1 },
    ])
  })

  test('C6: a request that brings no news is held until there is some', async () => {
    const conversation = newId()
    const first = await sync([{ ...hello, positions: {} }, send(conversation, 1)])
    const { token, epoch } = first.json.frames[0] as { token: string; epoch: string }
    const positions = { [conversation]: { epoch, seq: 1 } }
    const held = sync([{ ...hello, token, positions }], { wait: 20_000 })
    // Held: the relay has one link open for it. Then there is news.
    while (!/^homing_links 1$/m.test((await ask(`${rig.url}/metrics`)).text)) continue
    await rig.api('POST', `/api/v1/conversations/${conversation}/entries`, {
      id: newId(),
      body: text('an answer'),
    })
    const answer = await held
    expect(answer.json.frames.at(-1)).toMatchObject({ t: 'entries', entries: [{ seq: 2 }] })
  })

  test('a request that is given up is let go', async () => {
    const first = await sync([{ ...hello, positions: {} }])
    const { token } = first.json.frames[0] as { token: string }
    const giving = new AbortController()
    const held = sync(
      [{ ...hello, token, positions: {} }],
      { wait: 20_000 },
      { signal: giving.signal },
    )
    const links = async (): Promise<string | undefined> =>
      /^homing_links (\d+)$/m.exec((await ask(`${rig.url}/metrics`)).text)?.[1]
    while ((await links()) !== '1') continue
    giving.abort()
    await expect(held).rejects.toThrow()
    while ((await links()) !== '0') continue
  })

  test('the same rules as over the socket', async () => {
    const refused = await sync([{ ...hello, positions: {}, site: 'pk_nobody' }])
    expect(refused.json.frames).toMatchObject([{ t: 'reject', code: 'unknown_site' }])
    const foreign = await sync(
      [{ ...hello, positions: {} }],
      {},
      { headers: { origin: 'https://evil.test' } },
    )
    expect(foreign.json.frames).toMatchObject([{ t: 'reject', code: 'origin_not_allowed' }])
    const early = await sync([{ t: 'ping' }])
    expect(early.json.frames).toMatchObject([{ t: 'reject', code: 'hello_first' }])
  })

  test.each([
    ['not JSON', 'hello'],
    ['no object', '[]'],
    ['without a nonce', '{"frames":[{}]}'],
    ['without frames', '{"nonce":"n","frames":[]}'],
    ['with too many frames', JSON.stringify({ nonce: 'n', frames: Array(33).fill({}) })],
  ])('an envelope %s is refused with a sentence', async (_, body) => {
    const answer = await sync([], {}, { body })
    expect(answer.status).toBe(400)
    expect(answer.json.error).toMatchObject({ code: 'bad_request', retryable: false })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('a request too large is refused', async () => {
    const answer = await sync([], {}, { body: 'x'.repeat(300_000) })
    expect(answer.status).toBe(413)
    expect(answer.json.error.code).toBe('too_large')
  })

  test('a page may ask from anywhere', async () => {
    const preflight = await ask(`${rig.url}/v1/sync`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
  })
})

test('C1: a drain answers what is on its way, says bye, and the log is whole afterwards', async () => {
  const own = await openRelayRig()
  const link = await openRawLink(own.url)
  await link.hello()
  const conversation = newId()
  for (let n = 1; n <= 5; n++) link.say(send(conversation, n))
  await link.next('ack')
  const closing = own.relay.close()
  const bye = await link.next('bye')
  expect(bye.after).toBeGreaterThan(0)
  expect(await link.closed).toBe(1012)
  await closing
  await expect(ask(`${own.url}/healthz`)).rejects.toThrow()
  // Every ack that was given out is in the log that the next process opens.
  const store = await openSqliteStore({
    directory: own.directory,
    now: () => Date.now(),
    randomBytes: systemRandomBytes,
  })
  const stored = (await store.readAfter(conversation, 0, 10)).map(({ seq }) => seq)
  const acked = link.frames.flatMap((frame) => (frame.t === 'ack' ? [frame.seq] : []))
  expect(stored).toEqual(expect.arrayContaining(acked))
  await store.close()
  await own.close()
})

test('a silent socket is closed after five seconds, and one that said hello is not', async () => {
  const clock = createVirtualClock()
  const own = await openRelayRig({ clock })
  const silent = await openRawLink(own.url)
  const greeted = await openRawLink(own.url)
  await greeted.hello()
  await clock.advance(5_000)
  expect(await silent.closed).toBe(1008)
  greeted.say({ t: 'ping' })
  expect(await greeted.next('pong')).toEqual({ t: 'pong', heads: {} })
  // The heartbeat says something by itself.
  await clock.advance(30_000)
  expect(await greeted.next('pong')).toEqual({ t: 'pong', heads: {} })
  greeted.cut()
  const closing = own.relay.close()
  await clock.advance(60_000)
  await closing
  await own.close()
})
