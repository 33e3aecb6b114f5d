import { beforeEach, describe, expect, it } from 'vitest'
import type { TransportScript } from '../test/contracts/transport-contract.ts'
import { transportContract } from '../test/contracts/transport-contract.ts'
import type { VirtualClock } from '../test/virtual-clock.ts'
import { createVirtualClock, settled } from '../test/virtual-clock.ts'
import { MAX_POLL_FRAMES, POLL_WAIT_MS } from './constants.ts'
import { createPollTransport } from './poll-transport.ts'
import type { ClientFrame, Hello, ServerFrame, Welcome } from './protocol.ts'
import type { Link } from './transport.ts'

const WELCOME: Welcome = {
  t: 'welcome',
  visitor: 'v',
  time: 1,
  epoch: 'e',
  conversations: [],
  limits: { text: 1, frame: 1, unacked: 8 },
  n: 0,
}

interface Request {
  readonly url: string
  readonly nonce: string
  readonly wait: number
  readonly frames: readonly ClientFrame[]
  open: boolean
  aborted: boolean
  answer(status: number, text: string): void
  fail(): void
}

function network(clock: VirtualClock) {
  const requests: Request[] = []
  let refusals = 0
  let nonces = 0
  const transport = createPollTransport({
    clock,
    newId: () => `nonce-${++nonces}`,
    post: (url, body) => {
      if (refusals > 0) {
        refusals--
        throw new Error('connect-src forbids it.')
      }
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
      const request: Request = {
        url,
        ...(JSON.parse(body) as Pick<Request, 'nonce' | 'wait' | 'frames'>),
        open: true,
        aborted: false,
        answer: (status, text) => {
          request.open = false
          resolve({ status, text })
        },
        fail: () => {
          request.open = false
          reject(new Error('Failed to fetch'))
        },
      }
      requests.push(request)
      return {
        answer: promise,
        abort: () => {
          request.aborted = true
          request.fail()
        },
      }
    },
  })
  return { transport, requests, refuse: () => void refusals++ }
}

function script(clock: VirtualClock): TransportScript {
  const { transport, requests, refuse } = network(clock)
  const last = (): Request | undefined => requests.at(-1)
  let looked = 0
  const answer = async (status: number, text: string): Promise<void> => {
    last()?.answer(status, text)
    await settled()
    // The next request goes out in a turn of its own.
    await clock.advance(0)
  }
  return {
    transport,
    admit: () => clock.advance(0),
    heard: () =>
      requests.slice(looked).flatMap(({ frames }, at, all) => {
        if (at === all.length - 1) looked = requests.length
        return frames
      }),
    say: (...frames) =>
      answer(
        200,
        JSON.stringify({
          nonce: last()?.nonce,
          frames: requests.length > 1 ? [WELCOME, ...frames] : frames,
        }),
      ),
    portal: () => answer(200, '<html>Please sign in</html>'),
    break: async () => {
      last()?.fail()
      await settled()
    },
    refuse,
    busy: () => requests.some((request) => request.open),
  }
}

/** The welcome of every answer is the transport's own affair here: the suite counts what else came. */
transportContract(
  'long-poll',
  (clock) => {
    const played = script(clock)
    return {
      ...played,
      transport: {
        name: 'poll',
        open: (target, events) => {
          let welcomed = false
          return played.transport.open(target, {
            received: (frame) => {
              if (frame.t === 'welcome' && welcomed) return
              welcomed ||= frame.t === 'welcome'
              void events.received(frame)
            },
            closed: (reason) => events.closed(reason),
          })
        },
      },
    }
  },
  { portalEnds: true },
)

