import type { Clock, Random, Stop } from '@homing/core'
import {
  HEARTBEAT_JITTER,
  HEARTBEAT_MS,
  MAX_FRAME_BYTES,
  WELCOME_TIMEOUT_MS,
  decodeClientFrame,
  encodeFrame,
} from '@homing/core'
import type { RawData, WebSocket } from 'ws'
import type { Log } from '../log.ts'
import type { Gateway } from './gateway.ts'
import type { Outlet, Peer } from './reader.ts'
import { CLOSE_CODES } from './reader.ts'

/** One open socket and its session: bytes to frames, heartbeat, a hand on slow or flooding readers. */

/** The members of a WebSocket that are used; what is closed or cut says `close` in the end. */
export type OpenSocket = Pick<
  WebSocket,
  | 'OPEN'
  | 'readyState'
  | 'bufferedAmount'
  | 'isPaused'
  | 'send'
  | 'ping'
  | 'close'
  | 'terminate'
  | 'pause'
  | 'resume'
  | 'on'
  | 'once'
>

/** A reader with so much unsent is cut: it comes back and resumes from its place. */
export const MAX_BUFFERED_BYTES = 1024 * 1024
/** Above this much unsent, the log is not read further for it. */
const FULL_BYTES = 256 * 1024
/** Received and not yet taken, at most, frames and bytes; then the socket is not read any further. */
const MAX_INBOX = 32
const MAX_INBOX_BYTES = 2 * MAX_FRAME_BYTES
/** Heartbeats fall on a grid, so that ten thousand links share a few timer lists, ms. */
const HEARTBEAT_GRID_MS = 250
/** A closing handshake that is not answered by then is cut, ms. */
export const CLOSE_TIMEOUT_MS = 2_000

export interface SocketLinkOptions {
  readonly gateway: Gateway
  readonly clock: Pick<Clock, 'after'>
  readonly random: Random
  readonly log: Log
}

export function serveSocket(socket: OpenSocket, peer: Peer, options: SocketLinkOptions): void {
  const { gateway, clock, random, log } = options
  const outlet = createSocketOutlet(socket, clock, () =>
    log.info('link-cut', { reason: 'slow-reader' }),
  )
  const session = gateway.connect(peer, outlet)
  let waiting = 0
  let waitingBytes = 0
  let alive = true
  let stopBeat: Stop = () => {}

  const isFull = (): boolean => waiting > MAX_INBOX || waitingBytes > MAX_INBOX_BYTES

  const beat = (): void => {
    stopBeat = clock.after(heartbeatMs(random), () => {
      if (!alive) {
        log.debug('link-cut', { reason: 'silent' })
        socket.terminate()
        return
      }
      alive = false
      socket.ping()
      session.beat()
      beat()
    })
  }
  beat()

  const stopWaiting = clock.after(WELCOME_TIMEOUT_MS, () => {
    if (session.live()) return
    log.debug('link-cut', { reason: 'no-hello' })
    outlet.close('no-hello')
  })

  socket.on('pong', () => {
    alive = true
  })
  socket.on('message', (data, isBinary) => {
    alive = true
    const bytes = bytesOf(data)
    waiting++
    waitingBytes += bytes
    if (isFull()) socket.pause()
    const decoded = isBinary ? BINARY : decodeClientFrame(textOf(data))
    void session.receive(decoded).then(() => {
      waiting--
      waitingBytes -= bytes
      if (!isFull() && socket.isPaused) socket.resume()
    })
  })
  socket.on('error', () => {
    // Broken framing or a broken line; `close` follows, and the client comes back.
  })
  socket.on('close', () => {
    stopBeat()
    stopWaiting()
    gateway.disconnect(session)
  })
}

function heartbeatMs(random: Random): number {
  const spread = HEARTBEAT_MS * (1 + HEARTBEAT_JITTER * (2 * random() - 1))
  return Math.round(spread / HEARTBEAT_GRID_MS) * HEARTBEAT_GRID_MS
}

const BINARY = {
  kind: 'malformed',
  code: 'bad_request',
  reason: 'Frames are JSON text, not binary.',
} as const

function createSocketOutlet(
  socket: OpenSocket,
  clock: Pick<Clock, 'after'>,
  onCut: () => void,
): Outlet {
  let waiters: (() => void)[] = []
  let closing = false

  const onSent = (): void => {
    if (waiters.length === 0 || socket.bufferedAmount > FULL_BYTES) return
    const ready = waiters
    waiters = []
    for (const resume of ready) resume()
  }

  return {
    send(frame) {
      if (closing || socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        closing = true
        onCut()
        socket.terminate()
        return
      }
      socket.send(encodeFrame(frame), onSent)
    },

    full() {
      if (socket.bufferedAmount <= FULL_BYTES) return undefined
      return new Promise((resolve) => waiters.push(resolve))
    },

    close(reason) {
      if (closing) return
      closing = true
      socket.close(CLOSE_CODES[reason], reason)
      const stop = clock.after(CLOSE_TIMEOUT_MS, () => socket.terminate())
      socket.once('close', stop)
    },
  }
}

function bytesOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((bytes, part) => bytes + part.byteLength, 0)
  return data.byteLength
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString()
}
