import { canonical } from './canonical.ts'
import type { Clock, Stop } from './clock.ts'
import { decodeServerFrame } from './server-frames.ts'
import { MAX_FRAME_BYTES, SUBPROTOCOL, WELCOME_TIMEOUT_MS } from './constants.ts'
import type { CloseReason, Link, LinkEvents, Target, Transport } from './transport.ts'

/** The few members of a WebSocket that are used. */
export interface SocketLike {
  readonly bufferedAmount: number
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: (() => void) | null
  onerror: (() => void) | null
  send(data: string): void
  close(): void
}

/** More than this waiting in the socket, and it takes no more, bytes. */
const MAX_BUFFERED_BYTES = 4 * MAX_FRAME_BYTES

export function createSocketTransport(options: {
  readonly clock: Clock
  /** Throws where the page may not open one; that is a link that never opened. */
  readonly connect: (url: string, subprotocol: string) => SocketLike
}): Transport {
  return {
    name: 'socket',
    open: (target, events) => openSocket(options, target, events),
  }
}

function openSocket(
  { clock, connect }: Parameters<typeof createSocketTransport>[0],
  target: Target,
  events: LinkEvents,
): Link {
  let socket: SocketLike | undefined
  let opened = false
  let ended = false
  let late: Stop = () => {}

  const end = (reason: CloseReason): void => {
    if (ended) return
    ended = true
    late()
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      // Closing one that never opened is an error to some: heard, and of no interest.
      socket.onerror = () => {}
      // Its own close may take for ever on a dead line: nobody waits for it.
      socket.close()
    }
    events.closed(reason)
  }

  try {
    socket = connect(`${target.relay.replace(/^http/, 'ws')}/v1/socket`, SUBPROTOCOL)
  } catch {
    late = clock.after(0, () => end('lost'))
    return { send: () => false, abandon: () => end('closed') }
  }
  const open = socket
  open.onopen = () => {
    opened = true
    // An upgrade that is then buffered somewhere looks open and is of no use.
    late = clock.after(WELCOME_TIMEOUT_MS, () => end('useless'))
    open.send(canonical(target.hello()))
  }
  open.onmessage = ({ data }) => {
    if (typeof data !== 'string') return
    const decoded = decodeServerFrame(data)
    // What a newer relay says in words unknown here, and what nobody can read, is skipped.
    if (decoded.kind !== 'frame') return
    if (decoded.frame.t === 'welcome') late()
    void events.received(decoded.frame)
  }
  open.onclose = () => end('lost')
  open.onerror = () => end('lost')

  return {
    send: (frame) => {
      if (ended || !opened || open.bufferedAmount > MAX_BUFFERED_BYTES) return false
      open.send(canonical(frame))
      return true
    },
    abandon: () => end('closed'),
  }
}
