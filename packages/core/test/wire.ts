import type {
  ClientFrame,
  CloseReason,
  Link,
  LinkEvents,
  ServerFrame,
  Transport,
} from '@homing/core'
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '@homing/core'
import { settled } from './virtual-clock.ts'

/**
 * A transport whose line is held in the hand: what either side says waits in a queue until it is
 * passed on. Nothing happens by itself, so nothing depends on time. Frames cross as text.
 */
export interface Wire {
  readonly transport: Transport
  /** Every link that was opened, oldest first. */
  readonly links: readonly WireLink[]
  /** The newest one. */
  link(): WireLink
  /** Pass everything on, both ways, until both sides are quiet. */
  flush(): Promise<void>
}

/** One link, seen from the line. */
export interface WireLink {
  /** What the client said and nobody was given yet; begins with its hello once accepted. */
  readonly outward: ClientFrame[]
  /** What the far end said and the client was not given yet. */
  readonly inward: ServerFrame[]
  readonly ended: boolean
  /** The far end takes the link: the client says hello. */
  accept(): void
  /** Take what the client said off the line, as a script that plays the far end. */
  take(): readonly ClientFrame[]
  /** The far end says something; it waits on the line. */
  say(...frames: readonly ServerFrame[]): void
  /** Pass on what waits for the client, at most `count` frames. */
  deliver(count?: number): void
  /** Pass on what waits for the far end, at most `count` frames. */
  hand(count?: number): void
  /** The line breaks; what was on it is lost. */
  cut(reason?: CloseReason): void
  /** True: the client's send is refused, as by a full buffer. */
  jammed: boolean
}

/** Somebody at the other end who answers by rules instead of by script. */
export interface FarEnd {
  /** A link was opened; `say` answers on it. */
  open(say: (frame: ServerFrame) => void): FarLink
}

export interface FarLink {
  hear(frame: ClientFrame): void | Promise<void>
  gone(): void
}

export function createWire(options: { name?: Transport['name']; far?: FarEnd } = {}): Wire {
  const links: WireLink[] = []

  const wire: Wire = {
    transport: {
      name: options.name ?? 'socket',
      open: (target, events) => {
        const [near, line] = createLink(() => target.hello(), events, options.far)
        links.push(line)
        return near
      },
    },
    links,
    link: () => {
      const last = links.at(-1)
      if (!last) throw new Error('No link was opened.')
      return last
    },
    flush: async () => {
      await settled()
      for (let busy = true; busy;) {
        busy = false
        for (const link of links) {
          if (link.ended) continue
          link.accept()
          if (link.outward.length > 0 && options.far) busy = true
          if (options.far) link.hand()
          await settled()
          if (link.inward.length > 0) busy = true
          link.deliver()
          await settled()
        }
      }
    },
  }
  return wire
}

function createLink(
  hello: () => ClientFrame,
  events: LinkEvents,
  far: FarEnd | undefined,
): readonly [Link, WireLink] {
  const outward: ClientFrame[] = []
  const inward: ServerFrame[] = []
  let accepted = false
  let ended = false
  let there: FarLink | undefined

  const end = (reason: CloseReason): void => {
    if (ended) return
    ended = true
    outward.length = 0
    inward.length = 0
    there?.gone()
    events.closed(reason)
  }

  const near: Link = {
    send: (frame) => {
      if (ended || !accepted || line.jammed) return false
      outward.push(crossOut(frame))
      return true
    },
    abandon: () => end('closed'),
  }

  const line: WireLink = {
    outward,
    inward,
    get ended() {
      return ended
    },
    jammed: false,
    accept: () => {
      if (accepted || ended) return
      accepted = true
      there = far?.open((frame) => {
        if (!ended) inward.push(crossIn(frame))
      })
      outward.push(crossOut(hello()))
    },
    take: () => outward.splice(0),
    say: (...frames) => {
      inward.push(...frames.map(crossIn))
    },
    deliver: (count = Infinity) => {
      for (let i = 0; i < count && !ended; i++) {
        const frame = inward.shift()
        if (!frame) return
        void events.received(frame)
      }
    },
    hand: (count = Infinity) => {
      for (let i = 0; i < count && !ended; i++) {
        const frame = outward.shift()
        if (!frame) return
        void there?.hear(frame)
      }
    },
    cut: (reason = 'lost') => end(reason),
  }
  return [near, line]
}

function crossOut(frame: ClientFrame): ClientFrame {
  const decoded = decodeClientFrame(encodeFrame(frame))
  if (decoded.kind !== 'frame') throw new Error(`Not a client's frame: ${encodeFrame(frame)}`)
  return decoded.frame
}

function crossIn(frame: ServerFrame): ServerFrame {
  const decoded = decodeServerFrame(encodeFrame(frame))
  if (decoded.kind !== 'frame') throw new Error(`Not a relay's frame: ${encodeFrame(frame)}`)
  return decoded.frame
}
