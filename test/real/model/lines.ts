import type { SocketLike } from '../../../packages/core/src/index.ts'
import { SUBPROTOCOL } from '../../../packages/core/src/index.ts'
import { ORIGIN } from '../../relay-api.ts'
import type { Network } from '../../simulation/network.ts'

/** The lines of pages: real sockets and requests, to one place whatever the address says. */
export type Lines = Pick<Network, 'connect' | 'post'>

/** Node's WebSocket takes headers too, which the browser's type does not know of. */
const NodeSocket = WebSocket as unknown as new (
  url: string,
  init: { readonly protocols: string; readonly headers: Readonly<Record<string, string>> },
) => SocketLike

/** What comes in reaches a page as its other events do: later when it is frozen, never once it is gone. */
export function createLines(origin: string): Lines {
  return {
    connect: (page, url) => {
      const { pathname } = new URL(url)
      const socket = new NodeSocket(`${origin.replace('http', 'ws')}${pathname}`, {
        protocols: SUBPROTOCOL,
        headers: { origin: ORIGIN },
      })
      const line: SocketLike = {
        get bufferedAmount() {
          return socket.bufferedAmount
        },
        onopen: null,
        onmessage: null,
        onclose: null,
        onerror: null,
        send: (data) => socket.send(data),
        close: () => socket.close(),
      }
      socket.onopen = () => page.after(0, () => line.onopen?.())
      socket.onmessage = ({ data }) => page.after(0, () => line.onmessage?.({ data }))
      socket.onclose = () => page.after(0, () => line.onclose?.())
      socket.onerror = () => page.after(0, () => line.onerror?.())
      page.onGone(() => socket.close())
      return line
    },

    post: (page, url, body) => {
      const abort = new AbortController()
      page.onGone(() => abort.abort())
      const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
        fetch(`${origin}${new URL(url).pathname}`, {
          method: 'POST',
          headers: { origin: ORIGIN },
          body,
          signal: abort.signal,
        })
          .then(async (response) => ({ status: response.status, text: await response.text() }))
          .then(
            (heard) => page.after(0, () => resolve(heard)),
            (error: unknown) =>
              page.after(0, () => reject(error instanceof Error ? error : new Error('no answer'))),
          )
      })
      return { answer, abort: () => abort.abort() }
    },
  }
}
