import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { NO_UPGRADE, openFaultProxy } from './fault-proxy.ts'
import type { FaultProxy } from './fault-proxy.ts'

let proxy: FaultProxy
let server: ReturnType<typeof createServer>
const sockets = new Set<Socket>()

/** An echo stands for the relay. */
beforeEach(async () => {
  proxy = await openFaultProxy()
  server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.target((server.address() as AddressInfo).port)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

async function connect(): Promise<Socket> {
  const socket = createConnection({ port: Number(new URL(proxy.origin).port), host: '127.0.0.1' })
  sockets.add(socket)
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}

async function echo(socket: Socket, text: string): Promise<string> {
  const back = once(socket, 'data')
  socket.write(text)
  return String((await back)[0])
}

it('passes bytes both ways', async () => {
  const socket = await connect()
  expect(await echo(socket, 'hello')).toBe('hello')
  expect(proxy.open()).toBe(1)
})

it('cut resets what is open and lets new connections pass', async () => {
  const socket = await connect()
  await echo(socket, 'a')
  const lost = once(socket, 'error')
  proxy.cut()
  expect(((await lost)[0] as NodeJS.ErrnoException).code).toBe('ECONNRESET')
  expect(await echo(await connect(), 'b')).toBe('b')
})

it('refuse turns connections away at the door, on the same port as before', async () => {
  await proxy.refuse()
  await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.pass()
  expect(await echo(await connect(), 'c')).toBe('c')
})

it('refusePaths resets connections by what they ask for, and no others', async () => {
  const file = await connect()
  const sync = await connect()
  await echo(file, 'GET /widget/pk_demo.js HTTP/1.1\r\n\r\n')
  await echo(sync, 'GET /v1/socket HTTP/1.1\r\n\r\n')
  const lost = once(sync, 'error')
  proxy.refusePaths(/^\/v1\//)
  await lost
  expect(await echo(file, 'GET /widget/engine.js HTTP/1.1\r\n\r\n')).toContain('engine')
  const reset = once(file, 'error')
  file.write('POST /v1/sync HTTP/1.1\r\n\r\n')
  await reset
  expect(proxy.requests).toEqual([
    'GET /widget/pk_demo.js',
    'GET /v1/socket',
    'GET /widget/engine.js',
    'POST /v1/sync',
  ])
})

it.each(['up', 'down', 'both'] as const)(
  'black hole %s: silence without an error, and nothing lost when it heals',
  async (direction) => {
    const socket = await connect()
    await echo(socket, 'x')
    const heard: string[] = []
    socket.on('data', (piece: Buffer) => heard.push(String(piece)))
    proxy.blackHole(direction)
    socket.write('y')
    // Another connection's round trip is later than the silent one's would have been.
    expect(await echo(await connect(), 'z')).toBe('z')
    expect(await echo(await connect(), 'z')).toBe('z')
    expect(heard).toEqual([])
    expect(socket.destroyed).toBe(false)
    const healed = once(socket, 'data')
    await proxy.pass()
    await healed
    expect(heard).toEqual(['y'])
  },
)

it('latency delays every piece and keeps their order', async () => {
  const socket = await connect()
  await echo(socket, 'x')
  proxy.latency(40)
  const start = performance.now()
  let heard = ''
  const all = new Promise<void>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      heard += String(piece)
      if (heard === 'abc') resolve()
    })
  })
  for (const piece of ['a', 'b', 'c']) socket.write(piece)
  await all
  expect(performance.now() - start).toBeGreaterThan(70)
})

/** What comes back until the other end closes. */
async function rest(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (piece) => (text += String(piece)))
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

it('answers in the place of the other side, on such paths only', async () => {
  proxy.answer(/^\/v1\/socket/, NO_UPGRADE)
  expect(await echo(await connect(), 'GET /other HTTP/1.1\r\n')).toContain('/other')
  const socket = await connect()
  socket.write('GET /v1/socket HTTP/1.1\r\n')
  expect(await rest(socket)).toBe(NO_UPGRADE)
  await proxy.pass()
  expect(await echo(await connect(), 'GET /v1/socket HTTP/1.1\r\n')).toContain('/v1/socket')
})

it('loses so many answers, and no request', async () => {
  let heard = 0
  server.on('connection', (socket: Socket) => socket.on('data', () => heard++))
  proxy.loseAnswers(/^\/v1/, 1)
  const socket = await connect()
  socket.write('POST /v1/sync HTTP/1.1\r\n')
  expect(await rest(socket)).toBe('')
  expect(heard).toBe(1)
  expect(await echo(await connect(), 'POST /v1/sync HTTP/1.1\r\n')).toContain('POST')
})

it('passes the head of an answer and keeps the rest until the other side closes', async () => {
  let other: Socket | undefined
  server.on('connection', (socket: Socket) => (other = socket))
  proxy.holdAnswers(/^\/v1/)
  const socket = await connect()
  expect(await echo(socket, 'GET /v1/socket HTTP/1.1\r\n')).toContain('/v1/socket')
  let kept = ''
  socket.on('data', (piece) => (kept += String(piece)))
  const arrived = once(other!, 'data')
  socket.write('first')
  await arrived
  const second = once(other!, 'data')
  socket.write('second')
  await second
  expect(kept).toBe('')
  other!.end()
  await once(socket, 'end')
  expect(kept).toBe('firstsecond')
})

it('says goodbye in the name of the other side', async () => {
  const socket = await connect()
  await echo(socket, 'GET /v1/socket HTTP/1.1\r\n')
  const frame = once(socket, 'data')
  proxy.closeSockets(1_000)
  expect([...((await frame)[0] as Buffer)]).toEqual([0x88, 2, 0x03, 0xe8])
})

it('cuts what passes into slices, and nothing of it is lost', async () => {
  proxy.slice(3)
  const socket = await connect()
  let back = ''
  socket.on('data', (piece) => (back += String(piece)))
  socket.write('GET / HTTP/1.1\r\nand more')
  await expect.poll(() => back).toBe('GET / HTTP/1.1\r\nand more')
})

it('a black hole takes those that carry such a path', async () => {
  const [taken, spared] = [await connect(), await connect()]
  await echo(taken, 'GET /v1/socket HTTP/1.1\r\n')
  await echo(spared, 'GET /widget/x.js HTTP/1.1\r\n')
  proxy.blackHole('both', /^\/v1\//)
  let back = ''
  taken.on('data', (piece) => (back += String(piece)))
  taken.write('lost')
  expect(await echo(spared, 'passes')).toBe('passes')
  expect(back).toBe('')
  const healed = once(taken, 'data')
  await proxy.pass()
  expect(String((await healed)[0])).toBe('lost')
})
