import { canonical } from './canonical.ts'
import type { Clock, Stop } from './clock.ts'
import { MAX_FRAME_BYTES, MAX_POLL_FRAMES, POLL_WAIT_MS, WELCOME_TIMEOUT_MS } from './constants.ts'
import { parseServerFrame, readJson } from './server-frames.ts'
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
  /** Encoded already: what was said does not change while it waits. */
  const queue: string[] = []
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

  /** As many of the frames that wait as fit into one request. */
  const next = (): string[] => {
    const frames: string[] = []
    let room = MAX_FRAME_BYTES
    while (queue.length > 0 && frames.length < MAX_POLL_FRAMES - 1 && room > 0) {
      const frame = queue.shift() ?? ''
      room -= frame.length
      frames.push(frame)
    }
    return frames
  }

  const ask = (): void => {
    if (ended) return
    const frames = next()
    const nonce = newId()
    // The first answer is wanted at once: it says that this way works.
    const wait = welcomed && frames.length === 0 ? POLL_WAIT_MS : 0
    late()
    late = clock.after(wait + WELCOME_TIMEOUT_MS, () => end(welcomed ? 'lost' : 'useless'))
    try {
      const said = [canonical(target.hello()), ...frames].join()
      const pending = post(
        `${target.relay}/v1/sync`,
        `{"nonce":${JSON.stringify(nonce)},"wait":${wait},"frames":[${said}]}`,
      )
      const current = { pending, holds: wait > 0 }
      request = current
      pending.answer.then(
        ({ status, text }) => {
          if (request === current) take(nonce, status, text).catch(() => end('lost'))
        },
        () => {
          if (request === current) end('lost')
        },
      )
    } catch {
      end('lost')
    }
  }

  const take = async (nonce: string, status: number, text: string): Promise<void> => {
    request = undefined
    late()
    const values = status === 200 ? read(text, nonce) : undefined
    // A captive portal's page, a cached answer, an error: all mean that the relay was not reached.
    if (!values) return end('lost')
    let answered = false
    const applied: (void | Promise<void>)[] = []
    for (const value of values) {
      const decoded = parseServerFrame(value)
      if (ended) return
      if (decoded.kind !== 'frame') continue
      const { t } = decoded.frame
      if (t === 'welcome' || t === 'reset') answered = true
      if (t === 'welcome') welcomed = true
      applied.push(events.received(decoded.frame))
    }
    // The next hello says what was heard, so it waits until that is applied.
    for (const done of applied) await done
    // A hello that is not taken any more: asking again at once would ask for ever.
    if (!answered) return end('lost')
    if (!ended) turn = clock.after(0, ask)
  }

  // Not in this turn: no event comes before `open` has returned.
  turn = clock.after(0, ask)

  return {
    send: (frame) => {
      if (ended || queue.length >= MAX_QUEUED_FRAMES) return false
      // The next hello says what is kept.
      if (frame.t === 'delivered') return true
      queue.push(canonical(frame))
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
    const value = readJson(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { nonce: echoed, frames } = value as { nonce?: unknown; frames?: unknown }
    return echoed === nonce && Array.isArray(frames) ? frames : undefined
  } catch {
    return undefined
  }
}
