import { expect, it } from 'vitest'
import type { TransportScript } from '../test/contracts/transport-contract.ts'
import { transportContract } from '../test/contracts/transport-contract.ts'
import type { VirtualClock } from '../test/virtual-clock.ts'
import { createVirtualClock, settled } from '../test/virtual-clock.ts'
import { MAX_FRAME_BYTES } from './constants.ts'
import type { ClientFrame } from './protocol.ts'
import type { SocketLike } from './socket-transport.ts'
import { createSocketTransport } from './socket-transport.ts'

interface FakeSocket extends SocketLike {
  readonly url: string
  readonly subprotocol: string
  readonly sent: string[]
  closed: boolean
  bufferedAmount: number
}

function fakeSocket(url: string, subprotocol: string): FakeSocket {
  const socket: FakeSocket = {
    url,
    subprotocol,
    sent: [],
    closed: false,
    bufferedAmount: 0,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data) => void socket.sent.push(data),
    close: () => {
      socket.closed = true
      // As some do for a socket that never opened.
      if (!socket.onerror) throw new Error('Unhandled error event.')
      socket.onerror()
    },
  }
  return socket
}

function script(clock: VirtualClock): TransportScript & { sockets: FakeSocket[] } {
  const sockets: FakeSocket[] = []
  let refusals = 0
  const last = (): FakeSocket => sockets.at(-1)!
  return {
    sockets,
    transport: createSocketTransport({
      clock,
      connect: (url, subprotocol) => {
        if (refusals > 0) {
          refusals--
          throw new Error('connect-src forbids it.')
        }
        const socket = fakeSocket(url, subprotocol)
        sockets.push(socket)
        return socket
      },
    }),
    admit: async () => last().onopen?.(),
    heard: () =>
      last()
        .sent.splice(0)
        .map((text) => JSON.parse(text) as ClientFrame),
    say: async (...frames) => {
      for (const frame of frames) last().onmessage?.({ data: JSON.stringify(frame) })
    },
    portal: async () => last().onmessage?.({ data: '<html>Please sign in</html>' }),
    break: async () => {
      last().onerror?.()
      last().onclose?.()
    },
    refuse: () => void refusals++,
    busy: () => sockets.some((socket) => !socket.closed),
  }
}

transportContract('socket', script, { portalEnds: false })

it('P17: the socket is the relay’s address with its subprotocol', () => {
  const clock = createVirtualClock()
  const { transport, sockets } = script(clock)
  for (const relay of ['https://relay.test', 'http://localhost:8787']) {
    transport.open({ relay, hello: () => ({}) as never }, { received: () => {}, closed: () => {} })
  }
  expect(sockets.map(({ url, subprotocol }) => [url, subprotocol])).toEqual([
    ['wss://relay.test/v1/socket', 'homing.v1'],
    ['ws://localhost:8787/v1/socket', 'homing.v1'],
  ])
})

it('P18: an upgrade that is refused is a link that never opened', async () => {
  const clock = createVirtualClock()
  const { transport, sockets } = script(clock)
  const closes: string[] = []
  const events = { received: () => {}, closed: (reason: string) => void closes.push(reason) }
  transport.open({ relay: 'https://relay.test', hello: () => ({}) as never }, events)
  sockets[0]!.onerror?.()
  sockets[0]!.onclose?.()
  expect(closes).toEqual(['lost'])
  expect(clock.timers()).toBe(0)
})

it('P15: a socket that is full takes no more until it has drained', async () => {
  const clock = createVirtualClock()
  const { transport, sockets } = script(clock)
  const link = transport.open(
    { relay: 'https://relay.test', hello: () => ({}) as never },
    { received: () => {}, closed: () => {} },
  )
  expect(link.send({ t: 'ping' })).toBe(false)
  sockets[0]!.onopen?.()
  sockets[0]!.bufferedAmount = 4 * MAX_FRAME_BYTES + 1
  expect(link.send({ t: 'ping' })).toBe(false)
  sockets[0]!.bufferedAmount = 0
  expect(link.send({ t: 'ping' })).toBe(true)
  await settled()
})

it('P2: what is no text is skipped', () => {
  const clock = createVirtualClock()
  const { transport, sockets } = script(clock)
  const received: unknown[] = []
  transport.open(
    { relay: 'https://relay.test', hello: () => ({}) as never },
    { received: (frame) => void received.push(frame), closed: () => {} },
  )
  sockets[0]!.onopen?.()
  sockets[0]!.onmessage?.({ data: new ArrayBuffer(4) })
  expect(received).toEqual([])
})
