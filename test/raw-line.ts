import { createConnection } from 'node:net'

/** Who does harm here, by address. */
export const EVIL = '127.0.0.66'

/** Headers of a socket's upgrade. */
export const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Protocol: homing.v1\r\n\r\n'

/** What is answered until the relay closes the line. */
export function rawLine(port: number, request: string, localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const line = createConnection({ port, host: '127.0.0.1', localAddress })
    line.on('data', (piece) => (answer += piece.toString('latin1')))
    line.on('error', reject)
    line.on('close', () => resolve(answer))
    line.write(request)
  })
}

export interface SlowLine {
  /** Resolves with how long it took until the relay ended it, ms; never for a deaf one. */
  readonly ended: Promise<number>
  cut(): void
}

/** `deaf`: reads nothing, so that it does not even hear of its end. */
export function slowLine(port: number, first: string, drip: string, deaf = false): SlowLine {
  const line = createConnection({ port, host: '127.0.0.1', localAddress: EVIL })
  const begun = performance.now()
  line.on('error', () => {})
  if (deaf) line.pause()
  else line.resume()
  line.write(first)
  const timer = setInterval(() => void line.write(drip), drip === '' ? 60_000 : 1_000)
  const ended = new Promise<number>((resolve) => {
    line.once('close', () => {
      clearInterval(timer)
      resolve(performance.now() - begun)
    })
  })
  return { ended, cut: () => void line.destroy() }
}
