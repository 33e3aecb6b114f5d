import type { Clock, PendingPost, RandomBytes, SocketLike } from '@homing/core'
import { uuidv7 } from '@homing/core'

/** The browser's edges, as core wants them. */

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Exists on plain-http pages too, where `crypto.randomUUID` does not. */
export const randomBytes: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count))

export const newId = (): string => uuidv7(Date.now(), randomBytes)

export function connectSocket(url: string, subprotocol: string): SocketLike {
  return new WebSocket(url, subprotocol) as SocketLike
}

export function post(url: string, body: string): PendingPost {
  const controller = new AbortController()
  return {
    answer: fetch(url, {
      method: 'POST',
      body,
      // A text body needs no preflight, and no cookie goes along.
      headers: { 'content-type': 'text/plain' },
      credentials: 'omit',
      cache: 'no-store',
      signal: controller.signal,
    }).then(async (response) => ({ status: response.status, text: await response.text() })),
    abort: () => controller.abort(),
  }
}
