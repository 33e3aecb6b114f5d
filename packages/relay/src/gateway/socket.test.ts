import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, test } from 'vitest'
import type { RelayRig } from '../../test/relay-rig.ts'
import { openRelayRig } from '../../test/relay-rig.ts'

let rig: RelayRig
beforeAll(async () => {
  rig = await openRelayRig()
})
afterAll(() => rig.close())

const UPGRADE = 'HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'

/** A line whose own side stays open whatever the relay does: it has to be ended from there. */
async function stubbornLine(head: string): Promise<Socket> {
  const { port } = new URL(rig.url)
  const line = createConnection({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
  line.on('error', () => {})
  line.on('data', () => {})
  const ended = new Promise((resolve) => line.once('end', resolve))
  line.write(head)
  await ended
  return line
}

test.each([
  ['an address that has no sockets', `GET /v2/socket ${UPGRADE}\r\n`],
  ['no subprotocol', `GET /v1/socket ${UPGRADE}\r\n`],
  [
    'a handshake that ws refuses',
    `GET /v1/socket ${UPGRADE}Sec-WebSocket-Protocol: homing.v1\r\n\r\n`,
  ],
])('a refused upgrade keeps no line: %s', async (_, head) => {
  const line = await stubbornLine(head)
  const closed = new Promise((resolve) => line.once('close', resolve))
  // Nobody is there any more: the next bytes are answered by a reset.
  const speak = (): void => {
    if (!line.destroyed) line.write('anybody?', () => setImmediate(speak))
  }
  speak()
  await closed
})
