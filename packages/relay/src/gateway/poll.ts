import type { ClientFrame, Clock, Decoded, PollResponse, ServerFrame } from '@homing/core'
import {
  HomingError,
  MAX_FRAME_BYTES,
  MAX_ID_LENGTH,
  MAX_POLL_FRAMES,
  POLL_WAIT_MS,
  decodeClientFrame,
} from '@homing/core'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { limitBody } from '../http/limit-body.ts'
import { openToPages } from '../http/open-to-pages.ts'
import type { OpenLinks } from '../limits/limits.ts'
import type { Gateway } from './gateway.ts'
import type { Outlet, Peer } from './reader.ts'

/**
 * The same sessions over POST /v1/sync, for networks that let no socket through.
 *
 * Each request is complete in itself: it begins with a hello and the positions it has, so a lost
 * answer costs nothing. What was asked is answered at once; a request that brings no news is held
 * until there is some. `wait: 0` never holds.
 */
export interface PollOptions {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly links: OpenLinks
  readonly peerOf: (context: Context) => Peer
}

export const POLL_PATH = '/v1/sync'

/** A request with a full window of long texts, bytes. */
const MAX_REQUEST_BYTES = 4 * MAX_FRAME_BYTES
/** An answer is ended about here, bytes; the next request goes on from its positions. */
const MAX_ANSWER_BYTES = 8 * MAX_FRAME_BYTES
/** After the first news, what comes in the same moment goes along, ms. */
const GATHER_MS = 20

export function pollRoutes({ gateway, clock, links, peerOf }: PollOptions): Hono {
  const app = new Hono()
  const limit = limitBody(MAX_REQUEST_BYTES)

  openToPages(app, POLL_PATH)
  app.post(POLL_PATH, limit, async (context) => {
    const { nonce, wait, frames } = readRequest(await context.req.text())
    const peer = peerOf(context)
    if (!links.open(peer.ip)) {
      throw new HomingError('rate_limited', 'Too many links from this address.', {
        retryAfter: 10_000,
      })
    }
    try {
      const answer = await hold({ gateway, clock, peer, wait, frames }, context.req.raw.signal)
      return context.json({ nonce, frames: answer } satisfies PollResponse)
    } finally {
      links.close(peer.ip)
    }
  })
  return app
}

interface Held {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly peer: Peer
  readonly wait: number
  readonly frames: readonly unknown[]
}

async function hold(held: Held, aborted: AbortSignal): Promise<readonly ServerFrame[]> {
  const { gateway, clock, peer, wait, frames } = held
  const outlet = createPollOutlet()
  const session = gateway.connect(peer, outlet)
  const gone = new Promise<void>((resolve) => {
    if (aborted.aborted) resolve()
    else aborted.addEventListener('abort', () => resolve(), { once: true })
  })
  const over = Promise.race([gone, outlet.ended])
  const pause = (ms: number): { done: Promise<void>; stop: () => void } => {
    let stop = (): void => {}
    const done = new Promise<void>((resolve) => {
      stop = clock.after(ms, resolve)
    })
    return { done, stop: () => stop() }
  }
  try {
    for (const frame of frames) void session.receive(readFrame(frame))
    await Promise.race([session.settled(), over])
    if (!outlet.hasNews() && wait > 0) {
      const time = pause(wait)
      await Promise.race([outlet.news, time.done, over])
      time.stop()
      if (outlet.hasNews()) {
        const gather = pause(GATHER_MS)
        await Promise.race([gather.done, over])
        gather.stop()
        await Promise.race([session.settled(), over])
      }
    }
    return outlet.frames
  } finally {
    gateway.disconnect(session)
  }
}

interface PollOutlet extends Outlet {
  readonly frames: readonly ServerFrame[]
  hasNews(): boolean
  /** Resolves with the first frame that is worth an answer. */
  readonly news: Promise<void>
  /** Resolves when nothing more goes into this answer. */
  readonly ended: Promise<void>
}

function createPollOutlet(): PollOutlet {
  const frames: ServerFrame[] = []
  let bytes = 0
  let hasNews = false
  let closed = false
  const news = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()

  return {
    frames,
    hasNews: () => hasNews,
    news: news.promise,
    ended: ended.promise,

    send(frame) {
      if (closed) return
      frames.push(frame)
      if (frame.t === 'entries') bytes += JSON.stringify(frame).length
      if (!isNews(frame)) return
      hasNews = true
      news.resolve()
    },

    full() {
      if (bytes < MAX_ANSWER_BYTES) return undefined
      ended.resolve()
      // This answer takes no more; the next request has a session of its own.
      return new Promise(() => {})
    },

    close() {
      closed = true
      ended.resolve()
    },
  }
}

/** Each request's hello is answered; that alone is no reason to come back early. */
function isNews(frame: ServerFrame): boolean {
  if (frame.t === 'welcome') return frame.token !== undefined
  return frame.t !== 'presence'
}

/** With the limit of a socket's frames, whose own text is measured. */
function readFrame(frame: unknown): Decoded<ClientFrame> {
  try {
    return decodeClientFrame(JSON.stringify(frame))
  } catch {
    // Deeper than JSON can be written, though it could be read.
    return { kind: 'malformed', code: 'bad_request', reason: 'The frame is nested too deeply.' }
  }
}

function readRequest(text: string): {
  readonly nonce: string
  readonly wait: number
  readonly frames: readonly unknown[]
} {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HomingError('bad_request', 'The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null) {
    throw new HomingError('bad_request', 'The body must be a JSON object.')
  }
  const { nonce, wait, frames } = value as Readonly<Record<string, unknown>>
  if (typeof nonce !== 'string' || nonce === '' || nonce.length > MAX_ID_LENGTH) {
    throw new HomingError('bad_request', '"nonce" must be a text that the answer repeats.')
  }
  if (!Array.isArray(frames) || frames.length === 0 || frames.length > MAX_POLL_FRAMES) {
    throw new HomingError('bad_request', `"frames" must be a list of 1 to ${MAX_POLL_FRAMES}.`)
  }
  const asked = typeof wait === 'number' && wait > 0 ? wait : 0
  return { nonce, wait: Math.min(asked, POLL_WAIT_MS), frames }
}
