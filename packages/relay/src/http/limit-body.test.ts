import { createConnection } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RelayRig } from '../../test/relay-rig.ts'
import { API_KEY, openRelayRig } from '../../test/relay-rig.ts'
import { MAX_DISCARDED_BYTES } from './limit-body.ts'

let rig: RelayRig
beforeAll(async () => {
  rig = await openRelayRig()
})
afterAll(() => rig.close())

/** Everything that comes back over one connection until it is closed. */
function converse(...requests: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(Number(new URL(rig.url).port), '127.0.0.1', () => {
      for (const request of requests) socket.write(request)
    })
    socket.on('data', (piece) => (answer += piece.toString()))
    // A connection that is cut while we still talk is an error to us; what came before counts.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
    socket.on('close', () => resolve(answer))
  })
}

const statuses = (answer: string): readonly string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)

const LAST = 'GET /healthz HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n'
const KEY = `Authorization: Bearer ${API_KEY}\r\n`
const announced = (path: string, bytes: number, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: relay\r\n${headers}Content-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`
const chunked = (path: string, bytes: number, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: relay\r\n${headers}Transfer-Encoding: chunked\r\n\r\n` +
  `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`

test.each([
  ['/v1/sync', ''],
  ['/v1/hooks/nobody', ''],
  ['/api/v1/conversations/x/entries', KEY],
])(
  'a body too large for %s is answered 413, and the next request on its connection as ever',
  async (path, headers) => {
    for (const write of [announced, chunked]) {
      expect(statuses(await converse(write(path, 2_000_000, headers), LAST))).toEqual([
        '413',
        '200',
      ])
    }
  },
)

test('a body that nobody asked for holds up nothing either', async () => {
  for (const path of ['/nowhere', '/api/v1/conversations/x/entries']) {
    const [first, second] = statuses(await converse(announced(path, 2_000_000), LAST))
    expect([Number(first) >= 401, second], path).toEqual([true, '200'])
  }
})

test('a GET that claims to have a body is answered like any other', async () => {
  const request = chunked('/api/v1/sites', 100_000, KEY).replace('POST', 'GET')
  expect(statuses(await converse(request, LAST))).toEqual(['200', '200'])
})

test('a body larger than is worth throwing away ends its connection', async () => {
  const answer = await converse(announced('/v1/sync', 3 * MAX_DISCARDED_BYTES))
  expect(statuses(answer)).toEqual(['413'])
  expect(answer.toLowerCase()).toContain('connection: close')
})
