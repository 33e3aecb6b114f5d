import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Random, Stop } from '@homing/core'
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '@homing/core'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { OpenLinks } from '../limits/limits.ts'
import type { Log } from '../log.ts'
import type { Gateway } from './gateway.ts'
import type { Peer } from './reader.ts'
import { CLOSE_TIMEOUT_MS, serveSocket } from './socket-link.ts'

/** WebSockets at /v1/socket: who may open one, and their end when the relay closes. */
export interface SocketEdge {
  /** For the listener's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sockets that are closing get a moment for it; what is open then is cut. */
  close(): Promise<void>
}

export const SOCKET_PATH = '/v1/socket'

/**
 * Above the protocol's limit, so that a frame somewhat too large gets a sentence instead of a cut
 * connection; what is larger still is not even read (close code 1009).
 */
const MAX_PAYLOAD_BYTES = 4 * MAX_FRAME_BYTES
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

  const attach = (socket: WebSocket, peer: Peer): void => {
    serveSocket(socket, peer, { gateway, clock, random, log })
    socket.on('close', () => links.close(peer.ip))
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

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function protocolsOf(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

function refuse(socket: Duplex, status: string, header?: string): void {
  socket.on('error', () => {})
  // The other end may never close its side, and nothing else would end a line that left HTTP.
  socket.once('finish', () => socket.destroy())
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0']
  if (header) lines.push(header)
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
}
