import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP proxy in front of a relay, and the network's ways to fail. It starts out passing everything. */
export interface FaultProxy {
  /** E.g. "http://127.0.0.1:40123"; stays the same through `refuse`. */
  readonly origin: string
  /** First line of every HTTP request so far, e.g. "GET /widget/pk_demo.js". An upgrade is one too. */
  readonly requests: readonly string[]
  /** Connections that are open now. */
  open(): number
  /** Of those, how many carry a request to such a path. */
  carrying(pattern: RegExp): number
  /** Where to connect to. */
  target(port: number): void
  /** The network heals: everything passes, held bytes arrive, new connections are welcome. */
  pass(): Promise<void>
  /** Reset every connection; new ones pass. */
  cut(): void
  /** Reset every connection and refuse new ones, as a machine that is down does. */
  refuse(): Promise<void>
  /**
   * Reset the connections that carry, or come to carry, a request to such a path; the others pass.
   * So a page can be reloaded while its link to the relay is down.
   */
  refusePaths(pattern: RegExp): void
  /**
   * Connections that are open now fall silent without an error; new ones pass. `up`: towards the
   * relay. With a pattern, those that carry a request to such a path.
   */
  blackHole(direction: 'up' | 'down' | 'both', pattern?: RegExp): void
  /**
   * Answer requests to such paths with this, in the relay's place: as a proxy that strips upgrades
   * does, or the page of a hotel that wants a room number first. See PORTAL and NO_UPGRADE.
   */
  answer(pattern: RegExp, response: string): void
  /** So many requests to such a path reach the relay, and what it answers never arrives. */
  loseAnswers(pattern: RegExp, times: number): void
  /** Pass the head of answers to such requests, and keep the rest until the relay closes. */
  holdAnswers(pattern: RegExp): void
  /** Say goodbye to every WebSocket in the relay's name, with this code. */
  closeSockets(code: number): void
  /** Every piece takes this much longer, each way. */
  latency(ms: number): void
  /** Pieces are no larger than this, bytes, each way. */
  slice(bytes: number): void
  close(): Promise<void>
}

interface Connection {
  readonly client: Socket
  readonly upstream: Socket
  /** Path of its latest request. */
  path: string
  /** What the client says goes nowhere: it has been answered. */
  answered: boolean
  /** The next that comes back is lost, and the connection with it. */
  loses: boolean
  /** What is kept from the client; undefined until the head of the answer is through. */
  held: Buffer[] | undefined
}

/** A proxy that knows no WebSocket. */
export const NO_UPGRADE =
  'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
/** A captive portal: a page, and a friendly status, whatever was asked. */
export const PORTAL = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n<!doctype html><title>Welcome</title><h1>Your room number, please</h1>`

const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/

export async function openFaultProxy(): Promise<FaultProxy> {
  const connections = new Set<Connection>()
  const requests: string[] = []
  let target = 0
  let delay = 0
  let most = Infinity
  let refused: RegExp | undefined
  let answers: { readonly pattern: RegExp; readonly response: string } | undefined
  let losing: { readonly pattern: RegExp; times: number } | undefined
  let holding: RegExp | undefined

  const reset = (connection: Connection): void => {
    connection.client.resetAndDestroy()
    connection.upstream.destroy()
  }

  const server = createServer((client) => {
    const upstream = createConnection({ port: target, host: '127.0.0.1' })
    const connection: Connection = {
      client,
      upstream,
      path: '',
      answered: false,
      loses: false,
      held: undefined,
    }
    connections.add(connection)

    const carry = (from: Socket, to: Socket, wanted: (piece: Buffer) => boolean): void => {
      from.on('data', (piece: Buffer) => {
        if (wanted(piece)) later(() => write(to, piece))
      })
      from.on('end', () => {
        if (from === upstream) release(connection)
        later(() => to.end())
      })
    }
    client.on('data', (piece: Buffer) => {
      const line = REQUEST_LINE.exec(piece.subarray(0, 2_048).toString('latin1'))
      if (!line) return
      connection.path = line[2]!
      requests.push(`${line[1]} ${line[2]}`)
      const { path } = connection
      if (refused?.test(path)) return reset(connection)
      if (answers?.pattern.test(path)) {
        connection.answered = true
        client.end(answers.response, () => upstream.destroy())
      } else if (losing?.pattern.test(path) && losing.times-- > 0) {
        connection.loses = true
      }
    })
    carry(client, upstream, () => !connection.answered)
    carry(upstream, client, (piece) => {
      if (connection.loses) reset(connection)
      if (connection.loses || connection.answered) return false
      const keeps = connection.held !== undefined
      if (holding?.test(connection.path)) connection.held ??= []
      if (keeps) connection.held?.push(piece)
      return !keeps
    })

    const over = (): void => {
      connections.delete(connection)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', over)
    }
  })

  const write = (to: Socket, piece: Buffer): void => {
    for (let at = 0; at < piece.length; at += most) to.write(piece.subarray(at, at + most))
  }

  const release = (connection: Connection): void => {
    for (const piece of connection.held ?? []) write(connection.client, piece)
    connection.held = undefined
  }

  /** Timers of the same length fire in the order they were set, so pieces stay in order. */
  const later = (act: () => void): void => {
    if (delay === 0) act()
    else setTimeout(act, delay)
  }

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const unlisten = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      connections.forEach(reset)
    })

  await listen(0)
  const { port } = server.address() as AddressInfo

  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    open: () => connections.size,
    carrying: (pattern) => [...connections].filter(({ path }) => pattern.test(path)).length,
    target: (to) => {
      target = to
    },
    pass: async () => {
      refused = answers = losing = holding = undefined
      delay = 0
      most = Infinity
      for (const connection of connections) {
        release(connection)
        connection.client.resume()
        connection.upstream.resume()
      }
      if (!server.listening) await listen(port)
    },
    cut: () => connections.forEach(reset),
    refuse: async () => {
      if (server.listening) await unlisten()
    },
    refusePaths: (pattern) => {
      refused = pattern
      for (const connection of connections) if (pattern.test(connection.path)) reset(connection)
    },
    blackHole: (direction, pattern) => {
      // A paused socket keeps what arrives in the kernel: the sender sees an open, silent line.
      for (const { client, upstream, path } of connections) {
        if (pattern && !pattern.test(path)) continue
        if (direction !== 'down') client.pause()
        if (direction !== 'up') upstream.pause()
      }
    },
    answer: (pattern, response) => {
      answers = { pattern, response }
    },
    loseAnswers: (pattern, times) => {
      losing = { pattern, times }
    },
    holdAnswers: (pattern) => {
      holding = pattern
    },
    closeSockets: (code) => {
      for (const { client, path } of connections) {
        // A close frame, final and unmasked, with two bytes of payload.
        if (path === '/v1/socket') client.end(Buffer.from([0x88, 2, code >> 8, code & 255]))
      }
    },
    latency: (ms) => {
      delay = ms
    },
    slice: (bytes) => {
      most = bytes
    },
    close: async () => {
      if (server.listening) await unlisten()
    },
  }
}
