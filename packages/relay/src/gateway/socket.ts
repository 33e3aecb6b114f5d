import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Random, Stop } from '@homing/core'
import {
  HEARTBEAT_JITTER,
  HEARTBEAT_MS,
  MAX_FRAME_BYTES,
  SUBPROTOCOL,
  WELCOME_TIMEOUT_MS,
  decodeClientFrame,
  encodeFrame,
} from '@homing/core'
import type { RawData, WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { OpenLinks } from '../limits/limits.ts'
import type { Log } from '../log.ts'
import type { Gateway } from './gateway.ts'
import type { Outlet, Peer } from './reader.ts'
import { CLOSE_CODES } from './reader.ts'

/** WebSockets at /v1/socket: bytes to frames, heartbeat, and a hand on slow or flooding readers. */
export interface SocketEdge {
  /** For the listener's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sockets that are closing get a moment for it; what is open then is cut. */
  close(): Promise<void>
}

export const SOCKET_PATH = '/v1/socket'

/** A reader with so much unsent is cut: it comes back and resumes from its place. */
export const MAX_BUFFERED_BYTES = 1024 * 1024
/** Above this much unsent, the log is not read further for it. */
const FULL_BYTES = 256 * 1024
/** Frames received and not yet taken, at most; then the socket is not read any further. */
const MAX_INBOX = 32
/**
 * Above the protocol's limit, so that a frame somewhat too large gets a sentence instead of a cut
 * connection; what is larger still is not even read (close code 1009).
 */
const MAX_PAYLOAD_BYTES = 4 * MAX_FRAME_BYTES
/** Heartbeats fall on a grid, so that ten thousand links share a few timer lists, ms. */
const HEARTBEAT_GRID_MS = 250
/** A closing handshake that is not answered by then is cut, ms. */
const CLOSE_TIMEOUT_MS = 2_000

export interface SocketOptions {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly random: Random
  readonly links: OpenLinks
  readonly log: Log
  readonly peerOf: (request: IncomingMessage) => Peer
  readonly draining: () => boolean
}

export function createSocketEdge(options: SocketOptions): SocketEdge {
  const { gateway, clock, random, links, log, peerOf, draining } = options
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

  const heartbeatMs = (): number => {
    const spread = HEARTBEAT_MS * (1 + HEARTBEAT_JITTER * (2 * random() - 1))
    return Math.round(spread / HEARTBEAT_GRID_MS) * HEARTBEAT_GRID_MS
  }

  const attach = (socket: WebSocket, peer: Peer): void => {
    const outlet = createSocketOutlet(socket, clock, () =>
      log.info('link-cut', { reason: 'slow-reader' }),
    )
    const session = gateway.connect(peer, outlet)
    let waiting = 0
    let alive = true
    let stopBeat: Stop = () => {}

    const beat = (): void => {
      stopBeat = clock.after(heartbeatMs(), () => {
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
      waiting++
      if (waiting > MAX_INBOX) socket.pause()
      const decoded = isBinary ? BINARY : decodeClientFrame(textOf(data))
      void session.receive(decoded).then(() => {
        waiting--
        if (waiting <= MAX_INBOX && socket.isPaused) socket.resume()
      })
    })
    socket.on('error', () => {
      // Broken framing or a broken line; `close` follows, and the client comes back.
    })
    socket.on('close', () => {
      stopBeat()
      stopWaiting()
      gateway.disconnect(session)
      links.close(peer.ip)
    })
  }

  return {
    upgrade(request, socket, head) {
      const peer = peerOf(request)
      if (pathOf(request) !== SOCKET_PATH) return refuse(socket, '404 Not Found')
      if (draining()) return refuse(socket, '503 Service Unavailable', 'Retry-After: 2')
      if (!protocolsOf(request).includes(SUBPROTOCOL)) return refuse(socket, '400 Bad Request')
      if (!links.open(peer.ip)) return refuse(socket, '429 Too Many Requests', 'Retry-After: 10')
      let taken = false
      server.handleUpgrade(request, socket, head, (opened) => {
        taken = true
        attach(opened, peer)
      })
      // An upgrade that ws itself refused never becomes a socket that would give its place back.
      if (!taken) links.close(peer.ip)
    },

    async close() {
      const open = [...server.clients].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve)),
      )
      let stop: Stop = () => {}
      const late = new Promise<void>((resolve) => {
        stop = clock.after(CLOSE_TIMEOUT_MS, resolve)
      })
      await Promise.race([Promise.all(open), late])
      stop()
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

const BINARY = {
  kind: 'malformed',
  code: 'bad_request',
  reason: 'Frames are JSON text, not binary.',
} as const

function createSocketOutlet(
  socket: WebSocket,
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

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString()
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function protocolsOf(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

function refuse(socket: Duplex, status: string, header?: string): void {
  socket.on('error', () => {})
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0']
  if (header) lines.push(header)
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
}
