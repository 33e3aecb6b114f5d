import type { ClientFrame, Hello, ServerFrame } from '@homing/core'
import { SUBPROTOCOL } from '@homing/core'
import { WebSocket } from 'ws'

/** A raw socket: no sync engine, no patience, and every frame it heard kept as it came. */
export interface RawLink {
  readonly frames: readonly ServerFrame[]
  say(...frames: (ClientFrame | string | Buffer)[]): void
  /** The next frame of this type that was not waited for before. */
  next<Type extends ServerFrame['t']>(type: Type): Promise<Extract<ServerFrame, { t: Type }>>
  /** Told each frame as it comes; what came before is in `frames`. */
  hear(listener: (frame: ServerFrame) => void): void
  hello(over?: Partial<Hello>): Promise<Extract<ServerFrame, { t: 'welcome' }>>
  /** Read nothing more, as a page that hangs does; the line stays open. */
  pause(): void
  resume(): void
  /** The close code, once it is closed. */
  readonly closed: Promise<number>
  cut(): void
}

/** Longer than any answer takes, even on a machine with much else to do. */
const PATIENCE_MS = 20_000

export async function openRawLink(
  url: string,
  origin: string | undefined = 'https://shop.test',
  headers: Record<string, string> = {},
  /** Another address of this machine, such as 127.0.0.2, to be somebody else to the limits. */
  localAddress?: string,
): Promise<RawLink> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/socket`, SUBPROTOCOL, {
    headers,
    ...(origin === undefined ? {} : { origin }),
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const frames: ServerFrame[] = []
  const taken = new Set<ServerFrame>()
  let tell: (frame: ServerFrame) => void = () => {}
  let watchers: (() => void)[] = []
  const wake = (): void => {
    const woken = watchers
    watchers = []
    for (const each of woken) each()
  }
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as ServerFrame
    frames.push(frame)
    tell(frame)
    wake()
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  // Whoever waits for a frame of a link that has ended would wait for ever.
  socket.once('close', wake)

  const missing = (type: string, why: string): Error =>
    new Error(`No "${type}" came: ${why}. Heard: ${JSON.stringify(frames.slice(-5))}`)

  const link: RawLink = {
    frames,
    closed,
    say(...said) {
      for (const frame of said) {
        const raw = typeof frame === 'string' || Buffer.isBuffer(frame)
        socket.send(raw ? frame : JSON.stringify(frame))
      }
    },
    hear(listener) {
      tell = listener
    },
    async next(type) {
      const late = Date.now() + PATIENCE_MS
      for (;;) {
        const found = frames.find((frame) => frame.t === type && !taken.has(frame))
        if (found) {
          taken.add(found)
          return found as Extract<ServerFrame, { t: typeof type }>
        }
        if (socket.readyState === WebSocket.CLOSED) throw missing(type, 'the link is closed')
        const left = late - Date.now()
        if (left <= 0) throw missing(type, 'it takes too long')
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          watchers.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
    },
    hello(over = {}) {
      link.say({
        t: 'hello',
        v: 1,
        site: 'pk_demo',
        token: null,
        device: 'device-1',
        positions: {},
        client: 'test/1',
        ...over,
      })
      return link.next('welcome')
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
  }
  return link
}
