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
  /** Connections that are open now fall silent without an error; new ones pass. `up`: towards the relay. */
  blackHole(direction: 'up' | 'down' | 'both'): void
  /** Every piece takes this much longer, each way. */
  latency(ms: number): void
  close(): Promise<void>
}

interface Connection {
  readonly client: Socket
  readonly upstream: Socket
  /** Path of its latest request. */
  path: string
}

const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/

export async function openFaultProxy(): Promise<FaultProxy> {
  const connections = new Set<Connection>()
  const requests: string[] = []
  let target = 0
  let delay = 0
  let refused: RegExp | undefined

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
    }
    connections.add(connection)

    const carry = (from: Socket, to: Socket): void => {
      from.on('data', (piece: Buffer) => later(() => to.write(piece)))
      from.on('end', () => later(() => to.end()))
    }
    client.on('data', (piece: Buffer) => {
      const line = REQUEST_LINE.exec(piece.subarray(0, 2_048).toString('latin1'))
      if (!line) return
      connection.path = line[2]!
      requests.push(`${line[1]} ${line[2]}`)
      if (refused?.test(connection.path)) reset(connection)
    })
    carry(client, upstream)
    carry(upstream, client)

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
      refused = undefined
      delay = 0
      for (const { client, upstream } of connections) {
        client.resume()
        upstream.resume()
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
    blackHole: (direction) => {
      // A paused socket keeps what arrives in the kernel: the sender sees an open, silent line.
      for (const { client, upstream } of connections) {
        if (direction !== 'down') client.pause()
        if (direction !== 'up') upstream.pause()
      }
    },
    latency: (ms) => {
      delay = ms
    },
    close: async () => {
      if (server.listening) await unlisten()
    },
  }
}
