import type { SocketLike } from '@homing/core'
import { decodeClientFrame, encodeFrame } from '@homing/core'
import type { FarEnd, FarLink } from '@homing/core/testing/wire'

/** A WebSocket class whose far end is in this process; what each socket said is kept. */
export function createFakeSockets(far: FarEnd): {
  WebSocket: new () => SocketLike
  count(): number
} {
  let count = 0
  class FakeSocket implements SocketLike {
    readonly bufferedAmount = 0
    onopen: (() => void) | null = null
    onmessage: ((event: { readonly data: unknown }) => void) | null = null
    onclose: (() => void) | null = null
    onerror: (() => void) | null = null
    readonly #link: FarLink

    constructor() {
      count++
      this.#link = far.open((frame) => {
        queueMicrotask(() => this.onmessage?.({ data: encodeFrame(frame) }))
      })
      queueMicrotask(() => this.onopen?.())
    }

    send(data: string): void {
      const decoded = decodeClientFrame(data)
      if (decoded.kind === 'frame') void this.#link.hear(decoded.frame)
    }

    close(): void {
      this.#link.gone()
    }
  }
  return { WebSocket: FakeSocket, count: () => count }
}
