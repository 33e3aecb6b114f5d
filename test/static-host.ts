import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { AddressInfo } from 'node:net'

export interface HostedPage {
  /** Text of `<head>` and `<body>`; everything else is made around it. */
  readonly head?: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Anything that is no page: a worker's script, a sheet, a picture. */
export interface HostedFile {
  readonly type: string
  readonly content: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export type Hosted = HostedPage | HostedFile

export interface StaticHost {
  /** Another origin than the relay's, e.g. "http://localhost:40123". */
  readonly origin: string
  /** Paths asked for so far, oldest first. */
  readonly asked: readonly string[]
  /** Put a page up, or replace it. */
  put(path: string, hosted: Hosted): void
  close(): Promise<void>
}

/** A shop of its own: serves test pages from `localhost`, while relays of tests live on 127.0.0.1. */
export async function openStaticHost(
  pages: Readonly<Record<string, Hosted>> = {},
  /** Where paths without a page are looked for. */
  folder?: string,
): Promise<StaticHost> {
  const served = new Map(Object.entries(pages))
  const asked: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://host').pathname
    asked.push(path)
    const page = served.get(path) ?? (folder === undefined ? undefined : await fileIn(folder, path))
    if (!page) {
      // Every browser asks for an icon by itself; none is fine.
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end()
      return
    }
    response.writeHead(200, {
      'content-type': 'content' in page ? page.type : 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...page.headers,
    })
    response.end('content' in page ? page.content : html(page))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    asked,
    put: (path, hosted) => {
      served.set(path, hosted)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

async function fileIn(folder: string, path: string): Promise<HostedFile | undefined> {
  // Of a path that begins with a slash no more than all of it is taken away by "..".
  const file = join(folder, normalize(decodeURIComponent(path)))
  const type = TYPES[extname(file)]
  if (type === undefined) return undefined
  const content = await readFile(file).catch(() => undefined)
  return content && { type, content }
}

function html({ head = '', body }: HostedPage): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A shop</title>${head}</head>
<body>${body}</body>
</html>`
}
