import { createConnection } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { SUBPROTOCOL } from '../../packages/core/src/index.ts'
import type { RelayApi } from '../relay-api.ts'
import { ORIGIN, SITE, createRelayApi } from '../relay-api.ts'
import type { RelayProcess } from '../relay-process.ts'
import { startRelay } from '../relay-process.ts'
import { expectUnhurt } from './unhurt.ts'

/** Below the frames: addresses, upgrades and bytes that are none. */
let relay: RelayProcess
let api: RelayApi
let pid: number

beforeAll(async () => {
  relay = await startRelay({ program: 'wide' })
  api = createRelayApi(relay)
  await api.addSite(SITE)
  pid = relay.pid
})
afterAll(() => relay.stop())

const UPGRADE = {
  Host: 'relay',
  Origin: ORIGIN,
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
  'Sec-WebSocket-Protocol': SUBPROTOCOL,
} as const

/** An upgrade as it should be, but for one header. */
function upgrade(path: string, without?: keyof typeof UPGRADE): string {
  const headers = Object.entries(UPGRADE).filter(([name]) => name !== without)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const expectHealth = (): Promise<void> => expectUnhurt(relay, api, pid)

describe('bad requests', () => {
  it.each([
    ['GET', '/v1/sync', 404],
    ['GET', '/v1/socket', 404],
    ['PUT', '/v1/socket', 404],
    ['GET', '/widget/..%2f..%2fpackage.json', 404],
    ['GET', '/console/assets/..%2f..%2fpackage.json', 404],
    ['GET', '/%', 404],
    ['POST', '/v1/hooks/nobody', 404],
  ])('%s %s: %i with a code and a sentence', async (method, path, status) => {
    const answer = await api.ask(method, path, undefined, {})
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ error: { code: expect.any(String), retryable: false } })
    await expectHealth()
  })

  it.each([
    ['no subprotocol', upgrade('/v1/socket', 'Sec-WebSocket-Protocol'), '400'],
    ['another path', upgrade('/v2/socket'), '404'],
    ['no key', upgrade('/v1/socket', 'Sec-WebSocket-Key'), '400'],
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', '400'],
    [
      'a header too large',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      '431',
    ],
  ])('an upgrade with %s: refused, and the line closed', async (_, request, status) => {
    expect(await rawHttp(request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await expectHealth()
  })

  it('bytes that are no WebSocket frames: the line is closed', async () => {
    const answer = await rawHttp(`${upgrade('/v1/socket')}${'\u00ff'.repeat(500)}`)
    expect(answer).toMatch(/^HTTP\/1\.1 101 /)
    await expectHealth()
  })
})

/** Everything that comes back until the relay closes the line. */
function rawHttp(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(relay.port, '127.0.0.1', () => socket.write(request, 'latin1'))
    socket.setTimeout(10_000, () => {
      reject(new Error('The line stays open.'))
      socket.destroy()
    })
    socket.on('data', (piece) => (answer += piece.toString('latin1')))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
    socket.on('close', () => resolve(answer))
  })
}
