import type { ClientFrame, Clock, Decoded, Hello, Stop } from '@homing/core'
import { HomingError } from '@homing/core'
import type { Hint } from '../bus/bus.ts'
import type { Rate } from '../limits/token-bucket.ts'
import { takeToken } from '../limits/token-bucket.ts'
import type { Admit } from './admission.ts'
import { rejectOf } from './frames.ts'
import type { Live } from './live.ts'
import type { Outlet, Peer, Reader } from './reader.ts'

/**
 * A link from its first frame to its end; the same over socket and long-poll.
 *
 *   greeting ──hello taken──▶ live ──reset──▶ greeting
 *       │                      │
 *       └── hello refused ─────┴── link closed, drain ──▶ closed
 *                              └── signed out ──▶ greeting, and the link is closed
 *
 * Frames are taken one after the other, in the order they came. A hello to a live session starts
 * it anew.
 */
export interface Session {
  /** Resolves when the frame was taken. Never rejects. */
  receive(decoded: Decoded<ClientFrame>): Promise<void>
  hear(hint: Hint): void
  /**
   * At each heartbeat: something to hear for the page, repair of what a lost hint left out, and
   * whether an agent is still signed in.
   */
  beat(): void
  /** A console session has ended somewhere: if it was this link's, the link ends with it. */
  recheck(): void
  /** Was a hello taken? */
  live(): boolean
  /** Resolves when everything received has its answer. */
  settled(): Promise<void>
  /** Take no more frames, answer those on their way, say when to come back. */
  drain(after: number): Promise<void>
  /** The link is gone. May be called twice. */
  end(): void
}

type State =
  | { readonly state: 'greeting' }
  /** Hints that come before the welcome wait for it. */
  | {
      readonly state: 'welcoming'
      readonly live: Live
      readonly leave: Stop
      readonly early: Hint[]
    }
  | { readonly state: 'live'; readonly live: Live; readonly leave: Stop }
  | { readonly state: 'closed' }

export interface SessionOptions {
  readonly peer: Peer
  readonly outlet: Outlet
  readonly admit: Admit
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  /** A link that says more is listened to more slowly. */
  readonly rate: Rate
  /** Milliseconds until its address may say one more; 0: granted. */
  readonly share: () => number
  readonly createLive: (reader: Reader) => Live
  /** Let the hints come in. */
  readonly join: (reader: Reader) => Stop
  readonly onError: (cause: unknown) => void
}

/** What an agent does himself; the rest a page does while he is away. */
const USES: ReadonlySet<ClientFrame['t']> = new Set(['send', 'read', 'typing', 'history'])

export function createSession(options: SessionOptions): Session {
  const { peer, outlet, admit, clock, rate, share, createLive, join, onError } = options
  let state: State = { state: 'greeting' }
  let draining = false
  let inbox: Promise<void> = Promise.resolve()
  let fullAt: number | undefined
  /** An agent has done something since the last heartbeat. */
  let used = false

  const greet = async (hello: Hello): Promise<void> => {
    leave()
    try {
      const reader = await admit(hello, peer)
      if (closed()) return
      const live = createLive(reader)
      const early: Hint[] = []
      // Listening comes before reading: what happens in between is heard, and not missed.
      const unlisten = join(reader)
      state = { state: 'welcoming', live, leave: unlisten, early }
      const opened = await live.open(hello)
      if (closed()) return
      if (opened === 'reset') {
        leave()
        return
      }
      state = { state: 'live', live, leave: unlisten }
      for (const hint of early) live.hear(hint)
    } catch (error) {
      onError(error)
      leave()
      outlet.send(rejectOf(error))
      outlet.close('refused')
    }
  }

  /** Back to before the hello. */
  const leave = (): void => {
    if (state.state === 'live' || state.state === 'welcoming') {
      state.leave()
      state.live.close()
    }
    if (!closed()) state = { state: 'greeting' }
  }

  const closed = (): boolean => state.state === 'closed'

  const handle = async (decoded: Decoded<ClientFrame>): Promise<void> => {
    if (closed() || draining) return
    await slowDown()
    if (decoded.kind === 'malformed') {
      const { code, reason, id } = decoded
      outlet.send(rejectOf(new HomingError(code, reason), id))
      return
    }
    if (decoded.kind === 'unknown') {
      // Only said, not held against it: a newer client may say more than we know.
      outlet.send(
        rejectOf(
          new HomingError('bad_request', 'This relay does not know the frame. It was skipped.'),
        ),
      )
      return
    }
    const { frame } = decoded
    if (frame.t === 'hello') return greet(frame)
    if (state.state !== 'live') {
      const id = frame.t === 'send' ? frame.id : undefined
      outlet.send(rejectOf(new HomingError('hello_first', 'Say hello first.'), id))
      return
    }
    if (USES.has(frame.t)) used = true
    try {
      if ((await state.live.take(frame)) === 'reset') leave()
    } catch (error) {
      onError(error)
      outlet.send(rejectOf(error, frame.t === 'send' ? frame.id : undefined))
    }
  }

  const slowDown = async (): Promise<void> => {
    for (;;) {
      const taken = takeToken(fullAt, clock.monotonic(), rate)
      // Its own measure first: a link that is slowed down takes nothing from the others.
      const wait = taken.ok ? share() : taken.retryAfter
      if (taken.ok && wait === 0) {
        fullAt = taken.fullAt
        return
      }
      await new Promise<void>((resolve) => clock.after(wait, resolve))
      if (closed()) return
    }
  }

  /** Is the agent still signed in? A visitor's link has nothing to ask. */
  const askAgain = async (why: 'use' | 'look'): Promise<void> => {
    const before = state
    if (before.state !== 'live' || before.live.reader.role !== 'agent') return
    if ((await peer.agent(why)) !== undefined) return
    // A hello that came meanwhile has asked for itself.
    if (state !== before) return
    outlet.send(rejectOf(new HomingError('unauthorized', 'The session has ended. Sign in again.')))
    leave()
    outlet.close('refused')
  }

  const settled = async (): Promise<void> => {
    await inbox
    if (state.state === 'live') await state.live.settled()
  }

  return {
    receive(decoded) {
      inbox = inbox.then(() => handle(decoded)).catch(onError)
      return inbox
    },

    hear(hint) {
      if (state.state === 'welcoming') state.early.push(hint)
      else if (state.state === 'live') state.live.hear(hint)
    },

    beat() {
      if (state.state !== 'live' || draining) return
      state.live.pong().catch(onError)
      askAgain(used ? 'use' : 'look').catch(onError)
      used = false
    },

    recheck() {
      // A hello under way may have been asked about just before: it is asked about again.
      const ready = state.state === 'live' ? Promise.resolve() : inbox
      ready.then(() => askAgain('look')).catch(onError)
    },

    live: () => state.state === 'live',
    settled,

    async drain(after) {
      draining = true
      await settled()
      if (closed()) return
      outlet.send({ t: 'bye', reason: 'The relay restarts.', after })
      outlet.close('restart')
    },

    end() {
      leave()
      state = { state: 'closed' }
    },
  }
}
