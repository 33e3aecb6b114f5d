import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A far side on the loopback that does what a test tells it, well or badly. */
export interface FaultServer {
  readonly url: string
  readonly requests: readonly SeenRequest[]
  answer(behaviour: Behaviour): void
  close(): void
}

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** `reset` cuts the line once the request is there, `hang` never answers. */
export type Behaviour = Answer | 'reset' | 'hang' | ((request: SeenRequest) => Answer)

export async function startFaultServer(): Promise<FaultServer> {
  const requests: SeenRequest[] = []
  let behaviour: Behaviour = { status: 200 }
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const seen: SeenRequest = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: Buffer.concat(parts).toString('utf8'),
      }
      requests.push(seen)
      if (behaviour === 'hang') return
      if (behaviour === 'reset') {
        incoming.socket.destroy()
        return
      }
      const { status, headers, body } =
        typeof behaviour === 'function' ? behaviour(seen) : behaviour
      response.writeHead(status, headers).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(next) {
      behaviour = next
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
