import type { Clock, Stop } from './clock.ts'
import { parseServerFrame } from './server-frames.ts'
import { MAX_POLL_FRAMES, POLL_WAIT_MS, WELCOME_TIMEOUT_MS } from './constants.ts'
import type { ClientFrame } from './protocol.ts'
import type { CloseReason, Link, LinkEvents, Target, Transport } from './transport.ts'

/** One request under way. */
export interface PendingPost {
  /** Rejects when there was no answer. */
  readonly answer: Promise<{ readonly status: number; readonly text: string }>
  abort(): void
}

/** Most frames that wait for the next request; more are refused, and the engine tries again. */
const MAX_QUEUED_FRAMES = 4 * MAX_POLL_FRAMES

/**
 * Long-poll: each request begins with a hello and is complete in itself, so a lost or doubled one
 * does no harm. One request at a time; words to send cut a waiting one short.
 */
export function createPollTransport(options: {
  readonly clock: Clock
  readonly post: (url: string, body: string) => PendingPost
  /** Makes nonces. */
  readonly newId: () => string
}): Transport {
  return {
    name: 'poll',
    open: (target, events) => openPoll(options, target, events),
  }
}

function openPoll(
  { clock, post, newId }: Parameters<typeof createPollTransport>[0],
  target: Target,
  events: LinkEvents,
): Link {
  let queue: ClientFrame[] = []
  let request: { readonly pending: PendingPost; readonly holds: boolean } | undefined
  let turn: Stop = () => {}
  let late: Stop = () => {}
  let welcomed = false
  let ended = false

  const end = (reason: CloseReason): void => {
    if (ended) return
    ended = true
    turn()
    late()
    request?.pending.abort()
    events.closed(reason)
  }

  const ask = (): void => {
    if (ended) return
    const frames = queue.slice(0, MAX_POLL_FRAMES - 1)
    queue = queue.slice(frames.length)
    const nonce = newId()
    // The first answer is wanted at once: it says that this way works.
    const wait = welcomed && queue.length === 0 ? POLL_WAIT_MS : 0
    const pending = post(
      `${target.relay}/v1/sync`,
      JSON.stringify({ nonce, wait, frames: [target.hello(), ...frames] }),
    )
    const current = { pending, holds: wait > 0 && frames.length === 0 }
    request = current
    late()
    late = clock.after(wait + WELCOME_TIMEOUT_MS, () => end(welcomed ? 'lost' : 'useless'))
    pending.answer.then(
      ({ status, text }) => {
        if (request === current) take(nonce, status, text)
      },
      () => {
        if (request === current) end('lost')
      },
    )
  }

  const take = (nonce: string, status: number, text: string): void => {
    request = undefined
    const frames = status === 200 ? read(text, nonce) : undefined
    // A captive portal's page, a cached answer, an error: all mean that the relay was not reached.
    if (!frames) return end('lost')
    for (const value of frames) {
      const decoded = parseServerFrame(value)
      if (ended) return
      if (decoded.kind !== 'frame') continue
      if (decoded.frame.t === 'welcome') welcomed = true
      events.received(decoded.frame)
    }
    // Not in this turn: what was heard may change what the next hello says.
    if (!ended) turn = clock.after(0, ask)
  }

  // Not in this turn: no event comes before `open` has returned.
  turn = clock.after(0, ask)

  return {
    send: (frame) => {
      if (ended || queue.length >= MAX_QUEUED_FRAMES) return false
      queue.push(frame)
      if (request?.holds) {
        const held = request.pending
        request = undefined
        held.abort()
        turn()
        turn = clock.after(0, ask)
      }
      return true
    },
    abandon: () => end('closed'),
  }
}

/** The answer's frames, when it is one and an answer to this very request. */
function read(text: string, nonce: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { nonce: echoed, frames } = value as { nonce?: unknown; frames?: unknown }
    return echoed === nonce && Array.isArray(frames) ? frames : undefined
  } catch {
    return undefined
  }
}
