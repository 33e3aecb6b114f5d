import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'

/**
 * A far side that checks every request by its official API description: Prism, and before it a
 * small server that writes down what was asked and what Prism said of it, and may answer what a
 * test needs in place of the description's example. It knows of the description alone: no state,
 * no order of calls, no rate.
 */
export interface SpecMock {
  /** Point the connector here. */
  readonly url: string
  readonly requests: readonly SpecRequest[]
  /** Ask it directly: for what a connector would never send. Not in `requests`. */
  ask(request: RawRequest): Promise<Verdict>
  /** Forget the requests so far. */
  forget(): void
  close(): Promise<void>
}

export interface RawRequest {
  readonly method: string
  /** With the query, as the connector asks for it. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes out as JSON. */
  readonly body?: string | Uint8Array | object
}

export interface SpecRequest extends RawRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly verdict: Verdict
}

export type Verdict =
  | { readonly state: 'accepted'; readonly status: number }
  | { readonly state: 'refused'; readonly status: number; readonly reasons: readonly string[] }

export interface SpecMockOptions {
  /** Path of an OpenAPI file; see `findSpec`. */
  readonly description: string
  /** From the path a connector asks for to the description's: the two may differ in what they begin with. */
  readonly rewrite?: (path: string) => string
  /** What to answer an accepted request with; undefined leaves the description's example. */
  readonly answer?: (request: RawRequest & { readonly body: string }) => SpecAnswer | undefined
}

export interface SpecAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes out as JSON. */
  readonly body?: string | object
}

export type FoundSpec =
  | { readonly state: 'found'; readonly path: string }
  | { readonly state: 'missing'; readonly reason: string }

const SPECS =
  process.env['HOMING_TEST_SPECS'] ?? join(import.meta.dirname, '../../../../shared/specs')
const PRISM = join(import.meta.dirname, '../../../node_modules/@stoplight/prism-cli/dist/index.js')
/** Prism reads a big description and prints an example of each path first. */
const START_MS = 90_000
/** Of one connection, and set anew on the way to Prism. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
])

/** A far side's description, or why there is none. Says so aloud, and fails under CI. */
export function findSpec(name: string): FoundSpec {
  const path = join(SPECS, name)
  if (existsSync(path)) return { state: 'found', path }
  const reason = `${path} is missing: set HOMING_TEST_SPECS to a folder with ${name}`
  if (process.env['CI']) throw new Error(reason)
  console.warn(`SKIPPED: ${reason}`)
  return { state: 'missing', reason }
}

export async function startSpecMock(options: SpecMockOptions): Promise<SpecMock> {
  const prism = await startPrism(options.description)
  const requests: SpecRequest[] = []
  const rewrite = options.rewrite ?? ((path: string) => path)

  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const bytes = Buffer.concat(parts)
      const seen = {
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: plainHeaders(incoming.headers),
        body: bytes.toString('utf8'),
      }
      forward(prism.port, { ...seen, path: rewrite(seen.path), body: bytes }).then(
        (answer) => {
          const verdict = judge(answer)
          requests.push({ ...seen, verdict })
          const own = verdict.state === 'accepted' ? options.answer?.(seen) : undefined
          const type = { 'content-type': answer.headers['content-type'] ?? 'application/json' }
          response.writeHead(own?.status ?? answer.status, { ...type, ...own?.headers })
          response.end(own?.body === undefined ? answer.body : encode(own.body))
        },
        () => incoming.socket.destroy(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async ask(request) {
      return judge(await forward(prism.port, { ...request, path: rewrite(request.path) }))
    },
    forget() {
      requests.length = 0
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await prism.stop()
    },
  }
}

/** Everything asked so far, and at least one thing, is as the description wants it. */
export function expectAccepted(mock: SpecMock): void {
  const refused = mock.requests.flatMap(({ method, path, verdict }) =>
    verdict.state === 'refused' ? [`${method} ${path}: ${verdict.reasons.join('; ')}`] : [],
  )
  expect(refused, 'requests the description refuses').toEqual([])
  expect(mock.requests.length, 'requests').toBeGreaterThan(0)
}

/**
 * The description refuses this, and for the reason given. A path or method it does not know is a
 * slip of the test and never counts as refused.
 */
export async function expectRefused(
  mock: SpecMock,
  request: RawRequest,
  reason: RegExp = /./,
): Promise<void> {
  const verdict = await mock.ask(request)
  const about = `${request.method} ${request.path}`
  expect(verdict.state, about).toBe('refused')
  if (verdict.state !== 'refused') return
  const said = verdict.reasons.join('; ')
  expect(said, about).not.toMatch(/no path matched|no method matched/)
  expect(said, about).toMatch(reason)
}

interface PrismAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function forward(port: number, request: RawRequest): Promise<PrismAnswer> {
  const { method, path, body } = request
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(encode(body))
  const given = Object.entries(request.headers ?? {}).filter(([name]) => !HOP_HEADERS.has(name))
  const headers: Record<string, string | number> = Object.fromEntries(given)
  if (bytes.length > 0) {
    headers['content-type'] ??= 'application/json'
    headers['content-length'] = bytes.length
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = []
      incoming.on('error', reject)
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: plainHeaders(incoming.headers),
          body: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    outgoing.end(bytes)
  })
}

interface Violation {
  readonly location: readonly string[]
  readonly message: string
}

/** Prism names faults in its own body, or in a header beside an error answer of the description. */
function judge({ status, headers, body }: PrismAnswer): Verdict {
  const noted = JSON.parse(headers['sl-violations'] ?? '[]') as readonly Violation[]
  // What Prism notes of its own examples is no fault of the request.
  const ofRequest = noted.filter(({ location }) => location[0] === 'request')
  if (status < 400 && ofRequest.length === 0) return { state: 'accepted', status }
  const problem = headers['content-type']?.startsWith('application/problem+json')
    ? (JSON.parse(body) as { title?: string; validation?: readonly Violation[] })
    : {}
  const faults = [...ofRequest, ...(problem.validation ?? [])]
  const reasons = faults.map(({ location, message }) => `${location.join('.')}: ${message}`)
  const title = problem.title ?? `status ${status}`
  return { state: 'refused', status, reasons: reasons.length > 0 ? reasons : [title] }
}

async function startPrism(description: string): Promise<{ port: number; stop(): Promise<void> }> {
  const args = [PRISM, 'mock', '-h', '127.0.0.1', '-p', '0', description]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = (): void => void child.kill('SIGKILL')
  // A test run that is stopped leaves nothing behind.
  process.once('exit', end)
  const stop = async (): Promise<void> => {
    process.off('exit', end)
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    end()
    await gone
  }
  let said = ''
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Prism ${why}: ${said.slice(-2_000)}`))
    const timer = setTimeout(() => fail(`did not start in ${START_MS} ms`), START_MS)
    const read = (text: string): void => {
      said += text
      const found = /Prism is listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)
      if (found?.[1] === undefined) return
      clearTimeout(timer)
      // From here on its log of each request is read and dropped, so that its pipe never fills.
      said = ''
      resolve(Number(found[1]))
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('exit', () => {
      clearTimeout(timer)
      fail('ended')
    })
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { port, stop }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)] as const),
  )
}

function encode(body: string | Uint8Array | object): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}
