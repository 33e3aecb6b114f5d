import type { PendingPost, SocketLike } from '@homing/core'

/** The network, as core's transports want it. */

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