describe('long-poll', () => {
  let clock: VirtualClock
  let requests: Request[]
  let received: ServerFrame[]
  let closes: string[]
  let link: Link
  let position: number
  let apply: () => void | Promise<void>

  const last = (): Request => requests.at(-1)!
  const answer = async (...frames: unknown[]): Promise<void> => {
    last().answer(200, JSON.stringify({ nonce: last().nonce, frames }))
    await settled()
    await clock.advance(0)
  }

  beforeEach(async () => {
    clock = createVirtualClock()
    const played = network(clock)
    requests = played.requests
    received = []
    closes = []
    position = 0
    apply = () => {}
    link = played.transport.open(
      {
        relay: 'https://relay.test',
        hello: () =>
          ({ t: 'hello', positions: { c: { epoch: 'e', seq: position } } }) as unknown as Hello,
      },
      {
        received: (frame) => {
          received.push(frame)
          return apply()
        },
        closed: (reason) => void closes.push(reason),
      },
    )
    await clock.advance(0)
  })

  it('P24: every request begins with a hello, and the first is answered at once', async () => {
    expect(last()).toMatchObject({
      url: 'https://relay.test/v1/sync',
      wait: 0,
      frames: [{ t: 'hello' }],
    })
    position = 5
    await answer(WELCOME)
    expect(last()).toMatchObject({
      wait: POLL_WAIT_MS,
      frames: [{ t: 'hello', positions: { c: { seq: 5 } } }],
    })
    expect(new Set(requests.map(({ nonce }) => nonce)).size).toBe(2)
  })

  it('C6: the next hello waits until what came is applied', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    apply = () => promise
    await answer(WELCOME)
    await clock.advance(100)
    expect(requests).toHaveLength(1)
    position = 7
    resolve()
    await clock.advance(0)
    expect(last().frames).toMatchObject([{ positions: { c: { seq: 7 } } }])
    expect(closes).toEqual([])
  })

  it('P25: words cut a waiting request short, and go out once, in order', async () => {
    await answer(WELCOME)
    const held = last()
    for (let seq = 1; seq <= 3; seq++) link.send({ t: 'read', conversation: 'c', seq })
    await clock.advance(0)
    expect(held.aborted).toBe(true)
    expect(last()).toMatchObject({
      wait: 0,
      frames: [{ t: 'hello' }, { seq: 1 }, { seq: 2 }, { seq: 3 }],
    })
    await answer(WELCOME)
    expect(last()).toMatchObject({ wait: POLL_WAIT_MS, frames: [{ t: 'hello' }] })
    expect(closes).toEqual([])
  })

  it('P25: words wait for a request that carries words: one at a time', async () => {
    await answer(WELCOME)
    link.send({ t: 'read', conversation: 'c', seq: 1 })
    await clock.advance(0)
    const carrying = last()
    link.send({ t: 'read', conversation: 'c', seq: 2 })
    await clock.advance(100)
    expect(carrying.aborted).toBe(false)
    expect(last()).toBe(carrying)
    await answer(WELCOME)
    expect(last()).toMatchObject({ wait: 0, frames: [{ t: 'hello' }, { seq: 2 }] })
  })

  it('P25: no request carries more than the relay takes', async () => {
    await answer(WELCOME)
    for (let seq = 1; seq <= 50; seq++) link.send({ t: 'read', conversation: 'c', seq })
    await clock.advance(0)
    expect(last().frames).toHaveLength(MAX_POLL_FRAMES)
    await answer(WELCOME)
    expect(last().frames).toHaveLength(50 - (MAX_POLL_FRAMES - 1) + 1)
  })

  it('P25: large words go in requests of their own', async () => {
    await answer(WELCOME)
    for (const id of ['1', '2', '3', '4', '5', '6']) {
      const body = { type: 'text', text: '漢'.repeat(20_000) }
      link.send({ t: 'send', id, conversation: 'c', n: 1, body })
    }
    const sizes: number[] = []
    for (let i = 0; i < 4; i++) {
      await clock.advance(0)
      sizes.push(Buffer.byteLength(JSON.stringify(last().frames)))
      await answer(WELCOME)
    }
    expect(Math.max(...sizes)).toBeLessThan(4 * 65_536)
    expect(requests.flatMap(({ frames }) => frames.filter(({ t }) => t === 'send'))).toHaveLength(6)
  })

  it('P25: what is said before the first answer goes out after it', async () => {
    expect(link.send({ t: 'ping' })).toBe(true)
    expect(requests).toHaveLength(1)
    await answer(WELCOME)
    expect(last().frames).toMatchObject([{ t: 'hello' }, { t: 'ping' }])
  })

  it.each([
    ['the nonce of another request', 200, '{"nonce":"nonce-0","frames":[]}'],
    ['no nonce', 200, '{"frames":[]}'],
    ['frames that are no list', 200, '{"nonce":"nonce-1","frames":{}}'],
    ['null', 200, 'null'],
    ['a page', 200, '<!doctype html>'],
    ['an error', 503, '{"error":{"code":"unavailable"}}'],
    ['nothing', 204, ''],
  ])('P24: an answer with %s is none', async (_, status, text) => {
    last().answer(status, text)
    await settled()
    expect(received).toEqual([])
    expect(closes).toEqual(['lost'])
    expect(clock.timers()).toBe(0)
  })

  it('P23: a hello that is not taken any more ends the link: no asking for ever', async () => {
    await answer(WELCOME)
    await answer({ t: 'reject', code: 'unknown_site', message: 'No such site.', retryable: false })
    expect(received.at(-1)).toMatchObject({ t: 'reject' })
    expect(closes).toEqual(['lost'])
    expect(requests).toHaveLength(2)
  })

  it('P9: a reset is an answer: the next hello says it better', async () => {
    await answer(WELCOME)
    await answer({ t: 'reset', epoch: 'e2' })
    expect(closes).toEqual([])
    expect(requests).toHaveLength(3)
  })

  it('P20: an answer that does not come is a lost link, not one of no use', async () => {
    await answer(WELCOME)
    await clock.advance(POLL_WAIT_MS + 4_999)
    expect(closes).toEqual([])
    await clock.advance(1)
    expect(closes).toEqual(['lost'])
    expect(last().aborted).toBe(true)
  })

  it('P27: what is kept is told by the next hello, and cuts no request short', async () => {
    await answer(WELCOME)
    const held = last()
    expect(link.send({ t: 'delivered', conversation: 'c', seq: 3 })).toBe(true)
    await clock.advance(0)
    expect(held.aborted).toBe(false)
    expect(last()).toBe(held)
  })

  it('P20: a late answer to a request that was cut short is not heard', async () => {
    await answer(WELCOME)
    const held = last()
    link.send({ t: 'ping' })
    held.answer(
      200,
      JSON.stringify({ nonce: held.nonce, frames: [{ t: 'presence', online: true }] }),
    )
    await clock.advance(0)
    expect(received.filter(({ t }) => t === 'presence')).toEqual([])
  })
})
