import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands before a real server and can lose its answers: the request arrives and is worked on, and
 * the caller's line is cut instead of answered.
 */
export interface CuttingProxy {
  readonly url: string
  /** Answers that will be lost, of requests whose path contains `path`. */
  lose(path: string, answers: number): void
  /** Requests that went through, by path. */
  readonly passed: readonly string[]
  close(): void
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const passed: string[] = []
  const losing = new Map<string, number>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? '/'
      passed.push(path)
      const body = Buffer.concat(parts)
      const headers = new Headers()
      for (const name of ['authorization', 'content-type', 'accept']) {
        const value = request.headers[name]
        if (typeof value === 'string') headers.set(name, value)
      }
      const method = request.method ?? 'GET'
      fetch(target + path, { method, headers, ...(body.length > 0 ? { body } : {}) })
        .then(async (answer) => {
          const bytes = Buffer.from(await answer.arrayBuffer())
          for (const [part, left] of losing) {
            if (!path.includes(part) || left <= 0) continue
            losing.set(part, left - 1)
            request.socket.destroy()
            return
          }
          response.writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? 'text/plain',
          })
          response.end(bytes)
        })
        .catch(() => request.socket.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    lose: (path, answers) => losing.set(path, answers),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
